// What a guard may call. It runs between two states of its process: while the mailbox is looked through, in the process's turn or when
// a message arrives. Every call that acts on the running process works there, or throws a sentence.
#include "spec.hpp"

#include <array>

namespace {

struct item {
  int n = 0;
};
struct question {
  using reply = int;
};

// What the calls of the table are made with.
struct scene {
  pid living, dead, linked, linked_dead;
  monitor_ref watch, fired, watch_by_name;
  ref address;
  timer_ref timer;
};

struct call_in_guard {
  const char* name;
  void (*make)(const scene&);
  const char* refused = nullptr;  // part of the sentence
};

void throws_exiting(const scene&) { exit(exit_reason("in the guard")); }

const call_in_guard table[] = {
    {"nothing", [](const scene&) {}},
    {"send to self", [](const scene&) { send(self(), std::string("from the guard")); }},
    {"send by name", [](const scene&) { send("guard calls: living", 1); }},
    {"send through an alias", [](const scene& s) { send(s.address, std::string("from the guard")); }},
    {"cast", [](const scene& s) { cast(s.living, 1); }},
    {"send_after", [](const scene&) { send_after(0s, self(), 2.5); }},
    {"start_timer", [](const scene&) { start_timer(1ms, self(), 1); }},
    {"send_every", [](const scene&) { cancel_timer(send_every(1ms, self(), 1)); }},
    {"cancel_timer", [](const scene& s) { cancel_timer(s.timer); }},
    {"read_timer", [](const scene& s) { read_timer(s.timer); }},
    {"cancel_timer_async", [](const scene& s) { cancel_timer_async(s.timer); }},
    {"read_timer_async", [](const scene& s) { read_timer_async(s.timer); }},
    {"exit_after", [](const scene& s) { cancel_timer(exit_after(1s, s.living, exit_reason("later"))); }},
    {"link to the living", [](const scene& s) { link(s.living); }},
    {"link to the dead, trapping exits", [](const scene& s) { link(s.dead); }},
    {"link to the dead",
     [](const scene& s) {
       trap_exits(false);
       link(s.dead);
     },
     "no such process"},
    {"link to the dead again and again",
     [](const scene& s) {
       for (int i = 0; i < 100; ++i) {
         link(s.dead);
         unlink(s.dead);
       }
     }},
    {"unlink from the living", [](const scene& s) { unlink(s.linked); }},
    {"unlink from the dead", [](const scene& s) { unlink(s.linked_dead); }},
    {"monitor", [](const scene& s) { monitor(s.living); }},
    {"monitor of the dead", [](const scene& s) { monitor(s.dead); }},
    {"monitor by name", [](const scene&) { monitor("guard calls: nobody"); }},
    {"monitor as an alias", [](const scene& s) { monitor(s.living, {.alias = alias_until::replied}); }},
    {"demonitor", [](const scene& s) { demonitor(s.watch); }},
    {"demonitor of one that has fired", [](const scene& s) { demonitor(s.fired, {.info = true}); }},
    {"demonitor with flush", [](const scene& s) { demonitor(s.fired, {.flush = true}); }, "demonitor(monitor, {.flush = true})"},
    {"demonitor of the living with flush", [](const scene& s) { demonitor(s.watch, {.flush = true}); }, "in a guard"},
    {"alias", [](const scene&) { alias(); }},
    {"unalias", [](const scene& s) { unalias(s.address); }},
    {"make_ref", [](const scene&) { make_ref(); }},
    {"exit(why)", throws_exiting, "in the guard"},
    {"exit of another", [](const scene& s) { exit(s.linked, exit_reason("enough")); }},
    {"exit of self, trapping exits", [](const scene&) { exit(self(), exit_reason("trapped")); }},
    {"trap_exits", [](const scene&) { trap_exits(); }},
    {"spawn", [](const scene&) { spawn([] {}); }},
    {"spawn_link", [](const scene&) { spawn_link([] {}); }},
    {"spawn_monitor", [](const scene&) { spawn_monitor([] {}); }},
    {"spawn_task and its end", [](const scene&) { auto handle = spawn_task([] { return 1; }); }},
    {"apply_after", [](const scene&) { apply_after(0s, [] {}); }},
    {"register_name", [](const scene&) { register_name("guard calls", self()); }},
    {"unregister_name", [](const scene&) { unregister_name("guard calls: living"); }},
    {"whereis", [](const scene&) { (void)whereis("guard calls: living"); }},
    {"set_label", [](const scene&) { set_label("in a guard"); }},
    {"dictionary", [](const scene&) { dictionary() = {}; }},
    {"set_priority", [](const scene&) { set_priority(priority::normal); }},
    {"set_mailbox_limit", [](const scene&) { set_mailbox_limit({.max_mailbox = 100}); }, "set_mailbox_limit(limit)"},
    {"pg::join and pg::leave",
     [](const scene&) {
       pg::join("guard calls");
       pg::leave("guard calls");
     }},
    {"send_request", [](const scene& s) { auto reply = send_request(s.living, question{}); }},
    {"a receive that is not awaited",
     [](const scene&) {
       auto never = receive<item>();
       static_cast<void>(never);
     }},
    {"flush that is not awaited", [](const scene&) { auto never = flush(); }},
    {"a call that is not awaited", [](const scene& s) { auto never = call(s.living, question{}); }},
    {"inspect that is not awaited", [](const scene&) { auto never = inspect(self()); }},
    {"processes", [](const scene&) { (void)processes(); }},
};

task<scene> prepare() {
  trap_exits();
  scene s;
  s.living = spawn(spec::idle);
  register_name("guard calls: living", s.living);
  s.dead = co_await spec::dead_process();
  s.linked = spawn_link(spec::idle);
  s.linked_dead = spawn_link([] {});
  s.watch = monitor(s.living);
  s.fired = monitor(s.dead);
  s.address = alias();
  s.timer = send_after(10s, self(), 1);
  co_await sleep(1ms);
  co_return s;
}

// Five items; a guard makes the call at the first it sees and wants the third. In the turn, or as they arrive.
process receiver(pid parent, std::size_t row, bool as_they_arrive) {
  const call_in_guard& c = table[row];
  const scene s = co_await prepare();
  if (as_they_arrive)
    send_after(1ms, parent, self());
  else
    send(parent, self());
  if (!as_they_arrive)
    co_await sleep(2ms);
  std::string failure;
  bool called = false;
  int got = -1;
  try {
    got = (co_await receive<item>([&](const item& m) {
            if (!std::exchange(called, true))
              c.make(s);
            return m.n == 2;
          })).n;
  } catch (const exiting& e) {
    failure = to_string(e.why());
  } catch (const std::exception& e) {
    failure = e.what();
  }
  std::vector<int> rest;
  while (auto m = co_await receive<item>(within(5ms)))
    rest.push_back(m->n);
  send(parent, std::tuple(got, failure, rest));
}

process five_to(pid to) {
  for (int n = 0; n < 5; ++n)
    send(to, item{n});
  co_return;
}

}  // namespace

