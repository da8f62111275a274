// Code of the user's that the library's tables call, and that calls the library: nothing of it runs under a lock.
//
// Each test would wait for itself for ever if it did: what is called looks into the very table that calls it.
#include "eventually.hpp"

#include <unistd.h>
#include <cstdlib>
#include <functional>

namespace {

// A lock that is taken twice waits without an end, and a process that waits so can't be told to stop.
struct patience {
  patience() { alarm(spec::sanitized ? 120 : 30); }
  ~patience() { alarm(0); }
};

template <class Body>
void everywhere(Body body) {
  const patience p;
  spec::in_run(run_options{.schedulers = 2, .grace = 50ms}, body);
  spec::in_simulation(3, body);
}

// Uses every table there is.
void use_the_tables() {
  cancel_timer(send_after(1h, self(), 0));
  (void)whereis("nobody");
  (void)pg::members("nobody");
}
void look_at_the_timers() {
  (void)read_timer(timer_ref());
  cancel_timer(timer_ref());
}

struct copied {
  copied() = default;
  copied(copied&&) = default;
  copied(const copied&) { look_at_the_timers(); }
};
struct throws_when_copied {
  throws_when_copied() = default;
  throws_when_copied(throws_when_copied&&) = default;
  throws_when_copied(const throws_when_copied&) {
    look_at_the_timers();
    throw std::runtime_error("no copies");
  }
};
struct cancels_itself {
  explicit cancels_itself(std::shared_ptr<timer_ref> t) : timer(std::move(t)) {}
  cancels_itself(cancels_itself&&) = default;
  cancels_itself(const cancels_itself& other) : timer(other.timer) { cancel_timer(*timer); }
  std::shared_ptr<timer_ref> timer;
};
struct destroyed {
  spec::on_destruction last{[] { look_at_the_timers(); }};
};

// Keys whose operators look things up in a registry, once they are told in which.
template <class Key>
struct door {
  static inline std::optional<registry<Key, int>> table;
  static inline int used = 0;
  static void use() {
    static thread_local bool inside = false;
    if (!table || inside)
      return;
    inside = true;
    ++used;
    (void)table->find(Key{-1});
    (void)table->size();
    inside = false;
  }
  struct open {
    explicit open(const registry<Key, int>& r) {
      used = 0;
      table = r;
    }
    ~open() { table.reset(); }
  };
};

struct hashed_key {
  int number = 0;
  hashed_key(int n) : number(n) {}
  hashed_key(const hashed_key& other) : number(other.number) { door<hashed_key>::use(); }
  hashed_key(hashed_key&& other) noexcept : number(other.number) { door<hashed_key>::use(); }
  ~hashed_key() { door<hashed_key>::use(); }
  friend bool operator==(const hashed_key& a, const hashed_key& b) {
    door<hashed_key>::use();
    return a.number == b.number;
  }
};

struct ordered_key {
  int number = 0;
  ordered_key(int n) : number(n) {}
  ordered_key(const ordered_key& other) : number(other.number) { door<ordered_key>::use(); }
  ordered_key(ordered_key&& other) noexcept : number(other.number) { door<ordered_key>::use(); }
  ~ordered_key() { door<ordered_key>::use(); }
  friend bool operator<(const ordered_key& a, const ordered_key& b) {
    door<ordered_key>::use();
    return a.number < b.number;
  }
};

template <class Key>
process use_all_of_a_registry() {
  const registry<Key, int> table(key_kind::unique);
  const typename door<Key>::open opened(table);
  table.listen();
  for (int i = 0; i < 40; ++i) {
    const outcome<> entered = table.enroll(Key{i % 20}, i);
    CHECK(bool(entered) == (i < 20));
  }
  CHECK(table.find(Key{7}) == self());
  CHECK_FALSE(table.find(Key{77}));
  CHECK(table.lookup(Key{7}).size() == 1);
  CHECK(table.values(Key{7}, self()) == std::vector<int>{7});
  CHECK(table.keys_of(self()).size() == 20);
  CHECK(table.update(Key{7}, [&](int& value) { value += static_cast<int>(table.size()); }) == 1);
  CHECK(table.dispatch(Key{7}, [&](pid, int value) { CHECK(value == 27); }) == 1);
  send(*table.at(Key{7}).find(), 1);
  send_after(1ms, table.at(Key{7}), 2);
  (void)co_await receive<int>();
  (void)co_await receive<int>();
  const int held = co_await table.lock(Key{7}, [&]() -> task<int> {
    co_await sleep(1ms);
    co_return static_cast<int>(table.size());
  });
  CHECK(held == 20);
  const auto [child, watch] = spawn_monitor([table] {
    for (int i = 100; i < 110; ++i)
      (void)table.enroll(Key{i}, i);
  });
  (void)co_await receive<down>(watch);
  CHECK(table.size() == 20);
  for (int i = 0; i < 20; ++i)
    table.withdraw(Key{i});
  CHECK(table.size() == 0);
  CHECK(door<Key>::used > 0);
}

}  // namespace

