// One type, one identity: whatever one object of the program makes, every other recognises; linked or loaded, with hidden symbols.
#include "side.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace {

int failures = 0;

void check(bool holds, const side& from, const side& to, const char* what) {
  if (holds)
    return;
  ++failures;
  std::fprintf(stderr, "from %s to %s: %s\n", from.name, to.name, what);
}

#define CHECK_PASSES(...) check((__VA_ARGS__), from, to, #__VA_ARGS__)

task<> messages(const side& from, const side& to) {
  from.send_parcel(self(), 3);
  CHECK_PASSES(co_await to.receive_parcel() == 3);
  from.send_parcel(self(), 4);
  CHECK_PASSES(co_await to.react_to_parcel() == 4);
  co_await receive([](any_message) {}, after(0s));

  from.send_parcel(self(), 5);
  const any_message parcel_like = co_await receive<any_message>();
  CHECK_PASSES(to.look_into(parcel_like) == 5);

  from.send_secret(self());
  CHECK_PASSES(co_await to.receive_secret() == (&from == &to));
  co_await receive([](any_message) {}, after(0s));
}

// Where many others are unread, the mark that says of which types they are not must know them, too.
task<> among_many(const side& from, const side& to) {
  for (int i = 0; i < 1000; ++i)
    send(self(), i);
  from.send_parcel(self(), 6);
  CHECK_PASSES(co_await to.receive_parcel() == 6);
  from.send_parcel(self(), 7);
  CHECK_PASSES(co_await to.receive_parcel() == 7);
  for (int i = 0; i < 1000; ++i)
    co_await receive<int>();
}

task<> calls(const side& from, const side& to) {
  const pid scale = spawn(to.scale);
  from.send_parcel(scale, 10);
  CHECK_PASSES(co_await from.ask(scale, 1) == 11);
  CHECK_PASSES(co_await from.ask_later(scale, 2) == 12);
  check(bool(co_await stop_server(scale)), from, to, "the scale stops");
}

task<> ends(const side& from, const side& to) {
  const exit_reason why = co_await to.watch(spawn_monitor(from.dies_damaged, 8));
  CHECK_PASSES(to.find(why) == 8);
  CHECK_PASSES(to.find(from.reason(9)) == 9);
  CHECK_PASSES(to.reason(9) == from.reason(9));
  CHECK_PASSES(to.is_spilled((co_await to.watch(spawn_monitor(from.dies_spilled))).exception()));
  CHECK_PASSES(co_await to.catches(from.throws_spilled));
  from.put(2);
  CHECK_PASSES(to.get() == 2);
  dictionary().erase("parcel");  // or it would outlive its library
}

task<> everything(const side& from, const side& to) {
  co_await messages(from, to);
  co_await among_many(from, to);
  co_await calls(from, to);
  co_await ends(from, to);
}

// Parcels go round between the program and the linked library until it is told to stop.
process traffic(pid parent) {
  const side& a = *own_side();
  const side& b = *linked_side();
  const pid relay = spawn_link(b.relay);
  send(relay, self());
  int rounds = 0;
  for (; !(co_await receive<std::string>(within(0s))); ++rounds) {
    a.send_parcel(relay, 1);
    check(co_await a.receive_parcel() == 1, a, b, "a parcel goes round while another library is loaded");
  }
  exit(relay, reason::kill);
  send(parent, rounds);
}

std::shared_ptr<const side> load(int flags) {
  void* const library = dlopen(LOADED, RTLD_NOW | flags);
  if (!library)
    throw std::runtime_error(dlerror());
  const auto give = reinterpret_cast<const side* (*)()>(dlsym(library, "loaded_side"));
  return {give(), [library](const side*) { dlclose(library); }};
}

process all(int flags) {
  std::vector<pid> others;
  for (int i = 0; i < 4; ++i)
    others.push_back(spawn(traffic, self()));
  const std::shared_ptr<const side> loaded = co_await blocking(load, flags);
  const side* const sides[] = {own_side(), linked_side(), loaded.get()};
  for (const side* from : sides)
    for (const side* to : sides)
      co_await everything(*from, *to);
  for (const pid other : others)
    send(other, std::string("stop"));
  for (std::size_t i = 0; i < others.size(); ++i)
    check(co_await receive<int>() > 0, *sides[0], *sides[1], "rounds");
}

}  // namespace

int main() {
  set_report_sink([](const crash_report&) {});  // those who are to die die
  for (const int flags : {RTLD_LOCAL, RTLD_GLOBAL})
    if (const int status = run(all, flags))
      return status;
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
