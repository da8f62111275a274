#include "process/process_table.hpp"

#include "memory/slab.hpp"
#include "process/debug_layout.hpp"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include <sys/mman.h>

#ifdef BROOD_BYPASS_SLABS
extern "C" void __lsan_register_root_region(const void* begin, std::size_t size);
#endif

namespace brood::detail {

namespace {

// A program that calls exit() leaves processes alive. What they own is no leak: the control blocks still lead to it, and the leak
// checker looks for pointers only in mappings that it knows.
void note_for_leak_checker([[maybe_unused]] const void* begin, [[maybe_unused]] std::size_t size) noexcept {
#ifdef BROOD_BYPASS_SLABS
  __lsan_register_root_region(begin, size);
#endif
}

}  // namespace

constinit std::atomic<process_table*> process_table::table_{nullptr};

process_table& process_table::make() {
  link_debug_layout();
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
  // Without access, for a kernel that does not overcommit counts what may be written, whether it is or not.
  void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED)
    throw std::system_error(
        errno, std::generic_category(),
        "brood: address space for the process table (7 GiB, reserved, not used) was refused: raise `ulimit -v`");
  madvise(range, bytes, MADV_HUGEPAGE);
  madvise(range, bytes, MADV_DONTDUMP);  // gcore would write all 7 GiB
  slots_ = static_cast<process_control*>(range);
  note_for_leak_checker(range, bytes);
  if (!open(1))
    throw std::system_error(
        errno, std::generic_category(),
        "brood: the first 2 MiB of the process table were refused: there is no memory, or `ulimit -d`, a cgroup or "
        "vm.overcommit_memory=2 allows no more");
}

bool process_table::open(std::size_t bytes) noexcept {
  constexpr std::size_t step = std::size_t{2} << 20;
  if (bytes <= open_)
    return true;
  const std::size_t wanted = std::min((bytes + step - 1) / step * step, std::size_t{room_} * sizeof(process_control));
  if (mprotect(slots_, wanted, PROT_READ | PROT_WRITE) != 0)
    return false;
  madvise(slots_, wanted, MADV_DODUMP);
  open_ = wanted;
  return true;
}

std::uint32_t process_table::carve(std::uint32_t& first, std::uint32_t wanted) {
  std::lock_guard guard(lock_);
  const std::uint32_t used = used_.load(std::memory_order_relaxed);
  wanted = std::min(wanted, room_ - used);
  first = used;
  if (!open((std::size_t{used} + wanted) * sizeof(process_control)))
    return 0;
  for (std::uint32_t i = 0; i < wanted; ++i)
    ::new (slots_ + used + i) process_control, forget_serial(used + i);
  used_.store(used + wanted, std::memory_order_release);  // partner: find
  return wanted;
}

void process_table::give(slot_chain slots) noexcept {
  if (slots.empty())
    return;
  std::lock_guard guard(lock_);
  spare_.push(slots);
}

slot_chain process_table::take() noexcept {
  std::lock_guard guard(lock_);
  return spare_.pop();
}

process_control* slot_cache::take_fresh() {
  process_table& table = process_table::instance();
  if (fresh_ == fresh_end_) {
    // All that others gave up, as far as needed: one chain a time would leave more behind with each runtime that ends.
    for (slot_chain more = table.take(); !more.empty(); more = table.take()) {
      recent_.append(more);
      if (freed() > cool_down_)
        return take_freed();
    }
    const std::uint32_t n = table.carve(fresh_, process_table::batch);
    fresh_end_ = fresh_ + n;
  }
  if (fresh_ != fresh_end_)
    return table.at(fresh_++);
  return freed() != 0 ? take_freed() : nullptr;
}

void slot_cache::give_older() noexcept { process_table::instance().give(std::exchange(older_, std::exchange(recent_, {}))); }

void slot_cache::flush() noexcept {
  process_table& table = process_table::instance();
  while (fresh_ != fresh_end_)
    recent_.push(table.at(fresh_++));
  table.give(std::exchange(older_, {}));
  table.give(std::exchange(recent_, {}));
}

void slot_cache::start_over(std::uint32_t end) noexcept {
  process_table::instance().forget_spare();
  older_ = recent_ = {};
  fresh_ = 1;
  fresh_end_ = end;
}

}  // namespace brood::detail
