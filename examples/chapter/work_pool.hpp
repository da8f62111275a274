// The work pool that the course promises: at most so many jobs run, at most so many wait, and whoever brings one more waits for a
// place or is refused. Each job that got a place has exactly one outcome. work_pool_client.hpp is how to talk to it.
//
// (brood::work_pool does this in the library. Here it is from raw processes, so that every step can be seen.)
#pragma once

#include <brood/brood.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace bounded {

using namespace brood;

struct limits {
  std::size_t workers, queue;
};
struct load {
  std::size_t running, queued, producers_waiting;
  std::size_t most_running, most_queued;
};
struct ask_load {
  pid from;
};

struct job {
  pid client;
  ref tag;
  bool patient;                // waits for a place
  std::function<pid()> start;  // spawns the worker, linked
};
struct verdict {
  ref tag;
  bool has_place;
};
struct failed {
  ref tag;
  exit_reason why;
};

// How a worker ends once it has sent its result. Any other end, `normal` too, is a failure.
struct delivered {
  bool operator==(const delivered&) const = default;
};

class pool_state {
 public:
  explicit pool_state(limits most) : most_(most) {}

  void submit(job j) {
    if (running_.size() < most_.workers || queue_.size() < most_.queue)
      admit(std::move(j));
    else if (j.patient)
      outside_.push_back(std::move(j));
    else
      send(j.client, verdict{j.tag, false});
  }

  // False if it was not one of the workers.
  bool ended(pid worker, const exit_reason& why) {
    auto its = running_.extract(worker);
    if (its.empty())
      return false;
    const job& j = its.mapped();
    if (!why.get_if<delivered>())
      send(j.client, failed{j.tag, why});
    if (auto next = take_first(queue_))
      start(std::move(*next));
    if (auto next = take_first(outside_))
      admit(std::move(*next));
    return true;
  }

  load now() const { return {running_.size(), queue_.size(), outside_.size(), most_running_, most_queued_}; }

 private:
  void admit(job j) {
    send(j.client, verdict{j.tag, true});
    if (running_.size() < most_.workers)
      return start(std::move(j));
    queue_.push_back(std::move(j));
    most_queued_ = std::max(most_queued_, queue_.size());
  }
  void start(job j) {
    pid worker = j.start();
    running_.emplace(worker, std::move(j));
    most_running_ = std::max(most_running_, running_.size());
  }
  static std::optional<job> take_first(std::deque<job>& jobs) {
    if (jobs.empty())
      return std::nullopt;
    job first = std::move(jobs.front());
    jobs.pop_front();
    return first;
  }

  limits most_;
  std::map<pid, job> running_;
  std::deque<job> queue_;
  std::deque<job> outside_;  // of producers that wait for a place: one job each
  std::size_t most_running_ = 0, most_queued_ = 0;
};

// Linked to its workers, so that they end with it; trapping, so that it doesn't end with them.
inline process pool(limits most) {
  trap_exits();
  pool_state state(most);
  while (true)
    co_await receive([&](job j) { state.submit(std::move(j)); },
                     [&](exited e) {
                       if (!state.ended(e.who, e.why))
                         exit(e.why);  // our starter's
                     },
                     [&](ask_load m) { send(m.from, state.now()); });
}

// The pool of that name, started if there is none. The name comes with the spawn: who is second has made nothing that could be left.
inline pid start(std::string name, limits most) {
  try {
    return spawn({.link = true, .name = name}, pool, most).process;
  } catch (const bad_name&) {
    return whereis(name).value();
  }
}

}  // namespace bounded
