#include "process/process_table.hpp"

#include "base/persist.hpp"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include <sys/mman.h>

namespace brood::detail {

constinit std::atomic<process_table*> process_table::table_{nullptr};

process_table& process_table::make() {
  static process_table* table = new process_table;  // outlives every thread and static destructor that may still send
  table_.store(table, std::memory_order_release);   // partner: instance
  return *table;
}

process_table* process_table::use(process_table* table) noexcept {
  process_table* const old = &instance();
  table_.store(table, std::memory_order_release);
  return old;
}

process_table::process_table(std::uint32_t room) : room_(room) {
  const std::size_t bytes = std::size_t{room} * sizeof(process_control);
  void* range = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED)
    throw std::system_error(
        errno, std::generic_category(),
        "brood: address space for the process table (7 GiB, reserved, not used) was refused: raise `ulimit -v`");
  madvise(range, bytes, MADV_HUGEPAGE);
  slots_ = static_cast<process_control*>(range);
}

std::uint32_t process_table::carve(std::uint32_t& first, std::uint32_t wanted) {
  std::lock_guard guard(lock_);
  const std::uint32_t used = used_.load(std::memory_order_relaxed);
  wanted = std::min(wanted, room_ - used);
  first = used;
  for (std::uint32_t i = 0; i < wanted; ++i)
    ::new (slots_ + used + i) process_control;
  used_.store(used + wanted, std::memory_order_release);  // partner: find
  return wanted;
}

void process_table::give(std::vector<std::uint32_t>&& slots) {
  std::lock_guard guard(lock_);
  persist([&] { spare_.push_back(std::move(slots)); });
}

bool process_table::take(std::vector<std::uint32_t>& slots) {
  std::lock_guard guard(lock_);
  if (spare_.empty())
    return false;
  slots = std::move(spare_.back());
  spare_.pop_back();
  return true;
}

process_control* slot_cache::take() {
  process_table& table = process_table::instance();
  if (freed_.size() <= cool_down_ && fresh_ == fresh_end_) {
    std::vector<std::uint32_t> spare;
    if (table.take(spare))
      persist([&] { freed_.insert(freed_.begin(), spare.begin(), spare.end()); });
    else {
      const std::uint32_t n = table.carve(fresh_, process_table::batch);
      fresh_end_ = fresh_ + n;
    }
  }
  if (fresh_ != fresh_end_ && freed_.size() <= cool_down_)
    return table.at(fresh_++);
  if (freed_.empty())
    return nullptr;
  const std::uint32_t index = freed_.front();
  freed_.pop_front();
  return table.at(index);
}

void slot_cache::put(process_control* p) {
  persist([&] { freed_.push_back(static_cast<std::uint32_t>(p - process_table::instance().at(0))); });
  if (freed_.size() >= give_up) {
    auto some = persist([&] { return std::vector<std::uint32_t>(freed_.begin(), freed_.begin() + give_up / 2); });
    freed_.erase(freed_.begin(), freed_.begin() + give_up / 2);
    process_table::instance().give(std::move(some));
  }
}

void slot_cache::flush() {
  auto all = persist([&] { return std::vector<std::uint32_t>(freed_.begin(), freed_.end()); });
  persist([&] {
    while (fresh_ != fresh_end_) {
      all.push_back(fresh_);
      ++fresh_;
    }
  });
  freed_.clear();
  if (!all.empty())
    process_table::instance().give(std::move(all));
}

void slot_cache::start_over(std::uint32_t end) noexcept {
  process_table::instance().forget_spare();
  freed_.clear();
  fresh_ = 1;
  fresh_end_ = end;
}

}  // namespace brood::detail
