// Supervisors: what can be asked of them. semantics.md 3.11, V7
#include "supervision.hpp"

#include <atomic>

using spec::joined;

namespace {

bool is(const exit_reason& why, child_error error) { return why == exit_reason(error); }

}  // namespace

TEST_CASE("C183 start_child: already_started while it runs, already_present when it is stopped") {
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const child_spec a = spec::obedient_child("a", log);
    const pid sup = co_await spec::supervisor_of({}, {});
    const outcome<pid> first = co_await start_child(sup, a);
    REQUIRE(first);
    outcome<pid> again = co_await start_child(sup, a);
    CHECK(again.why() == exit_reason(already_started{*first}));
    const outcome<> ended = co_await terminate_child(sup, "a");
    CHECK(ended);
    again = co_await start_child(sup, a);
    CHECK(is(again.why(), child_error::already_present));
    CHECK(joined(log.lines()) == "+a -a");
  });
}

TEST_CASE("C183 delete_child: running, then gone; not_found for what was never there") {
  spec::everywhere([]() -> process {
    const pid sup = co_await spec::supervisor_of({}, {spec::obedient_child("a", {})});
    outcome<> deleted = co_await delete_child(sup, "a");
    CHECK(is(deleted.why(), child_error::running));
    (void)co_await terminate_child(sup, "a");
    deleted = co_await delete_child(sup, "a");
    CHECK(deleted);
    deleted = co_await delete_child(sup, "a");
    CHECK(is(deleted.why(), child_error::not_found));
    const child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 0);
  });
}

TEST_CASE("C183 restart_child: running, not_found; a terminated child starts with a new pid") {
  spec::everywhere([]() -> process {
    const pid sup = co_await spec::supervisor_of({}, {spec::obedient_child("a", {}), spec::obedient_child("b", {})});
    const pid before = co_await spec::pid_of(sup, "a");
    outcome<pid> again = co_await restart_child(sup, "a");
    CHECK(is(again.why(), child_error::running));
    again = co_await restart_child(sup, "z");
    CHECK(is(again.why(), child_error::not_found));
    (void)co_await terminate_child(sup, "a");
    const bool alive = co_await is_alive(before);
    CHECK_FALSE(alive);
    again = co_await restart_child(sup, "a");
    REQUIRE(again);
    CHECK(*again != before);
    const std::vector<child_info> children = co_await which_children(sup);
    CHECK(children.at(0).id == "a");  // where it was
    CHECK(children.at(0).process == *again);
  });
}

TEST_CASE("C183 terminate_child: by id and by pid; not_found; a stopped child is no error; a temporary one is forgotten") {
  spec::everywhere([]() -> process {
    const pid sup = co_await spec::supervisor_of(
        {}, {spec::obedient_child("a", {}), spec::obedient_child("b", {}), spec::obedient_child("t", {}).temporary()});
    outcome<> ended = co_await terminate_child(sup, "a");
    CHECK(ended);
    ended = co_await terminate_child(sup, "a");
    CHECK(ended);
    ended = co_await terminate_child(sup, "z");
    CHECK(is(ended.why(), child_error::not_found));
    const pid b = co_await spec::pid_of(sup, "b");
    ended = co_await terminate_child(sup, b);
    CHECK(ended);
    ended = co_await terminate_child(sup, b);
    CHECK(is(ended.why(), child_error::not_found));
    ended = co_await terminate_child(sup, "t");
    CHECK(ended);
    ended = co_await terminate_child(sup, "t");
    CHECK(is(ended.why(), child_error::not_found));
    const child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 2);
    CHECK(counts.active == 0);
  });
}

TEST_CASE("A terminated child is not restarted, and its end counts for nothing") {
  spec::everywhere([]() -> process {
    const pid sup = co_await spec::supervisor_of({.restarts = 0}, {spec::obedient_child("a", {})});
    (void)co_await terminate_child(sup, "a");
    co_await sleep(2ms);
    const child_state state = (co_await spec::info_of(sup, "a")).state;
    CHECK(state == child_state::stopped);
  });
}