TEST_CASE("a guard that calls what acts on its process gets it done or a sentence, and no message is lost") {
  spec::in_process([]() -> process {
    for (std::size_t row = 0; row < std::size(table); ++row)
      for (const bool as_they_arrive : {false, true}) {
        const auto [child, watch] = spawn_monitor(receiver, self(), row, as_they_arrive);
        const pid ready = co_await receive<pid>();
        REQUIRE(ready == child);
        spawn(five_to, child);
        using result = std::tuple<int, std::string, std::vector<int>>;
        auto [got, failure, rest] = co_await receive<result>();
        CAPTURE(table[row].name, as_they_arrive, failure);
        if (table[row].refused) {
          REQUIRE(spec::contains(failure, table[row].refused));
          REQUIRE(rest == std::vector{0, 1, 2, 3, 4});
        } else {
          REQUIRE(failure.empty());
          REQUIRE(got == 2);
          REQUIRE(rest == std::vector{0, 1, 3, 4});
        }
        (void)co_await receive<down>(watch);
        if (whereis("guard calls: living")) {
          const pid left = *whereis("guard calls: living");
          const monitor_ref end = monitor(left);
          exit(left, reason::kill);
          (void)co_await receive<down>(end);
        }
      }
  });
}

TEST_CASE("a guard that ends its own process ends it") {
  spec::in_process([]() -> process {
    for (const bool as_they_arrive : {false, true}) {
      auto [child, watch] = spawn_monitor([as_they_arrive]() -> process {
        if (!as_they_arrive)
          co_await sleep(2ms);
        co_await receive<item>([](const item&) {
          exit(self(), reason::kill);
          return false;
        });
      });
      if (as_they_arrive)
        co_await sleep(1ms);
      send(child, item{1});
      const exit_reason why = (co_await receive<down>(watch)).why;
      CHECK(why == reason::killed);
    }
  });
}

