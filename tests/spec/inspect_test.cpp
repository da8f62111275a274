// Introspection: inspect, is_alive, processes, labels. semantics.md 2.5, 4.9
#include "spec.hpp"

#include <algorithm>

namespace {

struct job {
  int n = 0;
};
struct ready {};

}  // namespace

TEST_CASE("C126 inspect of a dead process, or of nobody, gives nothing") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    const auto of_dead = co_await inspect(dead);
    CHECK_FALSE(of_dead);
    const auto of_nobody = co_await inspect(pid{});
    CHECK_FALSE(of_nobody);
    const bool nobody = co_await is_alive(pid{});
    CHECK_FALSE(nobody);
  });
}

TEST_CASE("inspect of self works") {
  spec::in_process([]() -> process {
    set_label("me");
    const auto info = co_await inspect(self());
    REQUIRE(info);
    CHECK(info->label == "me");
    CHECK(info->links.empty());
    CHECK_FALSE(info->trap_exits);
    const bool alive = co_await is_alive(self());
    CHECK(alive);
  });
}

TEST_CASE("C127 a process blocked in receive is waiting, also when it is asked repeatedly") {
  spec::in_process([]() -> process {
    const pid p = spawn([]() -> process { co_await receive<job>(); });
    co_await spec::until_waiting(p);
    auto asker = [p](pid to) -> process {
      bool always = true;
      for (int i = 0; i < 200; ++i) {
        const auto info = co_await inspect(p);
        always = always && info && info->status == process_status::waiting;
      }
      send(to, always);
    };
    for (const priority prio : {priority::normal, priority::high})
      spawn(spawn_options{.prio = prio}, asker, self());
    const bool first = co_await receive<bool>();
    const bool second = co_await receive<bool>();
    CHECK(first);
    CHECK(second);
  });
}

TEST_CASE("inspect shows for which types a process waits, and at which line of the user's") {
  spec::in_process([]() -> process {
    const unsigned line = __LINE__ + 1;
    const pid p = spawn([]() -> process { co_await receive([](int) {}, [](std::string) {}); });
    co_await spec::until_waiting(p);
    const auto info = co_await inspect(p);
    REQUIRE(info);
    REQUIRE(info->waits);
    CHECK(spec::ends_with(info->waits->file, "inspect_test.cpp"));
    CHECK(info->waits->line == line);
    REQUIRE(info->waits->types.size() == 2);
    CHECK(info->waits->types[0] == "int");
    CHECK(spec::contains(info->waits->types[1], "string"));
  });
}

TEST_CASE("C128 mailbox_length counts unread messages, and looking takes none") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    for (int n = 1; n <= 10; ++n) {
      send(p, job{n});
      const auto info = co_await inspect(p);
      REQUIRE(info);
      REQUIRE(info->mailbox_length == static_cast<std::size_t>(n));
    }
  });
}

TEST_CASE("C128 under concurrent sending mailbox_length only grows, and in the end all are there") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    for (int s = 0; s < 4; ++s)
      spawn([p, to = self()]() -> process {
        for (int n = 0; n < 250; ++n) {
          send(p, job{n});
          if (n % 16 == 0)
            co_await yield();
        }
        send(to, ready{});
      });
    std::size_t last = 0;
    for (int senders = 4; senders > 0;) {
      const auto info = co_await inspect(p);
      REQUIRE(info);
      REQUIRE(info->mailbox_length >= last);
      last = info->mailbox_length;
      while (co_await receive<ready>(within(0s)))
        --senders;
    }
    std::optional<process_info> info;
    for (int i = 0; i < 1000; ++i) {  // nothing orders their sends before our question
      info = co_await inspect(p);
      REQUIRE(info);
      if (info->mailbox_length == 1000)
        break;
      co_await yield();
    }
    CHECK(info->mailbox_length == 1000);
  });
}

TEST_CASE("inspect is ordered after what the asker sent before") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    for (int i = 0; i < 100; ++i) {
      const monitor_ref watch = monitor(p);
      const auto with = co_await inspect(p);
      REQUIRE(with->monitored_by.size() == 1);
      demonitor(watch);
      const auto without = co_await inspect(p);
      REQUIRE(without->monitored_by.empty());
    }
  });
}

TEST_CASE("C129 processes contains everyone who lives during the call, and nobody who was dead before") {
  spec::in_process([]() -> process {
    std::vector<pid> mine;
    for (int i = 0; i < 100; ++i)
      mine.push_back(spawn(spec::idle));
    const pid dead = co_await spec::dead_process();
    while (co_await is_alive(dead)) {}
    std::vector<pid> all = processes();
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    for (const pid p : mine)
      REQUIRE(std::binary_search(all.begin(), all.end(), p));
    CHECK(std::binary_search(all.begin(), all.end(), self()));
    CHECK_FALSE(std::binary_search(all.begin(), all.end(), dead));
  });
}

TEST_CASE("inspect shows name, label, priority, trapping and parent") {
  spec::in_process([]() -> process {
    const pid p =
        spawn(spawn_options{.name = "spec inspected", .prio = priority::low, .label = "a label"}, [to = self()]() -> process {
          trap_exits();
          send(to, ready{});
          co_await sleep(infinity);
        }).process;
    (void)co_await receive<ready>();
    const auto info = co_await inspect(p);
    REQUIRE(info);
    CHECK(info->name == "spec inspected");
    CHECK(info->label == "a label");
    CHECK(info->prio == priority::low);
    CHECK(info->trap_exits);
    CHECK(info->parent == self());
    CHECK_FALSE(info->function.empty());
    CHECK(info->memory > 0);
    exit(p, reason::kill);
  });
}

TEST_CASE("reductions grow with work") {
  spec::in_process([]() -> process {
    const auto before = co_await inspect(self());
    for (int i = 0; i < 100; ++i)
      co_await yield();
    const auto after_work = co_await inspect(self());
    CHECK(after_work->reductions > before->reductions);
  });
}

TEST_CASE("memory grows with the mailbox") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const auto before = co_await inspect(p);
    for (int i = 0; i < 100; ++i)
      send(p, job{i});
    const auto with_mail = co_await inspect(p);
    CHECK(with_mail->memory >= before->memory + 100 * sizeof(job));
  });
}

TEST_CASE("the chapter's claim with synchronisation: is_alive is false after the function returned") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([] {});
    (void)co_await receive<down>(watch);
    const bool alive = co_await is_alive(p);
    CHECK_FALSE(alive);
  });
}

TEST_CASE("six processes that inspect each other without end do not stop") {
  spec::in_process([]() -> process {
    std::vector<pid> all;
    for (int i = 0; i < 6; ++i)
      all.push_back(spawn([to = self()]() -> process {
        const auto others = co_await receive<std::vector<pid>>();
        for (int round = 0; round < 50; ++round)
          for (const pid other : others) {
            (void)co_await inspect(other);
            (void)co_await is_alive(other);
          }
        send(to, ready{});
        co_await sleep(infinity);
      }));
    for (const pid p : all)
      send(p, all);
    for (std::size_t i = 0; i < all.size(); ++i)
      (void)co_await receive<ready>();
  });
}
