// Sentences for calls that no overload takes.
//
// Where the compiler would list all the overloads that it tried, one more takes everything, by an ellipsis, and says what was to be
// written: an overloaded function, a template or a {…} has no type that a template parameter could be deduced from.
#pragma once

#include <brood/detail/frame.hpp>

#include <coroutine>
#include <type_traits>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

template <class...>
inline constexpr bool always_false = false;

// What a call that was refused takes and returns, so that nothing more is said: some T, whatever is wanted, or an await that would
// give an R. Declared only.
template <class T>
T refused();
struct anything {  // a worse match than any other
  template <class T>
  anything(T&&);
};
struct refused_value {
  template <class T>
  operator T() const;
};
template <class R>
struct refused_awaiter : awaiter_base {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) const noexcept;
  std::conditional_t<std::is_array_v<R>, void, R> await_resume() const;
};

// g++ before 15 shows this name.
struct which_of_the_overloaded_functions_is_meant {};

}  // namespace detail
}  // namespace brood

#define BROOD_WHICH                                                                                                       \
  "brood: which function? Of an overloaded one, or a template, say which: [](int n) { return f(n); }; and name the type " \
  "of what stands in {}"

// BROOD_REFUSED(HEAD, NAME, QUALIFIERS, SENTENCE): NAME(...) is refused. HEAD: of a template, or empty.
// clang looks into a function whose type is deduced before it looks at its arguments; g++ the other way round, but for a deleted one.
#if defined(__clang__)
#define BROOD_REFUSED(HEAD, NAME, QUALIFIERS, SENTENCE)                      \
  template <HEAD int Never = 0>                                              \
  auto NAME(...) QUALIFIERS {                                                \
    static_assert(::brood::detail::always_false<char[Never + 1]>, SENTENCE); \
    return ::brood::detail::refused_value();                                 \
  }
#elif defined(__cpp_deleted_function)
#define BROOD_REFUSED(HEAD, NAME, QUALIFIERS, SENTENCE) \
  template <HEAD int Never = 0>                         \
  ::brood::detail::refused_value NAME(...) QUALIFIERS = delete (SENTENCE);
#else
#define BROOD_REFUSED(HEAD, NAME, QUALIFIERS, SENTENCE) \
  template <HEAD int Never = 0>                         \
  ::brood::detail::which_of_the_overloaded_functions_is_meant NAME(...) QUALIFIERS = delete;
#endif

#define BROOD_WHICH_FUNCTION(NAME) BROOD_REFUSED(, NAME, , BROOD_WHICH)
