// `request<M>`: a call's message together with the way back, for whoever answers later or lets another process answer.
//
//     struct square {
//       int n;
//       using reply = int;
//     };
//     process squares() {
//       while (true)
//         co_await receive([](request<square> r) { r.reply(r->n * r->n); });
//     }
//
// Move it into messages and spawned processes as you like: any process may reply, the first reply counts. Destroyed unanswered it
// sends nothing: the caller has its timeout, or hears of the server's death; the server is the process that was called.
#pragma once

#include <brood/detail/call.hpp>
#include <brood/detail/handler.hpp>
#include <brood/detail/receive_values.hpp>
#include <brood/message.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {
template <class R, class V>
constexpr bool check_reply() {
  constexpr bool converts = std::convertible_to<V, R>;
  constexpr bool same = std::same_as<std::remove_cvref_t<V>, R>;
  static_assert(converts || !same, "brood: std::move it: this reply can't be copied (and what is const can't be moved)");
  static_assert(converts || same, "brood: the reply of this request is of another type: see its M::reply");
  return converts;
}
}  // namespace detail

template <class M>
class request {
  static_assert(detail::request_type<M>,
                "brood: request<M> needs an M that names its reply: struct get { ...; using reply = int; };");

 public:
  using message = M;
  using reply_type = typename M::reply;

  request(request&&) noexcept = default;
  request& operator=(request&&) noexcept = default;

  M& operator*() noexcept { return payload().message; }
  const M& operator*() const noexcept { return payload().message; }
  M* operator->() noexcept { return std::addressof(payload().message); }
  const M* operator->() const noexcept { return std::addressof(payload().message); }

  // The caller.
  pid from() const noexcept { return payload().from; }

  // Answers, unless the request has been answered. A caller that gave up gets nothing. With `using reply = void`: reply().
  // OTP: gen_server:reply/2
  template <class V = reply_type>
    requires(!std::is_void_v<reply_type>)
  void reply(V&& value) const {
    if constexpr (detail::check_reply<reply_type, V>())
      detail::reply_to<reply_type>(payload(), std::forward<V>(value));
  }
  void reply() const
    requires std::is_void_v<reply_type>
  {
    detail::reply_to<void>(payload());
  }

  // For the library: takes over the envelope of a call that the running process took out of its queue.
  explicit request(detail::envelope_ptr taken) noexcept : envelope_(std::move(taken)) { detail::hold(payload()); }
  // … or looks into one that it must not own in the end.
  static request of(const detail::envelope& e) noexcept { return request(const_cast<detail::envelope*>(&e)); }
  detail::envelope* release() noexcept { return envelope_.release(); }

 private:
  explicit request(detail::envelope* borrowed) noexcept : envelope_(borrowed) {}
  detail::call_payload<M>& payload() const noexcept { return envelope_->as<detail::call_payload<M>>(); }
  detail::envelope_ptr envelope_;
};

namespace detail {

template <class M>
struct pattern<request<M>> {
  static constexpr bool any = false;
  static message_type_ref type() noexcept { return &call_type_of<M>::value; }

  template <class F>
  static decltype(auto) apply(F& f, envelope_ptr& e) {
    static_assert(!is_task<std::invoke_result_t<F&, parameter_t<F>>> || std::same_as<parameter_t<F>, request<M>>,
                  "brood: a handler that is a coroutine takes its request by value: it outlives the call of the handler");
    request<M> taken(std::move(e));
    return f(std::move(taken));
  }
  template <class P>
  static bool test(P& predicate, const envelope& e) {
    const borrowed<request<M>> looked_at(e);
    return static_cast<bool>(predicate(looked_at.view));
  }
};

template <class M>
struct value_of<request<M>> {
  static request<M> take(envelope_ptr e) { return request<M>(std::move(e)); }
};

// A request sent on travels as it came: the receiver takes it as a request, and a server replies to it as to any other.
template <class M>
struct packer<request<M>> {
  static envelope* pack(request<M>&& r) { return r.release(); }
};

}  // namespace detail

}  // namespace brood
