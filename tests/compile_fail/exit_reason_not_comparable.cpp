// error: an exit reason must be copyable and comparable
#include <brood/brood.hpp>

using namespace brood;

#ifdef MISUSE
struct odd {
  int n;
};
void leave() { exit(exit_reason(odd{3})); }
#else
struct odd {
  int n;
  bool operator==(const odd&) const = default;
};
void leave() { exit(exit_reason(odd{3})); }
#endif
