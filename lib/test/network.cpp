// Streams: how what is sent gets there, and what it does when it has come.
#include "test/network.hpp"

#include "test/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace brood::detail {

namespace {

using kind = flight::kind;
using state = virtual_socket::state;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::uint32_t parts = 256;

}  // namespace

void simulated_network::begin(const simulate_options& options) {
  check_link(options.world.link);
  options_ = &options;
  made_ = 0;
  hosts.begin(options.world.link);
  ports.begin();
  all_.clear();
  numbers_.clear();
  open_on_.clear();
  due_.clear();
  later_.clear();
}

virtual_socket& simulated_network::make(int family, unsigned host) {
  const std::uint64_t number = ++made_;
  auto s = std::make_unique<virtual_socket>(number, family, host);
  s->here.family = family;
  s->opened_by = plat_.running();
  set_buffers(*s);
  return *all_.emplace(number, std::move(s)).first->second;
}

// Half of what a direction has room for lies with the sender, half with the receiver.
void simulated_network::set_buffers(virtual_socket& s) {
  const std::size_t window = std::max<std::size_t>(hosts.window(s.host, s.far_host), 2);
  s.receive_buffer = window / 2;
  s.send_buffer = window - s.receive_buffer;
}

int simulated_network::give_number(virtual_socket& s) {
  if (open_on_[s.host] >= options_->world.descriptors)
    return -EMFILE;
  ++open_on_[s.host];
  const auto place = std::find(numbers_.begin(), numbers_.end(), nullptr);  // the lowest, as everywhere
  s.fd = first_descriptor + static_cast<int>(place - numbers_.begin());
  if (place == numbers_.end())
    numbers_.push_back(&s);
  else
    *place = &s;
  return 0;
}

virtual_socket* simulated_network::at(int fd) const noexcept {
  const std::size_t i = static_cast<std::size_t>(fd) - first_descriptor;
  return fd >= first_descriptor && i < numbers_.size() ? numbers_[i] : nullptr;
}

// ---- ends

void simulated_network::close(virtual_socket& s) {
  numbers_[static_cast<std::size_t>(s.fd - first_descriptor)] = nullptr;
  --open_on_[s.host];
  s.fd = -1;
  for (socket_wait* w : std::exchange(s.waits, {}))  // somebody else's waits: nothing tells them any more
    w->of = nullptr;
  ports.forget(s);
  if (s.is == state::listening)
    stop_listening(s);
  if (s.is == state::connecting)
    give_up(s);
  if (s.is == state::connected) {
    if (s.unread() != 0 || s.resets_on_close) {
      reset(s, 0);
    } else if (!std::exchange(s.shut_write, true)) {
      send(s, {kind::end});
    }
  }
  discard(s);
}

void simulated_network::discard(virtual_socket& s) {
  s.closed = true;
  if (s.is_forgotten())
    bury(s);
}

void simulated_network::give_up(virtual_socket& s) {
  drop_inbound(s);
  send(s, {kind::reset});
  s.is = state::over;
  s.ended = true;
  touch(s);
}

// What was not accepted is reset.
void simulated_network::stop_listening(virtual_socket& s) {
  s.is = state::over;
  for (virtual_socket* const waiting : std::exchange(s.to_accept, {})) {
    reset(*waiting, 0);
    discard(*waiting);
  }
  touch(s);
}

void simulated_network::bury(virtual_socket& s) {
  unschedule(s);
  virtual_socket* const peer = std::exchange(s.peer, nullptr);
  all_.erase(s.number);
  if (!peer)
    return;
  peer->peer = nullptr;
  if (peer->closed)
    bury(*peer);
}

void simulated_network::drop_inbound(virtual_socket& s) {
  unschedule(s);
  s.inbound.clear();
  s.inbound_bytes = 0;
}

void simulated_network::reset(virtual_socket& s, int error) {
  // What the other end has not got yet is sent again by nobody: it may be lost, or just arrive before.
  if (s.peer && !s.peer->inbound.empty() && !s.peer->gone && s.peer->is == state::connected &&
      plat_.decide(choice::io_fault, 2) != 0)
    drop_inbound(*s.peer);
  s.is = state::over;
  s.ended = true;
  s.error = error;
  send(s, {kind::reset});
  touch(s);
}

void simulated_network::take_reset(virtual_socket& to) {
  if (to.is == state::connecting)
    return fail_request(to, ECONNREFUSED);
  if (to.is != state::connected)
    return;
  to.error = to.ended && !to.is_local() ? EPIPE : ECONNRESET;
  to.is = state::over;
  to.ended = true;
  touch(to);
}

// ---- on the way

void simulated_network::send(virtual_socket& from, flight f, bool apart) {
  virtual_socket* const to = from.peer;
  if (!to || from.gone)
    return;
  if (to->gone)
    to->inbound_bytes += f.bytes.size();  // nobody answers
  else
    launch(*to, from.host, std::move(f), apart);
}

