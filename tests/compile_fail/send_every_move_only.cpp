// error: sends the message many times: it must be copyable
#include <brood/brood.hpp>

#include <chrono>
#include <memory>

using namespace brood;

using namespace std::chrono_literals;

#ifdef MISUSE
void tick(pid to) { send_every(3s, to, std::make_unique<int>(1)); }
#else
void tick(pid to) { send_every(3s, to, std::make_shared<const int>(1)); }
#endif
