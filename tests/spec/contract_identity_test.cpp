// The contract, declaration by declaration: spawning, identity, sending, in every form the page shows, as users write it.
#include "spec.hpp"

#include <brood/fmt.hpp>

#include <fmt/format.h>

#include <compare>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <set>
#include <span>
#include <string_view>
#include <type_traits>
#include <unordered_set>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono;

namespace {

struct note {
  int n = 0;
};
struct heavy {
  std::unique_ptr<int> n;
};

process by_value(pid to, int n) {
  send(to, note{n});
  co_return;
}
process by_const_reference(const pid& to, const std::string& text) {
  co_await yield();
  send(to, note{static_cast<int>(text.size())});
}
task<int> as_task(pid to, int n) {
  co_await yield();
  send(to, note{n});
  co_return n;
}
task<> as_void_task(pid to, int n) {
  send(to, note{n});
  co_return;
}
int plain(pid to, int n) {
  send(to, note{n});
  return n;
}
struct counter {
  int base = 0;
  process body(pid to, int n) {
    co_await yield();
    send(to, note{base + n});
  }
  void once(pid to) { send(to, note{base}); }
};

task<int> next_note() { co_return (co_await receive<note>()).n; }

}  // namespace

TEST_CASE("contract: every callable that can be spawned, by each of the spawns") {
  spec::in_process([]() -> process {
    const pid me = self();
    pid p = spawn(by_value, me, 1);
    CHECK(p != me);
    int got = co_await next_note();
    CHECK(got == 1);
    spawn(by_const_reference, me, "four");
    got = co_await next_note();
    CHECK(got == 4);
    spawn_link(as_task, me, 2);
    got = co_await next_note();
    CHECK(got == 2);
    auto [process, monitor] = spawn_monitor(as_void_task, me, 3);
    got = co_await next_note();
    CHECK(got == 3);
    const down d = co_await receive<down>(monitor);
    CHECK(d.who == process);
    spawned s = spawn(spawn_options{.link = false, .monitor = true}, plain, me, 4);
    got = co_await next_note();
    CHECK(got == 4);
    CHECK(s.process);
    CHECK(s.monitor);
    spawn(&counter::body, counter{10}, me, 5);  // a member function
    got = co_await next_note();
    CHECK(got == 15);
    spawn(&counter::once, std::make_shared<counter>(counter{20}), me);
    got = co_await next_note();
    CHECK(got == 20);
    spawn([me, keep = std::make_unique<int>(6)] { send(me, note{*keep}); });  // a closure that only moves
    got = co_await next_note();
    CHECK(got == 6);
    spawn(
        [me](std::unique_ptr<int> n) -> brood::process {
          co_await yield();
          send(me, note{*n});
        },
        std::make_unique<int>(7));
    got = co_await next_note();
    CHECK(got == 7);
    int variable = 8;
    spawn(by_value, me, variable);  // lvalues are copied
    got = co_await next_note();
    CHECK(got == 8);
  });
}

TEST_CASE("contract: spawn_options and its defaults") {
  const spawn_options o{};
  CHECK_FALSE(o.link);
  CHECK_FALSE(o.monitor);
  CHECK(o.name.empty());
  CHECK(o.prio == priority::normal);
  CHECK(o.max_mailbox == unlimited);
  CHECK(o.on_overflow == overflow::kill_receiver);
  CHECK(o.label.empty());
  static_assert(std::is_same_v<std::size_t, std::remove_const_t<decltype(unlimited)>>);
  spec::in_process([]() -> process {
    const spawned all = spawn(spawn_options{.link = true,
                                            .monitor = true,
                                            .name = "contract all",
                                            .prio = priority::low,
                                            .max_mailbox = 3,
                                            .on_overflow = overflow::drop_oldest,
                                            .label = "the label"},
                              spec::idle);
    const auto info = co_await inspect(all.process);
    CHECK(info->name == "contract all");
    CHECK(info->prio == priority::low);
    CHECK(info->label == "the label");
    CHECK(info->links == std::vector<pid>{self()});
    spawn({.prio = priority::high}, [] {});  // the type may be left out
    for (const overflow policy : {overflow::kill_receiver, overflow::drop_newest, overflow::drop_oldest, overflow::report})
      spawn(spawn_options{.max_mailbox = 1, .on_overflow = policy}, [] {});
  });
}

