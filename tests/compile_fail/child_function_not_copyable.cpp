// error: a child's function and arguments are copied at every start
#include <brood/brood.hpp>

#include <memory>

using namespace brood;

#ifdef MISUSE
child_spec spec() {
  return child([held = std::make_unique<int>(1)] { (void)held; });
}
#else
child_spec spec() {
  return child([] { auto held = std::make_unique<int>(1); });
}
#endif
