// The link protocol, exhaustively: every interleaving of what two processes do and receive, on the runtime's own code.
//
// Two processes that never run; the test makes them call link, unlink and end, keeps what they send in flight, and hands it over one
// signal at a time. A breadth-first search over all states, up to 15 signals sent and 10 in flight, checks the invariants of OTP's
// NewLinking.tla: whenever nothing is in flight both sides agree. A state is reached again by doing its whole history anew.
#include "catch.hpp"

#include "process/death.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/exit.hpp>
#include <brood/spawn.hpp>

#include <array>
#include <deque>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

using namespace brood;
using namespace brood::detail;

namespace {

#ifdef NDEBUG
constexpr int most_signals = 15;
#else
constexpr int most_signals = 6;  // a sanitizer takes its time
#endif
constexpr int most_in_flight = 10;

class still_platform final : public platform {
 public:
  still_platform() { simulated_ = true; }
  std::int64_t now() noexcept override { return 1; }
  std::uint64_t random() noexcept override { return 1; }
  driver_kind choose_driver(driver_kind kind, std::string*) override { return kind; }
  std::unique_ptr<driver> make_driver(driver_kind) override { return nullptr; }
};

enum class act : char {
  link_a = 'l',
  link_b = 'L',
  unlink_a = 'u',
  unlink_b = 'U',
  end_a = 'e',
  end_b = 'E',
  receive_a = 'r',
  receive_b = 'R'
};
constexpr act all_acts[] = {act::link_a, act::link_b, act::unlink_a,  act::unlink_b,
                            act::end_a,  act::end_b,  act::receive_a, act::receive_b};

// The two processes and what is in flight to each.
class pair_of_processes {
 public:
  pair_of_processes(core& c, bool a_traps, bool b_traps) : core_(c) {
    for (const std::size_t i : {0, 1}) {
      who_[i] = spawn([] {});
      control(i).traps = i == 0 ? a_traps : b_traps;
      control(i).inbox.fetch();
    }
  }
  ~pair_of_processes() {
    for (const std::size_t i : {0, 1})
      if (alive_[i])
        end(i, reason::shutdown);
    for (const std::size_t i : {0, 1})
      for (envelope* e : flying_[i])
        destroy(e);
  }

  // False: not possible in this state.
  bool perform(act a) {
    const std::size_t i = a == act::link_b || a == act::unlink_b || a == act::end_b || a == act::receive_b;
    if (!alive_[i] || (is_receive(a) ? flying_[i].empty() : in_flight() >= most_in_flight))
      return false;
    switch (a) {
      case act::link_a:
      case act::link_b:
        link_from(i);
        break;
      case act::unlink_a:
      case act::unlink_b:
        as(i, [&] { unlink(who_[1 - i]); });
        ++unlinks_[i];
        break;
      case act::end_a:
      case act::end_b:
        end(i, exit_reason("boom"));
        break;
      case act::receive_a:
      case act::receive_b:
        receive(i);
    }
    collect();
    return true;
  }

  int sent() const noexcept { return sent_; }
  int in_flight() const noexcept { return static_cast<int>(flying_[0].size() + flying_[1].size()); }

  // What is wrong; empty if nothing is.
  std::string wrong() {
    if (!fault_.empty())
      return fault_;
    if (in_flight() > 0)
      return {};
    const std::string a = side(0), b = side(1);
    if (alive_[0] && alive_[1] && (a != b || (a != "none" && a != "linked")))
      return "at rest A is " + a + ", B is " + b;
    for (const std::size_t i : {0, 1})
      if (alive_[i] && !alive_[1 - i] && side(i) != "none")
        return "at rest one is dead, the other is " + side(i);
    return {};
  }

  // All that decides what can happen from here on, numbers by the order in which they are met.
  std::string state() {
    std::map<std::uint64_t, int> numbers{{0, 0}};
    const auto number = [&](std::uint64_t id) {
      return std::to_string(numbers.emplace(id, static_cast<int>(numbers.size())).first->second);
    };
    std::string text = std::to_string(sent_) + (links_[0] > 0 ? "+" : "-") + (links_[1] > 0 ? "+" : "-");
    for (const std::size_t i : {0, 1}) {
      text += alive_[i] ? " a" : " d";
      if (const link_state* l = alive_[i] ? link_of(i) : nullptr)
        text += number(l->unlink_id);
      for (envelope* e : flying_[i]) {
        text += ' ' + std::to_string(static_cast<int>(e->type->kind));
        if (e->type->kind == signal_kind::unlink || e->type->kind == signal_kind::unlink_ack)
          text += '#' + number(e->as<unlink_signal>().id);
      }
    }
    return text;
  }

