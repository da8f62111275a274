// error: each element's process gets a copy of the function
#include <brood/brood.hpp>

#include <memory>
#include <vector>

using namespace brood;

#ifdef MISUSE
process all(std::vector<int> numbers) {
  co_await parallel_map(numbers, [factor = std::make_unique<int>(2)](int) {});
}
#else
process all(std::vector<int> numbers) {
  co_await parallel_map(numbers, [factor = std::make_shared<const int>(2)](int) {});
}
#endif
