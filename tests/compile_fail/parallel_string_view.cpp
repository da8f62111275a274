// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace brood;

#ifdef MISUSE
process all(std::vector<std::string_view> words) {
  co_await parallel_map(words, [](std::string_view) {});
}
#else
process all(std::vector<std::string> words) {
  co_await parallel_map(words, [](const std::string&) {});
}
#endif
