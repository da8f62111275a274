// Selective receive against a naive model: everything that was sent, in a list, and the oldest that fits. Messages and signals of all
// sorts arrive in batches of any size while the receiver waits, polls, or does something else; guards change from one receive to
// the next of the same expression.
#include "spec.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>

namespace {

enum class sort : std::uint8_t { apple, pear, noise, exit };

struct apple {
  int tag, serial;
};
struct pear {
  int tag, serial;
};
struct noise {
  int tag, serial;
};
struct tagged {
  ref tag;
  int n;
};

struct sent_one {
  sort what;
  int tag, serial;
  process_clock::time_point at;
  bool received = false;
};

// What both sides know; under simulation they are one thread.
struct shared {
  std::vector<sent_one> sent;
  std::mt19937_64 random;
  int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  template <class T, std::size_t N>
  T one_of(const T (&values)[N]) {
    return values[static_cast<std::size_t>(below(N))];
  }
};

void send_one(shared& s, pid to, ref alias) {
  const int serial = static_cast<int>(s.sent.size());
  const int tag = s.below(3);
  static constexpr sort mostly_noise[] = {sort::noise, sort::noise, sort::noise, sort::noise, sort::noise, sort::noise,
                                          sort::noise, sort::noise, sort::noise, sort::apple, sort::pear,  sort::exit};
  const sort what = s.one_of(mostly_noise);
  s.sent.push_back({what, tag, serial, now()});
  switch (what) {
    case sort::apple:
      return s.below(4) == 0 ? send(alias, apple{tag, serial}) : send(to, apple{tag, serial});
    case sort::pear:
      return send(to, pear{tag, serial});
    case sort::noise:
      return send(to, noise{tag, serial});
    case sort::exit:
      return exit(to, exit_reason(serial));
  }
}

process sender(pid to, ref alias, shared_unsafely<shared> known) {
  shared& s = *known;
  for (int batch = 0; batch < 12; ++batch) {
    static constexpr int sizes[] = {1, 1, 2, 3, 20, 63, 64, 65, 70, 100, 200};
    const int size = s.one_of(sizes);
    const bool only_noise = s.below(2) == 0;
    std::optional<monitor_ref> watch;
    for (int i = 0; i < size; ++i) {
      if (s.below(40) == 0) {  // signals that leave nothing in the mailbox
        watch ? static_cast<void>(demonitor(*std::exchange(watch, std::nullopt))) : static_cast<void>(watch = monitor(to));
      } else if (only_noise && s.below(30) != 0) {
        s.sent.push_back({sort::noise, 0, static_cast<int>(s.sent.size()), now()});
        send(to, noise{0, s.sent.back().serial});
      } else {
        send_one(s, to, alias);
      }
    }
    if (watch)
      demonitor(*watch);
    if (s.below(3) == 0)
      co_await yield();
    else
      co_await sleep(s.one_of({0us, 300us, 1000us}));
  }
}

constexpr int expressions = 11;

// The receive expressions, each of them one kind for the library whatever it is asked for.
task<std::optional<int>> take(int expression, int x, int y, time_limit limit) {
  const auto serial_of = [](const auto& m) -> std::optional<int> { return m ? std::optional(m->serial) : std::nullopt; };
  const auto number_of = [](const exited& e) { return *e.why.get_if<int>(); };
  switch (expression) {
    case 0:
      co_return serial_of(co_await receive<apple>([x](const apple& m) { return m.tag == x; }, within(limit)));
    case 1:
      co_return serial_of(co_await receive<apple>(within(limit)));
    case 2:
      co_return serial_of(co_await receive<pear>([x](const pear& m) { return m.tag == x; }, within(limit)));
    case 3: {
      const auto m = co_await receive<apple, pear>(within(limit));
      co_return m ? std::visit([](const auto& it) { return std::optional(it.serial); }, *m) : std::nullopt;
    }
    case 4:
      co_return co_await receive(
          when([x](const apple& m) { return m.tag == x; }, [](apple m) { return std::optional(m.serial); }),
          [](pear m) { return std::optional(m.serial); }, after(limit, [] { return std::optional<int>(); }));
    case 5:
      co_return co_await receive(when([x](const apple& m) { return m.tag == x; }, [](apple m) { return std::optional(m.serial); }),
                                 when([y](const pear& m) { return m.tag == y; }, [](pear m) { return std::optional(m.serial); }),
                                 after(limit, [] { return std::optional<int>(); }));
    case 6: {
      const auto m = co_await receive<exited>([x, number_of](const exited& e) { return number_of(e) % 3 == x; }, within(limit));
      co_return m ? std::optional(number_of(*m)) : std::nullopt;
    }
    case 7: {
      const auto m = co_await receive<any_message>(
          [x](const any_message& it) {
            const apple* const a = it.get_if<apple>();
            return a && a->tag == x;
          },
          within(limit));
      co_return m ? std::optional(m->get_if<apple>()->serial) : std::nullopt;
    }
    case 8:
      co_return co_await receive(when([x, number_of](const exited& e) { return number_of(e) % 3 == x; },
                                      [number_of](exited e) { return std::optional(number_of(e)); }),
                                 when([y](const apple& m) { return m.tag == y; }, [](apple m) { return std::optional(m.serial); }),
                                 after(limit, [] { return std::optional<int>(); }));
    case 9:
      co_return serial_of(co_await receive<noise>([x](const noise& m) { return m.tag == x; }, within(limit)));
    default:
      co_return co_await receive(when(
                                     [y](const any_message& it) {
                                       const pear* const p = it.get_if<pear>();
                                       return p && p->tag == y;
                                     },
                                     [](any_message m) { return std::optional(m.get_if<pear>()->serial); }),
                                 when([x](const apple& m) { return m.tag == x; }, [](apple m) { return std::optional(m.serial); }),
                                 after(limit, [] { return std::optional<int>(); }));
  }
}

// What the model says of the same.
bool fits(int expression, int x, int y, const sent_one& m) {
  const bool is_apple = m.what == sort::apple, is_pear = m.what == sort::pear, is_exit = m.what == sort::exit;
  switch (expression) {
    case 0:
    case 7:
      return is_apple && m.tag == x;
    case 1:
      return is_apple;
    case 2:
      return is_pear && m.tag == x;
    case 3:
      return is_apple || is_pear;
    case 4:
      return (is_apple && m.tag == x) || is_pear;
    case 5:
    case 10:
      return (is_apple && m.tag == x) || (is_pear && m.tag == y);
    case 6:
      return is_exit && m.serial % 3 == x;
    case 8:
      return (is_exit && m.serial % 3 == x) || (is_apple && m.tag == y);
    default:
      return m.what == sort::noise && m.tag == x;
  }
}

// References of all sorts among all that, checked on their own: what holds one is found, in order, and once.
class references {
 public:
  task<> step(shared& s, pid dead) {
    switch (s.below(6)) {
      case 0:
        watches_.push_back(monitor(dead));
        break;
      case 1: {
        const ref fresh = s.below(2) == 0 ? make_ref() : alias();
        tags_.push_back(fresh);
        for (int n = 0; n < 2; ++n)
          send(self(), tagged{fresh, n});
        break;
      }
      case 2:
        timers_.push_back(start_timer(0s, self(), 1));
        break;
      case 3:
        if (!watches_.empty()) {
          const monitor_ref watch = take_one(s, watches_);
          if (s.below(3) == 0) {
            demonitor(watch, {.flush = true});
          } else {
            const auto d = co_await receive<down>(watch, within(1ms));
            REQUIRE(d);
          }
          const auto again = co_await receive<down>(watch, within(0s));
          REQUIRE_FALSE(again);
        }
        break;
      case 4:
        if (!tags_.empty()) {
          const ref tag = take_one(s, tags_);
          for (int n = 0; n < 2; ++n) {
            const auto m = co_await receive<&tagged::tag>(tag, within(1ms));
            REQUIRE(m);
            REQUIRE(m->n == n);
          }
          const auto third = co_await receive<&tagged::tag>(tag, within(0s));
          REQUIRE_FALSE(third);
        }
        break;
      default:
        if (!timers_.empty()) {
          const timer_ref timer = take_one(s, timers_);
          const auto fired = co_await receive<timer_fired<int>>(timer, within(1ms));
          REQUIRE(fired);
        }
    }
  }

