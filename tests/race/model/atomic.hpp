// std::atomic<T> for the explorer: every operation is a choice point, every load may return an old value.
#pragma once

#include "explorer.hpp"

#include <atomic>
#include <cstdint>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace model {

template <class T>
class atomic {
 public:
  atomic(T first = T{}) : location_(ex().new_location()) {
    stores_.push_back({first, ex().my_view()});
    ex().my_view().raise(location_, 0);
  }
  atomic(const atomic&) = delete;

  T load(std::memory_order order = std::memory_order_seq_cst) const {
    ex().point();
    const T value = read(order);
    ex().tell([&] { return "load " + name() + " -> " + text(value); });
    return value;
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    ex().point();
    write(value, order, nullptr);
    ex().tell([&] { return "store " + name() + " <- " + text(value); });
  }
  T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return modify(order, "exchange", [&](T) { return value; });
  }
  T fetch_add(T by, std::memory_order order = std::memory_order_seq_cst) {
    return modify(order, "fetch_add", [&](T old) { return static_cast<T>(old + by); });
  }
  T fetch_sub(T by, std::memory_order order = std::memory_order_seq_cst) {
    return modify(order, "fetch_sub", [&](T old) { return static_cast<T>(old - by); });
  }
  T fetch_or(T bits, std::memory_order order = std::memory_order_seq_cst) {
    return modify(order, "fetch_or", [&](T old) { return static_cast<T>(old | bits); });
  }
  T fetch_and(T bits, std::memory_order order = std::memory_order_seq_cst) {
    return modify(order, "fetch_and", [&](T old) { return static_cast<T>(old & bits); });
  }

  // What a load would read that is neither early nor late; no operation.
  T newest_value() const { return stores_.back().value; }

  bool compare_exchange_strong(T& expected, T wanted, std::memory_order success, std::memory_order failure) {
    return compare_exchange(expected, wanted, success, failure, false);
  }
  bool compare_exchange_weak(T& expected, T wanted, std::memory_order success, std::memory_order failure) {
    return compare_exchange(expected, wanted, success, failure, true);
  }
  bool compare_exchange_strong(T& expected, T wanted, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange(expected, wanted, order, failure_order(order), false);
  }
  bool compare_exchange_weak(T& expected, T wanted, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange(expected, wanted, order, failure_order(order), true);
  }

 private:
  struct message {
    T value;
    view carried;  // what who reads it with acquire learns
  };
  static explorer& ex() { return explorer::instance(); }
  static bool acquires(std::memory_order o) {
    return o == std::memory_order_acquire || o == std::memory_order_acq_rel || o == std::memory_order_seq_cst;
  }
  static bool releases(std::memory_order o) {
    return o == std::memory_order_release || o == std::memory_order_acq_rel || o == std::memory_order_seq_cst;
  }
  static std::memory_order failure_order(std::memory_order o) {
    return o == std::memory_order_acq_rel   ? std::memory_order_acquire
           : o == std::memory_order_release ? std::memory_order_relaxed
                                            : o;
  }
  std::uint32_t newest() const { return static_cast<std::uint32_t>(stores_.size() - 1); }

  T read(std::memory_order order) const {
    if (order == std::memory_order_seq_cst)
      ex().my_view().join(ex().all_seq_cst());
    const std::uint32_t oldest = ex().my_view().at(location_);
    return take(newest() - ex().look_back(newest() - oldest), order);
  }
  T take(std::uint32_t i, std::memory_order order) const {
    view& mine = ex().my_view();
    mine.raise(location_, i);
    if (acquires(order))
      mine.join(stores_[i].carried);
    if (order == std::memory_order_seq_cst)
      ex().all_seq_cst().join(mine);
    return stores_[i].value;
  }
  // `continued`: of a read-modify-write, the store it read: its release sequence goes on.
  void write(T value, std::memory_order order, const view* continued) {
    view& mine = ex().my_view();
    if (order == std::memory_order_seq_cst)
      mine.join(ex().all_seq_cst());
    mine.raise(location_, newest() + 1);
    message m{value, {}};
    if (continued)
      m.carried = *continued;
    if (releases(order))
      m.carried.join(mine);
    m.carried.raise(location_, newest() + 1);
    if (order == std::memory_order_seq_cst)
      ex().all_seq_cst().join(mine);
    stores_.push_back(std::move(m));
    ex().tick();
  }
  template <class F>
  T modify(std::memory_order order, const char* what, F f) {
    ex().point();
    const view continued = stores_.back().carried;
    const T old = take(newest(), order);
    write(f(old), order, &continued);
    ex().tell([&] { return std::string(what) + " " + name() + ": " + text(old) + " -> " + text(stores_.back().value); });
    return old;
  }
  bool compare_exchange(T& expected, T wanted, std::memory_order success, std::memory_order failure, bool weak) {
    ex().point();
    if (stores_.back().value != expected || (weak && ex().look_back(1) != 0)) {
      expected = take(newest(), failure);
      ex().tell([&] { return "compare_exchange " + name() + " fails: " + text(expected); });
      return false;
    }
    const view continued = stores_.back().carried;
    take(newest(), success);
    write(wanted, success, &continued);
    ex().tell([&] { return "compare_exchange " + name() + ": " + text(expected) + " -> " + text(wanted); });
    return true;
  }

  std::string name() const { return "#" + std::to_string(location_); }
  static std::string text(T value) {
    std::ostringstream out;
    out << std::hex << std::showbase;
    if constexpr (std::is_pointer_v<T>)
      out << static_cast<const void*>(value);
    else
      out << +value;
    return out.str();
  }

  std::size_t location_;
  std::vector<message> stores_;
};

}  // namespace model
