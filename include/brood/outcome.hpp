// `outcome<T>`: a value, or why there is none. What calls return that may fail without ending the caller.
//
// Test it, then use it; used without a value, * and -> end the process with why(). `outcome<>` holds no value, only how it went:
// default-constructed, well.
//
//     outcome<int> half(int n) {
//       if (n % 2) return outcome<int>::failure(exit_reason("odd"));
//       return n / 2;
//     }
//     process halves() {
//       if (outcome<int> h = half(3)) send(parent, *h);
//       else std::cout << h.why();  // "odd"
//       send(parent, *half(5));     // this process ends with "odd"
//       co_return;
//     }
#pragma once

#include <brood/errors.hpp>
#include <brood/exit_reason.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

template <class T = void>
class [[nodiscard]] outcome {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "brood: an outcome holds a value: not a reference, not an array");

 public:
  // From a T or what converts to it.
  template <class U = T>
    requires(!std::same_as<std::remove_cvref_t<U>, outcome> && std::constructible_from<T, U>)
  explicit(!std::is_convertible_v<U, T>) outcome(U&& value) : value_(std::in_place, std::forward<U>(value)) {}

  // None, and why; `normal` is a reason like any other.
  static outcome failure(exit_reason why) { return outcome(no_value{}, std::move(why)); }

  explicit operator bool() const noexcept { return value_.has_value(); }
  bool has_value() const noexcept { return value_.has_value(); }

  // The value. Without one: throws exiting(why()), so that the process ends with that reason.
  T& operator*() & { return check(), *value_; }
  const T& operator*() const& { return check(), *value_; }
  T&& operator*() && { return check(), *std::move(value_); }
  const T&& operator*() const&& { return check(), *std::move(value_); }
  T* operator->() { return check(), std::addressof(*value_); }
  const T* operator->() const { return check(), std::addressof(*value_); }

  // The value, or this one.
  template <class U = std::remove_cv_t<T>>
  T value_or(U&& otherwise) const& {
    return value_ ? *value_ : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U = std::remove_cv_t<T>>
  T value_or(U&& otherwise) && {
    return value_ ? *std::move(value_) : static_cast<T>(std::forward<U>(otherwise));
  }

  // Why there is no value; `normal` when there is one.
  const exit_reason& why() const noexcept { return why_; }

  friend bool operator==(const outcome&, const outcome&) = default;

 private:
  struct no_value {};
  outcome(no_value, exit_reason why) noexcept : why_(std::move(why)) {}
  void check() const {
    if (!value_)
      throw exiting(why_);
  }

  std::optional<T> value_;
  exit_reason why_;
};

template <>
class [[nodiscard]] outcome<void> {
 public:
  outcome() noexcept = default;
  static outcome failure(exit_reason why) noexcept {
    outcome result;
    result.failed_ = true;
    result.why_ = std::move(why);
    return result;
  }

  explicit operator bool() const noexcept { return !failed_; }
  bool has_value() const noexcept { return !failed_; }
  // Nothing, if it went well. Else: throws exiting(why()).
  void operator*() const {
    if (failed_)
      throw exiting(why_);
  }
  const exit_reason& why() const noexcept { return why_; }

  friend bool operator==(const outcome&, const outcome&) = default;

 private:
  bool failed_ = false;
  exit_reason why_;
};

}  // namespace brood
