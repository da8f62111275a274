// Supervisors: who is started, restarted and stopped, in which order. semantics.md 3.11
#include "supervision.hpp"

using spec::joined;

namespace {

// Children a, b and c under this strategy; one of them is killed. What happened from then on, in the log's words, and which of
// the three have new processes.
struct observed {
  std::string log;
  std::string renewed;
};
task<observed> after_death_of(std::string who, restart_strategy strategy) {
  spec::shared_log log;
  const std::vector<std::string> ids{"a", "b", "c"};
  std::vector<child_spec> children;
  for (const std::string& id : ids)
    children.push_back(spec::obedient_child(id, log));
  const pid sup = co_await spec::supervisor_of({.strategy = strategy}, children);
  const std::vector<pid> before = co_await spec::pids_of(sup, ids);
  const std::size_t seen = log.lines().size();
  const pid killed = before[static_cast<std::size_t>(who[0] - 'a')];
  const exit_reason why = co_await spec::end(killed, reason::kill);
  CHECK(why == reason::killed);
  (void)co_await spec::successor(sup, who, killed);
  co_await spec::settled(sup);
  const std::vector<pid> now = co_await spec::pids_of(sup, ids);
  observed result{joined(log.lines(), seen), ""};
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (before[i] != now[i])
      result.renewed += ids[i];
  const exit_reason end = co_await spec::end(sup, reason::shutdown);
  CHECK(end == reason::shutdown);
  co_return result;
}

}  // namespace

TEST_CASE("C171 children start in order and stop in reverse order") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const restart_strategy strategy : {one_for_one, one_for_all, rest_for_one}) {
      spec::shared_log log;
      const pid sup = co_await spec::supervisor_of(
          {.strategy = strategy}, {spec::obedient_child("a", log), spec::obedient_child("b", log), spec::obedient_child("c", log)});
      CHECK(joined(log.lines()) == "+a +b +c");
      const exit_reason why = co_await spec::end(sup, reason::shutdown);
      CHECK(why == reason::shutdown);
      CHECK(joined(log.lines()) == "+a +b +c -c -b -a");
    }
  });
}

TEST_CASE("C171 a child is stopped only when those after it are dead") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const pid sup =
        co_await spec::supervisor_of({}, {child("a", spec::dawdler, "a", log, 1ms), child("b", spec::dawdler, "b", log, 20ms),
                                          child("c", spec::dawdler, "c", log, 5ms)});
    (void)co_await spec::end(sup, reason::shutdown);
    CHECK(joined(log.lines()) == "+a +b +c !c -c !b -b !a -a");
  });
}

TEST_CASE("C171 a child is started when the one before it has started") {
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const auto slow = [](std::string id, spec::shared_log log) -> process {
      log.add("?" + id);
      co_await sleep(2ms);
      init_ack();
      log.add("+" + id);
      co_await receive<spec::end_with>();
    };
    (void)co_await spec::supervisor_of({}, {child("a", slow, "a", log), child("b", slow, "b", log), child("c", slow, "c", log)});
    const spec::lines lines = log.lines();
    REQUIRE(lines.size() >= 5);
    // +a comes after its init_ack, beside ?b
    CHECK(std::find(lines.begin(), lines.end(), "?a") < std::find(lines.begin(), lines.end(), "?b"));
    CHECK(std::find(lines.begin(), lines.end(), "?b") < std::find(lines.begin(), lines.end(), "?c"));
  });
}

TEST_CASE("C172 one_for_one restarts only the dead child: a new pid, its siblings' unchanged") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const std::string who : {"a", "b", "c"}) {
      const observed o = co_await after_death_of(who, one_for_one);
      CHECK(o.log == "-" + who + " +" + who);
      CHECK(o.renewed == who);
    }
  });
}

TEST_CASE("C173 one_for_all stops the rest in reverse order and starts all in start order") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    observed o = co_await after_death_of("b", one_for_all);
    CHECK(o.log == "-b -c -a +a +b +c");
    CHECK(o.renewed == "abc");
    o = co_await after_death_of("a", one_for_all);
    CHECK(o.log == "-a -c -b +a +b +c");
    o = co_await after_death_of("c", one_for_all);
    CHECK(o.log == "-c -b -a +a +b +c");
  });
}

TEST_CASE("C174 rest_for_one stops and starts those after the dead child, those before stay") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    observed o = co_await after_death_of("b", rest_for_one);
    CHECK(o.log == "-b -c +b +c");
    CHECK(o.renewed == "bc");
    o = co_await after_death_of("a", rest_for_one);
    CHECK(o.log == "-a -c -b +a +b +c");
    o = co_await after_death_of("c", rest_for_one);
    CHECK(o.log == "-c +c");
    CHECK(o.renewed == "c");
  });
}

