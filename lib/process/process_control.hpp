// The control block of a process: 224 bytes in the process table, type-stable for the life of the program.
//
// Who may touch what:
//   inbox, id              anybody; everything else about another process goes through signals in its inbox
//   calls                  written by the owner, read by servers
//   supervises, prio       written by the owner, read by anybody
//   kept_in                any thread that puts something of it into a table: see tables.hpp
//   deadline, the node     see timers.cpp: the node under the timer lock of its worker, deadline written by the owner
//   the rest               the owner: the worker that claimed the process and runs it
#pragma once

#include "base/id_map.hpp"
#include "mailbox/inbox_word.hpp"
#include "mailbox/message_queue.hpp"
#include "sched/runnable.hpp"
#include "sched/wheel.hpp"

#include <brood/detail/spawn_closure.hpp>
#include <brood/detail/wait.hpp>
#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>
#include <brood/spawn.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <source_location>

namespace brood::detail {

struct process_extra;
struct process_relations;

inline constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();

// Its node in a timer wheel.
struct process_timer : timer_node {};

struct process_flags {
  // None of these is set in the steady state of a process that waits, runs and waits again: a turn looks at all of them at once.
  bool doomed : 1 = false;        // an exit signal or exit(self()) has decided: ends at the next suspension
  bool yielding : 1 = false;      // suspended, but runnable
  bool condemned : 1 = false;     // by itself: what it sends from now on is dropped
  bool exiting : 1 = false;       // its frames are being or have been destroyed
  bool limited : 1 = false;       // has a mailbox limit (extra)
  bool held : 1 = false;          // suspended by others (extra): runs nothing, takes everything in
  bool piled_up : 1 = false;      // its long mailbox has been reported, and has not shrunk since
  bool has_deferred : 1 = false;  // under simulation: arrived, not taken in yet (extra)
  bool starting : 1 = false;      // somebody waits to hear that it has started (relations)
  bool past_names : 1 = false;    // exiting, and has released its name
  bool unwinds : 1 = false;       // an exception came out of an await; who has caught it is not known yet (extra)
  bool has_turn_end_work : 1 = false;  // what it wrote leaves when its turn ends (extra)
  bool : 0;

  bool started : 1 = false;
  bool traps : 1 = false;
  bool has_room_line : 1 = false;  // senders wait for room (extra)
  bool outside_closure : 1 = false;
  bool kept : 1 = false;           // its end is kept for runtime::wait
  bool serves : 1 = false;         // has reached serve: reports its abnormal exits, too
  bool start_failed : 1 = false;   // … and will hear that it has not
  bool parent_linked : 1 = false;  // parent linked while spawning
  bool shows_mailbox : 1 = false;  // user's code describes what is unread
  bool attends : 1 = false;        // a thread outside waits through it: ends by itself, after all others
  bool below_supervisor : 1 = false;  // an ancestor was a supervisor when it spawned

  bool waits_answer = false;    // wait is an answer_waiter
  std::uint8_t timer_home_ = 0;  // by timer_home() alone
  std::uint8_t ran_on = 0;      // the worker of its last turn

  // What a condemned process sends or asks for is dropped; in the destructors of its frames, once it has suspended, it may again.
  bool muted() const noexcept { return condemned && !exiting; }

  // True: one of the first group is set.
  bool in_special_state() const noexcept {
    std::uint16_t first;
    std::memcpy(&first, this, sizeof first);
    return first != 0;
  }
};

struct alignas(32) process_control : runnable, process_stack, process_timer, process_flags {
  inbox_word<envelope> inbox;
  std::atomic<std::uint64_t> id{0};  // the pid's bits; changes when the slot gets its next tenant

  [[no_unique_address]] message_queue queue;
  std::atomic<bool> supervises{false};  // has reached `supervise`; here, for there is room behind the queue's count
  std::atomic<std::uint8_t> kept_in{0};  // by tables.hpp alone
  std::atomic<priority> prio{priority::normal};
  waiter* wait = nullptr;  // what it is suspended on, if that is a wait
  const wait_kind* kind = nullptr;
  std::atomic<std::int64_t> deadline{no_deadline};  // of the wait; negative: a limit whose time has not begun to run

  const spawn_info* info = nullptr;
  process_extra* extra = nullptr;  // cold: names, limits, dictionary; made when first needed
  process_relations* relations = nullptr;  // links, monitors, aliases; made when first needed
  exit_reason why;  // once doomed
  pid parent;
  std::source_location spawned_at;
  std::uint64_t reductions = 0;

  std::atomic<std::uint64_t> calls{0};  // the number of the call it is in or was in last; 0: gave it up

  static constexpr std::size_t inline_closure = 32;
  alignas(16) unsigned char closure_space[inline_closure];

  timer_node& node() noexcept { return *this; }
  // 1 + worker whose wheel may hold the node; 0: none does. Relaxed: who finds a worker there takes its lock, then looks at the node.
  std::atomic_ref<std::uint8_t> timer_home() noexcept { return std::atomic_ref(timer_home_); }
  pid self() const noexcept { return pid::from_bits(id.load(std::memory_order_relaxed)); }
  priority level() const noexcept { return prio.load(std::memory_order_relaxed); }
  std::uint64_t tag() const noexcept { return inbox_tag(id.load(std::memory_order_relaxed)); }
  static std::uint64_t inbox_tag(std::uint64_t id_bits) noexcept { return inbox_word<envelope>::tag_of(id_bits >> 28); }
  void* closure() noexcept { return outside_closure ? *reinterpret_cast<void**>(closure_space) : closure_space; }
};

static_assert(sizeof(process_control) == 224);

inline process_control& control_of(process_stack& stack) noexcept { return static_cast<process_control&>(stack); }

}  // namespace brood::detail
