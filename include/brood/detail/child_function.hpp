// What a child runs, without its type: a function and its arguments that never change and are copied into every new process.
#pragma once

#include <brood/spawn.hpp>

#include <concepts>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

class child_function {
 public:
  virtual ~child_function() = default;
  // Throws what copying throws, and what spawn throws.
  virtual spawned start(const spawn_settings& settings) const = 0;
};

template <class F, class... A>
class child_function_of final : public child_function {
  static_assert((std::is_copy_constructible_v<F> && ... && std::is_copy_constructible_v<A>),
                "brood: a child's function and arguments are copied at every start: hold what can't be copied in a "
                "std::shared_ptr<const T>, or make it in the function");

 public:
  template <class G, class... B>
  explicit child_function_of(std::in_place_t, G&& f, B&&... args) : f_(std::forward<G>(f)), args_(std::forward<B>(args)...) {}

  spawned start(const spawn_settings& settings) const override {
    return std::apply([&](const A&... args) { return spawn_with(settings, f_, args...); }, args_);
  }

 private:
  [[no_unique_address]] F f_;
  [[no_unique_address]] std::tuple<A...> args_;
};

// The second form is a T& parameter: let through here, refused with a sentence by spawn_closure.
template <class F, class... A>
concept child_callable = std::invocable<kept_t<F>, kept_t<A>...> || std::invocable<kept_t<F>&, kept_t<A>&...>;

}  // namespace detail
}  // namespace brood
