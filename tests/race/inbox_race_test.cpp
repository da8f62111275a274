// The inbox word: senders, workers and a timer on one process.
#include "catch.hpp"

#include "mailbox/inbox_word.hpp"

#include <atomic>
#include <thread>
#include <vector>

using brood::detail::inbox_word;

namespace {

struct alignas(16) node {
  node* next = nullptr;
  int sender = 0;
  int n = 0;
};

constexpr std::uint64_t tag = std::uint64_t{7} << 48;

// One process, and the run queue it may be in: a count of entries, each good for one try to claim it.
struct shared {
  inbox_word<node> inbox;
  std::atomic<int> entries{0};
  std::atomic<int> owners{0};
  std::atomic<int> received{0};
  std::atomic<bool> wrong{false};
  std::vector<int> next;  // the owner's: what each sender's next number must be
};

void take(shared& s, node* newest) {
  node* oldest = nullptr;
  while (newest) {
    node* older = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = older;
  }
  int count = 0;
  for (node* e = oldest; e; ++count) {
    node* following = e->next;
    if (s.next[static_cast<std::size_t>(e->sender)]++ != e->n)
      s.wrong = true;
    delete e;
    e = following;
  }
  s.received += count;
}

// A worker: claims, takes what is there, gives up by parking or by queueing the process again.
void work(shared& s, int total) {
  unsigned turn = 0;
  while (s.received.load() < total && !s.wrong) {
    int there = s.entries.load();
    if (there == 0 || !s.entries.compare_exchange_weak(there, there - 1)) {
      std::this_thread::yield();
      continue;
    }
    node* newest;
    if (!s.inbox.claim(newest))
      continue;
    if (s.owners.fetch_add(1) != 0)
      s.wrong = true;
    take(s, newest);
    for (;;) {
      if (++turn % 5 == 0) {
        s.owners.fetch_sub(1);
        static_cast<void>(s.inbox.requeue());
        ++s.entries;
        break;
      }
      if (s.inbox.something_arrived()) {
        take(s, s.inbox.fetch());
        continue;
      }
      s.owners.fetch_sub(1);
      if (s.inbox.park(tag))
        break;
      s.owners.fetch_add(1);
    }
  }
}

}  // namespace

TEST_CASE("inbox: every message is received once, in its sender's order, by one owner at a time; no wake-up is lost") {
  constexpr int senders = 4, each = 3'000, workers = 3;
  shared s;
  s.next.resize(senders);
  s.inbox.open(tag);
  s.entries = 1;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < senders; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < each; ++n) {
        node* const e = new node{nullptr, i, n};
        if (n % 7 == 0 && s.inbox.rouse(tag)) {  // this thread owns the process, and has the message in hand
          if (s.owners.fetch_add(1) != 0)
            s.wrong = true;
          s.owners.fetch_sub(1);
          e->next = nullptr;
          static_cast<void>(s.inbox.requeue(e, tag));
          ++s.entries;
        } else if (s.inbox.push(e, tag) == inbox_word<node>::pushed::wake) {
          ++s.entries;
        }
      }
    });
  for (int w = 0; w < workers; ++w)
    threads.emplace_back([&] { work(s, senders * each); });
  std::thread timer([&] {
    while (!done) {
      if (s.inbox.wake_if_parked())
        ++s.entries;
      std::this_thread::yield();
    }
  });
  for (std::thread& t : threads)
    t.join();
  done = true;
  timer.join();
  CHECK_FALSE(s.wrong);
  CHECK(s.received == senders * each);
}

TEST_CASE("inbox: after close nothing arrives, and what was delivered is in what close returned") {
  for (int round = 0; round < 200; ++round) {
    inbox_word<node> inbox;
    inbox.open(tag);
    std::atomic<int> delivered = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 20; ++n) {
          auto* e = new node;
          if (inbox.push(e, tag) == inbox_word<node>::pushed::dead)
            delete e;
          else
            ++delivered;
        }
      });
    std::this_thread::yield();
    node* left = inbox.close(tag);
    for (std::thread& t : threads)
      t.join();
    int count = 0;
    while (left) {
      node* older = left->next;
      delete left;
      left = older;
      ++count;
    }
    CHECK(count == delivered);
    CHECK_FALSE(inbox.alive(tag));
  }
}

TEST_CASE("inbox: a sender that means the former tenant fails, whatever the new one does") {
  inbox_word<node> inbox;
  const auto tag_of = [](std::uint64_t serial) { return inbox_word<node>::tag_of(serial); };
  std::atomic<std::uint64_t> serial = 1;
  std::atomic<int> strays = 0;
  std::atomic<bool> done = false;
  inbox.open(tag_of(1));
  std::thread sender([&] {
    while (!done) {
      const std::uint64_t meant = serial;
      auto* e = new node{nullptr, 0, static_cast<int>(meant)};
      if (inbox.push(e, tag_of(meant)) == inbox_word<node>::pushed::dead)
        delete e;
    }
  });
  for (std::uint64_t tenant = 1; tenant < 3'000; ++tenant) {
    for (node* left = inbox.close(tag_of(tenant)); left;) {
      node* older = left->next;
      strays += left->n != static_cast<int>(tenant);
      delete left;
      left = older;
    }
    inbox.open(tag_of(tenant + 1));
    serial = tenant + 1;
  }
  done = true;
  sender.join();
  for (node* left = inbox.close(tag_of(3'000)); left;) {
    node* older = left->next;
    delete left;
    left = older;
  }
  CHECK(strays == 0);
}
