// error: ambiguous
#include <brood/brood.hpp>

#include <cstdlib>

using namespace brood;

#ifdef MISUSE
void leave() { exit(3); }
#else
void leave() { exit(exit_reason(3)); }
#endif
