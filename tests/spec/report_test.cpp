// Crash reports. api.md "Running", the chapter's log lines (semantics.md S11, S17)
#include "child.hpp"
#include "spec.hpp"

#include <cctype>

namespace {

struct wanted {};
struct odd_failure {};

// "23:45:55.643"
bool is_time_of_day(const std::string& text) {
  const std::string shape = "dd:dd:dd.ddd";
  if (text.size() != shape.size())
    return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? !std::isdigit(static_cast<unsigned char>(text[i])) : text[i] != shape[i])
      return false;
  return true;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

crash_report only_report(const spec::collected_reports& reports) {
  const std::vector<crash_report> all = reports.all();
  REQUIRE(all.size() == 1);
  return all[0];
}

}  // namespace

TEST_CASE("C212 a crash report: time, [error], process; then type and text; then where it was spawned") {
  spec::collected_reports reports;
  std::string who;
  unsigned line = 0;
  spec::in_run([&]() -> process {
    line = __LINE__ + 1;
    auto [p, watch] = spawn_monitor([] { throw std::runtime_error("oops"); });
    who = spec::text_of(p);
    (void)co_await receive<down>(watch);
  });
  const crash_report r = only_report(reports);
  const std::vector<std::string> lines = lines_of(r.text);
  REQUIRE(lines.size() >= 3);
  CHECK(is_time_of_day(lines[0].substr(0, 12)));
  CHECK(lines[0].substr(12) == " [error] Process " + who + " raised an exception");
  CHECK(lines[1] == "** (std::runtime_error) oops");
  CHECK(spec::contains(r.text, "report_test.cpp:" + std::to_string(line)));
  CHECK(spec::contains(r.spawned_at, "report_test.cpp:" + std::to_string(line)));
}

TEST_CASE("the fields of a crash report") {
  spec::collected_reports reports;
  pid who;
  unsigned line = 0;
  const auto before = std::chrono::system_clock::now();
  spec::in_run([&]() -> process {
    auto [p, watch] = spawn(spawn_options{.monitor = true, .name = "spec crasher", .label = "a label"}, [&line]() -> process {
      line = __LINE__ + 1;
      co_await receive<wanted>();
      throw std::runtime_error("oops");
    });
    who = p;
    for (int n = 0; n < 3; ++n)
      send(p, n);
    send(p, wanted{});
    (void)co_await receive<down>(watch);
  });
  const crash_report r = only_report(reports);
  CHECK(r.who == who);
  CHECK(r.name == "spec crasher");
  CHECK(r.label == "a label");
  CHECK(r.why.is_error());
  CHECK(spec::contains(r.why.what(), "oops"));
  CHECK(r.mailbox_length == 3);
  REQUIRE(r.waited_at);
  CHECK(spec::ends_with(r.waited_at->file, "report_test.cpp"));
  CHECK(r.waited_at->line == line);
  CHECK(r.when >= before - 1s);
  CHECK(r.when <= std::chrono::system_clock::now() + 1s);
  CHECK(spec::contains(r.text, "report_test.cpp:" + std::to_string(line)));
}

TEST_CASE("a report says where the user awaited, not where the library did") {
  spec::collected_reports reports;
  unsigned line = 0;
  spec::in_run([&]() -> process {
    auto [p, watch] = spawn_monitor([&line]() -> process {
      auto fails = [](int) -> task<> {
        throw std::runtime_error("in a handler");
        co_return;
      };
      send(self(), 1);
      line = __LINE__ + 1;
      co_await receive(fails);
    });
    (void)co_await receive<down>(watch);
  });
  const crash_report r = only_report(reports);
  REQUIRE(r.waited_at);
  CHECK(spec::ends_with(r.waited_at->file, "report_test.cpp"));
  CHECK(r.waited_at->line == line);
}

TEST_CASE("an exception that is no std::exception is reported by its type") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    auto [p, watch] = spawn_monitor([] { throw odd_failure{}; });
    (void)co_await receive<down>(watch);
  });
  CHECK(spec::contains(only_report(reports).text, "odd_failure"));
}

TEST_CASE("the report of a process spawned with more than eight arguments names its callable") {
  spec::collected_reports reports;
  struct many_arguments {
    void operator()(int, int, int, int, int, int, int, int, int, int) const { throw std::runtime_error("oops"); }
  };
  spec::in_run([]() -> process {
    auto [p, watch] = spawn_monitor(many_arguments{}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    (void)co_await receive<down>(watch);
  });
  CHECK(spec::contains(only_report(reports).spawned_at, "many_arguments"));
}

TEST_CASE("a report comes before the DOWN") {
  spec::collected_reports reports;
  std::size_t at_down = 0;
  spec::in_run([&]() -> process {
    auto [p, watch] = spawn_monitor([] { throw std::runtime_error("oops"); });
    (void)co_await receive<down>(watch);
    at_down = reports.all().size();
  });
  CHECK(at_down == 1);
}

TEST_CASE("set_report_sink returns the old sink; what a sink throws is dropped") {
  spec::collected_reports outer;
  int calls = 0;
  report_sink old = set_report_sink([&calls](const crash_report&) {
    ++calls;
    throw std::runtime_error("from the sink");
  });
  CHECK(old);
  spec::in_run([]() -> process {
    auto [p, watch] = spawn_monitor([] { throw std::runtime_error("oops"); });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(spec::contains(why.what(), "oops"));
  });
  CHECK(calls == 1);
  set_report_sink(std::move(old));
  spec::in_run([]() -> process {
    auto [p, watch] = spawn_monitor([] { throw std::runtime_error("again"); });
    (void)co_await receive<down>(watch);
  });
  CHECK(calls == 1);
  CHECK(outer.all().size() == 1);
}

TEST_CASE("without a sink reports go to standard error") {
  if (spec::in_child()) {
    set_report_sink({});
    spec::in_run([]() -> process {
      auto [p, watch] = spawn_monitor([] { throw std::out_of_range("seen by the parent"); });
      (void)co_await receive<down>(watch);
    });
    return;
  }
  const spec::child_result r = spec::run_child("without a sink reports go to standard error");
  CHECK(r.exit_status == 0);
  CHECK(spec::contains(r.output, " [error] Process #PID<0."));
  CHECK(spec::contains(r.output, "raised an exception\n** (std::out_of_range) seen by the parent\n"));
  CHECK(spec::contains(r.output, "report_test.cpp"));
}

TEST_CASE("C212 the chapter's crash: the parent is not affected and life goes on") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([] { throw std::runtime_error("oops"); });
    (void)co_await receive<down>(watch);
    send(self(), 1);
    const int n = co_await receive<int>();
    CHECK(n == 1);
  });
}
