// Processes that fight for keys, crash and take over; locks under kills.
#include "stress.hpp"

#include <array>
#include <ranges>

namespace {

// A number that would betray two owners at once: taken by compare-and-swap, given back when the owner's frame is gone.
struct token {
  std::atomic<std::uint64_t> owner{0};
};

}  // namespace

TEST_CASE("registrations, crashes and takeovers: one owner a key, no entry of the dead, no growth") {
  spec::collected_reports reports;
  for (const std::size_t schedulers : {1, 4}) {
    spec::in_run(run_options{.schedulers = schedulers, .grace = 50ms}, []() -> process {
      constexpr int keys = 20;
      registry<int> names;
      auto tokens = std::make_shared<std::array<token, keys>>();
      auto shared = spec::make_flag();
      auto taken = std::make_shared<std::atomic<int>>(0);
      const int n = stress::sized(1'000'000, 100'000);
      (void)co_await parallel_outcomes(std::views::iota(0, n),
                                       [=](int i) -> task<> {
                                         const int key = i % keys;
                                         if (!names.enroll(key))
                                           co_return;
                                         ++*taken;
                                         auto& owner = (*tokens)[static_cast<std::size_t>(key)].owner;
                                         if (owner.exchange(1) != 0)
                                           shared->store(true);
                                         const spec::on_destruction leave([&owner] { owner.store(0); });
                                         if (i % 7 == 0)
                                           co_await yield();
                                         if (i % 11 == 0)
                                           exit(self(), reason::kill);
                                         if (names.find(key) != self())
                                           shared->store(true);
                                       },
                                       {.max_concurrency = 100});
      CHECK_FALSE(shared->load());
      CHECK(taken->load() > 0);
      CHECK(names.size() == 0);
    });
  }
}

TEST_CASE("locks under kills: never shared, always free in the end") {
  spec::in_run(run_options{.schedulers = 4, .grace = 50ms}, []() -> process {
    registry<int> names;
    auto inside = std::make_shared<std::array<std::atomic<int>, 3>>();
    auto shared = spec::make_flag();
    auto passed = std::make_shared<std::atomic<int>>(0);
    const int workers = 64, kills = stress::sized(200'000, 20'000);
    auto work = [=]() -> process {
      for (int i = 0;; ++i) {
        const int key = i % 3;
        co_await names.lock(key, [=]() -> task<> {
          auto& n = (*inside)[static_cast<std::size_t>(key)];
          const spec::on_destruction leave([&n] { --n; });
          if (++n > 1)
            shared->store(true);
          ++*passed;
          co_await yield();
        });
      }
    };
    std::vector<pid> all;
    for (int i = 0; i < workers; ++i)
      all.push_back(spawn(work));
    for (int i = 0; i < kills; ++i) {
      pid& victim = all[static_cast<std::size_t>(i * 7919) % all.size()];
      exit(victim, reason::kill);
      victim = spawn(work);
      if (i % 10 == 0)
        co_await yield();
    }
    for (const pid p : all)
      exit(p, reason::kill);
    int free = 0;
    for (int key = 0; key < 3; ++key)
      free += co_await names.lock(key, [] { return 1; });
    CHECK(free == 3);
    CHECK_FALSE(shared->load());
    CHECK(passed->load() > 0);
  });
}
