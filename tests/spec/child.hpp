// Tests about how a whole program ends: the test runs itself again as another program.
//
//     TEST_CASE("SIGINT ends the program") {
//       if (spec::in_child()) { ... what the other program does ...; return; }
//       const spec::child_result r = spec::run_child("SIGINT ends the program");
//       CHECK(r.exit_status == 0);
//     }
//
// Names of such tests have no commas, brackets or asterisks: Catch2 reads them as a pattern.
#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace spec {

inline bool in_child() { return std::getenv("SPEC_CHILD") != nullptr; }

struct child_result {
  bool ended_in_time = false;
  int exit_status = -1;  // of an orderly end: 0 when all assertions in the child held
  int signal = 0;        // that ended it
  std::string output;    // standard output and standard error
};

// The environment is this one's, with SPEC_CHILD and `environment` added.
inline child_result run_child(const char* test_name, std::vector<std::pair<std::string, std::string>> environment = {},
                              std::chrono::seconds limit = std::chrono::seconds(30)) {
  std::FILE* file = std::tmpfile();
  const pid_t child = fork();
  if (child == 0) {
    dup2(fileno(file), 1);
    dup2(fileno(file), 2);
    setenv("SPEC_CHILD", "1", 1);
    for (const auto& [name, value] : environment)
      setenv(name.c_str(), value.c_str(), 1);
    execl("/proc/self/exe", "brood-spec", test_name, static_cast<char*>(nullptr));
    _exit(127);
  }
  child_result result;
  int status = 0;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (waitpid(child, &status, WNOHANG) == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  result.ended_in_time = std::chrono::steady_clock::now() < deadline;
  if (!result.ended_in_time) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  } else if (WIFEXITED(status)) {
    result.exit_status = WEXITSTATUS(status);
  } else {
    result.signal = WTERMSIG(status);
  }
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
    result.output += static_cast<char>(c);
  std::fclose(file);
  return result;
}

}  // namespace spec
