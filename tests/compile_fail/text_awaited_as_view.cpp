// error: texts arrive as std::string
// cases: 17
#include <brood/brood.hpp>

#include <string>
#include <string_view>
using namespace brood;
using namespace std::chrono_literals;

using greeting = protocol<const char*>;

#if MISUSE == 1
process misuse() {
  co_await receive([](std::string_view) {});
}
#elif MISUSE == 2
process misuse() {
  co_await receive([](const std::string_view&) {});
}
#elif MISUSE == 3
process misuse() {
  co_await receive([](const char*) {});
}
#elif MISUSE == 4
process misuse() {
  co_await receive([](char*) {});
}
#elif MISUSE == 5
process misuse() {
  co_await receive([](const char(&)[6]) {});
}
#elif MISUSE == 6
process misuse() { co_await receive<std::string_view>(); }
#elif MISUSE == 7
process misuse() { co_await receive<const char*>(); }
#elif MISUSE == 8
process misuse() { co_await receive<std::string_view>(within(1s)); }
#elif MISUSE == 9
process misuse() { co_await receive<int, const char*>(); }
#elif MISUSE == 10
process misuse() {
  co_await receive<std::string_view>([](std::string_view) { return true; });
}
#elif MISUSE == 11
process misuse() {
  co_await receive<std::string_view>([](std::string_view) { return true; }, within(1s));
}
#elif MISUSE == 12
process misuse() {
  co_await receive(when([](std::string_view) { return true; }, [](std::string_view) {}));
}
#elif MISUSE == 13
process misuse() {
  co_await serve([](std::string_view) {});
}
#elif MISUSE == 14
process misuse() { co_await receive<timer_fired<const char*>>(); }
#elif MISUSE == 15
process misuse() {
  co_await receive([](timer_fired<std::string_view>) {});
}
#elif MISUSE == 16
void misuse(address<greeting> to) { send(to, "hello"); }
#elif MISUSE == 17
process misuse() {
  co_await serve_as<greeting>([](const std::string&) {});
}
#else
process misuse() {
  co_await receive([](const std::string&) {});
}
#endif
