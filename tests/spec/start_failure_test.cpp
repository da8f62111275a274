// A runtime that can't start says why, at once, and leaves nothing behind; and the descriptors of one that can.
#include "child.hpp"
#include "spec.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <system_error>
#include <thread>

namespace {

std::size_t entries(const char* folder) {
  std::size_t n = 0;
  if (DIR* dir = opendir(folder)) {
    while (readdir(dir))
      ++n;
    closedir(dir);
  }
  return n;
}
std::size_t descriptors() { return entries("/proc/self/fd"); }
std::size_t threads() { return entries("/proc/self/task"); }

// What it threw; empty: it started.
template <class F>
std::string failure_of(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

std::string try_both(const run_options& options) {
  const auto token = std::make_shared<const int>(1);
  const std::string of_run = failure_of([&] { run(options, [token]() -> process { co_await sleep(infinity); }); });
  const std::string of_runtime = failure_of([&] { runtime rt(options); });
  CHECK(token.use_count() == 1);
  CHECK(of_run == of_runtime);
  return of_run;
}

}  // namespace

TEST_CASE("a stack size that no thread can have: the exception leaves run and runtime at once, and nothing is left behind") {
  CHECK(run([] {}) == 0);  // the threads that stay for ever are there
  const std::size_t descriptors_before = descriptors(), threads_before = threads();
  const auto begin = std::chrono::steady_clock::now();
  const std::string why = try_both({.grace = 2s, .stack_size = 1000});
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  CHECK(spec::contains(why, "stack_size"));
  CHECK(descriptors() == descriptors_before);
  CHECK(threads() == threads_before);
  CHECK(run([] {}) == 0);
}

TEST_CASE("what the first process is made of may throw: the exception leaves run") {
  struct throws {
    throws() = default;
    throws(const throws&) { throw std::runtime_error("no copy"); }
    void operator()() const {}
  };
  const throws f;
  CHECK(failure_of([&] { run(f); }) == "no copy");
  CHECK(run([] {}) == 0);
}

TEST_CASE("too few descriptors: run works with what there is or throws one error that names the limit; never a hang") {
  if (spec::in_child()) {
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit tight{static_cast<rlim_t>(std::atoi(std::getenv("SPEC_DESCRIPTORS"))), before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &tight);
    const auto begin = std::chrono::steady_clock::now();
    const std::string why = failure_of([] {
      run({.grace = 2s}, []() -> process {
        const pid other = spawn(spec::idle);
        co_await sleep(1ms);
        send(other, 1);
      });
    });
    const auto took = std::chrono::steady_clock::now() - begin;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(took < 2s);
    if (!why.empty())
      CHECK(spec::contains(why, "ulimit -n"));
    CHECK(run([] {}) == 0);
    return;
  }
  for (int limit = 3; limit < 16; ++limit)
    for (const char* io : {"", "epoll"}) {
      const spec::child_result r = spec::run_child("too few descriptors: run works with what there is or throws one error*",
                                                   {{"SPEC_DESCRIPTORS", std::to_string(limit)}, {"BROOD_IO", io}});
      INFO(limit << " descriptors, " << io << ": " << r.output);
      CHECK(r.exit_status == 0);
      CHECK(r.ended_in_time);
    }
}

TEST_CASE("the runtime's descriptors are never 0 1 or 2 and are closed by exec") {
  if (spec::in_child()) {
    std::vector<int> before;
    for (int fd = 0; fd < 1024; ++fd)
      if (fcntl(fd, F_GETFD) >= 0)
        before.push_back(fd);
    int in_the_way = 0, inherited = 0, own = 0;
    for (const int fd : {0, 1, 2})
      close(fd);
    run({.schedulers = 3}, [&]() -> process {
      for (int i = 0; i < 3; ++i)
        co_await sleep(2ms);  // rings are made by the first sleep of each thread
      for (int fd = 0; fd < 1024; ++fd) {
        const int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || (fd > 2 && std::find(before.begin(), before.end(), fd) != before.end()))
          continue;
        ++own;
        in_the_way += fd <= 2;
        inherited += (flags & FD_CLOEXEC) == 0;
      }
    });
    std::_Exit(in_the_way == 0 && inherited == 0 && own > 0 ? 0 : 1);
  }
  for (const char* io : {"", "epoll"}) {
    INFO(io);
    CHECK(spec::run_child("the runtime's descriptors are never 0 1 or 2 and are closed by exec", {{"BROOD_IO", io}}).exit_status ==
          0);
  }
}
