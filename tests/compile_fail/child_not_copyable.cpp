// error: a child's function and arguments are copied at every start
#include <brood/brood.hpp>

#include <memory>

using namespace brood;

#ifdef MISUSE
process store(std::unique_ptr<int> start) {
  co_await receive([&](int by) { *start += by; });
}
child_spec spec() { return child("store", store, std::make_unique<int>(1)); }
#else
process store(std::shared_ptr<const int> start) {
  co_await receive([&](int by) { (void)(*start + by); });
}
child_spec spec() { return child("store", store, std::make_shared<const int>(1)); }
#endif
