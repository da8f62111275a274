// The one atomic word of a process: its incoming signals, whether it waits, whether it lives.
//
//   tag | list | state
//
// - tag (16 bits): of the pid that lives here. A sender that was held up since it looked the pid up, while the slot got a new
//   tenant, fails its CAS: nothing ever reaches a stranger.
// - list (44 bits): the newest of a LIFO list of envelopes, or null.
// - state (4 bits):
//     parked: the process sleeps; list is null. Whoever takes it out of this state, and nobody else, queues or runs it
//     closed: dead; senders drop or answer what they hold
//     queued: it is in a run queue, or about to be; exactly one worker claims it (clears the bit) and runs it
//     none of these: a worker has it, runs it or is about to
//     asked, with one of them: a process of higher priority has sent a signal that must not wait for a turn of this one (`ask`).
//       asked and parked: it sleeps on; the list is what arrived so, and an entry for signals is in a queue of the asker's priority
//       asked and queued: a worker takes in its signals while its own queue keeps its entry
//       asked alone: a worker has it, and has not taken that signal in yet
//
// So enqueue, wake decision, liveness and ownership are one operation each. Orderings: every change is release for what the
// changer did before it (message contents, the frame) and acquire for what it took over.
#pragma once

#include "base/spinlock.hpp"

#include <atomic>
#include <cstdint>

namespace brood::detail {

template <class Node, template <class> class Atomic = std::atomic>
class inbox_word {
 public:
  static constexpr std::uint64_t asked = 1, parked = 2, closed = 4, queued = 8;

  enum class pushed : std::uint8_t { dead, delivered, wake };
  enum class claimed : std::uint8_t { nothing, asleep, queued };

  static std::uint64_t tag_of(std::uint64_t serial) noexcept { return serial << tag_shift; }

  // A new tenant, queued for its first run, or a worker has it. Release: publishes the process block.
  void open(std::uint64_t tag, std::uint64_t state = queued) noexcept { word_.store(tag | state, std::memory_order_release); }

