// The inbox word under every schedule: no lost wake-up, nothing lost, nothing twice, each sender's order, one owner at a time.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "mailbox/inbox_word.hpp"

#include <memory>

using namespace brood::detail;

namespace {

struct alignas(16) node {
  node* next = nullptr;
  int sender = 0, number = 0;
  model::plain<int> payload{0};
};
using word = inbox_word<node, model::atomic>;

constexpr std::uint64_t tag = std::uint64_t{7} << 48;

// A process with its inbox, the run queue it may be in, and what a worker does with it.
struct mailbox {
  word inbox;
  model::event queue;
  model::plain<int> frame{0};  // what only its owner touches
  node nodes[4];
  int seen[3] = {};

  void take(node* newest) {
    node* oldest = nullptr;
    while (newest)
      newest = std::exchange(newest->next, std::exchange(oldest, newest));
    for (; oldest; oldest = oldest->next) {
      model::check(oldest->payload == 100 + oldest->number, "a message arrives as it was sent");
      model::check(oldest->number == seen[oldest->sender] + 1, "a sender's messages arrive in their order, once");
      seen[oldest->sender] = oldest->number;
      frame = frame + 1;
    }
  }
  void receive(int messages) {
    queue.wait();
    for (node* arrived = nullptr;;) {
      model::check(inbox.claim(arrived), "who was woken owns the process");
      take(arrived);
      for (;;) {
        take(inbox.fetch());
        if (seen[1] + seen[2] == messages)
          return;
        if (!inbox.something_arrived() && inbox.park(tag))
          break;
      }
      queue.wait();
    }
  }
  void send(int sender, int number) {
    node& n = nodes[(sender - 1) * 2 + number - 1];
    n.sender = sender;
    n.number = number;
    n.payload = 100 + number;
    if (inbox.push(&n, tag) == word::pushed::wake)
      queue.set();
  }
};

std::shared_ptr<mailbox> running_process() {
  auto box = std::make_shared<mailbox>();
  box->inbox.open(tag);
  box->queue.set();
  return box;
}

void must_hold(const model::result& r) {
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

}  // namespace

TEST_CASE("inbox: two senders, one receiver that parks: all arrives, in order, and nobody sleeps for ever") {
  must_hold(model::explore({.preemptions = 3}, [](model::program& p) {
    auto box = running_process();
    p.thread([=] { box->receive(3); });
    p.thread([=] { box->send(1, 1), box->send(1, 2); });
    p.thread([=] { box->send(2, 1); });
  }));
}

TEST_CASE("inbox: a timer and a sender wake the same sleeper: exactly one of them queues it") {
  must_hold(model::explore({.preemptions = 4}, [](model::program& p) {
    auto box = std::make_shared<mailbox>();
    auto woken = std::make_shared<int>(0);
    box->inbox.open(tag);
    node* none = nullptr;
    box->inbox.claim(none);
    box->inbox.park(tag);
    p.thread([=] {
      node& n = box->nodes[0];
      *woken += box->inbox.push(&n, tag) == word::pushed::wake;
    });
    p.thread([=] { *woken += box->inbox.wake_if_parked(); });
    p.thread([=] { *woken += box->inbox.wake_if_parked(); });
    p.finally([=] { model::check(*woken == 1, "woken once"); });
  }));
}

TEST_CASE("inbox: of two workers that find a process in their queues one runs it") {
  must_hold(model::explore({.preemptions = 4}, [](model::program& p) {
    auto box = running_process();
    auto owners = std::make_shared<int>(0);
    for (int worker = 0; worker < 2; ++worker)
      p.thread([=] {
        node* arrived = nullptr;
        if (box->inbox.claim(arrived)) {
          box->frame = box->frame + 1;
          ++*owners;
        }
      });
    p.finally([=] { model::check(*owners == 1, "one owner"); });
  }));
}

TEST_CASE("inbox: the frame a worker leaves when it gives a process up is what the next one sees") {
  must_hold(model::explore({.preemptions = 4, .stale_loads = 2}, [](model::program& p) {
    auto box = running_process();
    p.thread([=] {
      node* arrived = nullptr;
      if (!box->inbox.claim(arrived))
        return;
      box->frame = 1;
      box->inbox.requeue();
      box->queue.set();
    });
    p.thread([=] {
      node* arrived = nullptr;
      if (box->inbox.claim(arrived))
        box->frame = box->frame + 1;
    });
  }));
}

TEST_CASE("inbox: what is sent to the dead stays with the sender, all else is in the closed inbox") {
  must_hold(model::explore({.preemptions = 4, .stale_loads = 2}, [](model::program& p) {
    auto box = running_process();
    auto refused = std::make_shared<int>(0);
    auto left = std::make_shared<int>(0);
    for (int sender = 1; sender < 3; ++sender)
      p.thread([=] { *refused += box->inbox.push(&box->nodes[sender], tag) == word::pushed::dead; });
    p.thread([=] {
      node* arrived = nullptr;
      box->inbox.claim(arrived);
      for (; arrived; arrived = arrived->next)
        ++*left;
      for (node* n = box->inbox.close(tag); n; n = n->next)
        ++*left;
    });
    p.finally([=] { model::check(*refused + *left == 2, "nothing is lost"); });
  }));
}
