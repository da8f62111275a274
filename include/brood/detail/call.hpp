// A call on its way: the request's envelope, its answer, and the wait between them.
//
// A call sends no separate monitor: the request is one, wherever its server has it. In the server's queue, its death answers it;
// taken out and not answered yet ("held"), a record in the server does. The answer goes straight to the waiting frame, never into
// a mailbox. A caller that gives up, or dies, takes the record back.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/envelope.hpp>
#include <brood/detail/wait.hpp>
#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>
#include <brood/time.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// First member of a request's payload.
struct call_head {
  pid from;                  // who waits
  std::uint64_t number = 0;  // for the answer with this number; 0: answered
  pid server;                // whose death answers it
};

template <class M>
struct call_payload : call_head {
  M message;
  explicit call_payload(M m) : message(std::move(m)) {}
};

template <class M>
void print_call(const void* payload, std::string& out) {
  out += detail::describe_value(static_cast<const call_payload<M>*>(payload)->message);
}

// The descriptor of requests of type M.
template <class M>
struct call_type_of {
  static constexpr message_type value = describe_payload<call_payload<M>, M>(signal_kind::call, false, &print_call<M>);
};

template <class M>
envelope* make_call(M message) {
  return make_envelope<call_payload<M>>(call_type_of<M>::value, std::move(message));
}

// What travels back for a reply of type R.
template <class R>
using answered = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

// Sends a reply unless one was sent. Destroys it where it can't go. From any thread.
BROOD_API void give_reply(call_head& head, envelope_ptr reply) noexcept;

template <class R, class... V>
void reply_to(call_head& head, V&&... value) {
  if (head.number != 0)
    give_reply(head, envelope_ptr(make_envelope<answer<answered<R>>>(answer_type<answered<R>>, head.number,
                                                                     answered<R>(std::forward<V>(value)...))));
}

// The running process took this request out of its queue and may keep it for long: its death is told to the caller.
BROOD_API void hold(const call_head& head) noexcept;

// The wait of a caller. The outcome of the await is the answer, or null: then why() says why there is none.
class [[nodiscard("co_await it")]] call_wait : public answer_waiter {
 public:
  call_wait(pid to, envelope_ptr request, time_limit within) noexcept
      : answer_waiter(to, request->type, within), request_(std::move(request)) {}
  ~call_wait() {
    if (sent_ && !result)
      give_up();
  }

  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    return begin(*frame.promise().proc);
  }
  envelope_ptr await_resume() noexcept {
    if (!result)
      return nullptr;  // sent_ tells the destructor whether to give up
    envelope_ptr answer(std::exchange(result, nullptr));
    sent_ = false;
    if (!answer->type->says_why_not) [[likely]]
      return answer;
    why_ = std::move(answer->as<brood::detail::answer<exit_reason>>().value);
    died_ = true;
    return nullptr;
  }
  const exit_reason& why() const noexcept { return why_; }
  bool server_died() const noexcept { return died_; }  // and why() is its reason

 private:
  bool begin(process_stack& stack);
  void give_up() noexcept;

  envelope_ptr request_;
  exit_reason why_ = reason::timeout;
  bool sent_ = false;
  bool died_ = false;
};

}  // namespace detail
}  // namespace brood
