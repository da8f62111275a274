// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <string>
#include <string_view>

using namespace brood;

#ifdef MISUSE
using text = std::string_view;
#else
using text = std::string;
#endif

process greet(text name) {
  co_await receive([&](int) { (void)name; });
}

child_spec spec(const std::string& name) { return child("greet", greet, text(name)); }
