// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <string>
#include <string_view>

using namespace brood;

#ifdef MISUSE
void give(pid to, std::string_view text) { send(to, text); }
#else
void give(pid to, std::string_view text) { send(to, std::string(text)); }
void give(pid to) { send(to, "a literal becomes a string"); }
#endif
