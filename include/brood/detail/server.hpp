// The state of one serve(): its handlers, which of them takes a message, and what becomes of what they return.
#pragma once

#include <brood/detail/call.hpp>
#include <brood/detail/handler.hpp>
#include <brood/detail/server_order.hpp>
#include <brood/detail/wait.hpp>
#include <brood/request.hpp>
#include <brood/signals.hpp>
#include <brood/stop_serving.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// What `matched` says of a message that no handler is to see.
enum : int { to_server_order = 1 << 20, to_parent_exit, to_nobody };

// A message in a server's hands: wherever it is lost, the caller of a request hears of the server's death.
struct abandon_envelope {
  void operator()(envelope* e) const noexcept { abandon_taken(e); }
};
using served_envelope = std::unique_ptr<envelope, abandon_envelope>;

// The part that knows no handlers.
class server_base : public waiter {
 public:
  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    return wait(*frame.promise().proc);
  }
  served_envelope await_resume() { return served_envelope(finish_wait(*this)); }

  // The running process serves: it has started.
  void begin() noexcept;
  // Why; what the process ends with unless it says otherwise.
  exit_reason end() noexcept;
  bool stops() const noexcept { return stops_; }
  // The messages that even a suspended server takes.
  int match_system(const envelope& e) const noexcept;

  // ---- what handlers return
  void stop(exit_reason why) noexcept {
    stops_ = true;
    why_ = std::move(why);
  }
  template <class R, class... V>
  void answer_now(envelope& e, V&&... value) {
    ++info_.replies;
    reply_to<R>(e.as<call_head>(), std::forward<V>(value)...);
  }
  // Sent when the process has ended, unless it was ended.
  template <class R, class... V>
  void answer_at_end(envelope& e, V&&... value) {
    ++info_.replies;
    if (call_head& head = e.as<call_head>(); head.number != 0)
      keep_last_reply(head, envelope_ptr(make_envelope<brood::detail::answer<answered<R>>>(
                                answer_type<answered<R>>, head.number, answered<R>(std::forward<V>(value)...))));
  }

 protected:
  server_base(const wait_kind& kind, time_limit idle) noexcept : idle_(idle), kind_(&kind) {}

  // Nobody is the runtime, which ends and speaks for all parents, or a thread that embeds it.
  bool is_parent(const envelope& e) const noexcept {
    const pid who = e.as<exited>().who;
    return !who || who == parent_;
  }
  void count() noexcept { ++info_.messages; }
  // Orders, the parent's exit, what nobody handles.
  void take(served_envelope e);
  // A handler threw: for the crash report. `e` may be gone into the handler.
  void note_last(const message_type& type, const envelope* e) noexcept;

 private:
  bool wait(process_stack& stack);
  void obey(served_envelope e);
  void report_unhandled(const envelope& e);
  static void keep_last_reply(call_head& head, envelope_ptr reply);

  time_limit idle_;
  const wait_kind* kind_;
  pid parent_;  // whose exit ends the serving
  bool stops_ = false;
  exit_reason why_;
  server_info info_{};
  std::vector<std::string> reported_;  // names of types: what a plugin sends may outlive its descriptors
};

// How a parameter type of a handler selects and unwraps a message: as in receive, but a request is answered by what is returned.
template <class T>
struct served_pattern : pattern<T> {
  using message = T;
  static constexpr bool replies = false;
};
template <class M>
struct served_pattern<request<M>> : pattern<request<M>> {
  using message = M;
  static constexpr bool replies = false;
};
template <request_type M>
struct served_pattern<M> {
  using message = M;
  static constexpr bool any = false;
  static constexpr bool replies = true;
  static message_type_ref type() noexcept { return &call_type_of<M>::value; }
  template <class F>
  static decltype(auto) apply(F& f, envelope_ptr& e) {
    using pass = std::conditional_t<std::is_lvalue_reference_v<parameter_t<F>>, const M&, M&&>;
    return f(static_cast<pass>(e->as<call_payload<M>>().message));
  }
  template <class P>
  static bool test(P& predicate, const envelope& e) {
    return static_cast<bool>(predicate(e.as<call_payload<M>>().message));
  }
};

