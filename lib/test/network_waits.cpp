// What may happen next in the network: something arrives, or who waits for a descriptor is told.
#include "test/network.hpp"
#include "test/platform.hpp"
#include "test/simulated_driver.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace brood::detail {

namespace {

constexpr std::uint64_t arrivals_identity = std::uint64_t{1} << 63, waits_identity = std::uint64_t{3} << 62;  // nobody's pid

std::string names_of(unsigned events) {
  std::string text;
  const auto add = [&](unsigned event, const char* name) {
    if ((events & event) != 0)
      text += (text.empty() ? "" : ", ") + std::string(name);
  };
  add(POLLIN, "readable");
  add(POLLOUT, "writable");
  add(POLLHUP | POLLRDHUP, "ended");
  add(POLLERR, "failed");
  return text;
}

}  // namespace

// ---- arrivals

void simulated_network::schedule(virtual_socket& to) {
  if (to.inbound.empty() || to.scheduled != 0)
    return;
  const flight& first = to.inbound.front();
  std::int64_t when = first.arrives;
  if (hosts.parted(to.host, to.far_host)) {
    if (first.what != flight::kind::request)
      return;  // until it is healed
    when = std::max(when, to.asked_since + longest_request);
  }
  to.scheduled = std::max<std::int64_t>(when, 1);
  if (to.scheduled <= plat_.now())
    due_.push_back(&to);
  else
    later_.emplace(std::pair(to.scheduled, to.number), &to);
}

void simulated_network::unschedule(virtual_socket& to) {
  if (to.scheduled == 0)
    return;
  if (later_.erase({to.scheduled, to.number}) == 0)
    std::erase(due_, &to);
  to.scheduled = 0;
}

void simulated_network::look() {
  while (!later_.empty() && later_.begin()->first.first <= plat_.now()) {
    due_.push_back(later_.begin()->second);
    later_.erase(later_.begin());
  }
  for (simulated_driver* d : drivers_)
    d->look();
}

std::int64_t simulated_network::next_arrival() const noexcept {
  return later_.empty() ? driver::no_deadline : later_.begin()->first.first;
}

std::uint64_t simulated_network::identity(std::uint32_t i) const noexcept {
  if (i < due_.size())
    return arrivals_identity | due_[i]->number;
  const socket_wait& w = *ready_[i - due_.size()];
  return waits_identity | (w.of ? w.of->number : 0);
}

void simulated_network::happen(std::uint32_t i) {
  if (i < due_.size())
    arrive(i);
  else
    complete(i - due_.size());
}

void simulated_network::arrive(std::size_t i) {
  virtual_socket& to = *due_[i];
  due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(i));
  to.scheduled = 0;
  if (hosts.parted(to.host, to.far_host)) {  // it was cut off meanwhile, or a request has waited long enough
    if (to.inbound.front().what != flight::kind::request || plat_.now() - to.asked_since < longest_request)
      return schedule(to);
    to.inbound.pop_front();
    return fail_request(to, ETIMEDOUT);
  }
  flight f = std::move(to.inbound.front());
  to.inbound.pop_front();
  to.inbound_bytes -= f.bytes.size();
  plat_.mix(to.number ^ std::uint64_t{static_cast<std::uint8_t>(f.what)} << 32 ^ f.bytes.size() << 40);
  plat_.tell([&] {
    static constexpr const char* names[] = {"bytes", "the end", "a reset", "a request", "an acknowledgement"};
    return f.what == flight::kind::bytes ? fmt::format("{} bytes arrive: {}", f.bytes.size(), text_of(to))
                                         : fmt::format("{} arrives: {}", names[static_cast<std::size_t>(f.what)], text_of(to));
  });
  const bool bytes = f.what == flight::kind::bytes;
  deliver(to, std::move(f));
  schedule(to);
  if (bytes && to.peer)
    touch(*to.peer);  // what nobody took leaves room
}

// ---- waits

std::unique_ptr<driver> simulated_network::make_driver(core& whose) {
  auto made = std::make_unique<simulated_driver>(*this, whose);
  drivers_.push_back(made.get());
  return made;
}

void simulated_network::arm(operation& o, simulated_driver& home) {
  auto made = std::make_unique<socket_wait>(socket_wait{&o, &home, at(o.descriptor), plat_.running()});
  socket_wait& w = *made;
  waits_.emplace(&o, std::move(made));
  plat_.mix(o.events);
  if (w.of) {
    w.of->waits.push_back(&w);
    return touch(*w.of);
  }
  w.result = -EBADF;
  w.ready = w.decided = true;
  ready_.push_back(&w);
}

void simulated_network::cancel(operation& o) {
  const auto found = waits_.find(&o);
  if (found == waits_.end())
    return;
  socket_wait& w = *found->second;
  w.result = -ECANCELED;
  w.decided = true;
  if (!std::exchange(w.ready, true))
    ready_.push_back(&w);
}

void simulated_network::touch(virtual_socket& s) {
  if (s.waits.empty())
    return;
  const unsigned events = s.events();
  for (socket_wait* w : s.waits) {
    if (w->decided)
      continue;
    const unsigned come = events & (w->what->events | POLLERR | POLLHUP);
    w->result = static_cast<int>(come);
    if (come != 0 && !w->ready)
      ready_.push_back(w);
    else if (come == 0 && w->ready)
      std::erase(ready_, w);
    w->ready = come != 0;
  }
}

void simulated_network::complete(std::size_t i) {
  socket_wait* const w = ready_[i];
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(i));
  if (w->of)
    std::erase(w->of->waits, w);
  plat_.mix(static_cast<std::uint64_t>(w->result) ^ (w->of ? w->of->number : 0) << 32);
  if (w->result != -ECANCELED)
    plat_.tell([&] {
      return fmt::format("{} is told that {}: {}", who_is(w->who), w->of ? text_of(*w->of) : "a descriptor",
                         w->result < 0 ? "there is no such descriptor" : names_of(static_cast<unsigned>(w->result)));
    });
  operation& what = *w->what;
  simulated_driver& home = *w->home;
  const int result = w->result;
  waits_.erase(&what);
  core* const before = this_core();
  set_this_core(&home.whose);
  home.finish(what, result);
  set_this_core(before);
}

void simulated_network::end() noexcept {
  due_.clear();
  later_.clear();
  for (const auto& [number, s] : all_) {
    s->scheduled = 0;
    s->inbound.clear();
    s->waits.clear();
  }
  ready_.clear();
  waits_.clear();
  for (simulated_driver* d : drivers_)
    d->end();
  ready_.clear();
  waits_.clear();
}

// ---- in words

std::string simulated_network::picture() const {
  std::string text;
  for (const auto& [number, s] : all_)
    for (const socket_wait* w : s->waits)
      text += fmt::format("  {} waits until {} is {}\n", who_is(w->who), state_of(*s),
                          names_of(w->what->events & ~unsigned{POLLRDHUP}));
  return text;
}

std::string simulated_network::open_descriptors() const {
  std::string text;
  for (const virtual_socket* s : numbers_)
    if (s)
      text += fmt::format("  {}, opened by {}\n", state_of(*s), who_is(s->opened_by));
  return text;
}

}  // namespace brood::detail