 private:
  template <class T>
  static T take_one(shared& s, std::vector<T>& from) {
    const auto at = from.begin() + s.below(static_cast<int>(from.size()));
    const T taken = *at;
    from.erase(at);
    return taken;
  }
  std::vector<monitor_ref> watches_;
  std::vector<ref> tags_;
  std::vector<timer_ref> timers_;
};

task<> check_one(shared& s) {
  const int expression = s.below(expressions), x = s.below(3), y = s.below(3);
  const auto got = co_await take(expression, x, y, s.one_of({0us, 0us, 200us, 2000us}));
  const auto oldest =
      std::find_if(s.sent.begin(), s.sent.end(), [&](const sent_one& m) { return !m.received && fits(expression, x, y, m); });
  CAPTURE(expression, x, y);
  if (got) {
    REQUIRE(oldest != s.sent.end());
    REQUIRE(*got == oldest->serial);
    oldest->received = true;
  } else if (oldest != s.sent.end()) {
    REQUIRE(oldest->at == now());  // it is still on its way
  }
}

process receiver(std::uint64_t seed, int limited) {
  shared s;
  s.random.seed(seed);
  trap_exits();
  const pid dead = co_await spec::dead_process();
  const ref address = alias();
  references refs;
  if (limited == 1)
    set_mailbox_limit({.max_mailbox = 1'000'000});
  const auto [from, watch] = spawn_monitor(sender, self(), address, unsafe_share(&s));
  for (int i = 0; i < 120; ++i) {
    if (limited == 2 && i == 40)
      set_mailbox_limit({.max_mailbox = 1'000'000, .max_memory = 1'000'000'000});
    if (s.below(3) == 0)
      co_await refs.step(s, dead);
    else
      co_await check_one(s);
  }
  (void)co_await receive<down>(watch);
  co_await sleep(1ms);
  for (int expression : {3, 6, 6, 6, 9, 9, 9})  // nothing is lost: all that is left can be received, in order
    for (int x = 0; x < 3; ++x)
      while (auto got = co_await take(expression, x, 0, 0s)) {
        const auto oldest =
            std::find_if(s.sent.begin(), s.sent.end(), [&](const sent_one& m) { return !m.received && fits(expression, x, 0, m); });
        REQUIRE(oldest != s.sent.end());
        REQUIRE(*got == oldest->serial);
        oldest->received = true;
      }
  const bool all = std::all_of(s.sent.begin(), s.sent.end(), [](const sent_one& m) { return m.received; });
  REQUIRE(all);
}

}  // namespace

TEST_CASE("the oldest message that matches is received, whatever was looked at before") {
  for_each_seed(spec::sized(600, 60),
                [](auto seed) { simulate(seed, [seed] { return receiver(seed, static_cast<int>(seed % 3)); }); });
}
