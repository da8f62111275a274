// Every public header, every template: what a user's program makes of them must not warn.
#include "every_header.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace {

struct job {
  std::unique_ptr<int> data;
};
struct get {
  std::string key;
  using reply = int;
};
struct reset {
  using reply = void;
};
struct alignas(64) wide {
  double values[8] = {};
};
struct wide_question {
  using reply = wide;
};
struct bad_config {
  int line;
  bool operator==(const bad_config&) const = default;
};
using store = protocol<job, get>;
using readable = protocol<get>;

process no_arguments() { co_return; }
process one_argument(int) { co_return; }
task<int> gives_int(int n) { co_return n; }
task<> gives_nothing() { co_return; }
task<int&> gives_reference(int& n) { co_return n; }
int plain(int n) { return n; }

process receives() {
  int n = 0;
  co_await receive([&](int m) { n += m; }, [](const job&) {}, [](wide&&) {}, after(1s, [] {}));
  co_await receive([](job) {}, [](any_message m) { (void)m.get_if<int>(); }, after(1s));
  n += co_await receive(when([](const int& m) { return m > 1; }, [](int m) { return m; }), [](long) { return 2; });
  n += co_await receive([](int m) -> task<int> { co_return m; }, [](char) { return 3; }, after(infinity, [] { return 4; }));
  co_await receive([](int) -> task<> { co_return; }, [](request<get> r) { r.reply(1); });
  co_await receive([](request<reset> r) { r.reply(); });
  co_await receive(after(1s));
  n += co_await receive<int>();
  n += (co_await receive<int>(within(1s))).value_or(0);
  n += static_cast<int>((co_await receive<int, job, wide>()).index());
  n += static_cast<int>(co_await receive<int, long>(within(1s)) != std::nullopt);
  n += co_await receive<int>([](int m) { return m > 1; });
  n += (co_await receive<int>([&n](const int& m) { return m > n; }, within(1s))).value_or(1);
  (void)co_await receive<down>(monitor(self()));
  (void)co_await receive<down>(monitor("name", {.alias = alias_until::replied}), within(1s));
  (void)co_await receive<exited>(self());
  (void)co_await receive<exited>(self(), within(1s));
  (void)co_await receive<timer_fired<int>>();
  const any_message any = co_await receive<any_message>();
  if (any.get_if<get>())
    co_await yield();
  co_await sleep(1.5s);
  n += static_cast<int>(co_await flush());
  exit(exit_reason(n));
}

process sends(pid to, ref alias_of, monitor_ref watch, address<store> typed) {
  send(to, 1);
  send("name", "text");
  send(std::string_view("name"), job{});
  send(alias_of, wide{});
  send(watch, std::string("text"));
  send(typed, job{});
  send(to, unsafe_share(&to));
  const address<readable> narrow = typed;
  cast(to, 1);
  cast("name", job{});
  cast(typed, job{});
  co_await send_wait(to, job{});
  const timer_ref timer = send_after(1s, to, job{});
  start_timer(1s, "name", "text");
  start_timer_at(now() + 1s, to, job{});
  send_at(now(), to, 'c');
  send_every(1s, typed, 1.5);
  (void)cancel_timer(timer);
  int n = co_await call(to, get{"key"}) + co_await call("name", get{"key"}, 1s) + co_await call(narrow, get{});
  co_await call(to, reset{});
  n += (co_await try_call(to, get{})).value_or(1);
  n += (co_await try_call("name", get{})).value_or(1);
  n += (co_await try_call(typed, get{})).value_or(1);
  if (!co_await try_call(to, reset{}))
    ++n;
  reply_collection<int, std::string> replies;
  replies.add(send_request(to, get{}), "label");
  while (auto next = co_await replies.await_next(1s))
    n += next->reply.value_or(0);
  n += (co_await send_request(to, get{}).await()).value_or(0);
  n += (co_await send_request(to, get{}).within(1s))->value_or(0);
  exit(reason::shutdown_with(bad_config{n}));
}

