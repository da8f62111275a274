// Signals that were sent and have not arrived: lines, each in order.
//
// Two kinds, both named by the sender: what it sent late in its turn, as if it were still on its way there (to: 0, for whomever);
// and, by a fault, what it sent to one receiver, so that pairs keep their order.
#pragma once

#include <brood/detail/envelope.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace brood::detail {

struct held_signal {
  std::uint64_t from, to;
  envelope_ptr signal;
};

class held_signals {
 public:
  std::size_t size() const noexcept { return lines_.size(); }
  bool empty() const noexcept { return lines_.empty(); }
  std::uint64_t sender(std::size_t line) const noexcept { return lines_[line].from; }
  bool is_of_a_turn(std::size_t line) const noexcept { return lines_[line].to == 0; }

  static constexpr std::size_t none = ~std::size_t{0};
  std::size_t find(std::uint64_t from, std::uint64_t to) const noexcept {
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (lines_[i].from == from && lines_[i].to == to)
        return i;
    return none;
  }
  void add(std::uint64_t line_to, held_signal s) {
    const std::size_t at = find(s.from, line_to);
    if (at == none)
      lines_.push_back({s.from, line_to, {}});
    (at == none ? lines_.back() : lines_[at]).signals.push_back(std::move(s));
  }
  // The oldest of a line.
  held_signal take(std::size_t line) {
    held_signal s = std::move(lines_[line].signals.front());
    lines_[line].signals.pop_front();
    if (lines_[line].signals.empty())
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(line));
    return s;
  }
  void clear() noexcept { lines_.clear(); }

 private:
  struct line {
    std::uint64_t from, to;
    std::deque<held_signal> signals;
  };
  std::deque<line> lines_;
};

}  // namespace brood::detail
