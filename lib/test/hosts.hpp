// The hosts of a virtual network: who lives where, their addresses, and the links between them.
#pragma once

#include "test/endpoint.hpp"

#include <brood/simulated_world.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace brood::detail {

// A host is a number: 0 is the one that nobody named.
class virtual_hosts {
 public:
  static constexpr unsigned most = 250;

  struct link {
    sim::link_options options;
    bool parted = false;
    std::int64_t free_at[2] = {0, 0};  // when what was sent before has left, in each direction
  };

  void begin(const sim::link_options& usual);

  unsigned named(const std::string& name);  // makes it
  std::string name_of(unsigned host) const;
  // Of a process, by its pid's bits.
  void move(std::uint64_t who, unsigned host) { home_[who] = host; }
  void inherit(std::uint64_t child, std::uint64_t parent);
  unsigned home_of(std::uint64_t who) const;
  bool any() const noexcept { return !names_.empty(); }

  ip_number address_of(unsigned host) const noexcept;
  // Who is reached by that address from there.
  std::optional<unsigned> find(const ip_number& ip, unsigned from) const noexcept;

  link& between(unsigned a, unsigned b);
  bool parted(unsigned a, unsigned b) { return a != b && between(a, b).parted; }
  std::size_t window(unsigned a, unsigned b) { return a == b ? usual_.window : between(a, b).options.window; }

 private:
  sim::link_options usual_;
  std::vector<std::string> names_;
  std::map<std::pair<unsigned, unsigned>, link> links_;
  std::unordered_map<std::uint64_t, unsigned> home_;  // looked up, never walked
};

// Throws std::invalid_argument.
void check_link(const sim::link_options& link);

}  // namespace brood::detail
