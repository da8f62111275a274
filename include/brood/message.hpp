// What may be a message: any movable value.
//
// It is moved, never copied: after `send(p, std::move(m))` the receiver alone has it. A message, an argument or a result that is itself
// a raw pointer, a reference or a view (string_view, span, reference_wrapper) is refused at compile time: it would let two processes
// touch one object. `unsafe_share(p)` is the way out. The compiler does not see what is inside your struct, behind a
// std::shared_ptr<T> or in the captures of a lambda: keep references and views out of them, and share immutable data as
// std::shared_ptr<const T>. "text" becomes a std::string, and a handler takes it as one.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/call.hpp>
#include <brood/detail/crossing.hpp>
#include <brood/detail/envelope.hpp>

#include <string>

namespace [[gnu::visibility("default")]] brood {

// A pointer that may cross processes because its author says so. Both sides must agree on who touches what when.
template <class T>
class shared_unsafely {
 public:
  explicit shared_unsafely(T* p) noexcept : pointer_(p) {}
  T* get() const noexcept { return pointer_; }
  T& operator*() const noexcept { return *pointer_; }
  T* operator->() const noexcept { return pointer_; }
  friend bool operator==(shared_unsafely, shared_unsafely) = default;

 private:
  T* pointer_;
};

template <class T>
shared_unsafely<T> unsafe_share(T* p) noexcept {
  return shared_unsafely<T>(p);
}

// Any message, owned. What `receive<any_message>()` gives and a handler of that parameter takes: `down` and `exited` too.
//
// Sent on, whether by send, send_wait, cast, send_after or send_at, the message itself arrives, as if its sender had sent it there:
//
//     send(worker, co_await receive<any_message>());  // whatever it is
//
// A request keeps its way back: whoever gets it replies to the caller, who hears of the death of the process that it called. One that
// was moved from is empty: to send it throws std::invalid_argument. start_timer wraps it, as any message: timer_fired<any_message>.
class any_message {
 public:
  // For the library: takes over what the running process took out of its queue.
  explicit any_message(detail::envelope* e) noexcept : envelope_(e) {
    if (e && e->type->kind == detail::signal_kind::call)
      detail::hold(e->as<detail::call_head>());
  }

  // The message if it is a T, else null. Valid while this object lives. A request is seen, but can't be answered from here.
  template <class T>
  T* get_if() noexcept {
    if constexpr (detail::request_type<T>)
      return envelope_ && envelope_->type == detail::message_type_ref(&detail::call_type_of<T>::value)
                 ? std::addressof(envelope_->as<detail::call_payload<T>>().message)
                 : nullptr;
    else
      return envelope_ && envelope_->type == detail::type_of<T>() ? std::addressof(envelope_->as<T>()) : nullptr;
  }
  template <class T>
  const T* get_if() const noexcept {
    return const_cast<any_message*>(this)->get_if<T>();
  }
  // Whether there is a message: not in one that was moved from.
  explicit operator bool() const noexcept { return envelope_ != nullptr; }
  // Its type's name, demangled.
  std::string type_name() const;
  // As `flush` prints it.
  std::string text() const;

  // For the library: looks into an envelope that it must not own in the end; gives up the one it has.
  static any_message of(const detail::envelope& e) noexcept { return any_message(borrow{}, const_cast<detail::envelope*>(&e)); }
  detail::envelope* release() noexcept { return envelope_.release(); }

 private:
  struct borrow {};
  any_message(borrow, detail::envelope* e) noexcept : envelope_(e) {}
  detail::envelope_ptr envelope_;
};

namespace detail {
// Of a message that is to be sent on. Throws std::invalid_argument if it is empty.
BROOD_API envelope* pass_on(any_message&& m);
}  // namespace detail

}  // namespace brood
