// Calls: a request, and the wait for its reply.
//
//     struct get {
//       std::string key;
//       using reply = int;  // a request names its reply; void: only that it was done
//     };
//     task<int> ask(pid server) { co_return co_await call(server, get{"a"}); }
//
// A call sends one message and no monitor, and costs the same with a million unread messages: the reply goes straight to the
// waiting process, never into its mailbox. A late reply is dropped. Negative times throw std::invalid_argument at the co_await.
#pragma once

#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/call.hpp>
#include <brood/errors.hpp>
#include <brood/message.hpp>
#include <brood/outcome.hpp>
#include <brood/pid.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

inline constexpr std::chrono::seconds default_call_limit{5};

namespace detail {

// What M, given as T, T& or const T&, names as its reply. A message that names none gets as far as the sentence in pack_call.
template <class T>
struct named_reply {
  using type = void;
};
template <request_type T>
struct named_reply<T> {
  using type = typename T::reply;
};
template <class M>
using named_reply_t = typename named_reply<kept_t<M>>::type;

template <class M>
envelope_ptr pack_call(M&& message) {
  using kept = kept_t<M>;
  static_assert(request_type<kept>,
                "brood: call waits for a reply, but this message names none: struct get { ...; using reply = int; }; or send it");
  check_result<named_reply_t<M>>();
  if constexpr (check_kept<M>())
    return envelope_ptr(make_call<kept>(std::forward<M>(message)));
  else
    return nullptr;
}

// The process that has the name or key. Throws exiting(noproc) if there is none.
BROOD_API pid callee(const destination& to);

template <class R>
task<R> call_process(pid to, envelope_ptr request, time_limit limit) {
  call_wait wait(to, std::move(request), limit);
  const envelope_ptr reply = co_await quietly(wait);
  if (!reply)
    throw exiting(wait.why());
  if constexpr (!std::is_void_v<R>)
    co_return std::move(reply->as<answer<R>>().value);
}

template <class R>
task<R> call_destination(destination to, envelope_ptr request, time_limit limit) {
  co_return co_await quietly(call_process<R>(callee(to), std::move(request), limit));
}

template <class R>
task<outcome<R>> try_call_process(pid to, envelope_ptr request, time_limit limit) {
  call_wait wait(to, std::move(request), limit);
  const envelope_ptr reply = co_await quietly(wait);
  if (!reply)
    co_return outcome<R>::failure(wait.why());
  if constexpr (std::is_void_v<R>)
    co_return outcome<>();
  else
    co_return outcome<R>(std::move(reply->as<answer<R>>().value));
}

template <class R>
task<outcome<R>> try_call_destination(destination to, envelope_ptr request, time_limit limit) {
  const std::optional<pid> who = to.find();
  if (!who)
    co_return outcome<R>::failure(reason::noproc);
  co_return co_await quietly(try_call_process<R>(*who, std::move(request), limit));
}

}  // namespace detail

// The reply; or this process exits (catchable, as exiting) with timeout, noproc, calling_self, or the reason the server ended with.
// OTP: gen_server:call/3
template <class M>
BROOD_LINT_KEEPS task<detail::named_reply_t<M>> call(pid to, M&& message, time_limit limit = default_call_limit) {
  return detail::call_process<detail::named_reply_t<M>>(to, detail::pack_call(std::forward<M>(message)), limit);
}
template <class M>
BROOD_LINT_KEEPS task<detail::named_reply_t<M>> call(destination to, M&& message, time_limit limit = default_call_limit) {
  return detail::call_destination<detail::named_reply_t<M>>(std::move(to), detail::pack_call(std::forward<M>(message)), limit);
}

// The same, with the reason in the outcome.
template <class M>
BROOD_LINT_KEEPS task<outcome<detail::named_reply_t<M>>> try_call(pid to, M&& message, time_limit limit = default_call_limit) {
  return detail::try_call_process<detail::named_reply_t<M>>(to, detail::pack_call(std::forward<M>(message)), limit);
}
template <class M>
BROOD_LINT_KEEPS task<outcome<detail::named_reply_t<M>>> try_call(destination to, M&& message,
                                                                  time_limit limit = default_call_limit) {
  return detail::try_call_destination<detail::named_reply_t<M>>(std::move(to), detail::pack_call(std::forward<M>(message)), limit);
}

}  // namespace brood
