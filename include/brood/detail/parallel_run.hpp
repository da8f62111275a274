// The common part of parallel_map, parallel_outcomes and parallel_each.
#pragma once

#include <brood/detail/task_state.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <map>
#include <optional>
#include <ranges>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

struct parallel_options {
  std::size_t max_concurrency = 0;  // 0: number of schedulers
  bool ordered = true;
  time_limit timeout = std::chrono::seconds(5);  // of one element, from its start
};

namespace detail {

// The processes at work, as their owner sees them. Lives in the owner's frame; destroyed, it kills whoever still runs.
class parallel_crew {
 public:
  explicit parallel_crew(const parallel_options& options);
  parallel_crew(const parallel_crew&) = delete;
  ~parallel_crew();

  bool full() const noexcept { return running_.size() + late_.size() >= most_; }
  bool empty() const noexcept { return running_.empty() && late_.empty(); }
  // Indices must grow.
  void add(counted<end_watch> w, std::size_t index);
  // The next one that ended. One that took too long is killed first, and its reason is timeout.
  task<counted<end_watch>> next();
  // Kills the rest and returns when they are dead.
  task<> end();

 private:
  struct worker {
    counted<end_watch> watch;
    std::int64_t deadline;
  };
  void kill_late();

  const std::size_t most_;
  const time_limit timeout_;
  end_board board_;
  std::map<std::size_t, worker> running_;  // by index: the first is the oldest
  std::map<std::size_t, worker> late_;     // killed, not yet dead
};

// ---- ranges and their elements

// What is kept of the range: views as they are, arrays as vectors, containers by value.
template <class Range>
struct kept_range {
  using type = std::remove_cvref_t<Range>;
};
template <class T, std::size_t N>
struct kept_range<T (&)[N]> {
  using type = std::vector<std::remove_const_t<T>>;
};
template <class Range>
using kept_range_t = typename kept_range<Range>::type;

template <class Range>
kept_range_t<Range> keep_range(Range&& range) {
  if constexpr (std::is_array_v<std::remove_reference_t<Range>>)
    return kept_range_t<Range>(std::begin(range), std::end(range));
  else
    return std::forward<Range>(range);
}

// The next element, by value: proxies are resolved. A container is ours, so its elements are moved out; what a view shows is
// somebody else's.
template <class Range>
std::ranges::range_value_t<Range> element_of(std::ranges::iterator_t<Range>& at) {
  if constexpr (std::ranges::view<Range>)
    return std::ranges::range_value_t<Range>(*at);
  else
    return std::ranges::range_value_t<Range>(std::ranges::iter_move(at));
}

// Range and F as they were given.
template <class Range>
using element_t = std::ranges::range_value_t<kept_range_t<Range>>;
template <class Range, class F>
constexpr bool check_parallel() {
  using G = kept_t<F>;
  constexpr bool kept = can_keep<kept_range_t<Range>, Range> || std::is_array_v<std::remove_reference_t<Range>>;
  constexpr bool copies = std::copy_constructible<G>;
  constexpr bool calls = std::invocable<G, kept_t<element_t<Range>>>;
  static_assert(kept, "brood: std::move it: this range can't be copied");
  static_assert(copies,
                "brood: each element's process gets a copy of the function: it must be copyable (hold what can't be copied in a "
                "std::shared_ptr<const T>)");
  static_assert(calls, "brood: the function of a parallel run must be callable with an element of the range");
  if constexpr (kept && copies && calls)
    return check_all_kept<F, element_t<Range>>();
  else
    return false;
}
template <class Range, class F>
using element_result_t = body_result_t<F, element_t<Range>>;

// ---- the run

// Results in the order of their elements: holds back what came too early.
template <class R>
class in_order {
 public:
  explicit in_order(bool ordered) noexcept : ordered_(ordered) {}
  void add(std::size_t index, outcome<R> o) { waiting_.emplace(ordered_ ? index : next_ + waiting_.size(), std::move(o)); }
  std::optional<outcome<R>> take() {
    const auto first = waiting_.begin();
    if (first == waiting_.end() || first->first != next_)
      return std::nullopt;
    std::optional<outcome<R>> o(std::move(first->second));
    waiting_.erase(first);
    ++next_;
    return o;
  }

