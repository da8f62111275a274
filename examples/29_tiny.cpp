// A supervised server that crashes on a bad request, is restarted, and a client that times out once, then gets its answer.
//
// Output:
// timeout
// 42
#include <brood/brood.hpp>
#include <iostream>
using namespace brood;
using namespace std::chrono_literals;
struct divide {
  int a, b;
  using reply = int;
};
process divider() {
  co_await serve([](divide d) -> task<int> {
    if (d.b == 0)
      throw std::invalid_argument("division by zero");
    co_await sleep(d.b > 9 ? 20ms : 0ms);  // hard ones take a while
    co_return d.a / d.b;
  });
}
int main() {
  return run([]() -> process {
    (void)co_await start_link([]() { return supervise(one_for_one, child("divider", divider).named("divider")); });
    (void)co_await try_call("divider", divide{1, 0});
    co_await sleep(10ms);
    std::cout << (co_await try_call("divider", divide{1, 10}, 5ms) ? "?" : "timeout") << "\n";
    std::cout << co_await call("divider", divide{84, 2}) << "\n";
  });
}