TEST_CASE("A child that fails to start through start_child or restart_child: its own reason; a new spec is not kept") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    auto fails = std::make_shared<std::atomic<bool>>(true);
    const auto moody = [fails]() -> process {
      if (*fails)
        exit(exit_reason("cannot"));
      return spec::obedient("x", {});
    };
    const pid sup = co_await spec::supervisor_of({.restarts = 0}, {});
    outcome<pid> started = co_await start_child(sup, child("x", moody));
    CHECK(started.why() == exit_reason("cannot"));
    child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 0);
    *fails = false;
    started = co_await start_child(sup, child("x", moody));
    CHECK(started);
    (void)co_await terminate_child(sup, "x");
    *fails = true;
    started = co_await restart_child(sup, "x");
    CHECK(started.why() == exit_reason("cannot"));
    counts = co_await count_children(sup);
    CHECK(counts.specs == 1);
    *fails = false;
    started = co_await restart_child(sup, "x");
    CHECK(started);
  });
}

TEST_CASE("start_child refuses a spec that contradicts the supervisor's options") {
  spec::everywhere([]() -> process {
    const pid sup = co_await spec::supervisor_of({}, {});
    const outcome<pid> started = co_await start_child(sup, spec::obedient_child("x", {}).transient().significant());
    CHECK(started.why().is_error());
    CHECK(spec::contains(started.why().what(), "stops_when is never"));
    const outcome<pid> nameless = co_await start_child(sup, child(spec::idle));
    CHECK(nameless.why().is_error());
  });
}

TEST_CASE("C184 a one-shot that ends normally before it has started keeps its spec without a pid; a temporary one does not") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const auto one_shot = [log] { log.add("ran"); };
    const pid sup = co_await spec::supervisor_of(
        {.restarts = 0}, {child("kept", one_shot), child("gone", one_shot).temporary(), spec::obedient_child("a", log)});
    std::vector<child_info> children = co_await which_children(sup);
    REQUIRE(children.size() == 2);
    CHECK(children[0].id == "kept");
    CHECK(children[0].process == pid());
    CHECK(children[0].state == child_state::stopped);
    CHECK(joined(log.lines()) == "ran ran +a");
    outcome<pid> started = co_await start_child(sup, child("more", one_shot));
    REQUIRE(started);
    CHECK(*started == pid());
    started = co_await start_child(sup, child("most", one_shot).temporary());
    CHECK(started);
    children = co_await which_children(sup);
    CHECK(children.size() == 3);
    started = co_await start_child(sup, child("more", one_shot));
    CHECK(is(started.why(), child_error::already_present));
    started = co_await restart_child(sup, "kept");
    CHECK(started);
  });
}

TEST_CASE("which_children in start order, count_children by kind") {
  spec::everywhere([]() -> process {
    const auto inner = []() -> process { co_await supervise(one_for_one, spec::obedient_child("leaf", {})); };
    const auto late = []() -> process {
      init_ack();
      co_await supervise(one_for_one, spec::obedient_child("leaf", {}));
    };
    const pid sup = co_await spec::supervisor_of(
        {}, {spec::obedient_child("a", {}), child("inner", inner), child("late", late), child("shot", [] {})});
    (void)co_await start_child(sup, spec::obedient_child("b", {}));
    co_await spec::settled(co_await spec::pid_of(sup, "late"));
    (void)co_await terminate_child(sup, "inner");
    std::string seen;
    for (const child_info& c : co_await which_children(sup)) {
      seen += c.id + (c.supervisor ? "*" : "") + (c.state == child_state::running ? "" : ".") + " ";
      CHECK((c.process != pid()) == (c.state == child_state::running));
    }
    CHECK(seen == "a inner*. late* shot. b ");
    const child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 5);
    CHECK(counts.active == 3);
    CHECK(counts.supervisors == 2);
    CHECK(counts.workers == 3);
  });
}

