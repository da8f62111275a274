// Waiting for many tasks at once, with one limit for all of them.
//
//     std::vector<task_handle<int>> parts;
//     for (const std::string& f : files) parts.push_back(spawn_task(count_words, f));
//     const std::vector<int> counts = co_await await_many(parts);
#pragma once

#include <brood/task_handle.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

struct yield_many_options {
  enum class late_fate { keep, kill, detach };

  std::size_t limit = unlimited;  // enough when so many have ended
  time_limit timeout = detail::task_patience;
  late_fate late = late_fate::keep;  // of those that have not when the time is over
};

namespace detail {

// Watches many ends at once; owner-only, in the frame that waits.
class many_ends {
 public:
  explicit many_ends(time_limit limit);
  many_ends(const many_ends&) = delete;
  void add(end_watch& w) { guards_.emplace_back(w, board_); }
  // The next one that ended; null: the limit came first.
  task<end_watch*> next();

 private:
  end_board board_;
  std::deque<board_guard> guards_;
  std::int64_t deadline_;  // of process_clock, in ns
};

template <class T>
void watch_all(many_ends& ends, const std::vector<task_handle<T>>& tasks, const char* call) {
  for (const task_handle<T>& t : tasks)
    ends.add(handle_access::checked(t, call));
}

}  // namespace detail

// The values of all, in the order of the handles. When one fails, the caller exits with its reason at once; after `limit`, with
// reason timeout; the handles not fetched stay as they are. Of void: nothing. Elixir: Task.await_many/2
template <class T>
auto await_many(std::vector<task_handle<T>>& tasks, time_limit limit = detail::task_patience)
    -> task<std::conditional_t<std::is_void_v<T>, void, std::vector<typename detail::task_state<T>::stored>>> {
  {
    detail::many_ends ends(limit);
    detail::watch_all(ends, tasks, "await_many");
    for (std::size_t left = tasks.size(); left > 0; --left) {
      auto* ended = static_cast<detail::task_state<T>*>(co_await detail::quietly(ends.next()));
      if (!ended)
        exit(reason::timeout);
      if (!ended->succeeded())
        exit(ended->why);
    }
  }
  if constexpr (std::is_void_v<T>) {
    for (task_handle<T>& t : tasks)
      detail::handle_access::spend(t);
  } else {
    std::vector<T> values;
    values.reserve(tasks.size());
    for (task_handle<T>& t : tasks)
      values.push_back(detail::handle_access::spend(t)->take());
    co_return values;
  }
}

// How each has ended, in the order of the handles; empty: not yet. Waits until all have, or `limit` of them, or for `timeout`; only
// in that last case `late` matters: kill and detach spend the late handles, too (a value that still came is given). The fates told
// are fetched: there is no second time. Elixir: Task.yield_many/2
template <class T>
task<std::vector<std::optional<outcome<T>>>> yield_many(std::vector<task_handle<T>>& tasks, yield_many_options options = {}) {
  using late_fate = yield_many_options::late_fate;
  bool late = false;
  {
    detail::many_ends ends(options.timeout);
    detail::watch_all(ends, tasks, "yield_many");
    for (std::size_t left = std::min(tasks.size(), options.limit); left > 0 && !late; --left)
      late = !co_await detail::quietly(ends.next());
  }
  std::vector<std::optional<outcome<T>>> fates(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (detail::handle_access::checked(tasks[i], "yield_many").ended) {
      fates[i] = detail::handle_access::spend(tasks[i])->take_outcome();
    } else if (late && options.late == late_fate::kill) {
      if (outcome<T> last_word = co_await detail::quietly(tasks[i].shutdown(std::chrono::seconds(0))))
        fates[i] = std::move(last_word);
    } else if (late && options.late == late_fate::detach) {
      std::move(tasks[i]).detach();
    }
  }
  co_return fates;
}

}  // namespace brood