  // Any thread. `wake`: the caller has to put the process into a run queue. `dead`: the caller keeps the node.
  pushed push(Node* node, std::uint64_t tag) noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    for (unsigned failures = 0;;) {
      if (((seen ^ tag) & tag_mask) != 0 || (seen & closed) != 0)
        return pushed::dead;
      const bool sleeps = (seen & parked) != 0;
      node->next = list(seen);
      const std::uint64_t wanted = tag | address(node) | (sleeps ? queued : seen & (queued | asked));
      // Release: the node's contents, for fetch/claim. Acquire: the frame, for whoever runs the process this thread now has.
      if (word_.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel, std::memory_order_relaxed)) [[likely]]
        return sleeps ? pushed::wake : pushed::delivered;
      back_off(failures++);
      seen = word_.load(std::memory_order_relaxed);
    }
  }

  // Any thread: a signal from somebody of higher priority. `wake`: the caller queues an entry for signals at that priority.
  pushed ask(Node* node, std::uint64_t tag) noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
      if (((seen ^ tag) & tag_mask) != 0 || (seen & closed) != 0)
        return pushed::dead;
      const std::uint64_t state = seen & state_mask;
      node->next = list(seen);
      const std::uint64_t wanted = tag | address(node) | state | (state == queued ? 0 : asked);
      if (word_.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel, std::memory_order_relaxed))
        return state == queued || (state & parked) != 0 ? pushed::wake : pushed::delivered;
    }
  }

  // Any thread. True: it slept; the caller owns it now, and queues or runs it.
  bool rouse(std::uint64_t tag) noexcept {
    std::uint64_t expected = tag | parked;
    return word_.load(std::memory_order_relaxed) == expected &&
           word_.compare_exchange_strong(expected, tag, std::memory_order_acq_rel, std::memory_order_relaxed);
  }

  // A worker that found the process in a queue. False: somebody else claimed it. True: this worker owns it, and what arrived is in
  // `newest_first`. Acquire: messages, and the frame as the last owner left it.
  bool claim(Node*& newest_first) noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
      if ((seen & (queued | asked)) != queued) [[unlikely]] {
        if ((seen & queued) == 0)
          return false;
        // Its signals are being taken in: that worker has it, and is told so that this entry is gone.
        if (word_.compare_exchange_weak(seen, seen & ~(queued | asked), std::memory_order_relaxed))
          return false;
        continue;
      }
      if (word_.compare_exchange_weak(seen, seen & (tag_mask | closed), std::memory_order_acq_rel, std::memory_order_relaxed))
        break;
    }
    newest_first = list(seen);
    return true;
  }

  // A worker that found an entry for signals. nothing: somebody else takes them in, or has. Else this worker owns the process until
  // it parks it, gives it back or queues it; `queued`: its own queue has an entry of it.
  claimed claim_for_signals(Node*& newest_first) noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint64_t state = seen & state_mask;
      if (state != queued && state != (parked | asked))
        return claimed::nothing;
      const std::uint64_t wanted = (seen & tag_mask) | (state == queued ? queued | asked : 0);
      if (!word_.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel, std::memory_order_relaxed))
        continue;
      newest_first = list(seen);
      return state == queued ? claimed::queued : claimed::asleep;
    }
  }

  // The rest is for the owner, the worker that runs the process or takes its signals in.

  // Takes all that arrived.
  Node* fetch() noexcept {
    const std::uint64_t seen = word_.load(std::memory_order_relaxed);
    if (list(seen) == nullptr)
      return nullptr;
    return list(word_.exchange(seen & tag_mask, std::memory_order_acquire));
  }
  // The same for who took in its signals; the entry in its own queue stays as it is.
  Node* fetch_for_signals() noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    while (list(seen) != nullptr) {
      const std::uint64_t entry = (seen & queued) != 0 ? queued | asked : 0;
      if (word_.compare_exchange_weak(seen, (seen & tag_mask) | entry, std::memory_order_acquire, std::memory_order_relaxed))
        return list(seen);
    }
    return nullptr;
  }
  // It took in all signals. True: its own queue still has its entry, and the process is left to that. False: it has no entry.
  bool leave_to_entry() noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    while ((seen & queued) != 0)
      if (word_.compare_exchange_weak(seen, seen & ~asked, std::memory_order_acq_rel, std::memory_order_relaxed))
        return true;
    return false;
  }

  // Nothing arrived, and a worker has it. Its own worker may then give it a message by hand: whoever sends it something after that
  // finds it in this state, so what is in hand is older than all that will be in the list.
  bool is_untouched() const noexcept { return (word_.load(std::memory_order_relaxed) & ~tag_mask) == 0; }

  bool something_arrived() const noexcept { return list(word_.load(std::memory_order_relaxed)) != nullptr; }

  // To sleep. False: something arrived meanwhile. True: the process may already run elsewhere: don't touch it.
  bool park(std::uint64_t tag) noexcept {
    std::uint64_t expected = tag;
    return word_.compare_exchange_strong(expected, tag | parked, std::memory_order_acq_rel, std::memory_order_relaxed);
  }

  // Gives the process up to a run queue. The caller queues it afterwards; true: and adds an entry for signals, for somebody has asked.
  [[nodiscard]] bool requeue() noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    while (!word_.compare_exchange_weak(seen, (seen & ~asked) | queued, std::memory_order_release, std::memory_order_relaxed)) {}
    return (seen & asked) != 0;
  }
  // The same, with a node it was given by hand: older than all that arrived.
  [[nodiscard]] bool requeue(Node* oldest, std::uint64_t tag) noexcept {
    Node* all = oldest;
    bool was_asked = false;
    for (std::uint64_t expected = tag; !word_.compare_exchange_strong(expected, tag | address(all) | queued,
                                                                      std::memory_order_release, std::memory_order_relaxed);
         expected = tag) {
      const std::uint64_t seen = word_.exchange(tag, std::memory_order_acquire);
      was_asked = was_asked || (seen & asked) != 0;
      Node* const newest = list(seen);
      Node* last = newest;
      while (last->next)
        last = last->next;
      last->next = all;
      all = newest;
    }
    return was_asked;
  }

  // A timer: takes it out of sleep if it sleeps. True: the caller queues it.
  bool wake_if_parked() noexcept {
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    while ((seen & parked) != 0)
      if (word_.compare_exchange_weak(seen, (seen & ~state_mask) | queued, std::memory_order_acq_rel, std::memory_order_relaxed))
        return true;
    return false;
  }

  // Death: nothing arrives from now on. Returns what had. Sequentially consistent, as `alive`: who ties something to a process
  // looks afterwards whether it lives, and a death looks after this for what is tied to it; one of them sees the other.
  Node* close(std::uint64_t tag) noexcept { return list(word_.exchange(tag | closed, std::memory_order_seq_cst)); }

  // Any thread: whether the tenant with this tag lives. Acquire: what it released before it closed is seen released.
  bool alive(std::uint64_t tag) const noexcept {
    const std::uint64_t seen = word_.load(std::memory_order_seq_cst);
    return ((seen ^ tag) & tag_mask) == 0 && (seen & closed) == 0;
  }
  bool is_queued() const noexcept { return (word_.load(std::memory_order_relaxed) & queued) != 0; }

 private:
  friend struct debug_layout;

  // Somebody else pushes, too. Two that take turns at every message pay for the cache line's way each time (50 ns a push, and
  // again for every fetch); who steps back for a microsecond lets the other push a hundred at 5 ns.
  [[gnu::noinline]] static void back_off(unsigned failures) noexcept {
    for (unsigned pauses = 16u << (failures < 3 ? failures : 3); pauses > 0; --pauses)
      cpu_pause();
  }

  static constexpr unsigned tag_shift = 48;
  static constexpr std::uint64_t tag_mask = ~std::uint64_t{0} << tag_shift;
  static constexpr std::uint64_t state_mask = 15;
  static constexpr std::uint64_t list_mask = ~tag_mask & ~state_mask;

  static Node* list(std::uint64_t word) noexcept { return reinterpret_cast<Node*>(word & list_mask); }
  static std::uint64_t address(Node* node) noexcept { return reinterpret_cast<std::uint64_t>(node); }

  Atomic<std::uint64_t> word_{closed};
};

}  // namespace brood::detail
