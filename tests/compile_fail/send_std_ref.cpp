// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <functional>

using namespace brood;

#ifdef MISUSE
void give(pid to, int& n) { send(to, std::ref(n)); }
#else
void give(pid to, int& n) { send(to, n); }
#endif
