// The course's work pool as printed, mistakes and all; work_pool.hpp beside it is what the course promises and never shows.
//
//   unbounded  "we will later introduce an artificial limit and create some back pressure": it never does. A job is a process at once.
//   lost       a job that ends with exit(normal) gives neither a result nor a failure: its client waits for ever.
//   crash      the failure of a job whose client is a name that nobody has any more ends the scheduler, and, linked, its starter.
//   orphan     start() twice: the second scheduler is running and linked before its name turns out to be taken.
//   untagged   results come as they are, in the order in which they are done: which is whose?
#pragma once

#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <functional>
#include <map>
#include <string>

namespace faithful {

using namespace brood;

struct failure {
  std::string text;
};

// A sender is a pid or a name, as whatever Elixir's send takes.
template <class M>
void send_to(const destination& to, M message) {
  if (const std::string* name = to.name())
    send(*name, std::move(message));
  else
    send(*to.process(), std::move(message));
}

struct queued {
  std::function<void(const destination& sender)> func;  // with its arguments; sends what it computed
  destination sender;
};

inline process scheduler() {
  std::map<pid, destination> processing;
  while (true)
    co_await receive(
        [&](queued job) {
          auto [worker, watch] = spawn_monitor([job] { job.func(job.sender); });
          processing.emplace(worker, job.sender);
        },
        [&](down d) {
          if (d.why != reason::normal)
            send_to(processing.at(d.who), failure{fmt::format("pool worker died: {}", d.why)});
          processing.erase(d.who);
        });
}

inline void start() {
  pid pool = spawn_link(scheduler);
  register_name("scheduler", pool);
}

template <class F, class Argument>
void queue(F func, Argument argument, destination sender = self()) {
  send("scheduler", queued{[func, argument](const destination& to) { send_to(to, func(argument)); }, sender});
}

}  // namespace faithful
