// A value of the user's goes through every door that the library has: for types that are hard to handle.
#pragma once

#include "spec.hpp"

namespace spec {

// T: made from an int, which is its n; copyable, with <=>.
template <class T>
struct doors {
  struct ask {
    T v;
    using reply = T;
  };
  struct ask_later {
    T v;
    using reply = T;
  };
  struct note {
    T v;
  };

  static task<T> returned(int n) { co_return T(n); }
  static task<T> returned_later(T v) {
    const T kept = v;
    co_await sleep(1ms);
    co_return kept;
  }
  static task<T> nested(T v) {
    T inner = co_await returned_later(std::move(v));
    co_return T(inner.n + 1);
  }
  static task<T> fails(T v) {
    co_await yield();
    if (v.n >= 0)
      throw std::runtime_error("no value");
    co_return v;
  }

  static process sends_back(pid to, T v) {
    T local = std::move(v);
    co_await sleep(1ms);
    send(to, std::move(local));
  }
  static process holds_until_killed(T v) {
    const T local = v;
    T never = co_await returned_after(infinity, local);
    CHECK(never.n == 0);
  }
  static task<T> returned_after(time_limit limit, T v) {
    co_await sleep(limit);
    co_return v;
  }

  static process serves() {
    std::vector<request<ask_later>> held;
    co_await serve([](ask m) { return T(m.v.n + 1); },
                   [&](request<ask_later> r) {
                     const int n = r->v.n;
                     r.reply(T(n + 1));
                   },
                   [](note m) {
                     if (m.v.n == 9)
                       exit(exit_reason(T(9)));
                   });
  }

