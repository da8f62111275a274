// brood_side programs FIRST COUNT FILE: writes the programs of these seeds as Erlang terms.
// brood_side traces FIRST COUNT FILE: runs them and writes their traces.
// brood_side show SEED: prints one program, a step a line.
#include "actor.hpp"
#include "program.hpp"

#include <brood/brood.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;
using namespace differential;

namespace {

// What the controller knows of a program's processes, and how it tells of them.
class observer {
 public:
  task<> run(std::uint64_t seed, const differential::program& steps, std::ostream& out) {
    for (std::size_t n = 0; n < steps.size(); ++n) {
      const std::string did = co_await do_step(steps[n], static_cast<int>(n));
      out << seed << '.' << n << ' ' << did << co_await states() << '\n';
    }
    for (std::size_t i = 0; i < made_.size(); ++i) {
      const std::string did = co_await do_step(step{op::receive_all, static_cast<int>(i), 0, 0, {}}, -1);
      out << seed << ".end_of " << did << co_await states() << '\n';
    }
  }

 private:
  struct one {
    pid who;
    monitor_ref watch;
    std::optional<exit_reason> ended;
  };

  task<std::string> do_step(step s, int number) {
    if (s.what == op::new_process)
      co_return add(spawn(actor));
    const bool makes = s.what <= op::spawn_monitor;
    one& a = made_[static_cast<std::size_t>(s.actor)];
    if (!a.who || a.ended) {
      if (makes)
        made_.push_back({});
      co_return "dead";
    }
    command c{s, number, {}, {}, {}, self()};
    if (s.what == op::demonitor || s.what == op::poll_down) {
      const auto known = refs_.find(s.target);
      if (known == refs_.end())
        co_return "noref";
      c.monitor = known->second;
    } else if (s.what == op::poll_tag || s.what == op::unalias) {
      const auto& known_ones = s.what == op::poll_tag ? tags_ : aliases_;
      const auto known = known_ones.find(s.what == op::poll_tag ? s.target : s.actor);
      if (known == known_ones.end())
        co_return "noref";
      c.address = known->second;
    } else if (takes_target(s.what)) {
      c.target = made_[static_cast<std::size_t>(s.target)].who;
      if (!c.target)
        co_return "nobody";
      if (const auto known = aliases_.find(s.target); known != aliases_.end())
        c.address = known->second;
    }
    send(a.who, c);
    co_await sleep(1ms);  // virtual time: until nothing can run
    co_await note_deaths();
    auto did = co_await receive<performed>(within(0s));
    if (!did || ((s.what == op::exit_signal || s.what == op::burst) && made_[static_cast<std::size_t>(s.actor)].ended))
      co_return "died";  // who ends others may die of it before or after it has answered
    if (did->monitor) {
      refs_[number] = did->monitor;
      steps_[did->monitor] = number;
    }
    if (did->address)
      s.what == op::tag ? tags_[number] = did->address : aliases_[s.actor] = did->address;
    if (did->made)
      co_return add(did->made);
    if (takes_out(s.what))
      co_return in_order(did->received);
    co_return did->text;
  }

  static bool takes_target(op what) {
    return what == op::send || what == op::link || what == op::unlink || what == op::monitor || what == op::exit_signal ||
           what == op::register_name || what == op::is_alive || what == op::burst || what == op::poll_exit;
  }
  static bool takes_out(op what) {
    return what == op::receive_all || what == op::poll || what == op::poll_down || what == op::poll_exit || what == op::poll_tag ||
           what == op::drain;
  }

  std::string add(pid who) {
    made_.push_back({who, monitor(who), {}});
    return "made" + std::to_string(made_.size() - 1);
  }

  task<> note_deaths() {
    while (auto d = co_await receive<down>(within(0s)))
      for (one& o : made_)
        if (o.watch == d->monitor)
          o.ended = d->why;
  }

  int index_of(pid who) const {
    for (std::size_t i = 0; i < made_.size(); ++i)
      if (made_[i].who == who)
        return static_cast<int>(i);
    return 99;
  }

