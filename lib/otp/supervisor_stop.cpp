// Stopping children: told to end, waited for as long as their specs allow, then killed.
#include "otp/strategy.hpp"
#include "otp/supervisor.hpp"
#include "process/runtime_core.hpp"
#include "process/supervises.hpp"

#include <brood/exit.hpp>
#include <brood/monitor.hpp>
#include <brood/receive.hpp>
#include <brood/spawn.hpp>
#include <brood/timers.hpp>

#include <algorithm>
#include <utility>

namespace brood::detail {

namespace {

// The children that are being stopped have time until then, even if the program ends meanwhile.
class time_promise {
 public:
  time_promise(pid supervisor, process_clock::time_point until) : supervisor_(supervisor) {
    runtime_core::get()->promises.promise(supervisor, until.time_since_epoch().count());
  }
  ~time_promise() { runtime_core::get()->promises.withdraw(supervisor_, runtime_core::now()); }
  time_promise(const time_promise&) = delete;
  time_promise& operator=(const time_promise&) = delete;

 private:
  const pid supervisor_;
};

}  // namespace

struct supervisor::deadline {
  process_clock::time_point at;
  place child;
  std::uint32_t version;
};

// Tells one to end. Its deadline, if it has one, goes to the others. Until when it has time.
process_clock::time_point supervisor::begin_stop(place p, std::vector<deadline>& deadlines) {
  note_kind(p);
  child_record& child = table_[p];
  child.stopping = true;
  const stop_terms terms = stop_terms_of(child_spec_access::terms(child.spec), child.supervises);
  monitor(child.process);  // one that unlinks itself must not hang us
  exit(child.process, terms.kill_at_once ? reason::kill : reason::shutdown);
  if (!terms.limit.infinite()) {
    deadlines.push_back({now() + std::chrono::nanoseconds(terms.limit.count()), p, child.version});
    return deadlines.back().at;
  }
  // A supervisor's own promises count. A worker that may take for ever, may.
  return child.supervises || terms.kill_at_once ? now() : process_clock::time_point::max();
}

// Its time is up.
void supervisor::lose_patience(const deadline& d) {
  if (table_[d.child].version != d.version)
    return;  // dead already
  note_kind(d.child);
  const child_record& child = table_[d.child];
  if (stop_terms_of(child_spec_access::terms(child.spec), child.supervises).limit.infinite())
    return;  // it has become a supervisor since it was told
  report_late_child(child.spec, child.process);
  exit(child.process, reason::kill);
}

// All of the group at once; returns when all are dead. Their ends are what was wanted; those of others are put off.
task<> supervisor::stop(std::vector<place> group) {
  std::vector<deadline> deadlines;
  process_clock::time_point last_deadline = now();
  for (const place p : group)
    last_deadline = std::max(last_deadline, begin_stop(p, deadlines));
  std::ranges::sort(deadlines, {}, &deadline::at);
  const time_promise promise(self(), last_deadline);
  std::size_t left = group.size();
  const auto is_child = [this](const exited& e) { return table_.find(e.who) != nowhere; };
  const auto lost = [&](pid who, const exit_reason& why) {
    const place p = table_.find(who);
    if (p == nowhere)
      return;
    if (!std::exchange(table_[p].stopping, false))
      return note_loss(p, why);
    table_.now_stopped(p);
    --left;
  };
  std::size_t next = 0;  // of the deadlines
  while (left > 0) {
    time_limit patience = infinity;
    if (next < deadlines.size())
      patience = std::max(deadlines[next].at - now(), process_clock::duration(0));
    co_await quietly(receive(
        when(is_child, [&](const exited& e) { lost(e.who, e.why); }),
        [&](const down& d) { lost(d.who, d.why); },  // all: left in the mailbox they would be looked at again and again
        after(patience, [&] { lose_patience(deadlines[next++]); })));
  }
}

task<> supervisor::stop_all() {
  std::vector<place> all;
  all.reserve(table_.running());
  for (place p = table_.last(); p != nowhere; p = table_[p].previous)
    if (table_[p].state == child_state::running)
      all.push_back(p);
  if (dynamic())
    co_return co_await quietly(stop(std::move(all)));
  for (const place p : all)
    if (table_[p].state == child_state::running)  // it may have ended by itself meanwhile
      co_await quietly(stop({p}));
}

}  // namespace brood::detail
