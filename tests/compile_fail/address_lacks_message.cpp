// error: the protocol of this address lacks this message
#include <brood/brood.hpp>

using namespace brood;
struct put {
  int key;
};
struct wipe {};
using store = protocol<put>;

#ifdef MISUSE
void clear(address<store> to) { send(to, wipe{}); }
#else
void clear(address<store> to) { send(to, put{1}); }
#endif
