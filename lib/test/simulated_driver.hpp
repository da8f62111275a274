// How a virtual scheduler learns that a virtual descriptor is ready: each wait is one of the things that may happen next.
#pragma once

#include "process/core.hpp"
#include "sched/driver.hpp"
#include "test/network.hpp"

#include <atomic>
#include <cerrno>
#include <utility>

namespace brood::detail {

class simulated_driver final : public driver {
 public:
  simulated_driver(simulated_network& net, core& whose) noexcept : whose(whose), net_(net) {}
  ~simulated_driver() override { end(); }

  void wait(std::int64_t) override {}  // there is no thread to sleep
  void wake() noexcept override { looked_ = false; }
  void poll() override {}  // the simulation does
  const char* name() const noexcept override { return "simulation"; }

  void start(operation& o) noexcept override {
    hold(o);
    net_.arm(o, *this);
  }
  void cancel(operation& o) noexcept override {
    o.over = true;
    net_.cancel(o);
  }
  // Between two turns: what others wanted cancelled.
  void look() noexcept {
    if (std::exchange(looked_, true))
      return;
    operation* o = whose.unwanted.exchange(nullptr, std::memory_order_acquire);  // partner: worker::cancel_operation
    while (o != nullptr) {
      operation* const following = o->next_unwanted;
      if (!o->over)
        cancel(*o);
      o->release();
      o = following;
    }
  }
  // Between two turns, as its thread would.
  void finish(operation& o, int result) noexcept { complete(o, result); }
  // Nothing is under way any more.
  void end() noexcept { complete_all(-ECANCELED); }

  core& whose;

 private:
  bool looked_ = true;
  simulated_network& net_;
};

}  // namespace brood::detail
