// error: return_served_to_reply_or_stop
#include <brood/brood.hpp>

using namespace brood;
struct get {
  int key;
  using reply = int;
};

#ifdef MISUSE
process server() {
  co_await serve([](get m) {
    if (m.key == 0)
      return stop_serving;
    return m.key;
  });
}
#else
process server() {
  co_await serve([](get m) -> served<get> {
    if (m.key == 0)
      return stop_serving;
    return m.key;
  });
}
#endif
