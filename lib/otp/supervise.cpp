// The supervisors' calls.
#include <brood/supervisor.hpp>

#include "otp/supervisor.hpp"
#include "otp/supervisor_loop.hpp"

#include <brood/call.hpp>
#include <brood/describe.hpp>

#include <utility>

namespace brood {

namespace detail {

namespace {

// A supervisor's refusal and its death are told in the same way.
template <class M>
task<typename M::reply> ask(destination supervisor, M request) {
  using reply = typename M::reply;
  outcome<reply> answer = co_await quietly(try_call(std::move(supervisor), std::move(request), infinity));
  if (answer)
    co_return *std::move(answer);
  co_return reply::failure(answer.why());
}

}  // namespace

}  // namespace detail

task<> supervise(supervisor_options options, std::vector<child_spec> children) {
  detail::supervisor supervisor(options);
  co_await detail::quietly(detail::run_supervisor(supervisor, std::move(children)));
}
task<> supervise(restart_strategy strategy, std::vector<child_spec> children) {
  return supervise(supervisor_options{.strategy = strategy}, std::move(children));
}

task<outcome<pid>> start_child(destination supervisor, child_spec spec) {
  return detail::ask(std::move(supervisor), detail::start_child_request{std::move(spec)});
}
task<outcome<pid>> restart_child(destination supervisor, std::string id) {
  return detail::ask(std::move(supervisor), detail::restart_child_request{std::move(id)});
}
task<outcome<>> terminate_child(destination supervisor, std::string id) {
  return detail::ask(std::move(supervisor), detail::terminate_child_request{std::move(id)});
}
task<outcome<>> terminate_child(destination supervisor, pid child) {
  return detail::ask(std::move(supervisor), detail::terminate_child_request{child});
}
task<outcome<>> delete_child(destination supervisor, std::string id) {
  return detail::ask(std::move(supervisor), detail::delete_child_request{std::move(id)});
}
task<std::vector<child_info>> which_children(destination supervisor) {
  return call(std::move(supervisor), detail::which_children_request{}, infinity);
}
task<child_counts> count_children(destination supervisor) {
  return call(std::move(supervisor), detail::count_children_request{}, infinity);
}

std::string describe(const failed_to_start& f) {
  return "{:failed_to_start, " + detail::describe_value(f.id) + ", " + to_string(f.why) + "}";
}

std::string describe(child_error error) {
  switch (error) {
    case child_error::already_present:
      return ":already_present";
    case child_error::running:
      return ":running";
    case child_error::restarting:
      return ":restarting";
    case child_error::not_found:
      return ":not_found";
    case child_error::max_children:
      return ":max_children";
  }
  return ":unknown";
}

std::string describe(child_state state) {
  switch (state) {
    case child_state::running:
      return ":running";
    case child_state::restarting:
      return ":restarting";
    case child_state::stopped:
      return ":stopped";
  }
  return ":unknown";
}

}  // namespace brood
