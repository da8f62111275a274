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

// A process that another of higher priority asks: its own queue, and that of entries for signals, as counts.
struct asked_process {
  word inbox;
  model::atomic<int> entries{0}, entries_for_signals{0};
  model::plain<int> frame{0};
  node question, message;
  int taken = 0;
  bool question_taken = false;

  explicit asked_process(bool sleeps) {
    inbox.open(tag);
    if (!sleeps) {
      entries.store(1, std::memory_order_relaxed);
      return;
    }
    node* none = nullptr;
    inbox.claim(none);
    inbox.park(tag);
  }
  void take(node* n) {
    frame = frame + 1;
    for (; n; n = n->next) {
      ++taken;
      question_taken = question_taken || n == &question;
    }
  }
  bool pop(model::atomic<int>& queue) {
    int seen = queue.load(std::memory_order_seq_cst);
    while (seen > 0)
      if (queue.compare_exchange_weak(seen, seen - 1, std::memory_order_seq_cst))
        return true;
    return false;
  }
  void give_up() {
    const bool was_asked = inbox.requeue();
    entries.fetch_add(1, std::memory_order_seq_cst);
    if (was_asked)
      entries_for_signals.fetch_add(1, std::memory_order_seq_cst);
  }
  void ask() {
    if (inbox.ask(&question, tag) == word::pushed::wake)
      entries_for_signals.fetch_add(1, std::memory_order_seq_cst);
  }
  void send() {
    if (inbox.push(&message, tag) == word::pushed::wake)
      entries.fetch_add(1, std::memory_order_seq_cst);
  }
  void own_turn() {
    node* arrived = nullptr;
    if (!pop(entries) || !inbox.claim(arrived))
      return;
    for (take(arrived); inbox.something_arrived() || !inbox.park(tag);)
      take(inbox.fetch());
  }
  void give_up_after_a_turn() {
    node* arrived = nullptr;
    if (!pop(entries) || !inbox.claim(arrived))
      return;
    take(arrived);
    give_up();
  }
  void turn_for_signals() {
    node* arrived = nullptr;
    if (!pop(entries_for_signals))
      return;
    const word::claimed from = inbox.claim_for_signals(arrived);
    if (from == word::claimed::nothing)
      return;
    bool sleeps;
    do {
      take(arrived);
      sleeps = from == word::claimed::asleep && taken == 1 && inbox.park(tag);  // the message needs a turn
    } while (!sleeps && (arrived = inbox.fetch_for_signals()));
    if (!sleeps && !inbox.leave_to_entry())
      give_up();
  }
  void check_end(bool message_sent) {
    for (int i = entries_for_signals.load(std::memory_order_seq_cst); i > 0; --i)
      turn_for_signals();
    model::check(question_taken, "a question needs no turn of the process's own");
    model::check(entries.load(std::memory_order_seq_cst) <= 1, "and leaves no second entry behind");
    own_turn();
    model::check(taken == 1 + message_sent, "nothing is lost, nothing comes twice");
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

TEST_CASE(
    "inbox: a signal of higher priority is taken in by who finds an entry for signals, whatever the process does; one owner") {
  // The process is asleep, queued, or run by a worker that gives it up once; its own queue is served, or not for now.
  enum class at { sleep, queue, work };
  for (const at start : {at::sleep, at::queue, at::work})
    for (const bool own_turns : {true, false})
      must_hold(model::explore({.preemptions = 2}, [=](model::program& p) {
        auto a = std::make_shared<asked_process>(start == at::sleep);
        p.thread([=] {
          if (start == at::work)
            a->give_up_after_a_turn();
          if (own_turns)
            a->own_turn();
        });
        p.thread([=] { a->ask(), a->turn_for_signals(); });
        p.thread([=] { a->send(); });
        p.finally([=] { a->check_end(true); });
      }));
}

TEST_CASE("inbox: two workers with entries for signals, and the process's own: one of them has it at a time") {
  must_hold(model::explore({.preemptions = 3}, [](model::program& p) {
    auto a = std::make_shared<asked_process>(false);
    p.thread([=] { a->own_turn(); });
    p.thread([=] { a->ask(), a->turn_for_signals(); });
    p.thread([=] { a->turn_for_signals(); });
    p.finally([=] { a->check_end(false); });
  }));
}

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
      static_cast<void>(box->inbox.requeue());
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
