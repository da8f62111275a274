// error: a message or argument must be movable
#include <brood/brood.hpp>

#include <memory>

using namespace brood;

struct pinned {
  int n = 0;
  pinned() = default;
  pinned(pinned&&) = delete;
};

#ifdef MISUSE
void give(pid to) { send(to, pinned{}); }
#else
void give(pid to) { send(to, std::make_unique<pinned>()); }
#endif
