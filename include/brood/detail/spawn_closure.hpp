// A callable and its arguments, kept in the process they were spawned into, and how the process enters them.
#pragma once

#include <brood/message.hpp>
#include <brood/process.hpp>
#include <brood/task.hpp>

#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

class core;
struct process_control;

struct spawn_info {
  std::size_t size;
  std::size_t align;
  frame_base* (*enter)(void* closure);  // invokes it, in the process; the body's frame, or null: it has run to its end
  void (*destroy)(void* closure) noexcept;
  const std::type_info* callable;
  bool is_function;  // spawned by name: the closure begins with its address
};

// The callable that reports name: a wrapper of the library's own names the user's.
template <class F>
struct callable_of {
  using type = F;
};
template <class F>
  requires requires { typename F::wrapped_callable; }
struct callable_of<F> {
  using type = typename F::wrapped_callable;
};

template <class F, class... A>
class spawn_closure {
  static constexpr bool movable_call = std::is_invocable_v<F, A...>;
  static_assert((check_crossing<F>(), (check_crossing<A>(), ...), true));
  static_assert(movable_call || !std::is_invocable_v<F&, A&...>,
                "brood: a process owns its arguments: a parameter of type T& would refer to nobody's variable; take it by value or "
                "const&");
  static_assert(movable_call || std::is_invocable_v<F&, A&...>,
                "brood: spawn(f, args...) needs an f that can be called with these arguments, moved");

 public:
  template <class G, class... B>
  explicit spawn_closure(G&& f, B&&... args) : f_(std::forward<G>(f)), args_(std::forward<B>(args)...) {}

  static frame_base* enter(void* closure) {
    auto& self = *static_cast<spawn_closure*>(closure);
    auto call = [&self]() -> decltype(auto) {
      return std::apply([&self](A&... args) -> decltype(auto) { return std::invoke(std::move(self.f_), std::move(args)...); },
                        self.args_);
    };
    using result = std::invoke_result_t<F, A...>;
    if constexpr (std::is_same_v<result, process> || is_task<result>) {
      return call().release();
    } else {
      static_cast<void>(call());
      return nullptr;
    }
  }

  static constexpr spawn_info info_of() noexcept {
    return {sizeof(spawn_closure),
            alignof(spawn_closure),
            &enter,
            &destroy_payload<spawn_closure>,
            &typeid(typename callable_of<F>::type),
            std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>};
  }
  static const spawn_info info;

 private:
  [[no_unique_address]] F f_;
  [[no_unique_address]] std::tuple<A...> args_;
};

template <class F, class... A>
constexpr spawn_info spawn_closure<F, A...>::info = spawn_closure<F, A...>::info_of();

}  // namespace detail
}  // namespace brood
