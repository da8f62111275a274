// stop_server and supervisors.
#include "supervision.hpp"

using spec::joined;

TEST_CASE("stop_server ends a supervisor in order, with its reason") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const exit_reason& why : {reason::normal, reason::shutdown, exit_reason("boom")}) {
      spec::shared_log log;
      const pid sup = co_await spec::supervisor_of({}, {spec::obedient_child("a", log), spec::obedient_child("b", log)});
      const monitor_ref watch = monitor(sup);
      const outcome<> stopped = co_await stop_server(sup, why);
      CHECK(stopped);
      const exit_reason end = co_await spec::end_of(watch);
      CHECK(end == why);
      CHECK(joined(log.lines()) == "+a +b -b -a");
    }
  });
}

TEST_CASE("supervise returns for normal: what follows it runs, in the process that was a supervisor") {
  spec::everywhere([]() -> process {
    const auto after_all = [](pid tell) -> process {
      co_await supervise(one_for_one, child("a", spec::obedient, "a", spec::shared_log()));
      send(tell, "over");
    };
    const pid sup = *co_await start(after_all, self());
    (void)co_await stop_server(sup);
    const std::string said = co_await receive<std::string>();
    CHECK(said == "over");
  });
}
