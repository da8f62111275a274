// error: a raw pointer into another process is not safe
#include <brood/brood.hpp>

#include <memory>

using namespace brood;

struct table {
  int rows;
};

#ifdef MISUSE
pid start(table* t) {
  return spawn([](table*) {}, t);
}
#else
pid start(std::shared_ptr<const table> t) {
  return spawn([](std::shared_ptr<const table>) {}, t);
}
pid start(table* t) {
  return spawn([](auto) {}, unsafe_share(t));
}
#endif
