// What may cross from one process to another, what is kept of it, and the sentences for what may not.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace [[gnu::visibility("default")]] brood {
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

// What programs write for a text that is a std::string by the time it arrives.
template <class T>
inline constexpr bool shows_text =
    std::same_as<std::remove_cv_t<std::remove_pointer_t<std::decay_t<T>>>, char> && !std::same_as<T, char>;
template <class Traits>
inline constexpr bool shows_text<std::basic_string_view<char, Traits>> = true;

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

// Of a value that another process will own.
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

// Containers say that they can be copied whatever they hold.
template <class T>
inline constexpr bool copies_elements = true;
template <class T>
  requires requires {
    typename T::value_type;
    typename T::allocator_type;
  }
inline constexpr bool copies_elements<T> =
    std::is_copy_constructible_v<typename T::value_type> && copies_elements<typename T::value_type>;

// Whether a T can be made of what was given as Given: a T&, const T& or T.
template <class T, class Given>
inline constexpr bool can_keep = std::is_constructible_v<T, Given> && (!std::is_lvalue_reference_v<Given> || copies_elements<T>);

// Given: as an argument was given, a T& or const T& where it was a variable. Whether it can be kept; a sentence if not.
template <class Given>
constexpr bool check_kept() {
  using T = kept_t<Given>;
  check_crossing<T>();
  constexpr bool keeps = can_keep<T, Given>;
  static_assert(keeps || !std::is_move_constructible_v<T>,
                "brood: std::move it: this message or argument can't be copied (and what is const can't be moved)");
  return keeps;
}
template <class... Given>
constexpr bool check_all_kept() {
  return (int{check_kept<Given>()} & ... & 1);
}

template <class T>
constexpr void check_message() {
  check_crossing<T>();
  static_assert(!request_type<T>, "brood: this message expects a reply: use call (or try_call)");
}

// Of what a call or a task gives back: it leaves the process that made it, too. The result may be void.
template <class R>
constexpr void check_result() {
  static_assert(!std::is_reference_v<R>, "brood: a result is a value, not a reference into another process");
  if constexpr (!std::is_void_v<R> && !std::is_reference_v<R>)
    check_crossing<R>();
}

// What is inside a message that wraps another, as timer_fired<M> does.
template <class T>
struct carried {
  using type = T;
};

// Of the type that a handler or receive<T> waits for. False, with a sentence: no message of it can ever come.
template <class T>
constexpr bool check_arrives() {
  using M = typename carried<T>::type;
  constexpr bool text = shows_text<M>;
  constexpr bool view = !text && (is_object_pointer<M> || is_view<M>);
  constexpr bool other = !text && !view && !(std::is_object_v<M> && std::is_move_constructible_v<M>);
  static_assert(!text, "brood: texts arrive as std::string: take std::string");
  static_assert(!view,
                "brood: no such message arrives: raw pointers, views and std::ref can't be sent; take the value, "
                "std::shared_ptr<const T>, or shared_unsafely<T>");
  static_assert(!other, "brood: no such message arrives: what can be sent is a movable value, no array");
  return !text && !view && !other;
}

}  // namespace detail
}  // namespace brood