// What a handler of message M may return.
template <class M, bool Replies, class R>
constexpr void check_returned() {
  if constexpr (Replies) {
    using reply = typename M::reply;
    static_assert(
        std::is_same_v<R, served<M>> || is_stop<R> || (std::is_void_v<R> && std::is_void_v<reply>) ||
            (!std::is_void_v<R> && !std::is_void_v<reply> && std::is_convertible_v<R, reply>),
        "brood: this handler does not return the reply of its request: return M::reply, stop_serving or served<M>; or take "
        "request<M> and reply later");
  } else {
    static_assert(
        std::is_void_v<R> || std::is_same_v<R, served<>> || std::is_same_v<R, stop_now> || std::is_same_v<R, stop_with<>>,
        "brood: nobody waits for what this handler returns: return nothing, stop_serving or served<>; a message that is to "
        "be replied to names its reply: struct get { ...; using reply = int; }");
  }
}

template <class M, class R>
void conclude(server_base& server, envelope* e, R&& returned) {
  using reply = typename reply_of<M>::type;
  using result = std::remove_cvref_t<R>;
  if constexpr (std::is_same_v<result, served<M>>) {
    const bool stops = served_access::stops(returned);
    if constexpr (!std::is_void_v<M>) {
      if (auto& value = served_access::value(returned)) {
        if constexpr (std::is_void_v<reply>)
          stops ? server.answer_at_end<void>(*e) : server.answer_now<void>(*e);
        else
          stops ? server.answer_at_end<reply>(*e, std::move(*value)) : server.answer_now<reply>(*e, std::move(*value));
      }
    }
    if (stops)
      server.stop(std::move(served_access::why(returned)));
  } else if constexpr (std::is_same_v<result, stop_now>) {
    server.stop(reason::normal);
  } else if constexpr (std::is_same_v<result, stop_with<>>) {
    server.stop(std::move(returned.why));
  } else if constexpr (is_stop<result>) {
    if constexpr (std::is_void_v<reply>)
      server.answer_at_end<void>(*e);
    else
      server.answer_at_end<reply>(*e, std::move(returned.value));
    server.stop(std::move(returned.why));
  } else {
    server.answer_now<reply>(*e, std::forward<R>(returned));
  }
}

// Runs what may return something, and acts on it. M: the request it replies to, or void.
template <class M, class Run>
void run_now(server_base& server, envelope* e, Run run) {
  if constexpr (!std::is_void_v<std::invoke_result_t<Run&>>)
    conclude<M>(server, e, run());
  else {
    run();
    if constexpr (!std::is_void_v<M>)
      server.answer_now<void>(*e);
  }
}
template <class M, class R>
task<> run_later(server_base& server, envelope* e, task<R> running) {
  if constexpr (!std::is_void_v<R>)
    conclude<M>(server, e, co_await quietly(std::move(running)));
  else {
    co_await quietly(std::move(running));
    if constexpr (!std::is_void_v<M>)
      server.answer_now<void>(*e);
  }
}

struct no_idle {
  time_limit limit = time_limit(infinity);
};

template <class Idle, class... Hs>
class server : public server_base {
  template <std::size_t I>
  using handler = std::tuple_element_t<I, std::tuple<Hs...>>;
  template <class H>
  using pattern_of = served_pattern<typename clause<H>::message>;

  template <class H, class... Later>
  static constexpr bool shadows_any =
      !clause<H>::has_guard && (std::is_same_v<typename pattern_of<H>::message, typename pattern_of<Later>::message> || ...);
  template <class... Rest>
  struct none_shadowed_here : std::true_type {};
  template <class H, class... Later>
  struct none_shadowed_here<H, Later...> : std::bool_constant<!shadows_any<H, Later...> && none_shadowed_here<Later...>::value> {};
  static_assert(none_shadowed_here<Hs...>::value,
                "brood: two handlers of one serve take the same message: the second could never run; give the first a guard");

  static constexpr bool idles = !std::is_same_v<Idle, no_idle>;
  static constexpr bool idle_is_task() {
    if constexpr (idles)
      return is_task<std::invoke_result_t<decltype(Idle::action)&>>;
    else
      return false;
  }

 public:
  static constexpr bool has_tasks = (is_task<typename clause<Hs>::result> || ... || idle_is_task());

  server(Idle idle, Hs... handlers) : server_base(kind_, idle.limit), idle_(std::move(idle)), handlers_(std::move(handlers)...) {}
  server(server&& other)
      : server_base(kind_, other.idle_.limit), idle_(std::move(other.idle_)), handlers_(std::move(other.handlers_)) {}

