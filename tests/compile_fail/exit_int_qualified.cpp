// error: deleted
#include <brood/brood.hpp>

using namespace brood;

#ifdef MISUSE
void leave() { brood::exit(3); }
#else
void leave() { brood::exit(reason::normal); }
#endif
