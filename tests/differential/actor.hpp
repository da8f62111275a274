// The processes of a program: what the controller tells one to do, and what it does.
#pragma once

#include "program.hpp"

#include <brood/brood.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace differential {

using namespace brood;
using namespace std::chrono_literals;

struct command {
  step what;
  int number = 0;
  pid target;
  monitor_ref monitor;
  ref address;  // an alias, or a tag
  pid controller;
};
// What programs send.
struct note {
  int from = 0, number = 0, tag = 0;
};
struct junk {
  int from = 0, number = 0, nth = 0;
};
struct tagged {
  ref tag;
  int from = 0, number = 0;
};
using anything = std::variant<note, junk, tagged, exited, down>;
struct performed {
  std::string text;
  pid made;
  monitor_ref monitor;
  ref address;
  std::vector<anything> received;
};

inline exit_reason reason_named(const std::string& name) {
  if (name == "normal")
    return reason::normal;
  if (name == "kill")
    return reason::kill;
  if (name == "killed")
    return reason::killed;
  if (name == "shutdown")
    return reason::shutdown;
  return exit_reason(name);
}

inline std::string text_of(const exit_reason& why) {
  if (const std::string* text = why.get_if<std::string>())
    return *text;
  return to_string(why).substr(1);  // :normal
}

inline const char* truth(bool b) { return b ? "true" : "false"; }

inline void send_burst(const command& c) {
  const note plain{c.what.actor, c.number, 0};
  int nth = 0;
  for (const run& r : c.what.runs)
    for (int i = 0; i < r.count; ++i)
      switch (r.what) {
        case bit::junk:
          send(c.target, junk{c.what.actor, c.number, nth++});
          break;
        case bit::note_0:
        case bit::note_1:
        case bit::note_2:
          send(c.target, note{c.what.actor, c.number, static_cast<int>(r.what) - static_cast<int>(bit::note_0)});
          break;
        case bit::exit_normal:
          exit(c.target, reason::normal);
          break;
        case bit::exit_bang:
          exit(c.target, exit_reason(std::string("bang")));
          break;
        case bit::monitor_and_not:
          demonitor(monitor(c.target), {.flush = true});
          break;
        case bit::note_through_alias:
          c.address ? send(c.address, plain) : send(c.target, plain);
          break;
      }
}

inline process actor();

inline void perform(const command& c, performed& did) {
  const char* name = names[c.what.argument % 3];
  const std::string why = reasons[c.what.argument % 6];
  did.text = "ok";
  switch (c.what.what) {
    case op::spawn:
      did.made = spawn(actor);
      return;
    case op::spawn_link:
      did.made = spawn_link(actor);
      return;
    case op::spawn_monitor: {
      const spawned s = spawn_monitor(actor);
      did.made = s.process;
      did.monitor = s.monitor;
      return;
    }
    case op::send:
      return send(c.target, note{c.what.actor, c.number, c.number % 3});
    case op::send_name:
      return send(name, note{c.what.actor, c.number, c.number % 3});
    case op::link:
      return link(c.target);
    case op::unlink:
      return unlink(c.target);
    case op::monitor:
      did.monitor = monitor(c.target);
      return;
    case op::monitor_name:
      did.monitor = monitor(name);
      return;
    case op::demonitor:
      did.text = truth(demonitor(c.monitor, {.flush = (c.what.argument & 1) != 0, .info = (c.what.argument & 2) != 0}));
      return;
    case op::exit_signal:
      return exit(c.target, reason_named(why));
    case op::exit_self:
      exit(reason_named(why));
    case op::trap:
      did.text = truth(trap_exits(c.what.argument == 1));
      return;
    case op::register_name:
      return register_name(name, c.target);
    case op::unregister_name:
      return unregister_name(name);
    case op::burst:
      return send_burst(c);
    case op::alias:
      did.address = alias();
      return;
    case op::unalias:
      did.text = truth(unalias(c.address));
      return;
    case op::tag:
      did.address = make_ref();
      return send(self(), tagged{did.address, c.what.actor, c.number});
    case op::limit:
      set_mailbox_limit({.max_mailbox = 1'000'000});
      return;
    default:
      return;
  }
}

// What an actor takes out of its mailbox at a command.
inline task<> take_some(const command& c, performed& did) {
  const auto keep = [&did](auto&& m) {
    if (!m)
      return false;
    did.received.push_back(std::move(*m));
    return true;
  };
  switch (c.what.what) {
    case op::poll:
      keep(co_await receive<note>([tag = c.what.argument](const note& n) { return n.tag == tag; }, within(0s)));
      co_return;
    case op::poll_down:
      keep(co_await receive<down>(c.monitor, within(0s)));
      co_return;
    case op::poll_exit:
      keep(co_await receive<exited>(c.target, within(0s)));
      co_return;
    case op::poll_tag:
      keep(co_await receive<&tagged::tag>(c.address, within(0s)));
      co_return;
    case op::drain:
      for (int left = c.what.argument; left > 0; --left)
        if (!keep(co_await receive<junk>(within(0s))))
          co_return;
      co_return;
    case op::receive_all:
      while (auto m = co_await receive<note, junk, tagged, exited, down>(within(0s)))
        did.received.push_back(std::move(*m));
      co_return;
    default:
      co_return;
  }
}

inline process actor() {
  std::optional<int> wanted;
  std::vector<anything> wanted_and_got;
  while (true) {
    std::optional<command> told;
    co_await receive([&](command c) { told = std::move(c); }, when([&](const note& n) { return n.tag == wanted; },
                                                                   [&](note n) {
                                                                     wanted.reset();
                                                                     wanted_and_got.emplace_back(n);
                                                                   }));
    if (!told)
      continue;
    const command c = std::move(*told);
    performed did;
    try {
      perform(c, did);
    } catch (const bad_name&) {
      did.text = "badarg";
    } catch (const noproc_error&) {
      did.text = "noproc";
    }
    if (c.what.what == op::is_alive)
      did.text = truth(co_await is_alive(c.target));
    if (c.what.what == op::want)
      wanted = c.what.argument;
    if (c.what.what == op::receive_all)
      did.received = std::exchange(wanted_and_got, {});
    co_await take_some(c, did);
    send(c.controller, std::move(did));
  }
}

}  // namespace differential
