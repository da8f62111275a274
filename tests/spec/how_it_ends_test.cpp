// What each call does while a runtime runs, while it stops and after: the table of lib/DESIGN.md, "How it ends", row by row.
#include "spec.hpp"

#include <future>
#include <thread>

namespace {

struct square_of {
  int n = 0;
  using reply = int;
};
struct are_you_there {
  std::shared_ptr<std::promise<void>> yes;
};

// A runtime that another thread stops, and that does not come to the end before the test lets it: one process traps exits, and serves.
class held_end {
 public:
  held_end() {
    keeper = rt.spawn(keep, stopping_, open_);
    while (!rt.call(keeper, square_of{1})) {}  // it traps exits
  }
  ~held_end() { finish(); }
  // From here on it is stopping.
  void begin() {
    stop_ = std::thread([this] { rt.stop(); });
    while (!stopping_->load())
      std::this_thread::sleep_for(1ms);
  }
  void finish() {
    open_->store(true);
    if (stop_.joinable())
      stop_.join();
  }

 private:
  static process keep(spec::shared_flag stopping, spec::shared_flag open) {
    trap_exits();
    while (!open->load())
      co_await receive([&](exited) { stopping->store(true); }, [](request<square_of> r) { r.reply(r->n * r->n); },
                       [](are_you_there m) { m.yes->set_value(); }, after(1ms, [] {}));
  }
  spec::shared_flag stopping_ = spec::make_flag(), open_ = spec::make_flag();

 public:
  runtime rt{run_options{.grace = 20s}};
  pid keeper;

 private:
  std::thread stop_;
};

// Alive as long as one of its copies is.
struct counted {
  std::shared_ptr<const int> token;
};

// Sends, spawns, arms, cancels and waits when it is destroyed.
class busy_to_the_end {
 public:
  busy_to_the_end(std::shared_ptr<const int> token, runtime* rt) : token_(std::move(token)), rt_(rt) {}
  busy_to_the_end(busy_to_the_end&& other) noexcept : token_(std::move(other.token_)), rt_(other.rt_) {}
  ~busy_to_the_end() {
    if (!token_)
      return;
    spawn([token = token_]() -> process { co_await sleep(infinity); });
    const timer_ref timer = send_after(1h, destination("spec nobody"), counted{token_});
    cancel_timer(timer);
    send(pid{}, counted{token_});
    if (!rt_)
      return;
    rt_->spawn([token = token_] {});
    rt_->stop();
    (void)rt_->wait(pid{});
    (void)rt_->call(pid{}, square_of{1});
    rt_->monitor(pid{}, [token = token_](const down&) {});
  }

 private:
  std::shared_ptr<const int> token_;
  runtime* rt_;
};

}  // namespace

TEST_CASE("spawn from outside: a process, or nobody once the runtime is stopping, and the arguments are gone all the same") {
  const auto token = std::make_shared<const int>(1);
  held_end end;
  end.begin();
  const pid late = end.rt.spawn([token]() -> process { co_await sleep(infinity); });
  CHECK_FALSE(late);
  CHECK_FALSE(spawn([token]() -> process { co_await sleep(infinity); }));
  CHECK(end.rt.wait(late) == reason::noproc);
  end.finish();
  CHECK_FALSE(end.rt.spawn([token] {}));
  CHECK_THROWS_AS(spawn([token] {}), not_a_process);
  CHECK(token.use_count() == 1);
}

TEST_CASE("a stopped runtime spawns nothing in the one that runs now") {
  runtime stopped;
  stopped.stop();
  bool ran = false;
  {
    runtime runs;
    CHECK_FALSE(stopped.spawn([&ran] { ran = true; }));
    CHECK(stopped.call(runs.spawn(spec::idle), square_of{1}, 1s).why() == reason::noproc);
  }
  CHECK_FALSE(ran);
}

TEST_CASE("send from outside is delivered as long as the receiver lives, then dropped") {
  const auto token = std::make_shared<const int>(1);
  held_end end;
  end.begin();
  const auto yes = std::make_shared<std::promise<void>>();
  end.rt.send(end.keeper, are_you_there{yes});
  CHECK(yes->get_future().wait_for(10s) == std::future_status::ready);
  CHECK_THROWS_AS(end.rt.send("spec nobody", 1), bad_name);
  end.finish();
  end.rt.send(end.keeper, counted{token});
  send(end.keeper, counted{token});
  exit(end.keeper, reason::kill);
  CHECK_THROWS_AS(end.rt.send("spec nobody", counted{token}), bad_name);
  CHECK(token.use_count() == 1);
}

