// error: child(f, args...) need an f that can be called with these arguments
// g++: which_of_the_overloaded_functions_is_meant
// cases: 4
#include <brood/brood.hpp>

#include <string>
using namespace brood;
using namespace std::chrono_literals;

process g(int) { co_return; }
process g(const std::string&) { co_return; }
process f(int) { co_return; }

#if MISUSE == 1
auto misuse() { return child("a", g, 1); }
#elif MISUSE == 2
auto misuse() { return child(g, 1); }
#elif MISUSE == 3
auto misuse() { return child("a", f, "text"); }
#elif MISUSE == 4
auto misuse() { return child("a", 1); }
#else
auto use() { return child("a", f, 1); }
#endif