template <>
struct std::hash<hashed_key> {
  std::size_t operator()(const hashed_key& k) const {
    door<hashed_key>::use();
    return static_cast<std::size_t>(k.number % 3);  // many keys of one hash
  }
};

TEST_CASE("doors: the copies that send_every makes may look at timers") {
  everywhere([]() -> process {
    const timer_ref timer = send_every(1ms, self(), copied{});
    for (int i = 0; i < 3; ++i)
      (void)co_await receive<copied>();
    CHECK(cancel_timer(timer));
  });
}

TEST_CASE("doors: a copy that throws is a tick without a message") {
  everywhere([]() -> process {
    const timer_ref timer = send_every(1ms, self(), throws_when_copied{});
    co_await sleep(5ms);
    CHECK(cancel_timer(timer));
    const auto none = co_await receive<throws_when_copied>(within(0s));
    CHECK_FALSE(none);
  });
}

TEST_CASE("doors: a timer that is cancelled while its message is copied sends nothing") {
  everywhere([]() -> process {
    const auto timer = std::make_shared<timer_ref>();
    *timer = send_every(1ms, self(), cancels_itself(timer));
    const auto none = co_await receive<cancels_itself>(within(10ms));
    CHECK_FALSE(none);
    CHECK_FALSE(read_timer(*timer));
  });
}

TEST_CASE(
    "doors: the destructors of messages that are cancelled, that fire at the dead, and that the dead leave, may look at timers") {
  everywhere([]() -> process {
    cancel_timer(send_after(1h, self(), destroyed{}));
    const auto [child, watch] = spawn_monitor([] { send_after(1h, self(), destroyed{}); });
    (void)co_await receive<down>(watch);
    send_after(1ms, child, destroyed{});
    send_after(1ms, "nobody", destroyed{});
    co_await sleep(5ms);
    send_after(1h, "left to the end", destroyed{});
  });
}

TEST_CASE("doors: keys with hash and == may look into their registry, and use the other tables") {
  everywhere(use_all_of_a_registry<hashed_key>);
}

TEST_CASE("doors: keys with < may look into their registry") { everywhere(use_all_of_a_registry<ordered_key>); }

TEST_CASE("doors: the values of a registry may look into it when they are copied and destroyed") {
  everywhere([]() -> process {
    struct value {
      std::shared_ptr<std::function<void()>> look;
      explicit value(std::shared_ptr<std::function<void()>> l) : look(std::move(l)) {}
      value() = default;
      value(const value& other) : look(other.look) { use(); }
      value(value&& other) noexcept : look(std::move(other.look)) {}
      value& operator=(const value&) = default;
      ~value() { use(); }
      void use() const {
        if (look && *look)
          (*look)();
      }
    };
    const registry<std::string, value> table;
    const auto look = std::make_shared<std::function<void()>>([&table] {
      (void)table.find("a");
      (void)table.size();
      use_the_tables();
    });
    const outcome<> entered = table.enroll("a", value(look));
    CHECK(entered);
    CHECK(table.lookup("a").size() == 1);
    CHECK(table.update("a", [](value& v) { v.use(); }) == 1);
    table.withdraw("a");
    const auto [child, watch] = spawn_monitor([table, look] { (void)table.enroll("b", value(look)); });
    (void)co_await receive<down>(watch);
    CHECK(table.size() == 0);
    *look = nullptr;
  });
}

TEST_CASE("doors: a reason for an end may look at what is kept of ends, when it is destroyed") {
  const patience p;
  struct reason_with_door {
    std::shared_ptr<std::function<void()>> door;
    reason_with_door(std::shared_ptr<std::function<void()>> d) : door(std::move(d)) {}
    bool operator==(const reason_with_door&) const { return true; }
    ~reason_with_door() {
      if (door && *door)
        (*door)();
    }
  };
  runtime rt;
  const auto door = std::make_shared<std::function<void()>>();
  std::atomic<int> used = 0;
  const pid other = rt.spawn([]() -> process { co_await sleep(infinity); });
  *door = [&] {
    ++used;
    send(other, 1);
  };
  const pid one = rt.spawn([door] { exit(exit_reason(reason_with_door(door))); });
  CHECK(rt.wait(one).get_if<reason_with_door>() != nullptr);
  exit(other, reason::kill);
  CHECK(rt.wait(other) == reason::killed);
  rt.stop();  // whoever ended with that reason may still be at destroying it
  *door = nullptr;
  CHECK(used > 0);
}
