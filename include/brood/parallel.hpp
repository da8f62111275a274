// A function over a range, each element in a process of its own, so many at a time.
//
//     const std::vector<int> counts = co_await parallel_map(files, count_words, {.max_concurrency = 8});
//
// The range is taken by value, or as a view; elements are read one by one as places become free, so it may be endless. f and the
// element are moved into the process; f may be a function or a coroutine returning task<R>. Nothing is left behind, however it
// ends (also when the caller is killed): no process, link, monitor or message. Elixir: Task.async_stream/3
#pragma once

#include <brood/detail/parallel_run.hpp>
#include <brood/detail/refused.hpp>
#include <brood/outcome.hpp>
#include <brood/task.hpp>

#include <optional>
#include <ranges>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

// The results, in the order of the elements (unless ordered is false: then as they come). The first failure, or an element that
// takes longer than `timeout`: the rest is killed and the caller exits, catchably, with its reason. R void: nothing.
template <class Range, class F>
  requires std::ranges::input_range<detail::kept_range_t<Range>>
BROOD_LINT_KEEPS auto parallel_map(Range&& range, F&& f, parallel_options options = {},
                                   std::source_location at = std::source_location::current()) {
  if constexpr (detail::check_parallel<Range, F>()) {
    using R = detail::element_result_t<Range, F>;
    return detail::map_in_parallel<R>(detail::keep_range(std::forward<Range>(range)), std::decay_t<F>(std::forward<F>(f)), options,
                                      at);
  } else {
    return detail::refused<task<>>();
  }
}

// Every element's fate: its result, or why there is none; one that takes longer than `timeout` is killed and has reason timeout.
template <class Range, class F>
  requires std::ranges::input_range<detail::kept_range_t<Range>>
BROOD_LINT_KEEPS auto parallel_outcomes(Range&& range, F&& f, parallel_options options = {},
                                        std::source_location at = std::source_location::current()) {
  if constexpr (detail::check_parallel<Range, F>()) {
    using R = detail::element_result_t<Range, F>;
    return detail::outcomes_in_parallel<R>(detail::keep_range(std::forward<Range>(range)), std::decay_t<F>(std::forward<F>(f)),
                                           options, at);
  } else {
    return detail::refused<task<>>();
  }
}

// consume(R) (R void: consume()) in the caller, for each result as it comes, in the order of the elements or not; a function, or a
// coroutine returning task. When it returns false that was enough: the rest is killed. Failures and timeouts as in parallel_map.
template <class Range, class F, class Consume>
  requires std::ranges::input_range<detail::kept_range_t<Range>>
BROOD_LINT_KEEPS task<> parallel_each(Range&& range, F&& f, Consume consume, parallel_options options = {},
                                      std::source_location at = std::source_location::current()) {
  if constexpr (detail::check_parallel<Range, F>()) {
    using R = detail::element_result_t<Range, F>;
    return detail::each_in_parallel<R>(detail::keep_range(std::forward<Range>(range)), std::decay_t<F>(std::forward<F>(f)),
                                       std::move(consume), options, at);
  } else {
    return detail::refused<task<>>();
  }
}

BROOD_WHICH_FUNCTION(parallel_map)
BROOD_WHICH_FUNCTION(parallel_outcomes)
BROOD_WHICH_FUNCTION(parallel_each)

}  // namespace brood
