// What may be a message: any movable value.
//
// Moved, never copied: after `send(p, m)` the receiver alone has it. What would let two processes touch one object is refused
// at compile time; immutable data is shared as std::shared_ptr<const T>, and `unsafe_share(p)` is the one way out.
#pragma once

#include <brood/detail/call.hpp>
#include <brood/detail/envelope.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace brood {

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

namespace detail {

template <class T>
inline constexpr bool is_view = false;
template <class C, class Traits>
inline constexpr bool is_view<std::basic_string_view<C, Traits>> = true;
template <class T, std::size_t N>
inline constexpr bool is_view<std::span<T, N>> = true;
template <class T>
inline constexpr bool is_view<std::reference_wrapper<T>> = true;

// A pointer to a function is as shareable as the code it points to; one to an object is not.
template <class T>
inline constexpr bool is_object_pointer = std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>;

template <class T>
concept request_type = requires { typename T::reply; } && !std::same_as<typename T::reply, T>;  // g++: a struct reply names itself

// What is kept of an argument or message of this type: string literals become strings.
template <class T>
struct kept {
  using type = std::decay_t<T>;
};
template <class T>
  requires std::same_as<std::decay_t<T>, const char*> || std::same_as<std::decay_t<T>, char*>
struct kept<T> {
  using type = std::string;
};
template <class T>
using kept_t = typename kept<T>::type;

template <class T>
constexpr void check_crossing() {
  static_assert(!is_object_pointer<T>,
                "brood: a raw pointer into another process is not safe: send a value, std::shared_ptr<const T>, or "
                "unsafe_share(p)");
  static_assert(!is_view<T>,
                "brood: a reference into another process is not safe: string_view, span and std::ref do not own what they "
                "show; send a value, std::shared_ptr<const T>, or unsafe_share(p)");
  static_assert(std::is_move_constructible_v<T>, "brood: a message or argument must be movable");
}

template <class T>
constexpr void check_message() {
  check_crossing<T>();
  static_assert(!request_type<T>, "brood: this message expects a reply: use call (or try_call)");
}

}  // namespace detail

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
      return envelope_ && envelope_->type == &detail::call_type_of<T>::value ? &envelope_->as<detail::call_payload<T>>().message
                                                                             : nullptr;
    else
      return envelope_ && envelope_->type == detail::type_of<T>() ? &envelope_->as<T>() : nullptr;
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
envelope* pass_on(any_message&& m);
}  // namespace detail

}  // namespace brood
