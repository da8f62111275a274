// The two heartbeat monitors at work. They tick every 3 seconds, as in the course, and the program is over at once: under `simulate`
// the clock is virtual and jumps to the next timer when nobody has anything to do.
//
// Output:
// pings in 10 s of questions:    the course's 0, the fixed one 3
// list_dead answered within 5 s: the course's false, the fixed one true
// unwatched, yet still listed:   the course's true, the fixed one false
#include "chapter/faithful_heart_monitor.hpp"
#include "chapter/heart_monitor.hpp"

using namespace brood;
using namespace std::chrono_literals;

task<int> pings_amid_questions(pid monitor) {
  for (int second = 0; second < 10; ++second) {
    send(monitor, list_watched{self()});
    co_await sleep(1s);
  }
  int pings = 0;
  while (co_await receive<ping>(within(0s)))
    ++pings;
  co_return pings;
}

task<bool> answers_list_dead(pid monitor) {
  send(monitor, list_dead{self()});
  co_return (co_await receive<reply>(within(5s))).has_value();
}

task<bool> lists_the_unwatched(pid monitor) {
  co_await receive<ping>();
  send(monitor, pong{self()});
  send(monitor, unwatch{self()});
  send(monitor, list_alive{self()});
  co_return !(co_await receive<reply>()).who.empty();
}

// The answer of a process that has itself watched by such a monitor.
template <class T>
T ask(process monitor(time_limit, on_return), task<T> question(pid)) {
  T answer{};
  simulate([&answer, monitor, question]() -> process {
    pid asked = spawn_link(monitor, 3s, say_alive);
    send(asked, watch{self()});
    answer = co_await question(asked);
  });
  return answer;
}

template <class T>
void compare(const char* what, task<T> question(pid)) {
  fmt::print("{:<30} the course's {}, the fixed one {}\n", what, ask(faithful::heart_monitor, question),
             ask(heart_monitor, question));
}

int main() {
  compare("pings in 10 s of questions:", pings_amid_questions);
  compare("list_dead answered within 5 s:", answers_list_dead);
  compare("unwatched, yet still listed:", lists_the_unwatched);
}
