// Names that are fought for, processes that come and go, runtimes that stop in the middle.
#include "stress.hpp"

#include <algorithm>

namespace {

struct go {};
struct owned {
  std::shared_ptr<std::atomic<int>> owners = std::make_shared<std::atomic<int>>(0);
};

}  // namespace

TEST_CASE("register, whereis and kill of one name: consistent, free in the end") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(5'000, 300'000, 500);
    int wrong = 0;
    for (int i = 0; i < rounds; ++i) {
      auto [p, watch] = spawn(spawn_options{.monitor = true, .name = "stress one"}, spec::idle);
      wrong += whereis("stress one") != p;
      send("stress one", stress::counted(i));
      exit(p, reason::kill);
      if (const auto who = whereis("stress one"))
        wrong += *who != p;
      co_await receive<down>(watch);
      wrong += whereis("stress one").has_value();
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("many fight for few names and are killed: one owner at a time, each name free at DOWN") {
  stress::shape([]() -> process {
    const int fighters = 40, names = 5, rounds = stress::sized(40, 2'000, 8);
    std::vector<owned> tokens(static_cast<std::size_t>(names));
    auto violations = std::make_shared<std::atomic<int>>(0);
    for (int round = 0; round < rounds; ++round) {
      std::vector<pid> all;
      std::vector<monitor_ref> watches;
      for (int f = 0; f < fighters; ++f) {
        const auto [p, m] = spawn_monitor(
            [](std::string name, owned token, std::shared_ptr<std::atomic<int>> violations) -> process {
              struct holder {
                std::atomic<int>& owners;
                ~holder() { --owners; }  // with the frame: before the name is released
              };
              for (bool mine = false; !mine;) {
                try {
                  register_name(name, self());
                  mine = true;
                } catch (const bad_name&) {}
                if (!mine)
                  co_await yield();
              }
              *violations += ++*token.owners != 1;
              holder h{*token.owners};
              co_await yield();
              co_await yield();
              co_await sleep(infinity);
            },
            "stress fight " + std::to_string(f % names), tokens[static_cast<std::size_t>(f % names)], violations);
        all.push_back(p);
        watches.push_back(m);
      }
      for (int k = 0; k < 20; ++k)
        co_await yield();
      for (const pid p : all)
        exit(p, reason::kill);
      for (const monitor_ref m : watches)
        co_await receive<down>(m);
      for (int n = 0; n < names; ++n)
        *violations += whereis("stress fight " + std::to_string(n)).has_value();
    }
    CHECK(*violations == 0);
  });
}

TEST_CASE("who waits until a name is gone can take it: never taken already") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(500, 50'000, 100);
    int refused = 0;
    for (int i = 0; i < rounds; ++i) {
      const pid p = spawn(spawn_options{.name = "stress gone"}, spec::idle).process;
      exit(p, reason::shutdown);
      while (whereis("stress gone"))
        co_await yield();
      try {
        register_name("stress gone", self());
        unregister_name("stress gone");
      } catch (const bad_name&) {
        ++refused;
      }
    }
    CHECK(refused == 0);
  });
}

TEST_CASE("spawn and exit again and again: memory does not grow") {
  stress::shape([]() -> process {
    const int n = stress::sized(20'000, 300'000, 1'000);
    std::size_t first = 0;
    for (int cycle = 0; cycle < 6; ++cycle) {
      for (int i = 0; i < n; ++i)
        spawn_monitor(
            [](int i) -> process {
              send(self(), stress::counted(i));
              co_await yield();
            },
            i);
      const int right = co_await stress::downs(n, reason::normal);
      CHECK(right == n);
      if (cycle == 2)
        first = inspect_runtime().memory;
    }
    if (!spec::sanitized)
      CHECK(inspect_runtime().memory < first + first / 4 + (std::size_t{1} << 20));
  });
}

TEST_CASE("many idle processes live and die") {
  stress::shape([]() -> process {
    const int n = stress::sized(100'000, 1'000'000, 5'000);
    std::vector<pid> all;
    for (int i = 0; i < n; ++i)
      all.push_back(spawn_monitor(spec::idle).process);
    CHECK(processes().size() == static_cast<std::size_t>(n) + 2);
    for (const pid p : all)
      exit(p, reason::shutdown);
    const int right = co_await stress::downs(n, reason::shutdown);
    CHECK(right == n);
  });
}

TEST_CASE("the runtime stops under full load: messages, timers and cascades in flight") {
  for (const std::size_t schedulers : {1, 2, 8}) {
    for (int round = 0; round < stress::sized(5, 50, 4); ++round) {
      run(run_options{.schedulers = schedulers, .grace = 200ms}, []() -> process {
        const int n = stress::sized(2'000, 50'000, 300);
        std::vector<pid> all;
        for (int i = 0; i < n; ++i)
          all.push_back(spawn(
              [](int i) -> process {
                trap_exits(i % 3 == 0);
                send_every(1ms, self(), stress::counted(i));
                while (true)
                  co_await receive([](stress::counted) {}, [](pid p) { link(p); }, [](const exited&) { exit(reason::shutdown); });
              },
              i));
        for (std::size_t i = 0; i < all.size(); ++i) {
          send(all[i], all[(i * 7 + 1) % all.size()]);
          send(all[i], stress::counted(static_cast<int>(i)));
        }
        exit(all[0], exit_reason("boom"));
        co_await sleep(2ms);
      });
      CHECK(stress::counted::living() == 0);
      CHECK(processes().empty());
    }
  }
}

TEST_CASE("a bounded mailbox under many senders: nobody is lost with send_wait, all counted with dropping") {
  stress::shape([]() -> process {
    const int senders = 8, each = stress::sized(2'000, 100'000, 200);
    auto [sink, watch] = spawn(
        spawn_options{.monitor = true, .max_mailbox = 16},
        [](int n) -> process {
          for (int i = 0; i < n; ++i)
            co_await receive<stress::counted>();
        },
        senders* each);
    for (int s = 0; s < senders; ++s)
      spawn(
          [](pid sink, int each) -> process {
            for (int i = 0; i < each; ++i)
              co_await send_wait(sink, stress::counted(i));
          },
          sink, each);
    const down d = co_await receive<down>(watch);
    CHECK(d.why == reason::normal);
    const pid lossy = spawn(spawn_options{.max_mailbox = 100, .on_overflow = overflow::drop_oldest}, spec::idle).process;
    for (int i = 0; i < each; ++i)
      send(lossy, stress::counted(i));
    const auto info = co_await inspect(lossy);
    CHECK(info->mailbox_length + info->dropped == static_cast<std::size_t>(each));
    co_await stress::kill_all({lossy});
  });
}

TEST_CASE("process groups under joins, leaves and kills: no member that is dead") {
  stress::shape([]() -> process {
    const int n = stress::sized(2'000, 50'000, 300);
    std::vector<pid> all;
    for (int i = 0; i < n; ++i)
      all.push_back(spawn_monitor([]() -> process {
                      pg::join("stress group");
                      pg::join("stress group");
                      co_await yield();
                      pg::leave("stress group");
                      co_await sleep(infinity);
                    }).process);
    for (const pid p : all)
      exit(p, reason::kill);
    const int right = co_await stress::downs(n, reason::killed);
    CHECK(right == n);
    CHECK(pg::members("stress group").empty());
  });
}
