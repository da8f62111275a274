// Where reports go: a thread of their own, so that neither a sink nor standard error can hurt the program. OTP: logger
#include "child.hpp"
#include "spec.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <condition_variable>
#include <future>

namespace {

process fails() {
  throw std::runtime_error("oops");
  co_return;
}

task<> let_fail(int n) {
  for (int i = 0; i < n; ++i) {
    const auto [p, watch] = spawn_monitor(fails);
    (void)co_await receive<down>(watch);
  }
}

process fail(int n) { co_await let_fail(n); }

// Takes reports and may be shut: then it keeps the first one waiting.
class gate {
 public:
  void pass() {
    std::unique_lock guard(lock_);
    ++entered_;
    changed_.notify_all();
    changed_.wait(guard, [&] { return open_; });
  }
  void open() {
    std::lock_guard guard(lock_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_entered() {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [&] { return entered_ > 0; });
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  int entered_ = 0;
  bool open_ = false;
};

struct rude {
  friend bool operator==(rude, rude) { return true; }
  friend std::string describe(rude) { throw std::runtime_error("from describe"); }
};

// Sets a sink for its life.
class with_sink {
 public:
  explicit with_sink(report_sink sink) : old_(set_report_sink(std::move(sink))) {}
  ~with_sink() { set_report_sink(std::move(old_)); }
  with_sink(const with_sink&) = delete;

 private:
  report_sink old_;
};

// What becomes of a program whose standard error is this: it says on standard output that it went on.
spec::child_result with_stderr(const char* test, const char* what) { return spec::run_child(test, {{"SPEC_STDERR", what}}); }

void replace_stderr() {
  const std::string what = std::getenv("SPEC_STDERR");
  int ends[2];
  if (what == "/dev/full") {
    dup2(open("/dev/full", O_WRONLY), 2);
  } else if (what == "closed") {
    close(2);
  } else {
    what == "socket" ? (void)socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : (void)!pipe(ends);
    dup2(ends[1], 2);
    close(ends[1]);
    if (what != "full pipe")
      close(ends[0]);
    if (what == "full non-blocking pipe")
      fcntl(2, F_SETFL, O_NONBLOCK);
  }
}

process storm() {
  co_await let_fail(2'000);
  std::fputs("goes on\n", stdout);
  std::fflush(stdout);
  exit(reason::shutdown);  // which run() has to say
}

}  // namespace

TEST_CASE("a standard error that nobody can write to neither stops nor ends the program") {
  const char* const me = "a standard error that nobody can write to neither stops nor ends the program";
  if (spec::in_child()) {
    replace_stderr();
    set_report_sink({});
    const int code = run(run_options{.grace = 100ms}, storm);
    std::printf("run returned %d\n", code);
    std::fflush(stdout);
    return;
  }
  for (const char* what : {"full pipe", "full non-blocking pipe", "pipe whose reader is gone", "socket", "/dev/full", "closed"}) {
    INFO(what);
    const spec::child_result r = with_stderr(me, what);
    CHECK(r.ended_in_time);
    CHECK(r.signal == 0);
    CHECK(r.exit_status == 0);
    CHECK(spec::contains(r.output, "goes on\nrun returned 1\n"));
  }
}

TEST_CASE("nothing reported is lost at an orderly end") {
  const char* const me = "nothing reported is lost at an orderly end";
  if (spec::in_child()) {
    set_report_sink({});
    run(fail, 300);
    return;
  }
  const spec::child_result r = spec::run_child(me);
  CHECK(r.exit_status == 0);
  std::size_t reports = 0;
  for (std::size_t at = 0; (at = r.output.find("raised an exception\n** (std::runtime_error) oops\n", at)) != std::string::npos;
       ++at)
    ++reports;
  CHECK(reports == 300);
}

TEST_CASE("a sink may replace itself") {
  spec::collected_reports outer;
  std::atomic<int> calls = 0;
  {
    with_sink first([&calls](const crash_report&) {
      ++calls;
      set_report_sink([](const crash_report&) {});
    });
    spec::in_run([]() -> process { co_await let_fail(3); });
    CHECK(flush_reports(10s));
    CHECK(calls == 1);
  }
  spec::in_run([]() -> process { co_await let_fail(1); });
  CHECK(outer.all().size() == 1);
}

TEST_CASE("a sink may send, flush and fork") {
  std::atomic<bool> flushed = true;
  std::atomic<int> child_status = -1;
  pid self_pid;
  with_sink talks([&](const crash_report& r) {
    flushed = flush_reports(10s);  // would wait for itself
    const pid_t child = fork();
    if (child == 0)
      _exit(7);
    int status = 0;
    waitpid(child, &status, 0);
    child_status = WEXITSTATUS(status);
    send(self_pid, r.who);
  });
  spec::in_run([&]() -> process {
    self_pid = self();
    const auto [p, watch] = spawn_monitor(fails);
    const pid told = co_await receive<pid>();
    CHECK(told == p);
  });
  CHECK_FALSE(flushed);
  CHECK(child_status == 7);
}

TEST_CASE("no process waits for a sink that blocks, and what finds no room is counted") {
  gate shut;
  std::atomic<std::size_t> got = 0, lost = 0;
  std::atomic<bool> said = true;
  with_sink blocks([&](const crash_report& r) {
    shut.pass();
    lost += r.lost;
    got += r.who ? 1 : 0;
    said = said && (r.lost == 0 || spec::contains(r.text, "brood: " + std::to_string(r.lost) + " reports are lost here"));
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(run(run_options{.grace = 50ms}, [&]() -> process {
          co_await let_fail(1);
          shut.wait_until_entered();
          co_await let_fail(1'500);
        }) == 0);
  CHECK(std::chrono::steady_clock::now() - begin < 20s);
  CHECK_FALSE(flush_reports(1ms));
  shut.open();
  CHECK(flush_reports(10s));
  CHECK(got == 1 + 1'024);
  CHECK(lost == 1'500 - 1'024);
  CHECK(said);
}

TEST_CASE("when set_report_sink returns the old sink has got everything and is not running") {
  auto got = std::make_unique<std::atomic<int>>(0);
  report_sink old = set_report_sink([&got](const crash_report&) {
    std::this_thread::sleep_for(2ms);
    ++*got;
  });
  spec::in_run([]() -> process { co_await let_fail(20); });
  set_report_sink(std::move(old));
  CHECK(*got == 20);
  got.reset();  // a call now would be a use after free
}

TEST_CASE("a replaced sink comes back, and is destroyed where the caller drops it") {
  std::atomic<std::thread::id> destroyed_by;
  struct tells {
    std::atomic<std::thread::id>* where;
    std::shared_ptr<int> alive = std::make_shared<int>();
    ~tells() {
      if (alive.use_count() == 1)
        *where = std::this_thread::get_id();
    }
    tells(std::atomic<std::thread::id>* w) : where(w) {}
    tells(const tells&) = default;
    void operator()(const crash_report&) const { set_report_sink(set_report_sink({})); }
  };
  report_sink old = set_report_sink(tells(&destroyed_by));
  spec::in_run([]() -> process { co_await let_fail(2); });
  { const report_sink mine = set_report_sink(std::move(old)); }
  CHECK(destroyed_by.load() == std::this_thread::get_id());
}

TEST_CASE("a reason or message whose describe throws is reported all the same") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    const auto [p, watch] =
        spawn_monitor([]() -> process { co_await serve([](int) { return stop_serving(exit_reason(rude{})); }); });
    send(p, rude{});
    send(p, 1);
    (void)co_await receive<down>(watch);
  });
  const std::vector<crash_report> all = reports.all();
  REQUIRE(all.size() == 2);
  CHECK(spec::contains(all[0].text, " serves no "));
  CHECK(spec::contains(all[1].text, " ended abnormally\n"));
}

TEST_CASE("the thread of the reports takes no signals") {
  std::atomic<bool> masked = false;
  with_sink looks([&](const crash_report&) {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    masked = sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGPIPE) == 1 && sigismember(&blocked, SIGALRM) == 1;
  });
  spec::in_run([]() -> process { co_await let_fail(1); });
  CHECK(flush_reports(10s));
  CHECK(masked);
}

TEST_CASE("what a forked child reports is its own") {
  gate shut;
  with_sink blocks([&](const crash_report&) { shut.pass(); });
  CHECK(run(run_options{.grace = 20ms}, fail, 3) == 0);
  const pid_t child = fork();
  if (child == 0)
    _exit(flush_reports(100ms) ? 3 : 4);  // nothing is queued here: its parent's reports are its parent's
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 3);
  shut.open();
  CHECK(flush_reports(10s));
}

TEST_CASE("a supervisor's reports of one cause are drawn together") {
  spec::collected_reports reports;
  constexpr int children = spec::sized(4'313, 500);
  spec::in_run([]() -> process {
    const outcome<pid> sup = co_await start_link([] { return supervise(dynamic, std::vector<child_spec>()); });
    std::vector<pid> all;
    for (int i = 0; i < children; ++i)
      all.push_back(*co_await start_child(*sup, child([]() -> process {
                                                  co_await receive<int>();
                                                  throw std::runtime_error("the disk is gone");
                                                }).temporary()));
    for (const pid p : all)
      send(p, 1);
    while ((co_await count_children(*sup)).active > 0)
      co_await sleep(1ms);
  });
  std::size_t by_supervisor = 0, meant = 0;
  std::string last;
  for (const crash_report& r : reports.all()) {
    meant += r.lost + (r.more > 0 ? r.more : r.who ? 1 : 0);
    if (spec::contains(r.text, "] Supervisor ")) {
      ++by_supervisor;
      last = r.text;
    }
  }
  CHECK(by_supervisor <= 60);  // two each second, and a slow machine takes its seconds
  CHECK(meant == 2 * static_cast<std::size_t>(children));  // each child's own report, and its supervisor's
  CHECK(spec::contains(last, " more like this\n"));
}

TEST_CASE("a simulation that holds prints no reports; one that fails prints the last of them") {
  const char* const me = "a simulation that holds prints no reports; one that fails prints the last of them";
  if (spec::in_child()) {
    set_report_sink({});
    const bool bad = std::getenv("SPEC_BAD") != nullptr;
    for_each_seed(20, [&](std::uint64_t seed) {
      simulate(
          seed,
          [](bool f) -> process {
            co_await let_fail(100);
            if (f)
              throw std::runtime_error("the test failed");
          },
          bad);
    });
    return;
  }
  const spec::child_result good = spec::run_child(me);
  CHECK(good.exit_status == 0);
  CHECK_FALSE(spec::contains(good.output, "[error]"));
  const spec::child_result bad = spec::run_child(me, {{"SPEC_BAD", "1"}});
  CHECK(bad.exit_status != 0);
  CHECK(spec::contains(bad.output, "the test failed"));
  CHECK(spec::contains(bad.output, "brood: what was reported in this run:\n(50 earlier reports left out)\n"));
  CHECK(spec::contains(bad.output, "** (std::runtime_error) oops"));
}

TEST_CASE("under simulate the sink is called at once, by the thread that simulates") {
  std::thread::id where;
  int calls = 0, nested = 0;
  with_sink notes([&](const crash_report&) {
    where = std::this_thread::get_id();
    ++calls;
    nested += flush_reports(10s) ? 1 : 0;
  });
  simulate([&calls]() -> process {
    const auto [p, watch] = spawn_monitor(fails);
    (void)co_await receive<down>(watch);
    CHECK(calls == 1);
  });
  CHECK(where == std::this_thread::get_id());
  CHECK(nested == 0);
}
