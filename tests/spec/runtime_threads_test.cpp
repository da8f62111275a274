// The threads that the runtime starts: their names, and whose the program's signals are.
#include "eventually.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

struct seen_thread {
  std::string name;
  std::uint64_t blocked = 0;  // its signal mask
};

// Every thread of this program but the one that asks first.
std::map<int, seen_thread> other_threads(int mine) {
  std::map<int, seen_thread> seen;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    const int id = std::stoi(entry.path().filename());
    if (id == mine)
      continue;
    seen_thread t;
    std::getline(std::ifstream(entry.path() / "comm") >> std::ws, t.name);
    std::ifstream status(entry.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigBlk:"))
        t.blocked = std::stoull(line.substr(7), nullptr, 16);
    seen[id] = t;
  }
  return seen;
}

bool blocks(const seen_thread& t, int signal) { return (t.blocked >> (signal - 1) & 1) != 0; }

bool is_brood(const seen_thread& t) { return t.name.starts_with("brood/"); }

std::multiset<std::string> names(const std::map<int, seen_thread>& threads) {
  std::multiset<std::string> all;
  for (const auto& [id, t] : threads)
    if (is_brood(t))
      all.insert(t.name);
  return all;
}

}  // namespace

TEST_CASE("the runtime's threads have names, and all of the program's signals are blocked in them") {
  const int mine = static_cast<int>(syscall(SYS_gettid));
  std::thread([] {}).join();                // with the first one a sanitizer starts its own
  const auto before = other_threads(mine);
  auto let_go = spec::make_flag();
  std::map<int, seen_thread> during;
  const auto wanted = std::multiset<std::string>{"brood/0", "brood/1", "brood/mon", "brood/spare", "brood/block"};
  {
    runtime rt(run_options{.schedulers = 2});
    rt.spawn([let_go]() -> process {
      co_await blocking([let_go] {
        while (!let_go->load())
          std::this_thread::sleep_for(1ms);
      });
    });
    for (int i = 0; i < 3; ++i)  // one more than there are schedulers
      rt.spawn([let_go] {
        while (!let_go->load()) {  // never suspends: a spare comes
        }
      });
    rt.spawn([]() -> process { co_await receive<int>(); });
    for (int tries = 0; tries < 5000; ++tries) {
      during = other_threads(mine);
      const auto have = names(during);
      // For a moment a new thread has the name of the one that made it, and pthread_create blocks all signals of both: no answer yet.
      const bool settled = std::all_of(during.begin(), during.end(), [&](const auto& t) {
        return before.contains(t.first) || (is_brood(t.second) && !blocks(t.second, SIGSEGV));
      });
      if (settled && std::includes(have.begin(), have.end(), wanted.begin(), wanted.end()))
        break;
      std::this_thread::sleep_for(1ms);
    }
    let_go->store(true);
  }
  const auto have = names(during);
  CHECK(std::includes(have.begin(), have.end(), wanted.begin(), wanted.end()));
  for (const auto& [id, t] : during) {
    if (before.contains(id))
      continue;
    INFO(t.name);
    CHECK(is_brood(t));
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGALRM, SIGPIPE, SIGWINCH})
      CHECK(blocks(t, signal));
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF})
      CHECK_FALSE(blocks(t, signal));
  }
}

TEST_CASE("the thread that starts a runtime keeps the signals it had") {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  CHECK(run([]() -> process { co_await blocking([] {}); }) == 0);
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < 32; ++signal)
    CHECK(sigismember(&before, signal) == sigismember(&after, signal));
}
