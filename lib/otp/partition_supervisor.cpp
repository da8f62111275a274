#include <brood/partition_supervisor.hpp>

#include "otp/supervisor_loop.hpp"
#include "process/runtime_core.hpp"

#include <brood/call.hpp>
#include <brood/send.hpp>
#include <brood/start.hpp>

#include <atomic>
#include <stdexcept>

namespace brood {

namespace detail {

// Who serves which partition. Words that stand alone: routing may read a pid that has just died, never half a one.
class partition_table {
 public:
  explicit partition_table(std::size_t n) : count_(n), processes_(n) {}

  std::size_t capacity() const noexcept { return processes_.size(); }
  std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  void set_count(std::size_t n) noexcept { count_.store(n, std::memory_order_relaxed); }
  void enter(std::size_t number, pid process) noexcept { processes_[number].store(process.bits(), std::memory_order_relaxed); }
  std::size_t number_of(std::size_t hash) const noexcept { return hash % count(); }
  pid at(std::size_t hash) const noexcept { return pid::from_bits(processes_[number_of(hash)].load(std::memory_order_relaxed)); }

 private:
  std::atomic<std::size_t> count_;
  std::vector<std::atomic<std::uint64_t>> processes_;  // by number; nobody before the first start
};

namespace {

class partition_route final : public resolver {
 public:
  partition_route(std::shared_ptr<const partition_table> table, std::size_t hash) : table_(std::move(table)), hash_(hash) {}
  std::optional<pid> find() const override { return table_->at(hash_); }
  std::string text() const override { return "partition " + std::to_string(table_->number_of(hash_)); }

 private:
  std::shared_ptr<const partition_table> table_;
  std::size_t hash_;
};

struct resize_request {
  using reply = outcome<>;
  std::size_t partitions;
};

task<outcome<>> resize_to(supervisor& s, partition_table& table, std::size_t wanted) {
  for (std::size_t n = table.count(); n > wanted; --n) {
    table.set_count(n - 1);  // first, so that no key leads to it any more
    (void)co_await quietly(s.terminate_child(s.find(std::to_string(n - 1))));
  }
  for (std::size_t n = table.count(); n < wanted; ++n) {
    const outcome<pid> started = co_await quietly(s.restart_child(std::to_string(n)));
    if (!started && started.why() != exit_reason(child_error::running))
      co_return outcome<>::failure(started.why());
    table.set_count(n + 1);
  }
  co_return outcome<>();
}

process partition_process(supervisor_options options, std::shared_ptr<partition_table> table, std::vector<child_spec> children) {
  supervisor s(options);
  co_await quietly(run_supervisor(s, std::move(children), [&](resize_request m) -> task<served<resize_request>> {
    outcome<> resized = co_await quietly(resize_to(s, *table, m.partitions));
    co_return verdict<resize_request>(s, std::move(resized));
  }));
}

}  // namespace

std::size_t partition_count(const partition_options& options) {
  if (options.partitions != 0)
    return options.partitions;
  require_process("partition_supervisor::start_link");
  return runtime_core::get()->sched.schedulers;
}

std::shared_ptr<partition_table> make_partition_table(std::size_t partitions) {
  return std::make_shared<partition_table>(partitions);
}

void enter_partition(partition_table& table, std::size_t number) { table.enter(number, self()); }

}  // namespace detail

task<outcome<partition_supervisor>> partition_supervisor::start_partitions(partition_options options,
                                                                           std::shared_ptr<detail::partition_table> table,
                                                                           std::vector<child_spec> children) {
  const supervisor_options supervision{.restarts = options.restarts, .within = options.within};
  const outcome<pid> started = co_await detail::quietly(detail::make_start(
      {.name = std::move(options.name)}, true, {}, detail::partition_process, supervision, table, std::move(children)));
  if (!started)
    co_return outcome<partition_supervisor>::failure(started.why());
  co_return partition_supervisor(*started, std::move(table));
}

destination partition_supervisor::route(std::size_t hash) const {
  return destination(std::make_shared<const detail::partition_route>(table_, hash));
}

std::size_t partition_supervisor::partitions() const noexcept { return table_->count(); }

task<outcome<>> partition_supervisor::resize(std::size_t partitions) const {
  if (partitions == 0 || partitions > table_->capacity())
    throw std::invalid_argument("brood: partition_supervisor::resize(" + std::to_string(partitions) + "): between 1 and " +
                                std::to_string(table_->capacity()) + ", the number it was started with");
  outcome<outcome<>> resized = co_await detail::quietly(try_call(process_, detail::resize_request{partitions}, infinity));
  co_return resized ? *std::move(resized) : outcome<>::failure(resized.why());
}

}  // namespace brood
