// error: expects a reply: use call
#include <brood/brood.hpp>

#include <chrono>
#include <string>

using namespace brood;

struct get {
  std::string key;
  using reply = std::string;
};
using namespace std::chrono_literals;

#ifdef MISUSE
void ask(pid to) { send_after(3s, to, get{"a"}); }
#else
void ask(pid to) { send_after(3s, to, std::string("a")); }
#endif
