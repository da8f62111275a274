// error: needs an f that can be called with these arguments
#include <brood/brood.hpp>

#include <string>

using namespace brood;

process count(int, std::string) { co_return; }

#ifdef MISUSE
pid start() { return spawn(count, 3); }
#else
pid start() { return spawn(count, 3, "three"); }
#endif