TEST_CASE("contract: every destination of send, every kind of message") {
  spec::in_process([]() -> process {
    register_name("contract me", self());
    const std::string name = "contract me";
    const std::string_view view = name;
    send(self(), note{1});
    send("contract me", note{2});
    send(name, note{3});
    send(view, note{4});
    const ref through = alias();
    send(through, note{5});
    const monitor_ref watching = monitor(self(), {.alias = alias_until::unaliased});
    send(watching, note{6});
    note lvalue{7};
    const note constant{8};
    send(self(), lvalue);
    send(self(), constant);
    send(self(), std::move(lvalue));
    for (const int expected : {1, 2, 3, 4, 5, 6, 7, 8, 7}) {
      const int got = co_await next_note();
      CHECK(got == expected);
    }
    send(self(), heavy{std::make_unique<int>(9)});
    const heavy h = co_await receive<heavy>();
    CHECK(*h.n == 9);
    send(self(), "text");
    std::string text = co_await receive<std::string>();
    CHECK(text == "text");
    char array[] = "array";
    send(self(), array);
    text = co_await receive<std::string>();
    CHECK(text == "array");
    send(self(), &plain);
    const auto function = co_await receive<int (*)(pid, int)>();
    CHECK(function == &plain);
    send(self(), &counter::base);
    const auto member = co_await receive<int counter::*>();
    CHECK(member == &counter::base);
    send(self(), std::make_shared<const std::string>("shared"));
    const auto shared = co_await receive<std::shared_ptr<const std::string>>();
    CHECK(*shared == "shared");
    int mine = 0;
    send(self(), unsafe_share(&mine));
    const auto pointer = co_await receive<shared_unsafely<int>>();
    CHECK(pointer.get() == &mine);
    send(self(), std::vector<std::string>{"a", "b"});
    const auto list = co_await receive<std::vector<std::string>>();
    CHECK(list.size() == 2);
    send(pid{}, note{});  // nobody: dropped
    send(ref{}, note{});
    send(monitor_ref{}, note{});
    send(make_ref(), note{});  // no alias: dropped
    co_await send_wait(self(), note{10});
    const int waited = co_await next_note();
    CHECK(waited == 10);
    const auto none = co_await receive<any_message>(within(0s));
    CHECK_FALSE(none);
    unregister_name("contract me");
  });
}

template <class Id>
void is_a_regular_identity() {
  static_assert(std::regular<Id>);
  static_assert(std::three_way_comparable<Id>);
  static_assert(std::is_nothrow_copy_constructible_v<Id>);
  const Id nobody;
  CHECK_FALSE(nobody);
  CHECK(nobody == Id{});
  CHECK((nobody <=> Id{}) == std::strong_ordering::equal);
  CHECK(std::hash<Id>{}(nobody) == std::hash<Id>{}(Id{}));
  std::unordered_set<Id> hashed{nobody};
  std::set<Id> sorted{nobody};
  CHECK(hashed.size() + sorted.size() == 2);
  CHECK(fmt::format("{}", nobody) == spec::text_of(nobody));
}

TEST_CASE("contract: identities are regular values") {
  is_a_regular_identity<pid>();
  is_a_regular_identity<ref>();
  is_a_regular_identity<monitor_ref>();
  is_a_regular_identity<timer_ref>();
}

TEST_CASE("contract: what throws, throws what the page says") {
  static_assert(std::is_base_of_v<std::runtime_error, not_a_process>);
  static_assert(std::is_base_of_v<std::runtime_error, noproc_error>);
  static_assert(std::is_base_of_v<std::runtime_error, bad_name>);
  static_assert(std::is_base_of_v<std::runtime_error, too_many_processes>);
  static_assert(!std::is_base_of_v<std::exception, exiting>);
  CHECK_THROWS_AS(self(), not_a_process);
  CHECK_THROWS_AS(spawn([] {}), not_a_process);
  CHECK_THROWS_AS(trap_exits(), not_a_process);
  CHECK_THROWS_AS(link(pid{}), not_a_process);
  CHECK_THROWS_AS(monitor(pid{}), not_a_process);
  CHECK_THROWS_AS(alias(), not_a_process);
  CHECK_THROWS_AS(exit(reason::normal), not_a_process);
  CHECK_THROWS_AS(send("contract nobody", 1), bad_name);
}
