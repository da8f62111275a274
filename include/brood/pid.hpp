// Identities: `pid` names a process, `ref` is a unique number, `monitor_ref` and `timer_ref` are what monitor and send_after give.
//
// Regular values of one and two words: copy, compare, hash, print them; use them from any thread. Default-constructed they mean
// no process and test false. A pid is never used again for another process, and naming a dead one is no error.
//
//     pid child = spawn([] { std::cout << "hello\n"; });
//     std::cout << child;  // #PID<0.60.0>
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/compiler.hpp>
#include <brood/detail/fmt_header.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace [[gnu::visibility("default")]] brood {

namespace detail {
struct id_access;
}

// A process: the place it has in the process table, and a serial number that tells it from those that had the place before.
// OTP: erlang:self/0
class pid {
 public:
  static constexpr unsigned index_bits = 28;  // the serial has the other 36

  constexpr pid() noexcept = default;
  // The whole pid in one word, 0 for pid{}; from_bits is the inverse of bits.
  constexpr std::uint64_t bits() const noexcept { return bits_; }
  static constexpr pid from_bits(std::uint64_t bits) noexcept { return pid(bits); }

  explicit constexpr operator bool() const noexcept { return bits_ != 0; }
  friend constexpr auto operator<=>(pid, pid) noexcept = default;
  BROOD_NEEDS_FMT_HEADER(pid)

 private:
  explicit constexpr pid(std::uint64_t bits) noexcept : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

namespace detail {

// What ref, monitor_ref and timer_ref have in common: a number no other has, and the process that made it, so that a message to
// an alias finds its way. `Kind` keeps them from being taken for each other.
template <class Kind>
class reference {
 public:
  constexpr reference() noexcept = default;
  explicit constexpr operator bool() const noexcept { return number_ != 0; }
  friend constexpr auto operator<=>(const reference&, const reference&) noexcept = default;
  BROOD_NEEDS_FMT_HEADER(Kind)

 private:
  friend Kind;
  friend id_access;
  constexpr reference(std::uint64_t number, pid owner) noexcept : number_(number), owner_(owner) {}
  std::uint64_t number_ = 0;
  pid owner_;
};

}  // namespace detail

// Unique among all refs of the program's life; also the name of an alias. OTP: erlang:make_ref/0, alias/0
class ref : public detail::reference<ref> {
  friend detail::id_access;
  using reference::reference;

 public:
  constexpr ref() noexcept = default;
};

// One monitor, as its `down` names it. OTP: erlang:monitor/2
class monitor_ref : public detail::reference<monitor_ref> {
  friend detail::id_access;
  using reference::reference;

 public:
  constexpr monitor_ref() noexcept = default;
};

// One timer, to cancel or read. OTP: erlang:send_after/3
class timer_ref : public detail::reference<timer_ref> {
  friend detail::id_access;
  using reference::reference;

 public:
  constexpr timer_ref() noexcept = default;
};

// As Elixir's inspect prints them: #PID<0.60.0> (node, number, serial; node 0 is this program), #Reference<0.0.3.82>.
BROOD_API std::string to_string(pid who);
BROOD_API std::string to_string(ref number);
BROOD_API std::string to_string(monitor_ref number);
BROOD_API std::string to_string(timer_ref number);
BROOD_API std::ostream& operator<<(std::ostream& out, pid who);
BROOD_API std::ostream& operator<<(std::ostream& out, ref number);
BROOD_API std::ostream& operator<<(std::ostream& out, monitor_ref number);
BROOD_API std::ostream& operator<<(std::ostream& out, timer_ref number);

namespace detail {

// How the library makes identities and looks into them.
struct id_access {
  static constexpr pid make_pid(std::uint64_t index, std::uint64_t serial) noexcept {
    return pid::from_bits(serial << pid::index_bits | index);
  }
  static constexpr std::uint64_t index(pid who) noexcept { return who.bits() & ((std::uint64_t{1} << pid::index_bits) - 1); }
  static constexpr std::uint64_t serial(pid who) noexcept { return who.bits() >> pid::index_bits; }

  template <class Kind>
  static constexpr Kind make(std::uint64_t number, pid owner) noexcept {
    return Kind(number, owner);
  }
  static constexpr ref make_ref(std::uint64_t number, pid owner) noexcept { return make<ref>(number, owner); }
  static constexpr monitor_ref make_monitor_ref(std::uint64_t number, pid owner) noexcept {
    return make<monitor_ref>(number, owner);
  }
  static constexpr timer_ref make_timer_ref(std::uint64_t number, pid owner) noexcept { return make<timer_ref>(number, owner); }

  template <class Kind>
  static constexpr std::uint64_t number(const reference<Kind>& r) noexcept {
    return r.number_;
  }
  template <class Kind>
  static constexpr pid owner(const reference<Kind>& r) noexcept {
    return r.owner_;
  }
};

// Neighbouring identities differ in few bits: spread them over the whole word (the finalizer of splitmix64).
constexpr std::size_t spread(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return static_cast<std::size_t>(x ^ (x >> 31));
}

template <class Kind>
struct hash_reference {
  constexpr std::size_t operator()(const Kind& r) const noexcept { return spread(id_access::number(r)); }
};

}  // namespace detail

}  // namespace brood

template <>
struct std::hash<brood::pid> {
  constexpr std::size_t operator()(brood::pid who) const noexcept { return brood::detail::spread(who.bits()); }
};
template <>
struct std::hash<brood::ref> : brood::detail::hash_reference<brood::ref> {};
template <>
struct std::hash<brood::monitor_ref> : brood::detail::hash_reference<brood::monitor_ref> {};
template <>
struct std::hash<brood::timer_ref> : brood::detail::hash_reference<brood::timer_ref> {};
