// A supervisor as a server: what it answers, from its children's start to their end.
#pragma once

#include "otp/supervisor.hpp"
#include "process/supervises.hpp"

#include <brood/exit.hpp>
#include <brood/serve.hpp>
#include <brood/signals.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace brood::detail {

struct start_child_request {
  using reply = outcome<pid>;
  child_spec spec;
};
struct restart_child_request {
  using reply = outcome<pid>;
  std::string id;
};
struct terminate_child_request {
  using reply = outcome<>;
  std::variant<std::string, pid> who;
};
struct delete_child_request {
  using reply = outcome<>;
  std::string id;
};
struct which_children_request {
  using reply = std::vector<child_info>;
};
struct count_children_request {
  using reply = child_counts;
};

// What a handler returns when it has done its work: the supervisor may have given up over it.
inline served<> verdict(const supervisor& s) {
  if (s.gave_up())
    return stop_serving(*s.gave_up());
  return keep_serving;
}
template <class M>
served<M> verdict(const supervisor& s, typename M::reply value) {
  if (s.gave_up())
    return stop_serving(*s.gave_up()).reply(std::move(value));
  return value;
}

// Makes the running process a supervisor, to its end. `more`: handlers for what a special one is asked besides.
template <class... More>
task<> run_supervisor(supervisor& s, std::vector<child_spec> children, More... more) {
  trap_exits();
  now_supervises();
  co_await quietly(s.start_all(std::move(children)));
  const exit_reason why = co_await quietly(serve(
      [&](exited e) -> task<served<>> {
        co_await quietly(s.ended(e.who, e.why));
        co_return verdict(s);
      },
      [&](next_attempt attempt) -> task<served<>> {
        co_await quietly(s.try_again(attempt));
        co_return verdict(s);
      },
      [&](start_child_request m) -> task<served<start_child_request>> {
        outcome<pid> started = co_await quietly(s.start_child(std::move(m.spec)));
        co_return verdict<start_child_request>(s, std::move(started));
      },
      [&](restart_child_request m) -> task<served<restart_child_request>> {
        outcome<pid> started = co_await quietly(s.restart_child(std::move(m.id)));
        co_return verdict<restart_child_request>(s, std::move(started));
      },
      [&](terminate_child_request m) -> task<served<terminate_child_request>> {
        const place p = std::visit([&](const auto& who) { return s.find(who); }, m.who);
        outcome<> ended = co_await quietly(s.terminate_child(p));
        co_return verdict<terminate_child_request>(s, std::move(ended));
      },
      [&](const delete_child_request& m) { return s.delete_child(m.id); },
      [&](const which_children_request&) { return s.which_children(); },
      [&](const count_children_request&) { return s.count_children(); }, [](const down&) {},  // of children that were stopped
      std::move(more)...));
  co_await quietly(s.stop_all());
  if (why != reason::normal)
    exit(why);
}

}  // namespace brood::detail
