// error: a parameter of type T& would refer to nobody's variable
#include <brood/brood.hpp>

using namespace brood;

#ifdef MISUSE
process count(int& n) {
  ++n;
  co_return;
}
pid start() { return spawn(count, 3); }
#else
process count(const int& n) {
  send(self(), n);
  co_return;
}
pid start() { return spawn(count, 3); }
#endif
