// The system monitor and the high-water mark.
#include "spec.hpp"

namespace {

struct work {
  int n = 0;
};

void compute_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {}
}

}  // namespace

TEST_CASE("C136 a long message queue is told with its process, the type of its oldest message and where it waits") {
  spec::in_process([]() -> process {
    system_monitor(self(), {.long_message_queue = 100});
    CHECK(system_monitor() == self());
    const pid deaf = spawn([]() -> process {
      co_await receive([](std::string) {});
      for (int i = 0; i < 150; ++i)
        co_await receive([](work) {});
      co_await sleep(infinity);
    });
    for (int i = 0; i < 150; ++i)
      send(deaf, work{i});
    const auto full = co_await receive<long_message_queue_info>();
    CHECK(full.who == deaf);
    CHECK(full.over);
    CHECK(full.length >= 100);
    CHECK(spec::contains(full.oldest, "work"));
    if (full.waits) {
      REQUIRE(full.waits->types.size() == 1);
      CHECK(spec::contains(full.waits->types[0], "string"));
      CHECK(spec::ends_with(full.waits->file, "system_monitor_test.cpp"));
    }
    const auto again = co_await receive<long_message_queue_info>(within(0s));
    CHECK_FALSE(again);  // told once
    send(deaf, "go");
    const auto drained = co_await receive<long_message_queue_info>();
    CHECK(drained.who == deaf);
    CHECK_FALSE(drained.over);
    CHECK(drained.length <= 50);
  });
}

TEST_CASE("C136 a large mailbox is told with its bytes") {
  struct big {
    char bytes[1000] = {};
  };
  spec::in_process([]() -> process {
    system_monitor(self(), {.large_mailbox = 100'000});
    const pid deaf = spawn(spec::idle);
    for (int i = 0; i < 200; ++i)
      send(deaf, big{});
    const auto news = co_await receive<large_mailbox_info>();
    CHECK(news.who == deaf);
    CHECK(news.bytes >= 100'000);
    CHECK(spec::contains(news.oldest, "big"));
  });
}

TEST_CASE("C136 a turn that lasts long is told with the await after which it ran") {
  spec::in_run([]() -> process {
    system_monitor(self(), {.long_schedule = 20ms});
    const pid p = spawn([]() -> process {
      co_await yield();
      compute_for(40ms);
      co_await sleep(infinity);
    });
    // The system may keep another one's turn from running as long.
    const auto news = co_await receive<long_schedule_info>([p](const long_schedule_info& m) { return m.who == p; });
    CHECK(news.who == p);
    CHECK(news.took >= 20ms);
  });
}

TEST_CASE("C136 one process is the system monitor; its death ends it; it is not told about itself") {
  spec::in_process([]() -> process {
    CHECK(system_monitor() == pid{});
    auto [first, watch] = spawn_monitor(spec::idle);
    CHECK(system_monitor(first, {.long_message_queue = 10}) == pid{});
    CHECK(system_monitor(self(), {.long_message_queue = 10}) == first);
    for (int i = 0; i < 30; ++i)
      send(self(), work{i});
    const auto own = co_await receive<long_message_queue_info>(within(0s));
    CHECK_FALSE(own);
    CHECK(system_monitor(first, {.long_message_queue = 10}) == self());
    exit(first, reason::kill);
    co_await receive<down>(watch);
    CHECK(system_monitor() == pid{});
    CHECK_THROWS_AS(system_monitor(first, {}), std::invalid_argument);
    CHECK(system_monitor(self()) == pid{});
    CHECK(system_monitor(pid{}) == self());
  });
}

TEST_CASE("unread messages that pile up are found: the high-water mark names process, oldest type and wait") {
  spec::collected_reports reports;
  static pid deaf;
  spec::in_run(run_options{.grace = 50ms, .high_water = 1000}, []() -> process {
    deaf = spawn(spawn_options{.name = "spec deaf"}, []() -> process { co_await receive([](std::string) {}); }).process;
    co_await spec::until_waiting(deaf);
    for (int i = 0; i < 1500; ++i)
      send(deaf, work{i});
    const auto info = co_await inspect(deaf);
    CHECK(info->mailbox_length == 1500);
  });
  const auto all = reports.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].who == deaf);
  CHECK(all[0].name == "spec deaf");
  CHECK(all[0].mailbox_length >= 1000);
  CHECK(spec::contains(all[0].text, "unread messages; the oldest is a"));
  CHECK(spec::contains(all[0].text, "work"));
  CHECK(spec::contains(all[0].text, "waits at"));
  CHECK(spec::contains(all[0].text, "string"));
}
