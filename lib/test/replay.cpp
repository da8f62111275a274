#include "test/replay.hpp"

#include <cxxabi.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>

namespace brood::detail {

replay* replay::current = nullptr;

namespace {

std::string type_in_flight() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type ? demangle(*type) : "unknown exception";
}

std::string text_in_flight() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return {};
  }
}

// The result travels as: failure, decisions, story, each with its length before it.
void append(std::string& out, const void* data, std::size_t bytes) {
  const std::uint64_t n = bytes;
  out.append(reinterpret_cast<const char*>(&n), sizeof n);
  out.append(static_cast<const char*>(data), bytes);
}

bool extract(const std::string& in, std::size_t& at, std::string& part) {
  std::uint64_t n = 0;
  if (in.size() - at < sizeof n)
    return false;
  std::memcpy(&n, in.data() + at, sizeof n);
  at += sizeof n;
  if (in.size() - at < n)
    return false;
  part.assign(in, at, n);
  at += n;
  return true;
}

[[noreturn]] void report(const replay& r, const std::string& failure) {
  std::vector<std::uint32_t> taken;
  for (const decision& d : r.story.decisions())
    taken.push_back(d.taken);
  const std::string story = r.story.text();
  std::string message;
  append(message, failure.data(), failure.size());
  append(message, taken.data(), taken.size() * sizeof(std::uint32_t));
  append(message, story.data(), story.size());
  for (std::size_t done = 0; done < message.size();) {
    const ssize_t n = write(r.out, message.data() + done, message.size() - done);
    if (n <= 0)
      break;
    done += static_cast<std::size_t>(n);
  }
  _exit(0);
}

[[noreturn]] void be_the_child(int out, const std::function<void()>& body, std::size_t target,
                               const std::vector<std::uint32_t>* forced, std::FILE* whole_story) {
  if (const int nowhere = open("/dev/null", O_RDWR); nowhere >= 0) {
    dup2(nowhere, 1);
    dup2(nowhere, 2);
  }
  replay told{target, forced, trace(whole_story), 0, out};
  replay::current = &told;
  std::string failure;
  try {
    body();
  } catch (...) {
    failure = signature_of_failure();
  }
  report(told, failure);
}

std::string read_all(int in, std::chrono::seconds limit) {
  using namespace std::chrono;
  const auto end = steady_clock::now() + limit;
  std::string all;
  for (;;) {
    const auto left = duration_cast<milliseconds>(end - steady_clock::now()).count();
    pollfd waiting{in, POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) == 0)
      return {};
    char buffer[65536];
    const ssize_t n = read(in, buffer, sizeof buffer);
    if (n == 0)
      return all;
    if (n > 0)
      all.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

void replay::end_without_failure() { report(*this, {}); }

std::string signature_of_failure() {
  std::string text = text_in_flight();
  if (std::string_view(text).starts_with("brood: "))
    text.resize(std::min(text.find('\n'), text.size()));
  std::erase_if(text, [](char c) { return std::isdigit(static_cast<unsigned char>(c)); });
  return type_in_flight() + ": " + text;
}

std::string text_of_failure() {
  std::string text = text_in_flight();
  text.resize(std::min(text.find('\n'), text.size()));
  return text.empty() ? type_in_flight() : type_in_flight() + ": " + text;
}

std::optional<replayed> replay_in_child(const std::function<void()>& body, std::size_t target,
                                        const std::vector<std::uint32_t>* forced, std::FILE* whole_story) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return std::nullopt;
  std::cout.flush();  // or the child would print it again
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0)
    be_the_child(ends[1], body, target, forced, whole_story);
  close(ends[1]);
  std::string message;
  if (child > 0) {
    message = read_all(ends[0], std::chrono::seconds(whole_story ? 60 : 2));
    if (message.empty())
      ::kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  close(ends[0]);
  replayed r;
  std::string decisions;
  std::size_t at = 0;
  if (!extract(message, at, r.failure) || !extract(message, at, decisions) || !extract(message, at, r.story))
    return std::nullopt;
  r.taken.resize(decisions.size() / sizeof(std::uint32_t));
  if (!decisions.empty())
    std::memcpy(r.taken.data(), decisions.data(), decisions.size());
  return r;
}

}  // namespace brood::detail
