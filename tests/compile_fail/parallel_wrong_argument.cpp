// error: the function of a parallel run must be callable with an element of the range
#include <brood/brood.hpp>

#include <string>
#include <vector>

using namespace brood;

#ifdef MISUSE
process all(std::vector<int> numbers) {
  co_await parallel_map(numbers, [](const std::string&) {});
}
#else
process all(std::vector<int> numbers) {
  co_await parallel_map(numbers, [](long) {});
}
#endif
