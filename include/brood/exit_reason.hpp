// Why a process ended: an atom of Erlang's, any value of yours, or the exception it died of.
//
// One word; copying and moving never throw and never copy the value, which is immutable and shared. Any thread may read one.
// A moved-from reason is `normal`, as is a default-constructed one. Your values never equal an atom: exit_reason("kill") holds
// a text and can be trapped, reason::kill can not.
//
//     struct bad_config { int line; bool operator==(const bad_config&) const = default; };
//     exit(worker, exit_reason(bad_config{3}));
//     auto d = co_await receive<down>();
//     if (const auto* bad = d.why.get_if<bad_config>()) std::cout << "line " << bad->line;
#pragma once

#include <brood/describe.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/compiler.hpp>
#include <brood/detail/fmt_header.hpp>
#include <brood/detail/type_identity.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <exception>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

class exit_reason;

namespace detail {

struct exit_reason_access;

enum class reason_atom : std::uintptr_t { normal, kill, killed, shutdown, noproc, noconnection, timeout, overload, calling_self };
enum class reason_kind : std::uint8_t { value, shutdown, error };

// The value of a reason that is not an atom: immutable, shared, counted.
class reason_box {
 public:
  const reason_kind kind;

  // The value if it is of this type, else null.
  virtual const void* find(const type_identity& type) const noexcept = 0;
  virtual bool equals(const reason_box& other) const = 0;
  virtual std::string print() const = 0;

  void retain() const noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }  // from an owner: nothing to order
  void release() const noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)  // partner: itself, in the other owners
      delete this;
  }

 protected:
  explicit reason_box(reason_kind k) noexcept : kind(k) {}
  virtual ~reason_box();

 private:
  mutable std::atomic<std::uint32_t> owners_{1};
};

template <class T>
class value_box final : public reason_box {
 public:
  template <class V>
  value_box(reason_kind k, V&& value) : reason_box(k), value_(std::forward<V>(value)) {}

  const void* find(const type_identity& type) const noexcept override {
    return same_type(type, identity_of<T>::value) ? std::addressof(value_) : nullptr;
  }
  bool equals(const reason_box& other) const override {
    const auto* theirs = static_cast<const T*>(other.find(identity_of<T>::value));
    return theirs && value_ == *theirs;
  }
  std::string print() const override { return detail::describe_value(value_); }

 private:
  const T value_;
};

// The type that a value is kept as: texts become std::string, so that no reason points into a dead process.
template <class V>
using reason_value =
    std::conditional_t<std::is_pointer_v<std::decay_t<V>> || std::same_as<std::decay_t<V>, std::string_view>,
                       std::conditional_t<std::is_convertible_v<V, std::string_view>, std::string, std::decay_t<V>>,
                       std::decay_t<V>>;

template <class T>
concept possible_reason = std::copy_constructible<T> && std::equality_comparable<T>;

}  // namespace detail

class exit_reason {
 public:
  // reason::normal.
  constexpr exit_reason() noexcept = default;

  // Any copyable value with ==; "text" is kept as std::string. Throws what moving it here throws, and std::bad_alloc.
  template <class V>
    requires(!std::same_as<std::remove_cvref_t<V>, exit_reason>)
  explicit exit_reason(V&& value) : word_(hold(detail::reason_kind::value, std::forward<V>(value))) {}

