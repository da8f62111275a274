// runtime::call: a process calls, a thread that is none waits for it.
#include <brood/runtime.hpp>

#include "process/runtime_core.hpp"

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>

namespace brood {

namespace {

struct call_result {
  detail::envelope_ptr answer;
  exit_reason why = reason::noproc;
};

process call_for_thread(destination to, std::shared_ptr<detail::envelope_ptr> request, time_limit limit,
                        std::shared_ptr<std::promise<call_result>> promise) {
  const std::optional<pid> who = to.find();
  call_result result;
  if (who) {
    detail::call_wait wait(*who, std::move(*request), limit);
    result.answer = co_await detail::quietly(wait);
    result.why = wait.why();
  }
  promise->set_value(std::move(result));
}

}  // namespace

detail::envelope_ptr runtime::call_packed(const destination& to, detail::envelope_ptr request, time_limit limit, exit_reason& why) {
  detail::runtime_core::refuse_in_child("runtime::call");
  if (limit.negative())
    throw std::invalid_argument("brood: runtime::call with a negative time limit: use infinity to wait for ever");
  auto promise = std::make_shared<std::promise<call_result>>();
  std::future<call_result> future = promise->get_future();
  const spawned attendant =
      detail::spawn_with({.kept_by = number_, .attends = true}, call_for_thread, to,
                         std::make_shared<detail::envelope_ptr>(std::move(request)), limit, std::move(promise));
  if (!attendant.process) {  // the runtime has stopped
    why = reason::noproc;
    return nullptr;
  }
  try {
    call_result result = future.get();
    why = std::move(result.why);
    return std::move(result.answer);
  } catch (const std::future_error&) {  // somebody killed the attendant
    why = reason::shutdown;
    return nullptr;
  }
}

}  // namespace brood
