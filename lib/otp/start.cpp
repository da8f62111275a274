// start, start_link, start_monitor: a child, and the wait until it has started.
#include <brood/start.hpp>

#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/starting.hpp"

#include <brood/errors.hpp>
#include <brood/exit.hpp>
#include <brood/inspect.hpp>
#include <brood/monitor.hpp>
#include <brood/send.hpp>

#include <exception>
#include <new>
#include <stdexcept>
#include <utility>
#include <variant>

namespace brood {

namespace detail {

namespace {

// The answer comes when the child has started; its death, if that is first, answers too.
class start_wait : public answer_waiter {
 public:
  start_wait(const start_order& order, spawner how) noexcept
      : answer_waiter({}, nullptr, order.timeout), order_(order), how_(how) {}

  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    return begin(control_of(*frame.promise().proc));
  }
  start_result await_resume() {
    patience_.end();
    if (envelope_ptr e{finish_wait(*this)}) {
      late_ = false;
      if (e->type->says_why_not)
        outcome_.why = std::move(e->as<answer<exit_reason>>().value);
      else
        outcome_.running = true;
    }
    return std::move(outcome_);
  }
  // The child has not answered: it lives, as far as is known.
  bool late() const noexcept { return late_; }
  bool reported() const noexcept { return patience_.has_reported(); }

 private:
  bool begin(process_control& p) {
    static constexpr wait_kind patient{nullptr, nullptr, 0, false, nullptr, [](process_stack& stack, waiter& w) noexcept {
                                         start_wait& self = static_cast<start_wait&>(w);
                                         return self.patience_.goes_on(control_of(stack), self);
                                       }};
    begin_answer_wait(p, *this);
    p.kind = &patient;
    try {
      outcome_.child = how_.spawn(how_.context, spawn_settings{.options = &order_.options,
                                                               .link = order_.options.link,
                                                               .monitor = order_.options.monitor,
                                                               .at = order_.at,
                                                               .start_number = order_.at_once ? 0 : number});
      outcome_.running = order_.at_once;
      outcome_.why = reason::timeout;
      if (!order_.at_once) {
        whom = outcome_.child.process;
        patience_.begin(p, *this, whom, order_.id);
        return late_ = true;
      }
    } catch (const bad_name& bad) {
      outcome_.why =
          bad.holder() ? exit_reason(already_started{bad.holder()}) : exit_reason_access::from_exception(std::current_exception());
    } catch (const exiting& e) {
      outcome_.why = e.why();
    } catch (...) {
      outcome_.why = exit_reason_access::from_exception(std::current_exception());
    }
    abandon_answer_wait(p);
    return false;
  }

  const start_order& order_;
  spawner how_;
  start_result outcome_;
  start_patience patience_;
  bool late_ = false;
};

}  // namespace

task<start_result> start_process(start_order order, spawner how) {
  if (order.timeout.negative())
    throw std::invalid_argument("brood: start with a negative timeout: use infinity to wait for ever");
  start_wait wait(order, how);
  start_result result = co_await quietly(wait);
  if (result.running || !result.child.process)
    co_return result;
  if (result.child.monitor)
    demonitor(result.child.monitor);
  if (order.options.link)
    unlink(result.child.process);
  if (wait.late()) {
    // Also when this frame is destroyed meanwhile: nobody else knows the child any more.
    struct killer {
      pid child;
      ~killer() { exit(child, reason::kill); }
    };
    {
      const killer at_the_end{result.child.process};
      try {
        if (!wait.reported())
          co_await quietly(report_late_start(self(), result.child.process, order.id, order.timeout.count()));
      } catch (const std::bad_alloc&) {  // without a report, then
      }
    }
    co_await quietly(is_alive(result.child.process));  // its name is free when this returns
  }
  co_return result;
}

start_order make_start_order(start_options&& o, bool link, bool monitor, std::source_location at) {
  return {{.link = link,
           .monitor = monitor,
           .name = std::move(o.name),
           .prio = o.prio,
           .max_mailbox = o.max_mailbox,
           .on_overflow = o.on_overflow,
           .label = std::move(o.label)},
          o.timeout,
          at,
          o.at_once};
}

outcome<pid> as_pid(start_result&& result) {
  if (result.running)
    return result.child.process;
  return outcome<pid>::failure(std::move(result.why));
}

outcome<spawned> as_spawned(start_result&& result) {
  if (result.running)
    return result.child;
  return outcome<spawned>::failure(std::move(result.why));
}

}  // namespace detail

void init_ack() {
  if (detail::process_control& p = detail::require_process("init_ack()"); p.starting)
    detail::announce_start(p);
}

}  // namespace brood
