// error: take request<M>, or let serve reply
#include <brood/brood.hpp>

using namespace brood;
struct get {
  int key;
  using reply = int;
};

#ifdef MISUSE
process server() {
  co_await receive([](get) {});
}
#else
process server() {
  co_await receive([](request<get> r) { r.reply(r->key); });
}
#endif
