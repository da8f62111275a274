// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <span>
#include <vector>

using namespace brood;

#ifdef MISUSE
void give(pid to, std::span<const int> numbers) { send(to, numbers); }
#else
void give(pid to, std::span<const int> numbers) { send(to, std::vector<int>(numbers.begin(), numbers.end())); }
#endif
