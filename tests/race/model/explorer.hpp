// The search: every schedule of a small program, depth first, with bounded pre-emptions and bounded stale loads.
//
//     const model::result r = model::explore({.preemptions = 2}, [](model::program& p) {
//       auto word = std::make_shared<model::atomic<int>>(0);
//       p.thread([=] { word->store(1, std::memory_order_release); });
//       p.thread([=] { model::check(word->load(std::memory_order_acquire) != 2, "nobody stores 2"); });
//     });
//     INFO(r.failure);
//     CHECK(r.complete);
#pragma once

#include "fibers.hpp"
#include "memory.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace model {

struct options {
  unsigned preemptions = 2;
  unsigned stale_loads = 1;                // and spurious failures of compare_exchange_weak
  std::uint64_t most_schedules = 5'000'000;
};

struct result {
  std::uint64_t schedules = 0;
  bool complete = false;  // all there are, and none failed
  std::string failure;    // what, and the steps that led there
};

struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class program {
 public:
  void thread(std::function<void()> body) { threads.push_back(std::move(body)); }
  // After all threads have ended; sees everything.
  void finally(std::function<void()> body) { last = std::move(body); }

  std::vector<std::function<void()>> threads;
  std::function<void()> last;
};

class explorer {
 public:
  static explorer& instance() {
    static explorer one;
    return one;
  }

  result search(const options& o, const std::function<void(program&)>& build) {
    options_ = o;
    path_.clear();
    result r;
    do {
      ++r.schedules;
      story_.clear();
      telling_ = false;
      if (!execute(build)) {
        telling_ = true;  // the same once more, this time with words
        execute(build);
        r.failure = "in schedule " + std::to_string(r.schedules) + ": " + failure_ + "\n" + story_;
        return r;
      }
      r.complete = !advance();
    } while (!r.complete && r.schedules < o.most_schedules);
    return r;
  }

  // ---- for model::atomic and its kin

  unsigned self() const { return self_; }
  view& my_view() { return views_[self_]; }
  // After a release: what follows is not part of it.
  void tick() { ++my_view().clock[self_]; }
  view& all_seq_cst() { return seq_cst_; }
  std::size_t new_location() { return locations_++; }
  // As membarrier: from now on every thread sees what any has stored. It learns nothing of plain data by that.
  void barrier_in_all_threads() {
    point();
    view all;
    for (const view& v : views_)
      all.join(v);
    for (view& v : views_)
      v.oldest = all.oldest;
  }

  // Before every operation: another thread may go first.
  void point() {
    if (self_ == 0)
      return;
    if (++steps_ > 20'000)
      throw violation("no end after 20000 steps");
    ++my_view().clock[self_];
    std::uint32_t others = 0;
    if (preemptions_ < options_.preemptions)
      for (unsigned t = 1; t <= count_; ++t)
        others += t != self_ && enabled(t);
    if (const std::uint32_t taken = choose(1 + others)) {
      ++preemptions_;
      switch_to(nth_enabled(taken - 1, self_));
    }
  }
  // Until ready() says so; meanwhile others run.
  void block_until(std::function<bool()> ready) {
    point();
    if (ready())
      return;
    waiting_[self_] = std::move(ready);
    schedule();
    waiting_[self_] = nullptr;
  }
  // How far back a load looks, of the `older` stores it could see besides the newest.
  std::uint32_t look_back(std::uint32_t older) {
    if (self_ == 0 || older == 0 || stale_ >= options_.stale_loads)
      return 0;
    const std::uint32_t back = choose(1 + older);
    stale_ += back != 0;
    return back;
  }
  template <class Describe>
  void tell(Describe describe) {
    if (telling_ && self_ != 0)
      story_ += "  thread " + std::to_string(self_) + ": " + describe() + "\n";
  }

 private:
  struct fork {
    std::uint32_t among, taken;
  };

  std::uint32_t choose(std::uint32_t n) {
    if (n == 1)
      return 0;
    if (at_ == path_.size())
      path_.push_back({n, 0});
    return path_[at_++].taken;
  }
  bool advance() {
    path_.resize(at_);
    while (!path_.empty() && path_.back().taken + 1 == path_.back().among)
      path_.pop_back();
    if (path_.empty())
      return false;
    ++path_.back().taken;
    return true;
  }

  bool enabled(unsigned t) const { return !ended_[t] && (!waiting_[t] || waiting_[t]()); }
  unsigned nth_enabled(std::uint32_t n, unsigned except) const {
    for (unsigned t = 1; t <= count_; ++t)
      if (t != except && enabled(t) && n-- == 0)
        return t;
    return 0;
  }
  void switch_to(unsigned t) {
    const unsigned from = std::exchange(self_, t);
    fibers_.from_to(from - 1, t - 1);
  }
  // This thread can't go on: somebody else does, or all have ended, or nobody can.
  void schedule() {
    std::uint32_t others = 0;
    for (unsigned t = 1; t <= count_; ++t)
      others += enabled(t);
    if (others > 0) {
      const unsigned next = nth_enabled(choose(others), 0);
      if (next != self_)
        switch_to(next);
      return;
    }
    for (unsigned t = 1; t <= count_; ++t)
      if (!ended_[t] && failure_.empty())
        failure_ = "thread " + std::to_string(t) + " waits for ever";
    fibers_.leave(self_ - 1);
  }

  // One schedule. False: it failed.
  bool execute(const std::function<void(program&)>& build) {
    at_ = locations_ = 0;
    steps_ = preemptions_ = stale_ = 0;
    failure_.clear();
    views_ = {};
    seq_cst_ = {};
    ended_ = {};
    waiting_ = {};
    self_ = 0;
    program p;
    build(p);
    count_ = static_cast<unsigned>(p.threads.size());
    for (unsigned t = 1; t <= count_; ++t) {
      views_[t] = views_[0];
      views_[t].clock[t] = 1;  // what it does before its first step is news to others, too
      fibers_.make(t - 1, [this, t, &p] {
        try {
          p.threads[t - 1]();
        } catch (const violation& v) {
          failure_ = v.what();
          fibers_.leave(t - 1);
        }
        ended_[t] = true;
        schedule();
      });
    }
    self_ = 1 + choose(count_);
    fibers_.from_main_to(self_ - 1);
    self_ = 0;
    for (unsigned t = 1; t <= count_; ++t)
      views_[0].join(views_[t]);
    if (failure_.empty() && p.last) {
      try {
        p.last();
      } catch (const violation& v) {
        failure_ = v.what();
      }
    }
    return failure_.empty();
  }

  options options_;
  fibers fibers_;
  std::vector<fork> path_;
  std::size_t at_ = 0, locations_ = 0;
  unsigned self_ = 0, count_ = 0, steps_ = 0, preemptions_ = 0, stale_ = 0;
  std::array<view, threads> views_{};
  view seq_cst_;
  std::array<bool, threads> ended_{};
  std::array<std::function<bool()>, threads> waiting_{};
  bool telling_ = false;
  std::string failure_, story_;
};

inline result explore(const options& o, const std::function<void(program&)>& build) {
  return explorer::instance().search(o, build);
}

inline void check(bool holds, const char* what) {
  if (!holds)
    throw violation(what);
}

}  // namespace model
