// error: an exit reason must be copyable and comparable
#include <brood/brood.hpp>

using namespace brood;

struct odd {
  int n;
};

#ifdef MISUSE
void leave() { exit(reason::shutdown_with(odd{3})); }
#else
void leave() { exit(reason::shutdown_with(odd{3}.n)); }
#endif