TEST_CASE(
    "wait is answered: begun before the stop, during it, and after, for a process of the runtime's and for one of another's") {
  held_end end;
  const pid mine = end.rt.spawn(spec::idle);
  std::promise<pid> childs;
  end.rt.spawn([&childs]() -> process {
    childs.set_value(spawn(spec::idle));
    co_await sleep(infinity);
  });
  const pid other = childs.get_future().get();
  auto before = std::async(std::launch::async, [&] { return end.rt.wait(other); });
  const auto wait_has_begun = [other]() -> process {
    for (auto info = co_await inspect(other); info && info->monitored_by_count == 0; info = co_await inspect(other))
      co_await sleep(1ms);
  };
  CHECK(end.rt.wait(end.rt.spawn(wait_has_begun)) == reason::normal);
  end.begin();
  CHECK(before.get() == reason::shutdown);
  CHECK(end.rt.wait(other) == reason::noproc);
  auto during = std::async(std::launch::async, [&] { return end.rt.wait(end.keeper); });
  end.finish();
  CHECK(during.get() == reason::normal);
  CHECK(end.rt.wait(mine) == reason::shutdown);  // kept
  CHECK(end.rt.wait(mine) == reason::noproc);  // for one wait
  CHECK(end.rt.wait(other) == reason::noproc);
}

TEST_CASE("call is answered: begun before the stop, during it, and after") {
  held_end end;
  const pid silent = end.rt.spawn(spec::idle);
  auto before = std::async(std::launch::async, [&] { return end.rt.call(silent, square_of{2}, infinity); });
  end.begin();
  const outcome<int> none = before.get();
  REQUIRE_FALSE(none);
  CHECK((none.why() == reason::shutdown || none.why() == reason::noproc));
  const outcome<int> during = end.rt.call(end.keeper, square_of{7});
  REQUIRE(during);
  CHECK(*during == 49);
  CHECK(end.rt.call(silent, square_of{2}).why() == reason::noproc);
  end.finish();
  CHECK(end.rt.call(end.keeper, square_of{2}, infinity).why() == reason::noproc);
}

TEST_CASE("monitor calls back once for each process that stop ends, and at once when nobody lives") {
  std::atomic<int> told = 0, wrong = 0;
  for (int round = 0; round < 10; ++round) {
    runtime rt{run_options{.grace = 10s}};
    for (int k = 0; k < 10; ++k)
      rt.monitor(rt.spawn(spec::idle), [&](const down& d) {
        ++told;
        wrong += d.why != reason::shutdown && d.why != reason::noproc;
      });
    rt.stop();
    CHECK(told == 10 * (round + 1));
  }
  CHECK(wrong == 0);
  runtime rt;
  const pid who = rt.spawn(spec::idle);
  rt.stop();
  std::optional<down> at_once;
  rt.monitor(who, [&, here = std::this_thread::get_id()](const down& d) {
    if (here == std::this_thread::get_id())
      at_once = d;
  });
  REQUIRE(at_once);
  CHECK(at_once->who == who);
  CHECK(at_once->why == reason::noproc);
}

TEST_CASE("a callback of monitor that stop brings about may use all of the library") {
  const auto token = std::make_shared<const int>(1);
  std::atomic<int> done = 0;
  {
    runtime rt{run_options{.grace = 50ms}};  // for what the callback spawns
    rt.monitor(rt.spawn(spec::idle), [&](const down& d) {
      spawn([token]() -> process { co_await sleep(infinity); });
      spawn_link([token]() -> process { co_await sleep(infinity); });
      send(d.who, counted{token});
      send_after(1h, self(), counted{token});
      rt.monitor(d.who, [&](const down& again) { done += again.why == reason::noproc; });
      ++done;
    });
  }
  CHECK(done == 2);
  CHECK(token.use_count() == 1);
}

