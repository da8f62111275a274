// error: call waits for a reply, but this message names none
// cases: 8
#include <brood/brood.hpp>

using namespace brood;
using namespace std::chrono_literals;

struct put {
  int n;
};
using store = protocol<put>;

#if MISUSE == 1
process misuse() { co_await call(self(), put{1}); }
#elif MISUSE == 2
process misuse() { co_await call("store", put{1}, 1s); }
#elif MISUSE == 3
process misuse() { (void)co_await try_call(self(), put{1}); }
#elif MISUSE == 4
process misuse(address<store> to) { co_await call(to, put{1}); }
#elif MISUSE == 5
process misuse() {
  auto r = send_request(self(), put{1});
  (void)co_await r.await();
}
#elif MISUSE == 6
void misuse(runtime& rt, pid p) { (void)rt.call(p, put{1}); }
#elif MISUSE == 7
process misuse() { co_await call(self(), "text"); }
#elif MISUSE == 8
process misuse() {
  put p{1};
  co_await call(self(), p);
}
#else
process misuse() {
  send(self(), put{1});
  co_return;
}
#endif