  struct shown {
    int sender;
    bool is_down;
    std::string text;
  };
  shown show(const note& n) const {
    return {n.from, false, "m" + std::to_string(n.from) + "_" + std::to_string(n.number) + "_" + std::to_string(n.tag)};
  }
  shown show(const junk& n) const {
    return {n.from, false, "j" + std::to_string(n.from) + "_" + std::to_string(n.number) + "_" + std::to_string(n.nth)};
  }
  shown show(const tagged& n) const { return {n.from, false, "t" + std::to_string(n.from) + "_" + std::to_string(n.number)}; }
  shown show(const exited& e) const {
    return {index_of(e.who), false, "x" + std::to_string(index_of(e.who)) + "_" + text_of(e.why)};
  }
  shown show(const down& d) const {
    std::string step = std::to_string(steps_.at(d.monitor));
    step.insert(0, 3 - std::min<std::size_t>(3, step.size()), '0');
    const int sender = d.name.empty() ? index_of(d.who) : 100;
    return {sender, true, "d" + step + "_" + (d.name.empty() ? std::to_string(sender) : d.name) + "_" + text_of(d.why)};
  }

  // By sender; of one sender as received, but for monitors that fire together.
  std::string in_order(const std::vector<anything>& received) const {
    std::map<int, std::vector<shown>> by_sender;
    for (const auto& m : received) {
      shown s = std::visit([this](const auto& it) { return show(it); }, m);
      by_sender[s.sender].push_back(std::move(s));
    }
    std::string text = "[";
    for (auto& [sender, list] : by_sender) {
      for (auto from = list.begin(); from != list.end();) {
        const auto to = std::find_if(from, list.end(), [](const shown& s) { return !s.is_down; });
        std::sort(from, to, [](const shown& a, const shown& b) { return a.text < b.text; });
        from = to == list.end() ? to : to + 1;
      }
      for (const shown& s : list)
        text += (text.size() > 1 ? "," : "") + s.text;
    }
    return text + "]";
  }

  static std::string list(std::vector<std::string> texts) {
    std::sort(texts.begin(), texts.end());
    std::string all = "[";
    for (const std::string& t : texts)
      all += (all.size() > 1 ? "," : "") + t;
    return all + "]";
  }

  task<std::string> states() {
    co_await sleep(1ms);
    co_await note_deaths();
    std::string all;
    for (const one& o : made_) {
      all += " | ";
      if (!o.who)
        all += "none";
      else if (o.ended)
        all += text_of(*o.ended);
      else
        all += state_of(*co_await inspect(o.who));
    }
    co_return all;
  }

  std::string state_of(const process_info& info) const {
    std::vector<std::string> links, monitors, by;
    for (const pid p : info.links)
      links.push_back(std::to_string(index_of(p)));
    for (const monitored& m : info.monitors)
      monitors.push_back(m.name.empty() ? std::to_string(index_of(m.who)) : m.name);
    for (const pid p : info.monitored_by)
      if (p != self())
        by.push_back(std::to_string(index_of(p)));
    return (info.name.empty() ? "-" : info.name) + (info.trap_exits ? " t" : " f") + " l" + list(links) + " m" + list(monitors) +
           " b" + list(by) + " q" + std::to_string(info.mailbox_length);
  }

  std::vector<one> made_;
  std::map<int, monitor_ref> refs_;
  std::map<int, ref> tags_;     // by the step that made it
  std::map<int, ref> aliases_;  // the last of each process
  std::map<monitor_ref, int> steps_;
};

process control(std::uint64_t seed, shared_unsafely<std::ostream> out) {
  observer o;
  co_await o.run(seed, differential::make_program(seed), *out);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  if (what == "show") {
    for (std::size_t n = 0; const step& s : differential::make_program(first))
      std::cout << n++ << ": " << differential::as_erlang_term({s}) << '\n';
    return 0;
  }
  if (argc != 5 || (what != "programs" && what != "traces")) {
    std::cerr << "usage: brood_side programs|traces FIRST COUNT FILE, or show SEED\n";
    return 2;
  }
  const std::uint64_t count = std::strtoull(argv[3], nullptr, 10);
  std::ofstream out(argv[4]);
  for (std::uint64_t seed = first; seed < first + count; ++seed)
    if (what == "programs")
      out << '{' << seed << ',' << differential::as_erlang_term(differential::make_program(seed)) << "}.\n";
    else
      simulate(seed, control, seed, unsafe_share(static_cast<std::ostream*>(&out)));
  return out.good() ? 0 : 1;
}
