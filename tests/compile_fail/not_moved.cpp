// error: std::move it
// cases: 43
#include <brood/brood.hpp>

#include <memory>
#include <utility>
#include <vector>
using namespace brood;
using namespace std::chrono_literals;

struct job {
  std::unique_ptr<int> data;
};
struct ask {
  std::unique_ptr<int> data;
  using reply = int;
};
struct fetch {
  using reply = std::unique_ptr<int>;
};
using worker = protocol<job, ask>;
void body(const job&) {}
int length(const job&) { return 1; }

#if MISUSE == 1
void misuse(pid p, job& j) { send(p, j); }
#elif MISUSE == 2
void misuse(pid p, const job& j) { send(p, std::move(j)); }
#elif MISUSE == 3
void misuse(job& j) { send("name", j); }
#elif MISUSE == 4
void misuse(ref r, job& j) { send(r, j); }
#elif MISUSE == 5
void misuse(pid p, std::unique_ptr<int>& u) { send(p, u); }
#elif MISUSE == 6
void misuse(pid p, job& j) { cast(p, j); }
#elif MISUSE == 7
void misuse(job& j) { cast("name", j); }
#elif MISUSE == 8
void misuse(address<worker> a, job& j) { send(a, j); }
#elif MISUSE == 9
void misuse(address<worker> a, job& j) { cast(a, j); }
#elif MISUSE == 10
task<> misuse(pid p, job& j) { co_await send_wait(p, j); }
#elif MISUSE == 11
task<int> misuse(pid p, ask& a) { co_return co_await call(p, a); }
#elif MISUSE == 12
task<int> misuse(ask& a) { co_return co_await call("name", a); }
#elif MISUSE == 13
task<> misuse(pid p, ask& a) { (void)co_await try_call(p, a); }
#elif MISUSE == 14
task<int> misuse(address<worker> w, ask& a) { co_return co_await call(w, a); }
#elif MISUSE == 15
void misuse(pid p, ask& a) { (void)send_request(p, a); }
#elif MISUSE == 16
void misuse(runtime& rt, pid p, job& j) { rt.send(p, j); }
#elif MISUSE == 17
void misuse(runtime& rt, pid p, ask& a) { (void)rt.call(p, a); }
#elif MISUSE == 18
void misuse(pid p, job& j) { send_after(1s, p, j); }
#elif MISUSE == 19
void misuse(pid p, job& j) { start_timer(1s, p, j); }
#elif MISUSE == 20
void misuse(pid p, job& j) { send_at(now(), p, j); }
#elif MISUSE == 21
void misuse(pid p, job& j) { start_timer_at(now(), p, j); }
#elif MISUSE == 22
void misuse(job& j) { spawn(body, j); }
#elif MISUSE == 23
void misuse(job& j) { spawn_link(body, j); }
#elif MISUSE == 24
void misuse(job& j) { spawn_monitor(body, j); }
#elif MISUSE == 25
void misuse(job& j) { spawn({.link = true}, body, j); }
#elif MISUSE == 26
void misuse(job& j) {
  auto f = [k = std::move(j)] {};
  spawn(f);
}
#elif MISUSE == 27
void misuse(runtime& rt, job& j) { rt.spawn(body, j); }
#elif MISUSE == 28
void misuse(job& j) { spawn_as<worker>(body, j); }
#elif MISUSE == 29
task<> misuse(job& j) { (void)co_await start_link(body, j); }
#elif MISUSE == 30
task<> misuse(job& j) { (void)co_await start(body, j); }
#elif MISUSE == 31
task<> misuse(job& j) { (void)co_await start_monitor({.name = "a"}, body, j); }
#elif MISUSE == 32
task<> misuse(job& j) { (void)co_await blocking(length, j); }
#elif MISUSE == 33
task<> misuse(job& j) {
  auto t = spawn_task(length, j);
  co_await t;
}
#elif MISUSE == 34
task<> misuse(work_pool p, job& j) { (void)co_await p.run(length, j); }
#elif MISUSE == 35
task<> misuse(work_pool p, job& j) { (void)co_await p.submit(length, j); }
#elif MISUSE == 36
task<> misuse(agent<int> a, job& j) {
  auto f = [k = std::move(j)](int& n) { n = *k.data; };
  co_await a.update(f);
}
#elif MISUSE == 37
task<> misuse(agent<int> a, job& j) {
  auto f = [k = std::move(j)](int n) { return n + *k.data; };
  (void)co_await a.get(f);
}
#elif MISUSE == 38
void misuse(agent<int> a, job& j) {
  auto f = [k = std::move(j)](int& n) { n = *k.data; };
  a.cast(f);
}
#elif MISUSE == 39
task<> misuse(job& j) { (void)co_await agent<job>::start_link(j); }
#elif MISUSE == 40
void misuse(job& j) { apply_after(1s, body, j); }
#elif MISUSE == 41
task<> misuse(std::vector<job>& all) { (void)co_await parallel_map(all, length); }
#elif MISUSE == 42
void misuse(request<fetch>& r, std::unique_ptr<int>& u) { r.reply(u); }
#elif MISUSE == 43
void misuse(pid p, std::vector<std::unique_ptr<int>>& all) { send(p, all); }
#else
void use(pid p, job& j) { send(p, std::move(j)); }
#endif