  // What came, handled to its end.
  void handle(served_envelope e)
    requires(!has_tasks)
  {
    if (!e) {
      if constexpr (idles)
        run_now<void>(*this, nullptr, [this]() -> decltype(auto) { return idle_.action(); });
      return;
    }
    count();
    const message_type& type = *e->type;
    try {
      run<0>(e, [](auto&&) {});
    } catch (...) {
      note_last(type, e.get());
      throw;
    }
  }

  // The same when some handlers are coroutines.
  task<> handle_with_tasks(served_envelope e)
    requires has_tasks
  {
    if (!e) {
      if constexpr (idle_is_task()) {
        check_returned<void, false, unwrap_task_t<std::invoke_result_t<decltype(Idle::action)&>>>();
        co_await quietly(run_later<void>(*this, nullptr, idle_.action()));
      } else if constexpr (idles) {
        run_now<void>(*this, nullptr, [this]() -> decltype(auto) { return idle_.action(); });
      }
      co_return;
    }
    count();
    const message_type& type = *e->type;
    try {
      std::optional<task<>> running;
      run<0>(e, [&](task<> t) { running.emplace(std::move(t)); });
      if (running)
        co_await quietly(std::move(*running));
    } catch (...) {
      note_last(type, e.get());
      throw;
    }
  }

 private:
  template <std::size_t I, class Later>
  void run(served_envelope& e, Later later) {
    if constexpr (I == sizeof...(Hs)) {
      take(std::move(e));
    } else {
      if (e->matched != I)
        return run<I + 1>(e, std::move(later));
      using H = handler<I>;
      using P = pattern_of<H>;
      using result = typename clause<H>::result;
      using replying_to = std::conditional_t<P::replies, typename P::message, void>;
      check_returned<replying_to, P::replies, unwrap_task_t<result>>();
      auto& h = clause<H>::handler(std::get<I>(handlers_));
      envelope* const request = e.get();
      envelope_ptr taken(e.release());
      struct take_back {  // unless the handler took it for good: it may look at it until it has finished, or failed
        served_envelope& e;
        envelope_ptr& taken;
        ~take_back() { e.reset(taken.release()); }
      } guard{e, taken};
      if constexpr (is_task<result>)
        later(run_later<replying_to>(*this, request, P::apply(h, taken)));
      else
        run_now<replying_to>(*this, request, [&]() -> decltype(auto) { return P::apply(h, taken); });
    }
  }

  template <std::size_t I>
  bool accepts(const envelope& e) {
    using H = handler<I>;
    using P = pattern_of<H>;
    if constexpr (P::any)
      return false;  // they get what the others leave
    else {
      if (e.type != P::type())
        return false;
      if constexpr (std::is_same_v<typename P::message, exited>)
        if (is_parent(e))
          return false;
      if constexpr (clause<H>::has_guard)
        return guard_holds<P>(*this, std::get<I>(handlers_).guard, e);
      else
        return true;
    }
  }
  template <std::size_t I>
  bool accepts_rest(const envelope& e) {
    using H = handler<I>;
    if constexpr (!pattern_of<H>::any)
      return false;
    else if constexpr (clause<H>::has_guard)
      return guard_holds<pattern_of<H>>(*this, std::get<I>(handlers_).guard, e);
    else
      return true;
  }

  static int match(waiter& w, const envelope& e) {
    auto& self = static_cast<server&>(w);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      int found = no_match;
      (void)((self.template accepts<I>(e) ? (found = static_cast<int>(I), true) : false) || ...);
      if (found != no_match)
        return found;
      found = self.match_system(e);
      if (found != no_match)
        return found;
      found = to_nobody;
      (void)((self.template accepts_rest<I>(e) ? (found = static_cast<int>(I), true) : false) || ...);
      return found;
    }(std::index_sequence_for<Hs...>{});
  }

  static inline const message_type_ref types_[] = {pattern_of<Hs>::type()..., message_type_ref()};
  static inline const wait_kind kind_{&match, types_, sizeof...(Hs), true};

  [[no_unique_address]] Idle idle_;
  [[no_unique_address]] std::tuple<Hs...> handlers_;
};

}  // namespace detail
}  // namespace brood