TEST_CASE("timers from outside: armed while the runtime runs and stops; afterwards there is none to arm one in") {
  const auto token = std::make_shared<const int>(1);
  held_end end;
  const timer_ref before = send_after(1h, end.keeper, counted{token});
  CHECK(read_timer(before));
  CHECK(cancel_timer(before));
  end.begin();
  const auto yes = std::make_shared<std::promise<void>>();
  send_after(1ms, end.keeper, are_you_there{yes});
  CHECK(yes->get_future().wait_for(10s) == std::future_status::ready);
  const timer_ref late = send_after(1h, destination("spec nobody"), counted{token});
  CHECK(read_timer(late));
  end.finish();
  CHECK(token.use_count() == 1);
  CHECK_FALSE(cancel_timer(late));
  CHECK_FALSE(read_timer(late));
  CHECK_THROWS_AS(send_after(1h, end.keeper, counted{token}), not_a_process);
  CHECK(token.use_count() == 1);
}

TEST_CASE("stop by two threads at once: both return when it has stopped; again it does nothing") {
  for (int round = 0; round < 20; ++round) {
    const auto token = std::make_shared<const int>(1);
    runtime rt{run_options{.grace = 10s}};
    rt.spawn([token]() -> process { co_await sleep(infinity); });
    long seen = 0;
    std::thread other([&] {
      rt.stop();
      seen = token.use_count();
    });
    rt.stop();
    CHECK(token.use_count() == 1);
    other.join();
    CHECK(seen == 1);
    rt.stop();
  }
}

TEST_CASE("stop in a process, in a callback, in blocking: refused with a sentence; the runtime goes on") {
  runtime rt{run_options{.grace = 10s}};
  const auto refused = [&rt] {
    try {
      rt.stop();
    } catch (const std::logic_error& e) {
      return spec::contains(e.what(), "waits for itself");
    }
    return false;
  };
  std::atomic<int> sentences = 0;
  (void)rt.wait(rt.spawn([&] { sentences += refused(); }));
  (void)rt.wait(rt.spawn([&]() -> process { sentences += co_await blocking(refused); }));
  std::promise<void> called;
  rt.monitor(pid{}, [&](const down&) {
    sentences += refused();
    called.set_value();
  });
  called.get_future().get();
  CHECK(sentences == 3);
  CHECK(rt.wait(rt.spawn([] {})) == reason::normal);
}

TEST_CASE("wait for oneself is refused with a sentence") {
  runtime rt;
  std::atomic<bool> refused = false;
  (void)rt.wait(rt.spawn([&] {
    try {
      (void)rt.wait(self());
    } catch (const std::logic_error&) {
      refused = true;
    }
  }));
  CHECK(refused);
}

TEST_CASE("what destructors spawn and arm while the runtime ends never was: in run, in a runtime, under simulation") {
  const auto token = std::make_shared<const int>(1);
  const auto leave = [&](runtime* rt) {
    return [&token, rt] {
      send_after(1h, destination("spec nobody"), busy_to_the_end(token, rt));  // destroyed by the thread that stops
      send_after(1h, self(), busy_to_the_end(token, nullptr));  // … by the scheduler, when this process dies
      send(self(), busy_to_the_end(token, nullptr));  // … with the mailbox
    };
  };
  for (int round = 0; round < 20; ++round) {
    // Short: what is spawned after everybody was told to stop lives for the time of grace.
    CHECK(run(run_options{.grace = 20ms}, leave(nullptr)) == 0);
    REQUIRE(token.use_count() == 1);
    {
      runtime rt{run_options{.grace = 20ms}};
      rt.spawn(leave(&rt));
    }
    REQUIRE(token.use_count() == 1);
    simulate(simulate_options{.seed = static_cast<std::uint64_t>(round)}, leave(nullptr));
    REQUIRE(token.use_count() == 1);
  }
}

TEST_CASE("inspect_runtime, processes and whereis answer in every phase") {
  held_end end;
  CHECK(inspect_runtime().processes >= 1);
  end.begin();
  CHECK(inspect_runtime().processes >= 1);
  CHECK(processes().size() >= 1);
  end.finish();
  CHECK(inspect_runtime().processes == 0);
  CHECK(processes().empty());
  CHECK_FALSE(whereis("spec nobody"));
}
