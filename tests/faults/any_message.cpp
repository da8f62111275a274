// Messages of any type: received by a filter, and passed on.
#include "fault.hpp"

namespace {

struct question {
  using reply = int;
  int n;
};

// Passes on whatever comes, in every way there is.
process proxy(pid to) {
  send(to, co_await receive<any_message>());
  co_await send_wait(to, co_await receive<any_message>());
  send_after(1ms, to, co_await receive<any_message>());
  cast(to, co_await receive<any_message>());
  send(to, co_await receive<any_message>());
  co_await sleep(infinity);  // a caller would hear of its end
}

}  // namespace

// receive<any_message>(filter) gave the oldest message, whatever the filter said. Must: it gives the oldest that the filter takes.
// Output:
// x
// 7
FAULT(any_message_filter_ignored) {
  return run([]() -> process {
    send(self(), 7);
    send(self(), std::string("x"));
    const auto text =
        co_await receive<any_message>([](const any_message& m) { return m.get_if<std::string>() != nullptr; }, within(1s));
    say(text ? *text->get_if<std::string>() : "nothing");
    const auto number = co_await receive<int>(within(1s));
    say(number ? std::to_string(*number) : "nothing");
  });
}

// A message that was passed on as any_message came as an envelope in an envelope, and nobody received it. Must: the message itself is
// passed on, whatever its type, also a request, which keeps its way back. So a proxy can be written.
// Output:
// 1
// 2
// 3
// 4
// 50
FAULT(any_message_passed_on_is_lost) {
  return run([]() -> process {
    const pid through = spawn(proxy, self());
    for (int i = 1; i <= 4; ++i) {
      send(through, i);
      const auto got = co_await receive<int>(within(2s));
      say(got ? std::to_string(*got) : "nothing");
    }
    const pid server = spawn([]() { return serve([](question q) { return q.n * 10; }); });
    const pid before_it = spawn(proxy, server);
    for (int i = 0; i < 4; ++i)
      send(before_it, 0);
    const auto reply = co_await try_call(before_it, question{5}, 2s);
    say(reply ? std::to_string(*reply) : "nothing");
  });
}