TEST_CASE("Requests work through a name; one to nobody says noproc") {
  spec::everywhere([]() -> process {
    const auto body = []() -> process { co_await supervise(one_for_one); };
    (void)*co_await start({.name = "sup"}, body);
    outcome<pid> started = co_await start_child("sup", spec::obedient_child("a", {}));
    CHECK(started);
    (void)co_await spec::end(*whereis("sup"), reason::kill);
    started = co_await start_child("sup", spec::obedient_child("a", {}));
    CHECK(started.why() == reason::noproc);
    const pid dead = co_await spec::dead_process();
    const outcome<> ended = co_await terminate_child(dead, "a");
    CHECK(ended.why() == reason::noproc);
    try {
      (void)co_await count_children(dead);
      FAIL("count_children of a dead supervisor returned");
    } catch (const exiting& e) {
      CHECK(e.why() == reason::noproc);
    }
  });
}

TEST_CASE("C188 a dynamic supervisor: children without ids, max_children counts those being restarted") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    auto fails = std::make_shared<std::atomic<bool>>(false);
    const auto moody = [fails]() -> process {
      if (*fails)
        exit(exit_reason("not now"));
      return spec::obedient("x", {});
    };
    const pid sup =
        co_await spec::supervisor_of({.strategy = restart_strategy::dynamic, .restarts = 1 << 30, .max_children = 2}, {});
    const pid first = *co_await start_child(sup, child(moody));
    (void)*co_await start_child(sup, child(spec::obedient, "y", spec::shared_log()));
    outcome<pid> third = co_await start_child(sup, child(moody));
    CHECK(is(third.why(), child_error::max_children));
    *fails = true;
    (void)co_await spec::end(first, reason::kill);
    while ((co_await which_children(sup)).at(0).state != child_state::restarting)
      co_await yield();
    third = co_await start_child(sup, child(spec::obedient, "z", spec::shared_log()));
    CHECK(is(third.why(), child_error::max_children));
    *fails = false;
    while ((co_await which_children(sup)).at(0).state != child_state::running)
      co_await yield();
    const pid again = (co_await which_children(sup)).at(0).process;
    (void)co_await terminate_child(sup, again);
    third = co_await start_child(sup, child(spec::obedient, "z", spec::shared_log()));
    CHECK(third);
  });
}

TEST_CASE("C188 a dynamic child that is not restarted is gone; also one whose restart ends normally at once") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    auto starts = std::make_shared<std::atomic<int>>(0);
    const auto once = [starts]() -> process {
      if ((*starts)++ > 0)
        return [](auto) -> process { co_return; }(0);
      return spec::obedient("x", {});
    };
    const pid sup = co_await spec::supervisor_of({.strategy = restart_strategy::dynamic}, {});
    const pid ends = *co_await start_child(sup, child(spec::obedient, "x", spec::shared_log()).transient());
    (void)co_await spec::tell_to_end(ends, reason::normal);
    const pid ends_later = *co_await start_child(sup, child(once));
    (void)co_await spec::end(ends_later, reason::kill);
    while (starts->load() < 2)
      co_await sleep(1ms);
    child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 0);
    const outcome<pid> shot = co_await start_child(sup, child([] {}));
    CHECK(shot);
    counts = co_await count_children(sup);
    CHECK(counts.specs == 0);
  });
}