  static process tasks() {
    T a = co_await returned(1);
    T b = co_await returned_later(T(2));
    T c = co_await nested(T(3));
    CHECK(a.n == 1);
    CHECK(b.n == 2);
    CHECK(c.n == 4);
    bool thrown = false;
    try {
      T none = co_await fails(T(5));
      CHECK(none.n == 5);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    CHECK(thrown);
    auto handle = spawn_task([](T v) -> task<T> { co_return T(v.n + 1); }, T(6));
    T d = co_await handle;
    CHECK(d.n == 7);
    std::vector<task_handle<T>> many;
    for (int i = 0; i < 3; ++i)
      many.push_back(spawn_task([](T v) { return v; }, T(i)));
    std::vector<T> all = co_await await_many(many);
    CHECK(all.at(2).n == 2);
  }

  static process messages() {
    const auto is = [](int n) { return [n](const T& v) { return v.n == n; }; };
    send(self(), T(1));
    T a = co_await receive<T>();
    CHECK(a.n == 1);
    send(self(), T(2));
    send(self(), T(3));
    T b = co_await receive<T>(is(3));
    CHECK(b.n == 3);
    int seen = co_await receive([](T v) { return v.n; });
    CHECK(seen == 2);
    send(self(), T(4));
    seen = co_await receive([](const T& v) { return v.n; });
    CHECK(seen == 4);
    send(self(), T(5));
    seen = co_await receive([](T&& v) { return T(std::move(v)).n; });
    CHECK(seen == 5);
    send(self(), T(6));
    seen = co_await receive(when(is(7), [](T) { return -1; }), when(is(6), [](T v) -> task<int> {
                              co_await yield();
                              co_return v.n;
                            }));
    CHECK(seen == 6);
    const T seven(7);
    send(self(), seven);
    any_message any = co_await receive<any_message>();
    REQUIRE(any.get_if<T>() != nullptr);
    CHECK(any.get_if<T>()->n == 7);
    CHECK_FALSE(any.text().empty());
    send(self(), T(8));
    auto either = co_await receive<int, T>(within(1s));
    REQUIRE(either.has_value());
    CHECK(std::get<T>(*either).n == 8);
    send(self(), note{T(10)});
    note ten = co_await receive<note>();
    CHECK(ten.v.n == 10);
    send_after(1ms, self(), T(11));
    T late = co_await receive<T>();
    CHECK(late.n == 11);
    start_timer(1ms, self(), T(12));
    timer_fired<T> fired = co_await receive<timer_fired<T>>();
    CHECK(fired.message.n == 12);
    const timer_ref beat = send_every(1ms, self(), T(13));
    T first = co_await receive<T>();
    T second = co_await receive<T>();
    cancel_timer(beat);
    CHECK(first.n + second.n == 26);
    co_await send_wait(self(), T(14));
    T waited = co_await receive<T>(is(14));
    CHECK(waited.n == 14);
    send(self(), T(15));  // unread: destroyed with the process
  }

  static process spawns() {
    spawn(sends_back, self(), T(1));
    T a = co_await receive<T>();
    CHECK(a.n == 1);
    spawn([v = T(2), to = self()] { send(to, v); });
    T b = co_await receive<T>();
    CHECK(b.n == 2);
    spawn([v = T(3), to = self()]() -> process {
      co_await sleep(1ms);
      send(to, v);
    });
    T c = co_await receive<T>();
    CHECK(c.n == 3);
    spawn([to = self()](const T& v) { send(to, T(v.n)); }, T(4));
    T d = co_await receive<T>();
    CHECK(d.n == 4);
    apply_after(1ms, [to = self()](T v) { send(to, v); }, T(5));
    T e = co_await receive<T>();
    CHECK(e.n == 5);
    auto [held, watch] = spawn_monitor(holds_until_killed, T(6));
    co_await until_waiting(held);
    exit(held, reason::kill);
    exit_reason why = co_await end_of(watch);
    CHECK(why == reason::killed);
    T f = co_await blocking([](T v) { return T(v.n + 1); }, T(6));
    CHECK(f.n == 7);
  }

  static process reasons() {
    auto [p, watch] = spawn_monitor([] { exit(exit_reason(T(1))); });
    exit_reason why = co_await end_of(watch);
    REQUIRE(why.get_if<T>() != nullptr);
    CHECK(why.get_if<T>()->n == 1);
    CHECK(why == exit_reason(T(1)));
    CHECK(why != exit_reason(T(2)));
    const exit_reason orderly = reason::shutdown_with(T(3));
    CHECK(orderly.get_if<T>()->n == 3);
    if constexpr (alignof(T) <= alignof(std::max_align_t)) {  // C++ has no place for others that are thrown
      auto [q, end] = spawn_monitor([]() -> process {
        co_await yield();
        throw T(4);
      });
      exit_reason error = co_await end_of(end);
      int caught = 0;
      try {
        std::rethrow_exception(error.exception());
      } catch (const T& v) {
        caught = v.n;
      }
      CHECK(caught == 4);
    }
  }

  static process calls() {
    const auto [server, watch] = spawn_monitor(serves);
    T a = co_await call(server, ask{T(1)});
    CHECK(a.n == 2);
    outcome<T> b = co_await try_call(server, ask_later{T(2)});
    REQUIRE(b);
    CHECK((*b).n == 3);
    CHECK(b->n == 3);
    auto reply = send_request(server, ask{T(3)});
    outcome<T> c = co_await reply.await();
    CHECK(c.value_or(T(0)).n == 4);
    cast(server, note{T(9)});
    exit_reason why = co_await end_of(watch);
    REQUIRE(why.get_if<T>() != nullptr);
    CHECK(why.get_if<T>()->n == 9);
  }

  static process keeps() {
    dictionary().put("a", T(1));
    REQUIRE(dictionary().template get_if<T>("a") != nullptr);
    CHECK(dictionary().template get_if<T>("a")->n == 1);
    CHECK(dictionary().keys(T(1)).size() == 1);

    const agent<T> box = *co_await agent<T>::start_link(T(2));
    co_await box.update([](T& v) { v = T(v.n + 1); });
    T got = co_await box.get([](const T& v) { return v; });
    CHECK(got.n == 3);

    registry<T, T> names;
    CHECK(names.enroll(T(4), T(5)));
    CHECK(names.find(T(4)) == self());
    CHECK(names.lookup(T(4)).at(0).second.n == 5);

    std::vector<T> doubled = co_await parallel_map(std::vector<T>{T(1), T(2)}, [](const T& v) { return T(2 * v.n); });
    CHECK(doubled.at(1).n == 4);

    const work_pool pool = *co_await work_pool::start_link();
    outcome<T> done = co_await pool.run([](T v) { return T(v.n + 1); }, T(6));
    REQUIRE(done);
    CHECK((*done).n == 7);
  }

  static process supervised() {
    outcome<pid> sup = co_await start_link(
        [](T v, pid to) -> process {
          co_await supervise(one_for_one, child(
                                              "a",
                                              [](const T& w, pid p) -> process {
                                                send(p, T(w.n + 1));
                                                co_await receive<int>();
                                              },
                                              v, to));
        },
        T(1), self());
    REQUIRE(sup);
    T started = co_await receive<T>();
    CHECK(started.n == 2);
    outcome<pid> own = co_await start_link([](T v) -> process { co_await serve([v](ask m) { return T(m.v.n + v.n); }); }, T(5));
    REQUIRE(own);
    T sum = co_await call(*own, ask{T(1)});
    CHECK(sum.n == 6);
  }

  static void all() {
    collected_reports reports;
    for (process (*const door)() : {&tasks, &messages, &spawns, &reasons, &calls, &keeps, &supervised}) {
      in_run(door);
      in_simulation(3, door);
    }
  }
};

}  // namespace spec