process spawns() {
  const int k = 1;
  spawn(no_arguments);
  spawn(one_argument, k);
  spawn(gives_int, k);
  spawn([k](job) { (void)k; }, job{});
  spawn([](int, int, int, int, int, int, int, int, int) {}, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  spawn_link(&plain, 1);
  auto [who, watch] = spawn_monitor(one_argument, 1);
  (void)watch;
  spawn({.link = true, .name = "name"}, no_arguments);
  (void)spawn_as<store>(no_arguments);
  (void)spawn_link_as<store>(one_argument, 1);
  (void)co_await start(no_arguments);
  (void)co_await start_link({.name = "kv"}, one_argument, 1);
  (void)co_await start_monitor(gives_int, 1);
  apply_after(1s, plain, 1);
  apply_every(1min, no_arguments);
  int n = co_await blocking(plain, 1) + co_await blocking([](job) { return 1; }, job{});
  co_await blocking([] {});
  int kept = 1;
  n += co_await gives_reference(kept);
  co_await gives_nothing();
  auto parts = std::vector<task_handle<int>>();
  parts.push_back(spawn_task(gives_int, 1));
  parts.push_back(spawn_task_unlinked(plain, 1));
  n += (co_await await_many(parts)).front();
  n += static_cast<int>((co_await yield_many(parts)).size());
  auto nothing = spawn_task(gives_nothing);
  co_await nothing;
  n += static_cast<int>(co_await nothing.within(1s));
  auto value = spawn_task(plain, 2);
  n += co_await value.await(1s) + (co_await value.within(1s)).value_or(1) + (co_await value.shutdown()).value_or(1);
  std::move(value).detach();
  n += (co_await parallel_map(std::vector<int>{1}, plain)).front();
  n += static_cast<int>((co_await parallel_outcomes(std::vector<int>{1}, gives_int, {.ordered = false})).size());
  co_await parallel_map(std::vector<int>{1}, [](int) {});
  co_await parallel_each(std::vector<int>{1}, plain, [](int m) { return m > 1; });
  co_await parallel_each(std::vector<int>{1}, plain, [](int) -> task<bool> { co_return true; });
  co_await parallel_each(std::vector<int>{1}, [](int) {}, [] {});
  send(who, n);
}

process serves() {
  int n = 0;
  exit_reason why =
      co_await serve([&](int m) { n += m; }, [&](const get&) { return n; }, [](reset) {}, [](down) { return stop_serving; },
                     [](request<wide_question> r) -> task<> {
                       co_await sleep(1s);
                       r.reply(wide{});
                     },
                     [](exited) -> served<> { return keep_serving; },
                     when([](const job& j) { return j.data != nullptr; }, [](job) { return stop_serving(reason::shutdown); }),
                     [](any_message) {}, after(1s, [] { return stop_serving; }));
  (void)co_await serve([](get) -> task<served<get>> { co_return stop_serving(reason::normal).reply(1); });
  (void)co_await serve_as<store>([](const job&) {}, [](get m) -> served<get> { return static_cast<int>(m.key.size()); });
  exit(std::move(why));
}

process supervises() {
  co_await supervise(one_for_one, child("a", no_arguments), child("b", one_argument, 1).transient().shutdown(1s).named("b"));
  co_await supervise(supervisor_options{.strategy = dynamic}, child([](int) -> process { co_return; }, 1));
  auto parts = *co_await partition_supervisor::start_link({.partitions = 2}, one_argument, 1);
  auto numbered = *co_await partition_supervisor::start_link([](partition_info, int) -> process { co_return; }, 1);
  send_after(1s, parts.at("key"), 1);
  send_after(1s, numbered.at(7), 1);
  auto counter = *co_await agent<int>::start_link(0);
  auto named = *co_await agent<std::string>::start_link({.name = "named"}, "text");
  co_await counter.update([](int& n) { ++n; });
  int n = co_await counter.get([](const int& m) { return m; }) + co_await counter.get_and_update([](int& m) { return m++; });
  counter.cast([](int& m) { m = 0; });
  n += static_cast<int>((co_await named.get([](const std::string& s) { return s; })).size());
  auto pool = *co_await work_pool::start_link({.workers = 1});
  n += (co_await pool.run(plain, 1)).value_or(0);
  if (!co_await pool.run([](job) {}, job{}))
    ++n;
  (void)co_await pool.submit(gives_int, 1);
  (void)co_await pool.try_submit([n] { return n; });
  (void)co_await receive<job_done<int>>();
}

process looks_up() {
  const registry<std::string, int> names(key_kind::duplicate);
  if (!names.enroll("key", 1))
    names.withdraw("key");
  std::size_t n = names.withdraw_if("key", [](int v) { return v > 1; }) + names.lookup("key").size() +
                  names.values("key", self()).size() + names.keys_of(self()).size() + names.size() +
                  names.update("key", [](int& v) { ++v; }) + names.dispatch("key", [](pid, const int&) {});
  names.listen();
  n += (co_await receive<registry<std::string, int>::enrolled>()).key.size();
  names.unlisten();
  n += static_cast<std::size_t>(co_await names.lock("key", [] { return 1; }));
  co_await names.lock("key", []() -> task<> { co_return; });
  const registry<int> unique;
  send_after(1s, unique.at(1), 1);
  dictionary().put("key", n);
  if (const std::size_t* kept = dictionary().get_if<std::size_t>("key"))
    n += *kept;
  const exit_reason why(bad_config{1});
  if (why.get_if<bad_config>() && why != exit_reason("text"))
    fmt::print("{} {} {} {}\n", self(), make_ref(), why, n);
}

}  // namespace

int instantiate_all(runtime& rt);
int instantiate_all(runtime& rt) {
  const pid who = rt.spawn(one_argument, 1);
  rt.send(who, job{});
  rt.monitor(who, [](const down&) {});
  const int n = rt.call("name", get{}).value_or(0);
  simulate(no_arguments);
  simulate(7, one_argument, 1);
  (void)simulate(simulate_options{.seed = 1}, [](std::unique_ptr<int>) {}, std::make_unique<int>(1));
  for_each_seed(2, [](auto seed) { simulate(seed, no_arguments); });
  return run(receives) + run({.schedulers = 1}, sends, pid(), ref(), monitor_ref(), address<store>()) + run(spawns) + run(serves) +
         run(supervises) + run(looks_up) + n + static_cast<int>(std::hash<address<store>>()(address<store>(who)));
}
