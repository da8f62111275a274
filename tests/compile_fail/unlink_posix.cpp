// error: ambiguous
#include <brood/brood.hpp>

#include <unistd.h>

using namespace brood;

#ifdef MISUSE
void drop() { unlink("/tmp/file"); }
#else
void drop(pid p) {
  unlink(p);
  ::unlink("/tmp/file");
}
#endif
