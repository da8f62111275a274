// The signals between processes: their payloads, their descriptors, and the one way they are sent and taken in.
#pragma once

#include "base/persist.hpp"
#include "process/core.hpp"
#include "process/relations.hpp"

#include <brood/detail/call.hpp>
#include <brood/detail/envelope.hpp>
#include <brood/flags.hpp>
#include <brood/inspect.hpp>
#include <brood/signals.hpp>

#include <cstdint>
#include <memory>
#include <typeinfo>

namespace brood::detail {

struct link_signal {
  pid from;
};
struct unlink_signal {  // and its acknowledgement
  pid from;
  std::uint64_t id;
};
struct monitor_signal {
  pid watcher;
  std::uint64_t number;
};
struct demonitor_signal {
  std::uint64_t number;
};
struct alias_signal {
  std::uint64_t number;
  envelope_ptr message;
};
struct expect_call_signal {
  pid caller;
  std::uint64_t number;
};
struct withdraw_signal {
  std::uint64_t number;
};
struct question {  // alive, inspect
  pid asker;
  std::uint64_t number;
};
struct kill_order_signal {
  bool trees_too;  // else those whose supervisors still stop them are spared
};
struct inspect_question : question {
  inspect_options with;
};
// What came for a process and may touch only what is its own: executed where the process takes it in. `number`: of the wait that it
// ends, for who waits in one after another.
class arrival {
 public:
  virtual ~arrival() = default;
  virtual void arrived(process_control& p, std::uint64_t number) noexcept = 0;
};
struct arrival_signal {
  std::shared_ptr<arrival> what;
  std::uint64_t number;
};
struct room_signal {
  pid asker;
  std::uint64_t number;
  envelope_ptr message;
};

template <class Payload, signal_kind Kind>
inline constexpr message_type signal_type = describe_payload<Payload>(Kind, true);

// The runtime's own signals are never lost for want of memory: whoever sends one waits for some.
template <signal_kind Kind, class Payload>
envelope* make_signal(Payload payload) noexcept {
  return persist([&] { return make_envelope<Payload>(signal_type<Payload, Kind>, std::move(payload)); });
}

// An exit signal carries what the message it may become carries; so it becomes one by a change of its type. The same for down.
inline constexpr message_type exit_by_link_type = describe_payload<exited>(signal_kind::exit_by_link, true);
inline constexpr message_type exit_type = describe_payload<exited>(signal_kind::exit, true);
inline constexpr message_type stop_order_type = describe_payload<exited>(signal_kind::stop_order, true);
inline constexpr message_type down_type = describe_payload<down>(signal_kind::down, true);

inline envelope* make_exit(const message_type& type, pid who, const exit_reason& why) noexcept {
  return persist([&] { return make_envelope<exited>(type, exited{who, why}); });
}
inline envelope* make_down(monitor_ref monitor, pid who, const exit_reason& why) noexcept {
  return persist([&] { return make_envelope<down>(down_type, down{monitor, who, why, {}}); });
}

// Sends anything. True: delivered. False: nobody there; the envelope is destroyed. From a condemned process: dropped, true.
bool transmit(pid to, envelope* e) noexcept;
bool offer_always(pid to, envelope* e) noexcept;
// The same, but a dead target leaves the envelope with the caller.
bool offer(pid to, envelope* e) noexcept;
// Even from a condemned process: the runtime's own signals.
bool transmit_always(pid to, envelope* e) noexcept;

// Takes in what arrived, oldest first: executes signals, appends messages, matches them against the wait if there is one.
enum class intake : std::uint8_t {
  some,  // under simulation a part may be put off
  all,  // … or not
  unmatched,  // as `some`, but no message is matched, for guards are the user's: that is left to a turn of the process
};
void take_in(core& c, process_control& p, envelope* newest_first, intake how);

// Exit shutdown from nobody, for all but those whom a supervisor stops in its order, and attendants.
void order_to_stop(pid who) noexcept;
// Kill from nobody, for all but attendants, and trees while they are spared.
void order_to_die(pid who, bool trees_too) noexcept;

// Looks through the queue from the save pointer. True: the wait ended.
bool scan(core& c, process_control& p);

// True: the deadline of the wait has passed; it ended by timeout.
bool wait_is_over(core& c, process_control& p) noexcept;
// Of the wait of p: absolute, the clock is read now if it has not been, after the await began.
std::int64_t begin_deadline(process_control& p) noexcept;
std::int64_t deadline_from_now(time_limit limit) noexcept;

// Executes one signal that is not a message. May doom the process. Throws only for want of memory, and then leaves it in e.
void execute(process_control& p, envelope_ptr& e);
// A message is here: limit, then queue. For messages the runtime makes too.
void admit(process_control& p, envelope* e);
// A message was taken out of a mailbox with a limit: its room is free, the next waiting sender's message goes in.
void note_removed(process_control& p, const envelope& e);
// Throws std::logic_error if user's code is just looking at a message in the mailbox, as a guard or to describe it: this call would
// change the mailbox under it.
void refuse_in_guard(const process_control& p, const char* call);
// Takes *at out of the mailbox and destroys it.
void discard_message(process_control& p, envelope** at);
// send_wait asks for a place.
void receive_room_request(process_control& p, room_signal& signal);
void limit_mailbox(process_control& p, const mailbox_limit_options& limit);

// suspend_process and resume_process, in the process that they aim at.
void receive_hold(process_control& p, const question& q);
void receive_release(process_control& p, const question& q);
// The suspender died: true if the monitor was the hidden one of a hold.
bool end_hold(process_control& p, std::uint64_t monitor) noexcept;

// An answer to an answer_waiter.
template <class T>
void answer_question(pid asker, std::uint64_t number, T value) noexcept {
  transmit_always(asker, persist([&] { return make_envelope<answer<T>>(answer_type<T>, number, std::move(value)); }));
}

// If the process waits for the answer with this number, it is e.
void end_answer_wait(process_control& p, std::uint64_t number, envelope_ptr& e) noexcept;
// An answer to an asynchronous request.
void note_reply(process_control& p, std::uint64_t number, envelope_ptr e) noexcept;
// The caller of such requests is dead.
void withdraw_all(process_control& p) noexcept;

// An answer to a caller that says why there is no reply.
void answer_failure(pid caller, std::uint64_t number, const exit_reason& why) noexcept;

process_relations& relations_of(process_control& p);
process_extra& extra_of(process_control& p);
void end_monitor_alias(process_control& p, std::uint64_t number);
void doom(process_control& p, exit_reason why) noexcept;

// What a dead process's leftover signals are answered with.
void answer_for_the_dead(pid dead, envelope_ptr e, const exit_reason& why);

}  // namespace brood::detail
