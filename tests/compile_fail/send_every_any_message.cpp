// error: send_every sends the message many times
#include <brood/brood.hpp>

#include <chrono>

using namespace brood;
using namespace std::chrono_literals;

process pass_on(pid to) {
  any_message m = co_await receive<any_message>();
#ifdef MISUSE
  send_every(1s, to, std::move(m));
#else
  send_after(1s, to, std::move(m));
#endif
}