// As erl has it (OTP 25): a group restart starts every child it reaches that is not temporary.
TEST_CASE("V4 a group restart also starts who was terminated by request, and who had ended well") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const pid sup = co_await spec::supervisor_of(
        {.strategy = rest_for_one}, {spec::obedient_child("a", log), spec::obedient_child("b", log),
                                     spec::obedient_child("c", log).transient(), spec::obedient_child("d", log).temporary()});
    const outcome<> ended = co_await terminate_child(sup, "b");
    CHECK(ended);
    (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "c"), reason::normal);
    const pid a = co_await spec::pid_of(sup, "a");
    (void)co_await spec::end(a, reason::kill);
    (void)co_await spec::successor(sup, "a", a);
    CHECK(joined(log.lines(), 4) == "-b -c -a -d +a +b +c");
    const child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 3);
    CHECK(counts.active == 3);
  });
}

TEST_CASE("V4 a temporary bystander of a group restart is stopped and forgotten") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const pid sup = co_await spec::supervisor_of(
        {.strategy = one_for_all},
        {spec::obedient_child("a", log), spec::obedient_child("b", log).temporary(), spec::obedient_child("c", log)});
    const pid a = co_await spec::pid_of(sup, "a");
    (void)co_await spec::end(a, reason::kill);
    (void)co_await spec::successor(sup, "a", a);
    CHECK(joined(log.lines(), 3) == "-a -c -b +a +c");
    const child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 2);
    CHECK(counts.active == 2);
  });
}

TEST_CASE("C175 restart types and the ways a child ends: twelve cells") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const exit_reason ends[] = {reason::normal, reason::shutdown, reason::shutdown_with(3), exit_reason("boom")};
    const child_spec permanent = spec::obedient_child("x", {}).permanent();
    struct cell {
      child_spec spec;
      bool restarted[4];
      bool kept;  // the spec, if it is not restarted
    };
    const cell cells[] = {{permanent, {true, true, true, true}, true},
                          {permanent.transient(), {false, false, false, true}, true},
                          {permanent.temporary(), {false, false, false, false}, false}};
    for (const cell& c : cells)
      for (std::size_t i = 0; i < 4; ++i) {
        const pid sup = co_await spec::supervisor_of({.restarts = 1}, {c.spec});
        const pid before = co_await spec::pid_of(sup, "x");
        const exit_reason why = co_await spec::tell_to_end(before, ends[i]);
        CHECK(why == ends[i]);
        if (c.restarted[i]) {
          const pid now = co_await spec::successor(sup, "x", before);
          CHECK(now != before);
        } else {
          co_await sleep(2ms);
          const std::vector<child_info> children = co_await which_children(sup);
          CHECK(children.size() == (c.kept ? 1u : 0u));
          for (const child_info& child : children) {
            CHECK(child.process == pid());
            CHECK(child.state == child_state::stopped);
          }
        }
        (void)co_await spec::end(sup, reason::shutdown);
      }
  });
}

TEST_CASE("A child's function and arguments are copied at every start") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const auto eats_its_argument = [count = 0](std::vector<int> numbers, pid tell) mutable -> process {
      send(tell, std::pair<int, std::size_t>(++count, numbers.size()));
      numbers.clear();
      co_await receive<spec::end_with>();
    };
    const pid sup = co_await spec::supervisor_of({}, {child("x", eats_its_argument, std::vector{1, 2, 3}, self())});
    pid last;
    for (int i = 0; i < 3; ++i) {
      const auto [count, size] = co_await receive<std::pair<int, std::size_t>>();
      CHECK(count == 1);
      CHECK(size == 3);
      last = co_await spec::successor(sup, "x", last);
      (void)co_await spec::end(last, reason::kill);
    }
  });
}

TEST_CASE("A named child has its name before it runs, and again after each restart") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const auto knows_itself = [](pid tell) -> process {
      send(tell, whereis("fred") == self());
      co_await receive<spec::end_with>();
    };
    const pid sup = co_await spec::supervisor_of({}, {child("x", knows_itself, self()).named("fred")});
    for (int i = 0; i < 3; ++i) {
      const bool known = co_await receive<bool>();
      CHECK(known);
      const pid now = co_await spec::pid_of(sup, "x");
      CHECK(whereis("fred") == now);
      (void)co_await spec::end(now, reason::kill);
    }
    (void)co_await receive<bool>();
    (void)co_await spec::end(sup, reason::shutdown);
    CHECK(whereis("fred") == std::nullopt);
  });
}