  constexpr exit_reason(const exit_reason& other) noexcept : word_(other.word_) {
    if (boxed())
      box().retain();
  }
  constexpr exit_reason(exit_reason&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  constexpr exit_reason& operator=(exit_reason other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  constexpr ~exit_reason() {
    if (boxed())
      box().release();
  }

  // The value it was made with, also through shutdown_with; null if it holds none or one of another type.
  template <class T>
  const T* get_if() const noexcept {
    return boxed() ? static_cast<const T*>(box().find(detail::identity_of<T>::value)) : nullptr;
  }

  // An orderly end: shutdown, or shutdown_with(v).
  bool is_shutdown() const noexcept {
    return boxed() ? box().kind == detail::reason_kind::shutdown : atom() == detail::reason_atom::shutdown;
  }
  // Died of an exception.
  bool is_error() const noexcept { return boxed() && box().kind == detail::reason_kind::error; }

  // An error's text: the exception's what(), or the type's name if it was no std::exception. Of others: as they print.
  std::string what() const;
  // The exception of an error; else null.
  std::exception_ptr exception() const noexcept;
  // Where an error came from, as far as it is known; else empty.
  std::string origin() const;

  // Errors are equal when they hold the same exception object. Throws any exception of the value's ==.
  friend constexpr bool operator==(const exit_reason& a, const exit_reason& b) {
    return a.word_ == b.word_ || (a.boxed() && b.boxed() && a.box().kind == b.box().kind && a.box().equals(b.box()));
  }
  BROOD_NEEDS_FMT_HEADER(exit_reason)

 private:
  friend detail::exit_reason_access;

  template <class V>
  static std::uintptr_t hold(detail::reason_kind kind, V&& value) {
    using kept = detail::reason_value<V>;
    static_assert(detail::possible_reason<kept>,
                  "brood: an exit reason must be copyable and comparable: give it bool operator==(const T&) const = default, or "
                  "hold what can't be copied in a std::shared_ptr<const T>");
    static_assert(!std::is_pointer_v<kept> || std::is_function_v<std::remove_pointer_t<kept>>,
                  "brood: an exit reason outlives the process and what it points to: hold a value, or std::shared_ptr<const T>");
    if constexpr (detail::possible_reason<kept>)
      return reinterpret_cast<std::uintptr_t>(
          static_cast<detail::reason_box*>(new detail::value_box<kept>(kind, std::forward<V>(value))));
  }

  constexpr detail::reason_atom atom() const noexcept { return detail::reason_atom(word_); }
  constexpr bool boxed() const noexcept { return word_ > std::uintptr_t(detail::reason_atom::calling_self); }
  const detail::reason_box& box() const noexcept { return *reinterpret_cast<const detail::reason_box*>(word_); }

  std::uintptr_t word_ = 0;  // a reason_atom, or the address of a reason_box of which this is one owner
};

// As Elixir's inspect prints it: :normal, {:shutdown, 3}, "text", 42, ** (std::runtime_error) oops.
BROOD_API std::string to_string(const exit_reason& why);
BROOD_API std::string describe(const exit_reason& why);
BROOD_API std::ostream& operator<<(std::ostream& out, const exit_reason& why);

namespace detail {

struct exit_reason_access {
  static constexpr exit_reason from_atom(reason_atom atom) noexcept { return from_word(std::uintptr_t(atom)); }

  template <class V>
  static exit_reason shutdown_with(V&& value) {
    return from_word(exit_reason::hold(reason_kind::shutdown, std::forward<V>(value)));
  }

  // The error reason of an exception, not null. Reads its text and type at once, so that printing never touches the exception,
  // which its handlers may be changing in another thread. Without memory the reason is std::bad_alloc. To be called with the
  // exception alone: what `exiting` and noproc_error mean is the caller's business.
  static exit_reason from_exception(std::exception_ptr exception, std::string origin = {}) noexcept;

  // The same error with this origin; equal to `why`. Reasons that are no errors come back as they are.
  static exit_reason with_origin(const exit_reason& why, std::string origin) noexcept;

  static std::string print(const exit_reason& why);

  static constexpr exit_reason from_word(std::uintptr_t word) noexcept {
    exit_reason why;
    why.word_ = word;
    return why;
  }
};

}  // namespace detail

namespace reason {

// normal: the body came to its end. kill, sent as a signal, can't be trapped; the reason of a process that it ended is `killed`.
inline constexpr exit_reason normal;
inline constexpr exit_reason kill = detail::exit_reason_access::from_atom(detail::reason_atom::kill);
inline constexpr exit_reason killed = detail::exit_reason_access::from_atom(detail::reason_atom::killed);
inline constexpr exit_reason shutdown = detail::exit_reason_access::from_atom(detail::reason_atom::shutdown);
inline constexpr exit_reason noproc = detail::exit_reason_access::from_atom(detail::reason_atom::noproc);
inline constexpr exit_reason noconnection = detail::exit_reason_access::from_atom(detail::reason_atom::noconnection);
inline constexpr exit_reason timeout = detail::exit_reason_access::from_atom(detail::reason_atom::timeout);
inline constexpr exit_reason overload = detail::exit_reason_access::from_atom(detail::reason_atom::overload);
inline constexpr exit_reason calling_self = detail::exit_reason_access::from_atom(detail::reason_atom::calling_self);

// An orderly end that says something: {shutdown, v}. The same values as exit_reason(v).
template <class V>
exit_reason shutdown_with(V&& value) {
  return detail::exit_reason_access::shutdown_with(std::forward<V>(value));
}

}  // namespace reason

}  // namespace brood
