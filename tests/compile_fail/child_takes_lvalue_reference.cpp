// error: a parameter of type T& would refer to nobody's variable
#include <brood/brood.hpp>

#include <string>

using namespace brood;

#ifdef MISUSE
process greet(std::string& name) {
#else
process greet(std::string name) {
#endif
  co_await receive([&](std::string other) { name = other; });
}

child_spec spec() { return child("greet", greet, std::string("x")); }
