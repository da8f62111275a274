// Threads for work that blocks: as many as there is work, up to a limit; idle ones stay.
#pragma once

#include <brood/blocking.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace brood::detail {

// Runs it on this thread and tells who asked.
void run_blocking(std::shared_ptr<blocking_job> job);

class blocking_pool {
 public:
  static constexpr std::size_t most_threads = 64;

  // Waits for the work that has begun; what has not is dropped.
  ~blocking_pool();
  // Throws std::system_error if not even one thread can be had.
  void submit(std::shared_ptr<blocking_job> job);

 private:
  void work();

  std::mutex lock_;
  std::condition_variable wakes_;
  std::deque<std::shared_ptr<blocking_job>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace brood::detail
