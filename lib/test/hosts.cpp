#include "test/hosts.hpp"

#include <algorithm>
#include <stdexcept>

namespace brood::detail {

namespace {
constexpr std::uint32_t net = 10u << 24;  // 10.0.0.0
constexpr unsigned of_the_unnamed = 254;
}  // namespace

void virtual_hosts::begin(const sim::link_options& usual) {
  usual_ = usual;
  names_.clear();
  links_.clear();
  home_.clear();
}

unsigned virtual_hosts::named(const std::string& name) {
  if (name.empty())
    return 0;
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end())
    return static_cast<unsigned>(found - names_.begin()) + 1;
  if (names_.size() == most)
    throw std::invalid_argument("brood: a simulation has room for 250 hosts");
  names_.push_back(name);
  return static_cast<unsigned>(names_.size());
}

std::string virtual_hosts::name_of(unsigned host) const { return host == 0 ? "the host without a name" : names_[host - 1]; }

void virtual_hosts::inherit(std::uint64_t child, std::uint64_t parent) {
  if (const unsigned host = home_of(parent); host != 0)
    home_[child] = host;
}

unsigned virtual_hosts::home_of(std::uint64_t who) const {
  const auto found = home_.find(who);
  return found == home_.end() ? 0 : found->second;
}

ip_number virtual_hosts::address_of(unsigned host) const noexcept { return ip4_number(net | (host == 0 ? of_the_unnamed : host)); }

std::optional<unsigned> virtual_hosts::find(const ip_number& ip, unsigned from) const noexcept {
  if (is_any(ip) || is_loopback(ip))
    return from;
  if (!is_ip4(ip))
    return std::nullopt;
  const std::uint32_t last = ip4_of(ip) - net;
  if (last == of_the_unnamed)
    return 0;
  return last >= 1 && last <= names_.size() ? std::optional(last) : std::nullopt;
}

virtual_hosts::link& virtual_hosts::between(unsigned a, unsigned b) {
  return links_.try_emplace(std::minmax(a, b), link{usual_}).first->second;
}

void check_link(const sim::link_options& link) {
  if (link.delay.least.count() < 0 || link.delay.most < link.delay.least)
    throw std::invalid_argument("brood: sim::link_options::delay can't be negative, nor `most` be less than `least`");
  if (link.window == 0)
    throw std::invalid_argument("brood: sim::link_options::window must have room for a byte");
}

}  // namespace brood::detail