// How long it takes, and the link is busy for.
std::int64_t simulated_network::travel(unsigned from, unsigned to, std::size_t bytes) {
  if (from == to)
    return 0;
  virtual_hosts::link& link = hosts.between(from, to);
  const std::int64_t least = link.options.delay.least.count(), spread = link.options.delay.most.count() - least;
  const std::uint32_t taken = spread == 0 ? 0 : plat_.decide(choice::latency, parts + 1);
  std::int64_t begins = plat_.now();
  if (link.options.bytes_per_second != 0) {
    std::int64_t& free_at = link.free_at[from < to];
    begins = std::max(begins, free_at) +
             static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(link.options.bytes_per_second));
    free_at = begins;
  }
  return begins - plat_.now() + least + spread / parts * taken + spread % parts * taken / parts;
}

void simulated_network::launch(virtual_socket& to, unsigned from, flight f, bool apart) {
  std::int64_t arrives = plat_.now() + travel(from, to.host, f.bytes.size());
  if (f.what == kind::bytes && !to.is_local() && plat_.fault(choice::io_fault, options_->faults.stall)) {
    ++plat_.injected().stalls;
    arrives += (1 + plat_.decide(choice::latency, 60)) * second;
    apart = true;
  }
  if (from == to.host && !apart && to.inbound.empty())
    return deliver(to, std::move(f));
  f.arrives = to.last_arrival = std::max(arrives, to.last_arrival);
  to.inbound_bytes += f.bytes.size();
  to.inbound.push_back(std::move(f));
  schedule(to);
}

void simulated_network::deliver(virtual_socket& to, flight f) {
  switch (f.what) {
    case kind::bytes:
      return deliver_bytes(to, f.bytes);
    case kind::end:
      to.ended = true;
      to.fin = !to.is_local();
      return touch(to);
    case kind::reset:
      return take_reset(to);
    case kind::request:
      return answer_request(to);
    case kind::established:
      if (to.is == state::connecting)
        to.is = state::connected;
      return touch(to);
  }
}

void simulated_network::deliver_bytes(virtual_socket& to, std::string_view bytes) {
  if (to.is != state::connected && to.is != state::connecting)
    return;
  if (to.is_local() ? to.closed : to.closed || (to.shut_read && to.shut_write)) {  // nobody will ever read it
    if (!to.is_local())
      reset(to, ECONNRESET);
    return;
  }
  to.add(bytes);
  touch(to);
}

// ---- connecting

void simulated_network::request(virtual_socket& s) {
  s.is = state::connecting;
  s.asked_since = plat_.now();
  set_buffers(s);
  launch(s, s.far_host, {kind::request}, false);
}

void simulated_network::fail_request(virtual_socket& s, int error) {
  s.error = error;
  s.is = state::over;
  s.ended = true;
  touch(s);
}

// It has come to where s.there says.
void simulated_network::answer_request(virtual_socket& s) {
  if (s.is != state::connecting)
    return;
  const std::vector<virtual_socket*> all = ports.listeners(s.far_host, s.there.ip, s.there.port);
  const bool refused = !all.empty() && plat_.fault(choice::io_fault, options_->faults.refuse);
  plat_.injected().refusals += refused;
  if (all.empty() || refused)
    return launch(s, s.far_host, {kind::reset}, false);
  virtual_socket& door = *all[plat_.decide(choice::io_fault, static_cast<std::uint32_t>(all.size()))];
  if (door.to_accept.size() > door.backlog) {  // dropped: it is asked again, later and later
    if (plat_.now() - s.asked_since >= longest_request)
      return fail_request(s, ETIMEDOUT);
    s.inbound.push_front({kind::request, plat_.now() + (second << std::min(s.asked_again++, 6u))});
    return schedule(s);
  }
  virtual_socket& other = make(door.domain, door.host);
  other.far_host = s.host;
  other.receive_buffer = door.receive_buffer;
  other.send_buffer = door.send_buffer;
  other.here = s.there;
  other.there = s.here;
  other.is = state::connected;
  other.peer = &s;
  s.peer = &other;
  door.to_accept.push_back(&other);
  touch(door);
  launch(s, s.far_host, {kind::established}, false);
}

void simulated_network::connect_pair(virtual_socket& a, virtual_socket& b) {
  a.peer = &b;
  b.peer = &a;
  a.is = b.is = state::connected;
}

// ---- hosts

void simulated_network::heal(unsigned a, unsigned b) {
  for (const auto& [number, s] : all_) {
    if (std::minmax(s->host, s->far_host) != std::minmax(a, b) || s->inbound.empty())
      continue;
    unschedule(*s);
    s->inbound.front().arrives = std::max(s->inbound.front().arrives, plat_.now() + travel(s->far_host, s->host, 0));
    schedule(*s);
  }
}

// Of each stream to elsewhere the seed says whether the peer hears of it.
void simulated_network::lose(unsigned host) {
  for (const auto& [number, s] : all_) {
    if (s->host != host || s->gone)
      continue;
    ports.forget(*s);
    const bool silent = s->peer && s->far_host != host && plat_.decide(choice::io_fault, 2) != 0;
    if (s->peer && !silent)
      send(*s, {kind::reset});
    drop_inbound(*s);
    s->gone = true;
    s->is = state::over;
    s->ended = true;
    s->error = ENETDOWN;
    touch(*s);
  }
}

}  // namespace brood::detail
