// Talking to the pool of work_pool.hpp: submit a job, then get its outcome. A job is any callable that returns a value or a task of one.
#pragma once

#include "work_pool.hpp"

#include <concepts>
#include <functional>
#include <type_traits>

namespace bounded {

template <class T>
struct done {
  ref tag;
  T value;
};

template <class T>
struct awaited {
  using type = T;
};
template <class T>
struct awaited<task<T>> {
  using type = T;
};

template <class F, class... A>
process worker(pid client, ref tag, F f, A... arguments) {
  using result = std::invoke_result_t<F&, A&...>;
  using value = typename awaited<result>::type;
  if constexpr (std::same_as<result, value>)
    send(client, done<value>{tag, std::invoke(f, arguments...)});
  else
    send(client, done<value>{tag, co_await std::invoke(f, arguments...)});
  exit(exit_reason(delivered{}));
  co_return;
}

template <class F, class... A>
job make_job(bool patient, F f, A... arguments) {
  pid client = self();
  ref tag = make_ref();
  auto start = [client, tag, f, arguments...] { return spawn_link(worker<F, A...>, client, tag, f, arguments...); };
  return {client, tag, patient, start};
}

// Whether there is a place for it; ends the caller as the pool ended, if it has.
inline task<bool> place_for(pid pool, job j) {
  monitor_ref watch = monitor(pool);
  ref tag = j.tag;
  send(pool, std::move(j));
  bool has_place =
      co_await receive(when([tag](const verdict& v) { return v.tag == tag; }, [](verdict v) { return v.has_place; }),
                       when([watch](const down& d) { return d.monitor == watch; }, [](down d) -> bool { exit(d.why); }));
  demonitor(watch, {.flush = true});
  co_return has_place;
}

// Waits for a place. The result is the tag of the job's outcome.
template <class F, class... A>
task<ref> submit(pid pool, F f, A... arguments) {
  job j = make_job(true, std::move(f), std::move(arguments)...);
  ref tag = j.tag;
  co_await place_for(pool, std::move(j));
  co_return tag;
}

// Empty when there is no place.
template <class F, class... A>
task<std::optional<ref>> try_submit(pid pool, F f, A... arguments) {
  job j = make_job(false, std::move(f), std::move(arguments)...);
  ref tag = j.tag;
  if (co_await place_for(pool, std::move(j)))
    co_return tag;
  co_return std::nullopt;
}

// What became of a job: its value, or why there is none.
template <class T>
task<outcome<T>> outcome_of(pid pool, ref tag) {
  monitor_ref watch = monitor(pool);
  auto result = co_await receive(
      when([tag](const done<T>& d) { return d.tag == tag; }, [](done<T> d) { return outcome<T>(std::move(d.value)); }),
      when([tag](const failed& f) { return f.tag == tag; }, [](failed f) { return outcome<T>::failure(f.why); }),
      when([watch](const down& d) { return d.monitor == watch; }, [](down d) { return outcome<T>::failure(d.why); }));
  demonitor(watch, {.flush = true});
  co_return result;
}

// How busy it is and has been.
inline task<load> load_of(pid pool) {
  send(pool, ask_load{self()});
  co_return co_await receive<load>();
}

}  // namespace bounded
