// A message that matched lay in the mailbox, and receive never saw it: the mark of what had been searched was set past a message that a
// guard had refused before.
#include "fault.hpp"

namespace {

struct answer {
  int to;
};
struct noise {
  int n;
};

task<int> answer_to(int question) {
  const auto found = co_await receive<answer>([=](const answer& a) { return a.to == question; }, within(2s));
  co_return found ? found->to : -1;
}

// The second question's answer comes first, then `others`, then the first question's. What it takes for the two.
template <class Others>
task<std::string> two_answers(std::size_t most_unread, Others others) {
  const pid asker = spawn([most_unread, to = self()]() -> process {
    set_mailbox_limit({.max_mailbox = most_unread});
    trap_exits();
    const int first = co_await answer_to(1);
    const int second = co_await answer_to(2);
    send(to, std::to_string(first) + std::to_string(second));
  });
  send(asker, answer{2});
  co_await sleep(5ms);
  others(asker);
  co_await sleep(5ms);
  send(asker, answer{1});
  co_return co_await receive<std::string>();
}

void make_noise(pid to, int n) {
  for (int i = 0; i < n; ++i)
    send(to, noise{i});
}

}  // namespace

// Must: the oldest match, always. Here a hundred other messages come in one batch with a signal.
FAULT(match_unseen_after_a_signal) {
  return run({.schedulers = 1}, []() -> process {
    for (const int n : {1, 20, 63, 64, 65, 100, 1000}) {
      const std::string got = co_await two_answers(unlimited, [=](pid to) {
        send(to, noise{0});
        exit(to, exit_reason("hello"));  // trapped
        make_noise(to, n);
      });
      must(got == "12", "both answers are found behind a trapped exit and " + std::to_string(n) + " messages, not " + got);
    }
  });
}

// Must: the same in a mailbox with a limit.
FAULT(match_unseen_in_a_bounded_mailbox) {
  return run({.schedulers = 1}, []() -> process {
    for (const int n : {1, 20, 63, 64, 65, 100, 1000}) {
      const std::string got = co_await two_answers(1'000'000, [=](pid to) { make_noise(to, n); });
      must(got == "12", "both answers are found behind " + std::to_string(n) + " messages, not " + got);
    }
  });
}
