// The marks of a queue: whatever is appended and unlinked, before a mark there is nothing that it promises not to be there.
#include "catch.hpp"

#include "mailbox/message_queue.hpp"

#include <brood/detail/envelope.hpp>

#include <cstdint>
#include <random>
#include <vector>

using namespace brood::detail;

namespace {

struct apple {
  std::uint64_t reference;
};
struct pear {
  std::uint64_t reference;
};
struct noise {
  std::uint64_t reference;
};

const message_type_ref types[] = {type_of<apple>(), type_of<pear>(), type_of<noise>()};
std::uint64_t reference_in(const envelope& e) { return e.as<apple>().reference; }  // all are alike

// A receive expression: the types it takes, as bits. One that waits for a reference takes nothing but what holds it.
struct expression {
  unsigned takes;
  bool by_reference;
};
const expression all_expressions[] = {{1, false}, {2, false}, {3, false}, {4, false}, {1, true}, {2, true}, {3, true}};

bool may_take(const expression& x, const envelope& e) {
  for (unsigned i = 0; i < 3; ++i)
    if (e.type == types[i])
      return (x.takes >> i & 1) != 0;
  return false;
}

class simulated {
 public:
  explicit simulated(std::uint64_t seed) : random_(seed) {}
  simulated(const simulated&) = delete;
  ~simulated() {
    while (envelope* e = queue_.pop())
      destroy(e);
    CHECK_FALSE(queue_.marked());  // an empty queue has none
  }

  void step() {
    const std::uint64_t what = below(10);
    if (what < 4)
      arrive();
    else if (what < 6)
      make_reference();
    else if (what == 6)
      unlink(below(queue_.count() + 1));
    else
      receive();
    check();
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::uint64_t a_reference() { return references_ == 0 ? 0 : 1 + below(references_); }

  void arrive() {
    static constexpr std::uint64_t sizes[] = {1, 2, 30, 63, 64, 65, 130};
    for (std::uint64_t n = sizes[below(7)]; n > 0; --n) {
      const std::uint64_t holds = below(3) == 0 ? a_reference() : 0;
      const std::uint64_t type = below(20);
      queue_.append(type == 0   ? make_message<apple>(apple{holds})
                    : type == 1 ? make_message<pear>(pear{holds})
                                : make_message<noise>(noise{holds}));
    }
  }
  void make_reference() { queue_.note_reference(++references_); }
  void unlink(std::uint64_t index) {
    envelope** at = queue_.first();
    while (*at && index-- > 0)
      at = &(*at)->next;
    if (*at)
      destroy(queue_.remove(at));
  }

  // As the library looks: from a mark, or from where it stopped, to what the guard takes or the end.
  void receive() {
    const expression& x = all_expressions[below(7)];
    const scan_marks::sought what{&x, x.by_reference ? a_reference() : 0};
    if (below(4) != 0)
      queue_.save() = queue_.start_of(what);
    const std::uint64_t luck = below(8);
    bool absent = true;
    std::uint32_t skipped = 0;
    envelope** at = queue_.save();
    for (; *at; at = &(*at)->next, ++skipped) {
      const bool fits = may_take(x, **at) && (x.by_reference ? reference_in(**at) == what.reference : below(8) < luck);
      if (fits)
        break;
      absent = absent && !may_take(x, **at);
    }
    if (skipped >= message_queue::worth_marking)
      queue_.note_scanned(what, queue_.save(), at, absent);
    if (*at)
      destroy(queue_.remove(at));
    else
      queue_.save() = at;
  }

  void check() {
    for (const expression& x : all_expressions) {
      check_before(x, {&x, 0});
      for (std::uint64_t r = references_ > 12 ? references_ - 12 : 1; x.by_reference && r <= references_; ++r)
        check_before(x, {&x, r});
    }
  }
  void check_before(const expression& x, scan_marks::sought what) {
    envelope** const end = queue_.start_of(what);
    envelope** at = queue_.first();
    while (at != end && *at && !(may_take(x, **at) && (what.reference == 0 || reference_in(**at) == what.reference)))
      at = &(*at)->next;
    REQUIRE(at == end);
  }

  message_queue queue_;
  std::mt19937_64 random_;
  std::uint64_t references_ = 0;
};

}  // namespace

TEST_CASE("before a mark there is nothing that its receive could take, whatever was received and removed") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    simulated queue(seed);
    for (int i = 0; i < 60; ++i)
      queue.step();
  }
}

TEST_CASE("few messages are worth no mark, and an empty queue has none") {
  message_queue queue;
  queue.note_reference(1);
  CHECK_FALSE(queue.marked());  // too few messages to be worth one
  for (unsigned i = 0; i < message_queue::worth_marking; ++i)
    queue.append(make_message<noise>(noise{0}));
  queue.note_reference(1);
  CHECK(queue.start_of({nullptr, 1}) == queue.end());
  CHECK(queue.start_of({nullptr, 2}) == queue.first());
  while (envelope* e = queue.pop())
    destroy(e);
  CHECK_FALSE(queue.marked());
}
