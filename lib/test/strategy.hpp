// How a schedule is chosen: one decision at a time, from the seed.
#pragma once

#include "test/choice.hpp"

#include <brood/simulate.hpp>

#include <cstdint>
#include <vector>

namespace brood::detail {

// Who could be chosen: a number for each that stays the same as long as the run lasts.
class candidates {
 public:
  virtual std::uint64_t identity(std::uint32_t i) const noexcept = 0;

 protected:
  ~candidates() = default;
};

class strategy {
 public:
  virtual ~strategy() = default;
  virtual void begin(std::uint64_t seed, unsigned bound) = 0;
  // Below n; n > 1. `who`: of choice::next and choice::interleave, whose candidate 0 is who runs now.
  virtual std::uint32_t pick(choice what, std::uint32_t n, const candidates* who) = 0;
  // Whether a fault of this probability happens.
  virtual bool happens(choice what, double probability) = 0;
};

// Every choice equally likely; but mostly long turns, and processes mostly left to go on.
class uniform_strategy final : public strategy {
 public:
  void begin(std::uint64_t seed, unsigned bound) override;
  std::uint32_t pick(choice what, std::uint32_t n, const candidates* who) override;
  bool happens(choice what, double probability) override;

 private:
  dice dice_;
};

// Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): who has the highest priority runs. A bug that needs d
// moments of bad luck is met with probability 1/(n k^(d-1)) at least, for n processes and k steps.
class priority_strategy final : public strategy {
 public:
  void begin(std::uint64_t seed, unsigned bound) override;
  std::uint32_t pick(choice what, std::uint32_t n, const candidates* who) override;
  bool happens(choice what, double probability) override;

 private:
  static constexpr std::uint32_t most_compared = 64;
  static constexpr std::uint64_t fair_every = 32;  // turns: then the oldest goes first; after many, every other turn
  std::uint64_t priority(std::uint64_t identity) const noexcept;
  std::uint32_t highest(std::uint32_t n, const candidates& who) const noexcept;

  dice dice_;
  std::uint64_t seed_ = 0;
  std::uint64_t step_ = 0, turns_ = 0;
  std::vector<std::uint64_t> changes_;  // the steps
  std::vector<std::uint64_t> fallen_;   // who, in the order they fell: the last one is the lowest
};

// First come first served, all of a turn, all of an inbox, with a few exceptions at random moments.
class delay_strategy final : public strategy {
 public:
  void begin(std::uint64_t seed, unsigned bound) override;
  std::uint32_t pick(choice what, std::uint32_t n, const candidates* who) override;
  bool happens(choice what, double probability) override;

 private:
  dice dice_;
  std::uint64_t step_ = 0;
  std::vector<std::uint64_t> delays_;
};

// Decisions made before; beyond them 0.
class replay_strategy final : public strategy {
 public:
  explicit replay_strategy(const std::vector<std::uint32_t>& taken) noexcept : taken_(taken) {}
  void begin(std::uint64_t, unsigned) override { at_ = 0; }
  std::uint32_t pick(choice what, std::uint32_t n, const candidates* who) override;
  bool happens(choice what, double probability) override;

 private:
  std::uint32_t following() noexcept { return at_ < taken_.size() ? taken_[at_++] : 0; }
  const std::vector<std::uint32_t>& taken_;
  std::size_t at_ = 0;
};

// Depth first through all schedules with at most `bound` decisions that are not 0. Which scheduler runs a process is left alone,
// and of the short turns only the shortest is tried.
class exhaustive_strategy final : public strategy {
 public:
  void begin(std::uint64_t seed, unsigned bound) override;
  std::uint32_t pick(choice what, std::uint32_t n, const candidates* who) override;
  bool happens(choice what, double probability) override;
  // After a run. False: that was the last one.
  bool advance();
  // This run's decisions so far.
  std::vector<std::uint32_t> taken() const;

 private:
  struct fork {
    std::uint32_t among, taken;
  };
  std::uint32_t branch(std::uint32_t n);
  std::vector<fork> path_;
  std::size_t at_ = 0;
  unsigned bound_ = 0, exceptions_ = 0;
};

// One of each, kept from run to run.
class strategies {
 public:
  // Begun. Not for exhaustive.
  strategy& choose(const simulate_options& options);
  // What `mixed` means under this seed.
  static simulate_strategy meant(const simulate_options& options) noexcept;

 private:
  uniform_strategy uniform_;
  priority_strategy priority_;
  delay_strategy delay_;
};

const char* name_of(simulate_strategy s) noexcept;

}  // namespace brood::detail