TEST_CASE("C188 a dynamic child that is being restarted is terminated by its last pid") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    auto starts = std::make_shared<std::atomic<int>>(0);
    const auto once = [starts]() -> process {
      if ((*starts)++ > 0)
        exit(exit_reason("not again"));
      return spec::obedient("x", {});
    };
    const pid sup = co_await spec::supervisor_of({.strategy = restart_strategy::dynamic, .restarts = 1 << 30}, {});
    const pid other = *co_await start_child(sup, child(spec::obedient, "y", spec::shared_log()));
    const pid last = *co_await start_child(sup, child(once));
    (void)co_await spec::end(last, reason::kill);
    while (starts->load() < 5)
      co_await yield();
    const std::vector<child_info> children = co_await which_children(sup);
    CHECK(children.at(1).state == child_state::restarting);
    CHECK_FALSE(children.at(1).process);
    outcome<> ended = co_await terminate_child(sup, last);
    CHECK(ended);
    const child_counts counts = co_await count_children(sup);
    CHECK(counts.specs == 1);
    const int tried = starts->load();
    ended = co_await terminate_child(sup, last);
    CHECK(is(ended.why(), child_error::not_found));
    co_await sleep(1ms);
    CHECK(starts->load() == tried);
    const bool alive = co_await is_alive(other);
    CHECK(alive);
  });
}

TEST_CASE("C188 arguments are given again at each restart of a dynamic child") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const auto tells = [](std::string text, pid to) -> process {
      send(to, std::move(text));
      co_await receive<spec::end_with>();
    };
    const pid sup = co_await spec::supervisor_of({.strategy = restart_strategy::dynamic}, {});
    const pid first = *co_await start_child(sup, child(tells, "hello", self()));
    (void)co_await spec::end(first, reason::kill);
    for (int i = 0; i < 2; ++i) {
      const std::string said = co_await receive<std::string>();
      CHECK(said == "hello");
    }
  });
}

TEST_CASE("a supervisor keeps nothing of what a temporary child was given, once that is spawned") {
  spec::everywhere([]() -> process {
    const auto lets_go = [](std::shared_ptr<const int> handle, pid to) -> process {
      handle.reset();
      send(to, 1);
      co_await receive<spec::end_with>();
    };
    const auto uses = [](const std::shared_ptr<const int>& handle) {
      return handle.use_count();  // ours included
    };
    const auto live = std::make_shared<const int>(1);
    const pid sup = co_await spec::supervisor_of({.strategy = restart_strategy::dynamic}, {});
    const pid first = *co_await start_child(sup, child(lets_go, live, self()).temporary());
    (void)co_await receive<int>();
    co_await yield();
    CHECK(uses(live) == 1);
    const pid kept = *co_await start_child(sup, child(lets_go, live, self()).transient());
    (void)co_await receive<int>();
    CHECK(uses(live) == 2);  // it may be started again
    (void)co_await spec::tell_to_end(first, reason::normal);
    (void)co_await spec::tell_to_end(kept, reason::normal);
    co_await spec::settled(sup);
    CHECK(uses(live) == 1);
    const auto fails = [](std::shared_ptr<const int>) -> process {
      exit(exit_reason("no"));
      co_return;
    };
    const outcome<pid> failed = co_await start_child(sup, child(fails, live).temporary());
    CHECK_FALSE(failed);
    CHECK(uses(live) == 1);
  });
}

TEST_CASE("a static supervisor, too, lets go of what its temporary children were given") {
  spec::everywhere([]() -> process {
    const auto lets_go = [](std::shared_ptr<const int> handle, pid to) -> process {
      handle.reset();
      send(to, 1);
      co_await receive<spec::end_with>();
    };
    const auto live = std::make_shared<const int>(1);
    const pid sup = co_await spec::supervisor_of({.strategy = one_for_all}, {child("a", lets_go, live, self()).temporary()});
    (void)co_await receive<int>();
    co_await yield();
    CHECK(live.use_count() == 1);
    const pid other = *co_await start_child(sup, child("b", lets_go, live, self()).temporary().named("b"));
    (void)co_await receive<int>();
    CHECK(live.use_count() == 1);
    CHECK(whereis("b") == other);
    (void)co_await spec::tell_to_end(other, exit_reason("crash"));
    const std::vector<child_info> left = co_await which_children(sup);
    CHECK(left.size() == 1);
  });
}
