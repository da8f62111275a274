// BROOD_LINT: what a program defines (-DBROOD_LINT) to hear of references that may outlive what they refer to. For clang; others
// know none of it.
//
// - A task that is kept, not awaited in the expression that made it, must not have been given a temporary: clang warns (-Wdangling).
//   The price: clang then wants a plain function that returns a task, and is no coroutine, to say so: [[clang::coro_wrapper]].
// - blocking(f) with an f that captured references warns (-Wuser-defined-warnings): it may outlive the frame they refer to.
#pragma once

#include <type_traits>

#if defined(BROOD_LINT) && defined(__clang__)
#if __has_cpp_attribute(clang::coro_lifetimebound) && __has_cpp_attribute(clang::coro_return_type)
#define BROOD_LINT_COROUTINE [[clang::coro_return_type]] [[clang::coro_lifetimebound]]
// Of functions of the library: they move into the task what they are given.
#define BROOD_LINT_WRAPPER [[clang::coro_wrapper]] [[clang::coro_disable_lifetimebound]]
#endif
#define BROOD_LINT_CLOSURE(F)                                                                                                      \
  __attribute__((diagnose_if(::brood::detail::captures_references<F>,                                                              \
                             "brood: this function captured references, and may outlive the process whose variables they "         \
                             "refer to, when it is killed: hand over values: blocking([](data d) { return d; }, std::move(mine))", \
                             "warning")))
#endif
#ifndef BROOD_LINT_COROUTINE
#define BROOD_LINT_COROUTINE
#define BROOD_LINT_WRAPPER
#endif
#ifndef BROOD_LINT_CLOSURE
#define BROOD_LINT_CLOSURE(F)
#endif

namespace brood::detail {

// Whether a closure has references for members. A guess from what can be asked of a type: it misses those that hold more than
// references and trivial values.
template <class F>
inline constexpr bool captures_references = std::is_class_v<std::decay_t<F>> && std::is_trivially_copyable_v<std::decay_t<F>> &&
                                            !std::is_standard_layout_v<std::decay_t<F>>;

}  // namespace brood::detail
