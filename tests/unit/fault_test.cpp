// Faults of users' types, and of memory: they end the process they happen in, never the runtime, and lose nothing of others.
#include "catch.hpp"
#include "spec/schedulers.hpp"

#include <brood/brood.hpp>

#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>

using namespace brood;
using namespace std::chrono_literals;

// ---- an allocator that fails: every n-th request, of all threads, while it is told to

namespace {
std::atomic<long> fail_every{0};
std::atomic<long> requests{0};
std::atomic<long> failed{0};

void* allocate(std::size_t bytes, std::size_t align) noexcept {
  return align > 16 ? std::aligned_alloc(align, (bytes + align - 1) / align * align) : std::malloc(bytes ? bytes : 1);
}

void* allocate_or_fail(std::size_t bytes, std::size_t align) {
  if (const long every = fail_every.load(std::memory_order_relaxed); every != 0 && ++requests % every == 0) {
    ++failed;
    throw std::bad_alloc();
  }
  void* block = allocate(bytes, align);
  if (!block)
    throw std::bad_alloc();
  return block;
}
}  // namespace

void* operator new(std::size_t bytes) { return allocate_or_fail(bytes, 0); }
void* operator new[](std::size_t bytes) { return allocate_or_fail(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t align) { return allocate_or_fail(bytes, static_cast<std::size_t>(align)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return std::malloc(bytes); }  // must match delete below
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return std::malloc(bytes); }
void* operator new(std::size_t bytes, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate(bytes, static_cast<std::size_t>(align));
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }

namespace {

struct sinking {};  // what faulty types throw

// Throws at the n-th move from now on.
struct move_bomb {
  explicit move_bomb(int n) noexcept : left(n) {}
  move_bomb(move_bomb&& other) : left(other.left - 1) {
    if (left < 0)
      throw sinking{};
  }
  int left;
};

struct death_bomb {
  explicit death_bomb(bool live) noexcept : armed(live) {}
  death_bomb(death_bomb&& other) noexcept : armed(std::exchange(other.armed, false)) {}
  ~death_bomb() noexcept(false) {
    if (armed)
      throw sinking{};
  }
  bool armed;
};

struct copy_bomb {
  copy_bomb() = default;
  copy_bomb(copy_bomb&&) noexcept = default;
  copy_bomb(const copy_bomb&) { throw sinking{}; }
};

struct quiet_reports {
  quiet_reports() : old(set_report_sink([](const crash_report&) {})) {}
  ~quiet_reports() { set_report_sink(std::move(old)); }
  report_sink old;
};

process idle() { co_await sleep(infinity); }

bool is_sinking(const exit_reason& why) {
  try {
    if (const std::exception_ptr thrown = why.exception())
      std::rethrow_exception(thrown);
  } catch (const sinking&) {
    return true;
  } catch (...) {}
  return false;
}

// Runs a body in a process; what it returns is checked in the test's thread.
template <class Body>
void in_process(Body body) {
  quiet_reports quiet;
  std::optional<exit_reason> why;
  run(run_options{.schedulers = 2, .grace = 2s}, [body, &why]() -> process {
    auto [child, m] = spawn_monitor(body);
    const down end = co_await receive<down>(m);  // named: g++ 14 finds no type for .why of the await in a template
    why = end.why;
  });
  REQUIRE(why);
  if (why->exception())
    std::rethrow_exception(why->exception());
  CHECK(*why == reason::normal);
}

}  // namespace

TEST_CASE("a move constructor that throws ends the sender or the receiver it throws in, and nobody else") {
  in_process([]() -> process {
    bool threw = false;
    try {
      send(self(), move_bomb(0));
    } catch (const sinking&) {
      threw = true;
    }
    CHECK(threw);
    auto [receiver, m] = spawn_monitor([]() -> process { (void)co_await receive<move_bomb>(); });
    send(receiver, move_bomb(1));  // moved into the message, not out of it
    const down d = co_await receive<down>(m);
    CHECK(is_sinking(d.why));
    send(self(), 1);
    send(self(), move_bomb(1));
    send(self(), 2);
    threw = false;
    try {
      (void)co_await receive<move_bomb>();
    } catch (const sinking&) {
      threw = true;
    }
    CHECK(threw);
    for (const int n : {1, 2}) {
      const int got = co_await receive<int>();
      CHECK(got == n);
    }
    threw = false;
    try {
      (void)spawn([](move_bomb) {}, move_bomb(0));
    } catch (const sinking&) {
      threw = true;
    }
    CHECK(threw);
    auto [child, w] = spawn_monitor([](move_bomb) {}, move_bomb(1));
    const down ended = co_await receive<down>(w);
    CHECK(is_sinking(ended.why));
  });
}

TEST_CASE("a predicate that throws ends the process that waits, also when the message comes from elsewhere") {
  in_process([]() -> process {
    auto [p, m] = spawn_monitor([]() -> process { (void)co_await receive<int>([](const int&) -> bool { throw sinking{}; }); });
    for (int i = 0; i < 20; ++i)
      co_await yield();
    send(p, 1);
    const down d = co_await receive<down>(m);
    CHECK(is_sinking(d.why));
  });
}

TEST_CASE("a destructor that throws ends the living process it throws in; in the dying it is ignored") {
  in_process([]() -> process {
    // Of a message that was handled, of one that an overflow drops, of one that is flushed away.
    auto [handler, m] = spawn_monitor([]() -> process {
      co_await receive([](const death_bomb&) {});
      co_await sleep(infinity);
    });
    send(handler, death_bomb(true));
    down d = co_await receive<down>(m);
    CHECK(is_sinking(d.why));
    const spawned dropping = spawn(spawn_options{.monitor = true, .max_mailbox = 1, .on_overflow = overflow::drop_oldest}, idle);
    send(dropping.process, death_bomb(true));
    send(dropping.process, 1);
    d = co_await receive<down>(dropping.monitor);
    CHECK(is_sinking(d.why));
    // Unread at the end, in the closure, in the frame: the death goes on. Not in a coroutine's own parameter: clang 19 looks into the
    // frame after freeing it then, and g++ 14 breaks down at it.
    auto [unread, w] = spawn_monitor([captured = death_bomb(true)]() -> process {
      death_bomb local(true);
      co_await sleep(infinity);
    });
    for (int i = 0; i < 20; ++i)
      co_await yield();
    for (int i = 0; i < 3; ++i)
      send(unread, death_bomb(true));
    exit(unread, exit_reason("enough"));
    d = co_await receive<down>(w);
    CHECK(d.why == exit_reason("enough"));
    const bool alive = co_await is_alive(unread);
    CHECK_FALSE(alive);
    // Of a local, in the body itself: an exception as any other.
    auto [body, b] = spawn_monitor([]() -> process {
      { death_bomb local(true); }
      co_return;
    });
    d = co_await receive<down>(b);
    CHECK(is_sinking(d.why));
  });
}

TEST_CASE("a copy constructor that throws in send_every costs that tick, not the runtime") {
  in_process([]() -> process {
    const timer_ref t = send_every(1ms, self(), copy_bomb{});
    co_await sleep(10ms);
    const auto none = co_await receive<copy_bomb>(within(0s));
    CHECK_FALSE(none);
    CHECK(cancel_timer(t));
  });
}

TEST_CASE("a describe that throws does not end who is looked at") {
  struct shy {};
  in_process([]() -> process {
    const pid p = spawn(idle);
    send(p, shy{});
    const auto info = co_await inspect(p, {.messages = true});
    REQUIRE(info);
    CHECK(info->messages.size() == 1);
  });
}

namespace {

struct token {
  static inline std::atomic<int> alive = 0;
  token() { ++alive; }
  token(token&&) noexcept { ++alive; }
  ~token() { --alive; }
};

struct letter {
  token t;
  std::string text;
};

// Does a bit of everything; each step may throw bad_alloc, which ends this process.
process worker(pid peer, int n) {
  trap_exits(n % 2 == 0);
  link(peer);
  const monitor_ref m = monitor(peer, {.alias = alias_until::replied});
  const pid child = spawn_link(idle);
  send(peer, letter{{}, std::string(100, 'x')});
  send(self(), letter{{}, std::string(100, 'y')});
  send_after(1ms, self(), letter{{}, std::string(100, 'z')});
  dictionary().put("key", std::string(100, 'k'));
  (void)co_await inspect(child);
  pg::join("fault");
  try {
    register_name("fault " + std::to_string(n), self());
  } catch (const bad_name&) {}
  co_await receive([](letter) {}, after(2ms));
  unlink(peer);
  demonitor(m, {.flush = true});
  exit(child, reason::kill);
}

// The first process of run() runs while other threads are still being started: without memory they can't be.
template <class F>
int run_when_all_threads_run(const run_options& options, F body) {
  runtime rt(options);
  return rt.wait(rt.spawn(std::move(body))) == reason::normal ? 0 : 1;
}

}  // namespace

TEST_CASE("when every n-th allocation fails processes die of it, each DOWN arrives, and the runtime goes on") {
  for (const long every : {97, 31, 13, 7}) {
    quiet_reports quiet;
    int downs = 0, sent_on = 0;
    bool refused = false;
    const int result = run_when_all_threads_run(run_options{.schedulers = 2, .grace = 2s}, [&]() -> process {
      constexpr int workers = 200;
      const pid peer = spawn([]() -> process {
        trap_exits();
        while (true) {
          try {
            co_await receive([](letter) {}, [](exited) {});
          } catch (const std::bad_alloc&) {}
        }
      });
      std::vector<monitor_ref> watches;
      watches.reserve(workers);
      fail_every = every;
      for (int i = 0; i < workers; ++i) {
        try {
          watches.push_back(spawn_monitor(worker, peer, i).monitor);
        } catch (const std::bad_alloc&) {
          refused = true;
        }
      }
      fail_every = 0;  // what the workers do meanwhile still failed; now the rest must come to an end
      for (const monitor_ref m : watches) {
        co_await receive<down>(m);
        ++downs;
      }
      sent_on = static_cast<int>(watches.size());
      exit(peer, reason::kill);
    });
    CAPTURE(every, refused);
    CHECK(result == 0);
    CHECK(downs == sent_on);
    CHECK(registered().empty());
    CHECK(token::alive == 0);
  }
  CHECK(failed > 0);
}

TEST_CASE("while every third allocation fails in the receiver's turn, exits, links and monitors keep their word") {
  const spec::options_decide_schedulers here;  // one, and no spare: nobody takes anything in before memory runs out
  quiet_reports quiet;
  int told = 0;
  const int result = run_when_all_threads_run(run_options{.schedulers = 1, .grace = 2s, .max_spares = 0}, [&]() -> process {
    constexpr int n = 100;
    trap_exits();
    std::vector<pid> all;
    std::vector<monitor_ref> watches;
    for (int i = 0; i < n; ++i) {
      all.push_back(spawn_link(idle));
      watches.push_back(monitor(all.back()));
    }
    fail_every = 3;
    for (int i = 0; i < n; ++i) {
      try {
        exit(all[static_cast<std::size_t>(i)], reason::kill);
      } catch (const std::bad_alloc&) {
        --i;
      }
    }
    co_await yield();
    for (int i = 0; i < n; ++i) {
      const exited e = co_await receive<exited>(all[static_cast<std::size_t>(i)]);
      const down d = co_await receive<down>(watches[static_cast<std::size_t>(i)]);
      // One that found no memory to take the monitor in died of that, and the request it left unread is answered noproc.
      told += e.why == reason::killed ? d.why == reason::killed : e.why.is_error() && d.why == reason::noproc;
    }
    fail_every = 0;
  });
  fail_every = 0;
  CHECK(result == 0);
  CHECK(told == 100);
}