TEST_CASE("a guard of a server, of a request and of any message may call what any guard may") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    const pid server = spawn([dead]() -> process {
      trap_exits();
      co_await serve(when(
                         [dead](const question&) {
                           link(dead);
                           return true;
                         },
                         [](question) { return 7; }),
                     when([dead](const any_message& m) { return link(dead), m.get_if<int>() != nullptr; }, [](any_message) {}),
                     [](exited) {});
    });
    const int answer = co_await call(server, question{});
    CHECK(answer == 7);
    send(server, 1);
    const int again = co_await call(server, question{});
    CHECK(again == 7);

    const pid refused = spawn(
        [](pid to) -> process {
          try {
            co_await receive(when(
                [](const request<question>&) {
                  set_mailbox_limit({.max_mailbox = 1});
                  return true;
                },
                [](request<question>) {}));
          } catch (const std::logic_error& e) {
            send(to, std::string(e.what()));
          }
          co_await receive([](request<question> r) { r.reply(8); });
        },
        self());
    const int late = co_await call(refused, question{});
    CHECK(late == 8);
    const std::string sentence = co_await receive<std::string>();
    CHECK(spec::contains(sentence, "set_mailbox_limit(limit) in a guard"));
  });
}

namespace {
// A message that, when it is described, changes the mailbox it lies in.
struct meddler {
  monitor_ref watch;
};
std::string describe(const meddler& m) {
  demonitor(m.watch, {.flush = true});
  return "meddler";
}

// A message whose destruction calls what acts on its process.
struct farewell {
  spec::on_destruction act;
};
}  // namespace

TEST_CASE("a describe that would change the mailbox that is being shown is refused, and its type is shown") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    const monitor_ref watch = monitor(dead);
    co_await sleep(1ms);
    send(self(), meddler{watch});
    const auto info = co_await inspect(self(), {.messages = true});
    REQUIRE(info->messages.size() == 2);
    CHECK(spec::contains(info->messages[1].text, "meddler"));
    const down d = co_await receive<down>(watch);
    CHECK(d.who == dead);
  });
}

TEST_CASE("the destructor of a message that a full mailbox drops may unlink from the dead, and order is kept") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid gone = spawn_link([] {});
    (void)co_await receive<exited>(gone);
    const pid linked = spawn_link([] {});
    co_await sleep(1ms);  // dead, its exit unread
    set_mailbox_limit({.max_mailbox = 5, .on_overflow = overflow::drop_oldest});
    spawn(
        [](pid to, pid dead) {
          send(to, farewell{spec::on_destruction([dead] {
                 try {
                   link(dead);
                 } catch (const noproc_error&) {}
                 unlink(dead);
               })});
          for (int n = 0; n < 8; ++n)
            send(to, item{n});
        },
        self(), linked);
    const auto first = co_await receive<item>([](const item& m) { return m.n == 7; });
    CHECK(first.n == 7);
    int last = -1;
    while (auto m = co_await receive<item>(within(0s))) {
      CHECK(m->n > last);
      last = m->n;
    }
    CHECK(last == 6);
  });
}
