// brood::sim: what a simulated program says of its world.
#include <brood/simulated_world.hpp>

#include "process/runtime_core.hpp"
#include "test/platform.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace brood::sim {

namespace {

detail::simulated_platform& world_of(const char* call) {
  if (!detail::simulating())
    throw std::logic_error(fmt::format("brood: {} is for programs under simulate", call));
  detail::require_process(call);
  return static_cast<detail::simulated_platform&>(detail::runtime_core::get()->plat);
}

}  // namespace

void host(std::string name) {
  auto& plat = world_of("sim::host()");
  plat.net().hosts.move(plat.running(), plat.net().hosts.named(name));
}

net::address address_of(std::string host, std::uint16_t port) {
  auto& hosts = world_of("sim::address_of()").net().hosts;
  return net::address::ip4(detail::ip4_of(hosts.address_of(hosts.named(host))), port);
}

void partition(std::string a, std::string b) {
  auto& plat = world_of("sim::partition()");
  auto& hosts = plat.net().hosts;
  hosts.between(hosts.named(a), hosts.named(b)).parted = true;
  plat.tell([&] { return fmt::format("{} and {} are cut off from each other", a, b); });
}

void heal(std::string a, std::string b) {
  auto& plat = world_of("sim::heal()");
  auto& hosts = plat.net().hosts;
  const unsigned first = hosts.named(a), second = hosts.named(b);
  if (!std::exchange(hosts.between(first, second).parted, false))
    return;
  plat.tell([&] { return fmt::format("{} and {} reach each other again", a, b); });
  plat.net().heal(first, second);
}

void set_link(std::string a, std::string b, link_options options) {
  auto& hosts = world_of("sim::set_link()").net().hosts;
  detail::check_link(options);
  hosts.between(hosts.named(a), hosts.named(b)).options = options;
}

void crash(std::string host) {
  auto& plat = world_of("sim::crash()");
  const unsigned which = plat.net().hosts.named(host);
  plat.tell([&] { return fmt::format("{} crashes", plat.net().hosts.name_of(which)); });
  plat.net().lose(which);
  const std::vector<std::uint64_t> all = plat.spawned();
  for (const std::uint64_t who : all)
    if (plat.net().hosts.home_of(who) == which)
      plat.kill(pid::from_bits(who));
}

}  // namespace brood::sim
