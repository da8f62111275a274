// The front door: which runs are made, and what happens when one fails.
#include <brood/simulate.hpp>

#include "test/counts.hpp"
#include "test/explain.hpp"
#include "test/replay.hpp"
#include "test/simulation.hpp"
#include "test/story.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace brood::detail {

namespace {

strategies all_strategies;  // of the one thread that simulates

// What for_each_seed wants to know about its body.
struct seed_scope {
  std::size_t begun = 0;  // simulations
  failed_run last;
  simulation_info sum = {};
};
thread_local seed_scope* in_seed = nullptr;

void run_once(const simulate_options& options, const simulated_program& program, simulation_info& info, trace* told,
              const std::vector<std::uint32_t>* forced) {
  if (forced) {
    replay_strategy again(*forced);
    again.begin(options.seed, options.bound);
    run_simulation(options, again, program.first, info, told);
  } else {
    run_simulation(options, all_strategies.choose(options), program.first, info, told);
  }
}

void run_all(const simulate_options& options, const simulated_program& program, simulation_info& info, failed_run& now,
             std::vector<std::uint32_t>& taken) {
  if (!program.repeatable)
    throw std::invalid_argument("brood: an exhaustive simulation runs f many times: f and its arguments must be copyable");
  exhaustive_strategy search;
  do {
    now.schedule = info.schedules + 1;
    search.begin(options.seed, options.bound);
    try {
      run_simulation(options, search, program.first, info, nullptr);
    } catch (...) {
      taken = search.taken();
      now.taken = &taken;
      throw;
    }
    info.complete = !search.advance();
  } while (!info.complete && info.schedules < options.max_schedules);
}

bool seed_from_environment(std::uint64_t& seed) {
  const char* text = std::getenv("BROOD_SEED");
  if (!text || !*text)
    return false;
  char* end = nullptr;
  seed = std::strtoull(text, &end, 10);
  if (*end != '\0')
    throw std::invalid_argument(std::string("brood: BROOD_SEED=") + text + " is no seed: set it to a number, or unset it");
  return true;
}

// With BROOD_STORY and BROOD_SEED: a run that is told as it happens, to its end, whatever that is.
class story_as_it_runs {
 public:
  story_as_it_runs(const simulate_options& options, std::FILE* file) : file_(file) {
    if (file_)
      told_.emplace(file_);
    say(fmt::format("brood: seed {}, strategy {}, as it runs:\n", options.seed, name_of(strategies::meant(options))));
  }
  static std::FILE* file_if_wanted(const simulate_options& options) {
    std::uint64_t seed = 0;
    const bool wanted = options.strategy != simulate_strategy::exhaustive && seed_from_environment(seed);
    return wanted ? open_story() : nullptr;
  }
  ~story_as_it_runs() {
    if (file_)
      std::fclose(file_);
  }
  story_as_it_runs(const story_as_it_runs&) = delete;
  story_as_it_runs& operator=(const story_as_it_runs&) = delete;

  trace* told() noexcept { return told_ ? &*told_ : nullptr; }
  void ended(const simulation_info& info, const std::string& how) {
    say(fmt::format("brood: {} after {} steps and {} of virtual time; injected: {}\n\n", how, info.steps,
                    duration_text(info.virtual_time.count()), to_string(info.injected)));
  }

 private:
  void say(const std::string& line) {
    if (file_)
      std::fputs(line.c_str(), file_);
  }
  std::FILE* const file_;
  std::optional<trace> told_;
};

void run_seed(const simulate_options& options, const simulated_program& program, simulation_info& info) {
  story_as_it_runs story(options, story_as_it_runs::file_if_wanted(options));
  try {
    run_once(options, program, info, story.told(), nullptr);
  } catch (...) {
    story.ended(info, "failed, " + text_of_failure() + ",");
    throw;
  }
  story.ended(info, "ended");
}

}  // namespace

simulation_info simulate_first(const simulate_options& options, const simulated_program& program) {
  if (replay* r = replay::current) {
    const bool looked_at = ++r->begun == r->target;
    if (r->begun > r->target)
      r->end_without_failure();
    if (looked_at || options.strategy != simulate_strategy::exhaustive) {
      simulation_info info;
      run_once(options, program, info, looked_at ? &r->story : nullptr, looked_at ? r->forced : nullptr);
      return info;
    }
  }
  failed_run now{options, in_seed ? ++in_seed->begun : 1, nullptr, 0};
  std::vector<std::uint32_t> taken;
  simulation_info info;
  try {
    if (options.strategy == simulate_strategy::exhaustive)
      run_all(options, program, info, now, taken);
    else
      run_seed(options, program, info);
    if (in_seed) {
      in_seed->last = now;
      add(in_seed->sum, info);
    }
    return info;
  } catch (...) {
    if (info.schedules == 0)
      throw;  // nothing was simulated
    if (in_seed)
      add(in_seed->sum, info);
    if (in_seed && !now.taken) {
      in_seed->last = now;
    } else if (options.explain && !replay::current) {
      std::function<void()> again;
      if (program.repeatable)
        again = [&] { simulate_first(options, program); };
      now.target = 1;
      explain(now, again);
    }
    throw;
  }
}

std::uint64_t default_seed() {
  std::uint64_t seed = 1;
  seed_from_environment(seed);
  return seed;
}

simulation_info run_seeds(std::size_t n, const simulation_counts& at_least, seeded_body body) {
  std::uint64_t first = 1;
  const bool only_one = seed_from_environment(first);
  if (only_one)
    n = 1;
  simulation_info sum;
  for (std::uint64_t seed = first; seed < first + n; ++seed) {
    seed_scope scope;
    seed_scope* const outer = std::exchange(in_seed, &scope);
    try {
      body.call(body.context, seed);
      in_seed = outer;
    } catch (...) {
      in_seed = outer;
      if (scope.last.options.explain && !replay::current) {
        scope.last.options.seed = seed;
        explain(scope.last, [&] { body.call(body.context, seed); });
      }
      throw;
    }
    add(sum, scope.sum);
  }
  if (in_seed)
    add(in_seed->sum, sum);
  if (const std::string missing = shortfall(sum.injected, at_least); !missing.empty() && !only_one)
    throw simulation_failed(fmt::format("brood: {} seeds injected too little: {}", n, missing));
  return sum;
}

}  // namespace brood::detail
