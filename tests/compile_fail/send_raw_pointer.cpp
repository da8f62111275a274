// error: a raw pointer into another process is not safe
#include <brood/brood.hpp>

using namespace brood;

struct table {
  int rows;
};

#ifdef MISUSE
void give(pid to, table* t) { send(to, t); }
#else
void give(pid to, table* t) { send(to, *t); }
void give(pid to, int (*f)(int)) { send(to, f); }
void give(pid to, int table::* m) { send(to, m); }
#endif