 private:
  const bool ordered_;
  std::size_t next_ = 0;
  std::map<std::size_t, outcome<R>> waiting_;
};

enum class on_failure : bool { tell, exit };

// deliver(outcome<R>) for each element: bool or task<bool>, false for enough.
template <class R, class Range, class F, class Deliver>
task<> run_in_parallel(Range range, F f, parallel_options options, std::source_location at, on_failure failures, Deliver deliver) {
  parallel_crew crew(options);
  in_order<R> results(options.ordered);
  std::exception_ptr failure;
  try {
    auto next = std::ranges::begin(range);
    bool go_on = true;
    for (std::size_t index = 0; go_on;) {
      for (; !crew.full() && next != std::ranges::end(range); ++next, ++index)
        crew.add(start_task(false, at, "parallel_map", F(f), element_of<Range>(next)), index);
      if (crew.empty())
        break;
      const counted<end_watch> ended = co_await quietly(crew.next());
      outcome<R> fate = static_cast<task_state<R>&>(*ended).take_outcome();
      if (!fate && failures == on_failure::exit)
        exit(fate.why());
      results.add(ended->index, std::move(fate));
      while (go_on) {
        std::optional<outcome<R>> o = results.take();
        if (!o)
          break;
        if constexpr (is_task<std::invoke_result_t<Deliver&, outcome<R>>>)
          go_on = co_await quietly(deliver(*std::move(o)));
        else
          go_on = deliver(*std::move(o));
      }
    }
  } catch (...) {
    failure = std::current_exception();
  }
  co_await quietly(crew.end());
  if (failure)
    std::rethrow_exception(failure);
}

template <class R, class Range, class F>
auto map_in_parallel(Range range, F f, parallel_options options, std::source_location at)
    -> task<std::conditional_t<std::is_void_v<R>, void, std::vector<typename task_state<R>::stored>>> {
  if constexpr (std::is_void_v<R>) {
    co_await quietly(
        run_in_parallel<R>(std::move(range), std::move(f), options, at, on_failure::exit, [](outcome<R>) { return true; }));
  } else {
    std::vector<R> values;
    auto keep = [&values](outcome<R> o) {
      values.push_back(*std::move(o));
      return true;
    };
    co_await quietly(run_in_parallel<R>(std::move(range), std::move(f), options, at, on_failure::exit, keep));
    co_return values;
  }
}

template <class R, class Range, class F>
task<std::vector<outcome<R>>> outcomes_in_parallel(Range range, F f, parallel_options options, std::source_location at) {
  std::vector<outcome<R>> fates;
  auto keep = [&fates](outcome<R> o) {
    fates.push_back(std::move(o));
    return true;
  };
  co_await quietly(run_in_parallel<R>(std::move(range), std::move(f), options, at, on_failure::tell, keep));
  co_return fates;
}

// What consume returned, as "go on?".
template <class Consumed>
task<bool> wants_more(Consumed consumed) {
  if constexpr (std::is_same_v<Consumed, task<>>) {
    co_await quietly(consumed);
    co_return true;
  } else {
    co_return static_cast<bool>(co_await quietly(consumed));
  }
}

template <class R, class Consume>
auto give_to(Consume& consume, outcome<R> o) {
  auto call = [&]() -> decltype(auto) {
    if constexpr (std::is_void_v<R>)
      return consume();
    else
      return consume(*std::move(o));
  };
  using raw = decltype(call());
  if constexpr (is_task<raw>)
    return wants_more(call());
  else if constexpr (std::is_void_v<raw>)
    return call(), true;
  else
    return static_cast<bool>(call());
}

template <class R, class Range, class F, class Consume>
task<> each_in_parallel(Range range, F f, Consume consume, parallel_options options, std::source_location at) {
  co_await quietly(run_in_parallel<R>(std::move(range), std::move(f), options, at, on_failure::exit,
                                      [&consume](outcome<R> o) { return give_to<R>(consume, std::move(o)); }));
}

}  // namespace detail

}  // namespace brood
