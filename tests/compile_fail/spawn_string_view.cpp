// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <string>
#include <string_view>

using namespace brood;

process greet(std::string who) {
  send(self(), who);
  co_return;
}

#ifdef MISUSE
pid start(std::string_view who) {
  return spawn([](std::string_view w) { return greet(std::string(w)); }, who);
}
#else
pid start(std::string_view who) { return spawn(greet, std::string(who)); }
pid start() { return spawn(greet, "a literal becomes a string"); }
#endif
