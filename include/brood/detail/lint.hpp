// BROOD_LINT: what tools/lint defines to have clang look for references that may outlive what they refer to. For that run alone:
// clang then refuses each plain function that returns a task, std::invoke and std::function among them, and tools/lint leaves that out.
//
// - A task that is kept, not awaited in the expression that made it, must not have been given a temporary (-Wdangling).
// - blocking(f) must not be given a closure that holds references (-Wuser-defined-warnings): it may outlive the frame they refer to.
#pragma once

#include <type_traits>

#if defined(BROOD_LINT) && defined(__clang__)
#if __has_cpp_attribute(clang::coro_lifetimebound) && __has_cpp_attribute(clang::coro_return_type)
#define BROOD_LINT_COROUTINE [[clang::coro_return_type]] [[clang::coro_lifetimebound]]
// Of functions of the library that move what they are given into the task.
#define BROOD_LINT_KEEPS [[clang::coro_disable_lifetimebound]]
#endif
#define BROOD_LINT_CLOSURE(F)                                                                                                      \
  __attribute__((diagnose_if(::brood::detail::captures_references<F>,                                                              \
                             "brood: this function captured references, and may outlive the process whose variables they "         \
                             "refer to, when it is killed: hand over values: blocking([](data d) { return d; }, std::move(mine))", \
                             "warning")))
#endif
#ifndef BROOD_LINT_COROUTINE
#define BROOD_LINT_COROUTINE
#define BROOD_LINT_KEEPS
#endif
#ifndef BROOD_LINT_CLOSURE
#define BROOD_LINT_CLOSURE(F)
#endif

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// Whether a closure has references for members. A guess from what can be asked of a type: it misses those that hold more than
// references and trivial values.
template <class F>
inline constexpr bool captures_references = std::is_class_v<std::decay_t<F>> && std::is_trivially_copyable_v<std::decay_t<F>> &&
                                            !std::is_standard_layout_v<std::decay_t<F>>;

}  // namespace detail
}  // namespace brood
