// The exceptions that Brood's calls throw. Each what() names the mistake and the cure. Bad arguments throw std::invalid_argument.
#pragma once

#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

// A call that works on the calling process was made where there is none: on a foreign thread, or before run.
class not_a_process : public std::runtime_error {
 public:
  explicit not_a_process(std::string_view call);  // "self()"
};

// link to a dead process, by one that doesn't trap exits. Uncaught, it ends the process with reason::noproc. OTP: erlang:link/1
class noproc_error : public std::runtime_error {
 public:
  explicit noproc_error(pid who);
  explicit noproc_error(const std::string& sentence);
};

// A name that is taken, unknown, empty or reserved. OTP: badarg of erlang:register/2, erlang:send/2
class bad_name : public std::runtime_error {
 public:
  bad_name(std::string_view name, std::string_view problem, pid holder = {});
  // The process that has the name, when that is the problem; else pid{}.
  pid holder() const noexcept { return holder_; }

 private:
  pid holder_;
};

// spawn, when run_options::max_processes live already. OTP: system_limit
class too_many_processes : public std::runtime_error {
 public:
  explicit too_many_processes(std::size_t limit);
};

// await, within or shutdown of a task by another process than the one that made it. Elixir: ArgumentError of Task.await/2
class task_owner_error : public std::invalid_argument {
 public:
  task_owner_error(std::string_view call, pid owner);
};

// What exit(why) throws to unwind the process. Not a std::exception, so that `catch (const std::exception&)` lets it pass;
// whoever catches it and doesn't rethrow has cancelled the exit. OTP: the exit class of try … catch
struct exiting {
 public:
  explicit exiting(exit_reason why) noexcept : why_(std::move(why)) {}
  const exit_reason& why() const noexcept { return why_; }

 private:
  exit_reason why_;
};

}  // namespace brood
