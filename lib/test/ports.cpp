#include "test/ports.hpp"

#include <algorithm>
#include <cerrno>

namespace brood::detail {

namespace {

constexpr std::uint16_t first_free = 32768, last_free = 60999;  // as on Linux

bool listens(const virtual_socket& s) noexcept { return s.is == virtual_socket::state::listening; }

// Whether what is sent to that address comes to s.
bool covers(const virtual_socket& s, const ip_number& ip) noexcept {
  if (!is_any(s.here.ip))
    return s.here.ip == ip;
  return is_ip4(s.here.ip) ? is_ip4(ip) : !(s.only_v6 && is_ip4(ip));
}
bool overlap(const virtual_socket& a, const virtual_socket& b) noexcept { return covers(a, b.here.ip) || covers(b, a.here.ip); }

}  // namespace

void virtual_ports::begin() {
  bound_.clear();
  files_.clear();
  next_port_.clear();
}

std::uint16_t virtual_ports::free_port(unsigned host) {
  std::uint16_t& next = next_port_.try_emplace(host, first_free).first->second;
  for (int tries = first_free; tries <= last_free; ++tries) {
    const std::uint16_t port = next;
    next = port == last_free ? first_free : static_cast<std::uint16_t>(port + 1);
    if (!bound_.contains({host, port}))
      return port;
  }
  return 0;
}

int virtual_ports::bind(virtual_socket& s, const endpoint& at) {
  if (s.is_local()) {
    if (!files_.try_emplace({s.host, at.path}, &s).second)
      return -EADDRINUSE;
    s.here = at;
    s.bound = true;
    return 0;
  }
  const endpoint before = std::exchange(s.here, at);
  if (at.port == 0)
    s.here.port = free_port(s.host);
  auto& others = bound_[{s.host, s.here.port}];
  for (const virtual_socket* o : others) {
    const bool shared = (s.reuse_port && o->reuse_port) || (s.reuse_address && o->reuse_address && !listens(*o));
    if (!shared && overlap(s, *o)) {
      s.here = before;
      return -EADDRINUSE;
    }
  }
  others.push_back(&s);
  s.bound = true;
  return 0;
}

int virtual_ports::may_listen(const virtual_socket& s) const {
  if (s.is_local())
    return 0;
  const auto found = bound_.find({s.host, s.here.port});
  if (found == bound_.end())
    return 0;
  const bool taken = std::any_of(found->second.begin(), found->second.end(), [&](const virtual_socket* o) {
    return o != &s && listens(*o) && overlap(s, *o) && !(s.reuse_port && o->reuse_port);
  });
  return taken ? -EADDRINUSE : 0;
}

void virtual_ports::forget(virtual_socket& s) {
  if (!std::exchange(s.bound, false))
    return;
  if (s.is_local()) {
    const auto file = files_.find({s.host, s.here.path});
    if (file == files_.end() || file->second != &s)
      return;
    if (s.here.path.starts_with('\0') || s.gone)
      files_.erase(file);
    else
      file->second = nullptr;  // the file stays
    return;
  }
  const auto found = bound_.find({s.host, s.here.port});
  if (found == bound_.end())
    return;
  std::erase(found->second, &s);
  if (found->second.empty())
    bound_.erase(found);
}

std::vector<virtual_socket*> virtual_ports::listeners(unsigned host, const ip_number& ip, std::uint16_t port) const {
  std::vector<virtual_socket*> exactly, of_any;
  if (const auto found = bound_.find({host, port}); found != bound_.end())
    for (virtual_socket* s : found->second)
      if (listens(*s) && covers(*s, ip))
        (is_any(s->here.ip) ? of_any : exactly).push_back(s);
  return exactly.empty() ? of_any : exactly;
}

virtual_socket* virtual_ports::listener(unsigned host, const std::string& path) const {
  const auto found = files_.find({host, path});
  return found != files_.end() && found->second && listens(*found->second) ? found->second : nullptr;
}

}  // namespace brood::detail
