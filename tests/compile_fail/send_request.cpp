// error: expects a reply: use call
#include <brood/brood.hpp>

#include <string>

using namespace brood;

struct get {
  std::string key;
  using reply = std::string;
};

#ifdef MISUSE
void ask(pid to) { send(to, get{"a"}); }
#else
struct looked_up {
  std::string value;
};
void ask(pid to) { send(to, looked_up{"a"}); }
#endif
