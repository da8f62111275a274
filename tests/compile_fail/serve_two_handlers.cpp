// error: two handlers of one serve take the same message
#include <brood/brood.hpp>

using namespace brood;
struct get {
  int key;
  using reply = int;
};

#ifdef MISUSE
process server() {
  co_await serve([](const get& m) { return m.key; }, [](request<get> r) { r.reply(1); });
}
#else
process server() {
  co_await serve(when([](const get& m) { return m.key > 3; }, [](const get& m) { return m.key; }),
                 [](request<get> r) { r.reply(1); });
}
#endif
