// A supervisor of n alike children, its partitions: every key leads to one of them, always the same.
//
// For what one process can't serve fast enough, and can be split by key.
//
//     process cache(std::size_t bytes) { co_await receive<std::string>(); }
//     process main_process() {
//       auto caches = *co_await partition_supervisor::start_link({.partitions = 8}, cache, 1000);
//       cast(caches.at("alice"), std::string("hello"));
//     }
//
// A handle: copy it, send it, use it from any process. Routing takes no lock. While a partition is being restarted, what is sent
// to it is dropped and calls to it exit with noproc. Elixir: PartitionSupervisor
#pragma once

#include <brood/child_spec.hpp>
#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/outcome.hpp>
#include <brood/pid.hpp>
#include <brood/supervisor_options.hpp>
#include <brood/task.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

struct partition_options {
  std::size_t partitions = 0;                   // 0: number of schedulers
  int restarts = 3;                             // as supervisor_options
  time_limit within = std::chrono::seconds(5);
  std::string name = {};                        // of the supervisor
};

// A partition whose function has this as its first parameter gets its own number, from 0.
struct partition_info {
  std::size_t number;
};

namespace detail {

class partition_table;

BROOD_API std::size_t partition_count(const partition_options& options);
BROOD_API std::shared_ptr<partition_table> make_partition_table(std::size_t partitions);
// The running process serves this partition from now on.
BROOD_API void enter_partition(partition_table& table, std::size_t number);

template <class F, class... A>
concept partition_callable = child_callable<F, A...> || child_callable<F, partition_info, A...>;

template <class F, class... A>
child_spec partition_child(std::shared_ptr<partition_table> table, std::size_t number, const F& f, const A&... args) {
  return child_spec_access::make(
      std::to_string(number), {},  // this line of the library would say nothing in a report
      [shared = std::move(table), number, f](A&&... kept) mutable -> decltype(auto) {
        enter_partition(*shared, number);
        if constexpr (std::invocable<F, partition_info, A...>)
          return std::invoke(std::move(f), partition_info{number}, std::move(kept)...);
        else
          return std::invoke(std::move(f), std::move(kept)...);
      },
      args...);
}

}  // namespace detail

class partition_supervisor {
 public:
  // f(args...), or f(partition_info, args...), in each partition; f and args are copied at each start. Linked to the caller.
  // why(): as supervise.
  template <class F, class... A>
    requires detail::partition_callable<F, A...>
  static task<outcome<partition_supervisor>> start_link(partition_options options, F f, A... args) {
    const std::size_t n = detail::partition_count(options);
    std::shared_ptr<detail::partition_table> table = detail::make_partition_table(n);
    std::vector<child_spec> children;
    for (std::size_t i = 0; i < n; ++i)
      children.push_back(detail::partition_child<detail::kept_t<F>, detail::kept_t<A>...>(table, i, f, args...));
    co_return co_await detail::quietly(start_partitions(std::move(options), std::move(table), std::move(children)));
  }
  template <class F, class... A>
    requires detail::partition_callable<F, A...>
  static task<outcome<partition_supervisor>> start_link(F f, A... args) {
    return start_link(partition_options{}, std::move(f), std::move(args)...);
  }

  // The supervisor; which_children and its like work with it, the ids are "0", "1", …
  pid process() const noexcept { return process_; }

  // The partition of a key, found when the message is sent. std::hash of the key modulo the number of partitions; for an integer
  // that is the integer. Elixir: {:via, PartitionSupervisor, {name, key}}
  template <class Key>
  destination at(const Key& key) const {
    if constexpr (std::convertible_to<const Key&, std::string_view>)
      return route(std::hash<std::string_view>()(key));
    else
      return route(std::hash<Key>()(key));
  }

  // How many keys are spread over now.
  std::size_t partitions() const noexcept;

  // Stops or starts partitions, the last ones; keys are spread over the rest. Zero, and more than there were at the start, throw
  // std::invalid_argument. why(): that of the partition that did not start; those before it run.
  // Elixir: PartitionSupervisor.resize!/2
  task<outcome<>> resize(std::size_t partitions) const;

 private:
  partition_supervisor(pid process, std::shared_ptr<detail::partition_table> table) noexcept
      : process_(process), table_(std::move(table)) {}
  static task<outcome<partition_supervisor>> start_partitions(partition_options options,
                                                              std::shared_ptr<detail::partition_table> table,
                                                              std::vector<child_spec> children);
  destination route(std::size_t hash) const;

  pid process_;
  std::shared_ptr<detail::partition_table> table_;
};

}  // namespace brood