 private:
  static bool is_receive(act a) noexcept { return a == act::receive_a || a == act::receive_b; }
  process_control& control(std::size_t i) { return *process_table::instance().find(who_[i]); }
  const link_state* link_of(std::size_t i) {
    return control(i).relations ? control(i).relations->links.find(who_[1 - i].bits()) : nullptr;
  }
  std::string side(std::size_t i) {
    if (!alive_[i])
      return "dead";
    const link_state* l = link_of(i);
    return !l ? "none" : l->unlink_id == 0 ? "linked" : "unlinking";
  }

  template <class F>
  void as(std::size_t i, F f) {
    process_control& p = control(i);  // what is in flight to it lies in its inbox
    for (envelope* e : flying_[i])
      p.inbox.push(e, p.tag());
    flying_[i].clear();
    core_.current = &p;
    f();
    core_.current = nullptr;
    for (envelope* e = p.inbox.fetch(); e; e = e->next)
      flying_[i].push_front(e);
  }

  void link_from(std::size_t i) {
    ++links_[i];
    as(i, [&] {
      try {
        link(who_[1 - i]);
      } catch (const std::exception&) {  // noproc: what is left of it is on its way out, behind what the dead has sent
        if (const link_state* left = link_of(i); left && left->unlink_id == 0)
          fault_ = "a link that failed left an entry";
      }
    });
  }

  void receive(std::size_t i) {
    process_control& p = control(i);
    envelope* e = flying_[i].front();
    flying_[i].pop_front();
    const bool by_link = e->type->kind == signal_kind::exit_by_link;
    const std::uint32_t unread = p.queue.count();
    envelope_ptr signal(e);
    execute(p, signal);
    // Who unlinked, and whose peer never linked, has nothing to fear from it: unlink is a promise.
    if (by_link && unlinks_[i] > 0 && links_[1 - i] == 0 && link_is_off_[i] && (p.doomed || p.queue.count() != unread))
      fault_ = "an exit signal through a link that was removed";
    if (p.doomed)
      end(i, p.why);
  }

  void end(std::size_t i, exit_reason why) {
    process_control& p = control(i);
    doom(p, std::move(why));
    for (envelope* e : flying_[i])  // they lie in its inbox when it ends
      p.queue.append(e);
    flying_[i].clear();
    alive_[i] = false;
    begin_death(core_, p);
  }

  // What was sent goes into flight.
  void collect() {
    for (const std::size_t i : {0, 1}) {
      if (alive_[i])
        link_is_off_[i] = !link_of(i) || link_of(i)->unlink_id != 0;
      if (!alive_[i])
        continue;
      std::deque<envelope*> fresh;
      for (envelope* e = control(i).inbox.fetch(); e; e = e->next)
        fresh.push_front(e);
      sent_ += static_cast<int>(fresh.size());
      flying_[i].insert(flying_[i].end(), fresh.begin(), fresh.end());
    }
  }

  core& core_;
  std::array<pid, 2> who_;
  std::array<bool, 2> alive_{true, true};
  std::array<bool, 2> link_is_off_{true, true};
  std::array<int, 2> links_{}, unlinks_{};
  std::array<std::deque<envelope*>, 2> flying_;
  int sent_ = 0;
  std::string fault_;
};

struct found {
  std::size_t states = 0, at_rest = 0;
  std::string fault;
};

// Breadth first: the first fault found has the shortest history.
found search(core& c, bool a_traps, bool b_traps) {
  found result;
  std::unordered_set<std::string> known;
  std::deque<std::string> open{""};
  while (!open.empty()) {
    const std::string history = std::move(open.front());
    open.pop_front();
    for (const act next : all_acts) {
      pair_of_processes two(c, a_traps, b_traps);
      for (const char past : history)
        two.perform(static_cast<act>(past));
      if (!two.perform(next) || two.sent() > most_signals)
        continue;
      const std::string so_far = history + static_cast<char>(next);
      if (std::string fault = two.wrong(); !fault.empty()) {
        result.fault = fault + " after " + so_far;
        return result;
      }
      if (!known.insert(two.state()).second)
        continue;
      result.at_rest += two.in_flight() == 0;
      open.push_back(so_far);
    }
  }
  result.states = known.size();
  return result;
}

}  // namespace

TEST_CASE("the link protocol: all interleavings of two processes, up to 15 signals, agree at rest") {
  still_platform plat;
  run_options options;
  options.stop_on_signals = false;
  options.schedulers = 1;
  runtime_core rt(options, plat);
  core& c = static_cast<core&>(*rt.sched.workers[0]);
  rt.begin_run();
  set_this_core(&c);
  for (const int traps : {0, 1, 2, 3}) {
    const found result = search(c, (traps & 1) != 0, (traps & 2) != 0);
    CAPTURE(traps, result.states, result.at_rest);
    CHECK(result.fault.empty());
    CHECK(result.fault == "");
    CHECK(result.states > 1'000);
    CHECK(result.at_rest > 10);
  }
  c.slots.flush();
  set_this_core(nullptr);
  rt.end_run();
}
