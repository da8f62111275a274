// Which I/O back end run uses, and what it says when a forced one is impossible.
#include "child.hpp"
#include "spec.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <cstddef>

namespace {

// From now on io_uring_setup fails with EPERM, as under Docker's default profile.
void forbid_io_uring() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{sizeof program / sizeof *program, program};
  REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

int sleep_a_little(io_backend io) {
  return run(run_options{.io = io}, []() -> process { co_await sleep(2ms); });
}

}  // namespace

TEST_CASE("epoll can be asked for") { CHECK(sleep_a_little(io_backend::epoll) == 0); }

TEST_CASE("where io_uring is forbidden run uses epoll and says so in one line") {
  if (spec::in_child()) {
    unsetenv("BROOD_IO");
    forbid_io_uring();
    CHECK(sleep_a_little(io_backend::automatic) == 0);
    return;
  }
  const spec::child_result r = spec::run_child("where io_uring is forbidden run uses epoll and says so in one line");
  CHECK(r.exit_status == 0);
  CHECK(spec::contains(r.output, "io_uring"));
  CHECK(spec::contains(r.output, "epoll"));
}

TEST_CASE("io_uring forced where it is forbidden is an error that names the cause and the fix") {
  if (spec::in_child()) {
    unsetenv("BROOD_IO");
    forbid_io_uring();
    std::string what;
    try {
      sleep_a_little(io_backend::uring);
    } catch (const std::exception& e) {
      what = e.what();
    }
    CHECK(spec::contains(what, "io_uring"));
    CHECK(spec::contains(what, "epoll"));
    CHECK(sleep_a_little(io_backend::epoll) == 0);  // and a later run is fine
    return;
  }
  CHECK(spec::run_child("io_uring forced where it is forbidden is an error that names the cause and the fix").exit_status == 0);
}

TEST_CASE("BROOD_IO wins over the option") {
  if (spec::in_child()) {
    forbid_io_uring();
    CHECK(sleep_a_little(io_backend::uring) == 0);
    return;
  }
  const spec::child_result r = spec::run_child("BROOD_IO wins over the option", {{"BROOD_IO", "epoll"}});
  CHECK(r.exit_status == 0);
}

TEST_CASE("BROOD_IO with an unknown value is an error that says what it may be") {
  if (spec::in_child()) {
    std::string what;
    try {
      sleep_a_little(io_backend::automatic);
    } catch (const std::exception& e) {
      what = e.what();
    }
    CHECK(spec::contains(what, "BROOD_IO"));
    CHECK(spec::contains(what, "uring"));
    CHECK(spec::contains(what, "epoll"));
    return;
  }
  const spec::child_result r =
      spec::run_child("BROOD_IO with an unknown value is an error that says what it may be", {{"BROOD_IO", "carrier pigeon"}});
  CHECK(r.exit_status == 0);
}

TEST_CASE("BROOD_SCHEDULERS with a value that is no number is an error that names it") {
  if (spec::in_child()) {
    std::string what;
    try {
      sleep_a_little(io_backend::automatic);
    } catch (const std::exception& e) {
      what = e.what();
    }
    CHECK(spec::contains(what, "BROOD_SCHEDULERS"));
    return;
  }
  const spec::child_result r =
      spec::run_child("BROOD_SCHEDULERS with a value that is no number is an error that names it", {{"BROOD_SCHEDULERS", "many"}});
  CHECK(r.exit_status == 0);
}
