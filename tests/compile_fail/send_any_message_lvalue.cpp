// error: std::move it
#include <brood/brood.hpp>

using namespace brood;

process pass_on(pid to) {
  any_message m = co_await receive<any_message>();
#ifdef MISUSE
  send(to, m);
#else
  send(to, std::move(m));
#endif
}
