#include "test/strategy.hpp"

#include <algorithm>

namespace brood::detail {

namespace {

// How many decisions the run is expected to have. It can't be known, and what earlier runs had must not matter: so all orders of
// magnitude are tried.
std::uint32_t horizon(dice& d) noexcept { return 4u << d.below(10); }

void draw_moments(std::vector<std::uint64_t>& moments, dice& d, unsigned count) {
  const std::uint32_t range = horizon(d);
  moments.resize(count);
  for (std::uint64_t& m : moments)
    m = d.below(range);
}

std::uint32_t exception(dice& d, std::uint32_t n) noexcept { return 1 + d.below(n - 1); }

}  // namespace

void uniform_strategy::begin(std::uint64_t seed, unsigned) { dice_ = dice(seed); }

std::uint32_t uniform_strategy::pick(choice what, std::uint32_t n, const candidates*) {
  switch (what) {
    case choice::budget:
    case choice::hold:
    case choice::interleave:
      return dice_.one_in(4) ? exception(dice_, n) : 0;
    case choice::fetch:
      return dice_.one_in(2) ? exception(dice_, n) : 0;
    default:
      return dice_.below(n);
  }
}
bool uniform_strategy::happens(choice, double probability) { return dice_.chance(probability); }

void priority_strategy::begin(std::uint64_t seed, unsigned bound) {
  dice_ = dice(seed);
  seed_ = dice_.roll();
  step_ = turns_ = 0;
  fallen_.clear();
  draw_moments(changes_, dice_, bound);
}

std::uint64_t priority_strategy::priority(std::uint64_t identity) const noexcept {
  for (std::size_t i = fallen_.size(); i-- > 0;)
    if (fallen_[i] == identity)
      return fallen_.size() - i;
  return dice::mix(seed_ ^ identity * 0x9e3779b97f4a7c15) | std::uint64_t{1} << 32;
}

std::uint32_t priority_strategy::highest(std::uint32_t n, const candidates& who) const noexcept {
  std::uint32_t best = 0;
  std::uint64_t best_priority = 0;
  for (std::uint32_t i = 0; i < std::min(n, most_compared); ++i)
    if (const std::uint64_t p = priority(who.identity(i)); p > best_priority) {
      best = i;
      best_priority = p;
    }
  return best;
}

std::uint32_t priority_strategy::pick(choice what, std::uint32_t n, const candidates* who) {
  if (who) {
    if (what == choice::next) {
      ++turns_;
      if (turns_ % (turns_ < 512 ? fair_every : 2) == 0)
        return 0;  // or who polls would starve all others for ever
    }
    std::uint32_t best = highest(n, *who);
    if (std::find(changes_.begin(), changes_.end(), step_++) != changes_.end()) {
      fallen_.push_back(who->identity(best));
      best = highest(n, *who);
    }
    return best;
  }
  if (what == choice::scheduler || what == choice::work)
    return dice_.below(n);
  return dice_.one_in(8) ? exception(dice_, n) : 0;  // the budget, the inbox: of these PCT says nothing
}
bool priority_strategy::happens(choice, double probability) { return dice_.chance(probability); }

void delay_strategy::begin(std::uint64_t seed, unsigned bound) {
  dice_ = dice(seed);
  step_ = 0;
  draw_moments(delays_, dice_, bound);
}

std::uint32_t delay_strategy::pick(choice what, std::uint32_t n, const candidates*) {
  if (what == choice::scheduler || what == choice::work)
    return dice_.below(n);
  return std::find(delays_.begin(), delays_.end(), step_++) != delays_.end() ? exception(dice_, n) : 0;
}
bool delay_strategy::happens(choice, double probability) { return dice_.chance(probability); }

std::uint32_t replay_strategy::pick(choice, std::uint32_t n, const candidates*) { return std::min(following(), n - 1); }
bool replay_strategy::happens(choice, double) { return following() != 0; }

void exhaustive_strategy::begin(std::uint64_t, unsigned bound) {
  at_ = 0;
  bound_ = bound;
  exceptions_ = 0;
}

std::uint32_t exhaustive_strategy::branch(std::uint32_t n) {
  if (at_ == path_.size())
    path_.push_back({exceptions_ < bound_ ? n : 1, 0});
  const fork& f = path_[at_++];
  exceptions_ += f.taken != 0;
  return f.taken;
}

std::uint32_t exhaustive_strategy::pick(choice what, std::uint32_t n, const candidates*) {
  switch (what) {
    case choice::scheduler:
      return branch(1);
    case choice::budget:
      return branch(2);
    case choice::split:
    case choice::latency:
      return branch(std::min(n, 3u));  // the first byte alone, all but the last, the first two
    case choice::work:
      return branch(std::min(n, 3u));  // the average, the least and the most
    default:
      return branch(n);
  }
}
bool exhaustive_strategy::happens(choice, double) { return branch(2) != 0; }

std::vector<std::uint32_t> exhaustive_strategy::taken() const {
  std::vector<std::uint32_t> all;
  for (std::size_t i = 0; i < at_; ++i)
    all.push_back(path_[i].taken);
  return all;
}

bool exhaustive_strategy::advance() {
  path_.resize(at_);
  while (!path_.empty() && path_.back().taken + 1 >= path_.back().among)
    path_.pop_back();
  if (path_.empty())
    return false;
  ++path_.back().taken;
  return true;
}

simulate_strategy strategies::meant(const simulate_options& options) noexcept {
  if (options.strategy != simulate_strategy::mixed)
    return options.strategy;
  constexpr simulate_strategy mix[] = {simulate_strategy::random, simulate_strategy::random, simulate_strategy::priorities,
                                       simulate_strategy::delays};
  return mix[options.seed % 4];
}

strategy& strategies::choose(const simulate_options& options) {
  strategy* s = &uniform_;
  if (meant(options) == simulate_strategy::priorities)
    s = &priority_;
  else if (meant(options) == simulate_strategy::delays)
    s = &delay_;
  s->begin(options.seed, options.bound);
  return *s;
}

const char* name_of(simulate_strategy s) noexcept {
  switch (s) {
    case simulate_strategy::mixed:
      return "mixed";
    case simulate_strategy::random:
      return "random";
    case simulate_strategy::priorities:
      return "priorities";
    case simulate_strategy::delays:
      return "delays";
    case simulate_strategy::exhaustive:
      return "exhaustive";
  }
  return "?";
}

}  // namespace brood::detail
