// Threads for work that blocks: as many as there is work, up to a limit; idle ones stay.
#pragma once

#include <brood/blocking.hpp>

#include <cstddef>
#include <memory>

namespace brood::detail {

// Runs it on this thread and tells who asked.
void run_blocking(std::shared_ptr<blocking_job> job);

// Whether this thread runs a function of blocking(f).
bool runs_blocking_work() noexcept;

class blocking_pool {
 public:
  static constexpr std::size_t most_threads = 64;

  blocking_pool();
  ~blocking_pool();
  // Throws std::system_error if not even one thread can be had.
  void submit(std::shared_ptr<blocking_job> job);

  // What has not begun is dropped; what has is waited for. After `grace` (time_limit's infinity: after 10 s) a word says who still
  // runs; after 10 x grace those threads are left behind: they end when their work does, and touch nothing but what they own.
  // False: some were left.
  bool stop(time_limit grace);

 private:
  struct state;
  struct thread_of_pool;
  static void work(state& s, thread_of_pool& mine);

  const std::shared_ptr<state> state_;  // each thread has a share, for it may live longer than the pool
};

}  // namespace brood::detail
