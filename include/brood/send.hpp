// Sending: asynchronous, never blocks, ordered between two processes.
//
// Any movable value is a message (message.hpp says what is refused); "text" arrives as std::string. What one process sends another,
// messages and signals, by pid, name or alias, arrives in that order; between different senders there is none.
//
//     send(worker, job{3});
//     send("logger", "started");            // bad_name if no process has the name
//     co_await send_wait(worker, job{4});   // while its mailbox is full, waits
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/wait.hpp>
#include <brood/message.hpp>
#include <brood/pid.hpp>
#include <brood/task.hpp>

#include <string_view>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

// The running process. Throws not_a_process elsewhere. OTP: erlang:self/0
BROOD_API pid self();

namespace detail {
// Each takes the envelope over, whatever happens.
BROOD_API void deliver(pid to, envelope* e) noexcept;
BROOD_API void deliver(std::string_view name, envelope* e);
BROOD_API void deliver_to_alias(std::uint64_t number, pid owner, envelope* e);

template <class M>
struct packer {
  template <class V>
  static envelope* pack(V&& message) {
    return make_message<M>(std::forward<V>(message));
  }
};

template <>
struct packer<any_message> {
  template <class V>
  static envelope* pack(V&& message) {
    return pass_on(std::move(message));
  }
};

template <class M>
envelope* pack(M&& message) {
  using kept = kept_t<M>;
  check_message<kept>();
  if constexpr (check_kept<M>())
    return packer<kept>::pack(std::forward<M>(message));
  else
    return nullptr;
}
}  // namespace detail

// Sends a message: moved in once, delivered in order with everything else this process sends to `to`. Never blocks, never fails
// for a dead process or pid{}: the message is destroyed. Any thread. OTP: erlang:send/2
template <class M>
void send(pid to, M&& message) {
  detail::deliver(to, detail::pack(std::forward<M>(message)));
}

// Sends to the process that has the name now. Throws bad_name when there is none. OTP: erlang:send/2
template <class M>
void send(std::string_view name, M&& message) {
  detail::deliver(name, detail::pack(std::forward<M>(message)));
}
template <class M>
void send(const char* name, M&& message) {
  detail::deliver(std::string_view(name), detail::pack(std::forward<M>(message)));
}

// To an alias; dropped unless it is active when the message is received. OTP: erlang:send/2, processes.xml "Process Aliases"
template <class M>
void send(ref alias, M&& message) {
  detail::deliver_to_alias(detail::id_access::number(alias), detail::id_access::owner(alias),
                           detail::pack(std::forward<M>(message)));
}
template <class M>
void send(monitor_ref alias, M&& message) {
  detail::deliver_to_alias(detail::id_access::number(alias), detail::id_access::owner(alias),
                           detail::pack(std::forward<M>(message)));
}

namespace detail {
// The message travels inside the question for a place; the receiver queues it when there is one, then answers.
class [[nodiscard("co_await it")]] room_awaiter : public answer_waiter {
 public:
  room_awaiter(pid to, envelope_ptr message) noexcept : answer_waiter(to), message_(std::move(message)) {}
  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    return begin_room_wait(*frame.promise().proc, *this, whom, std::move(message_));
  }
  void await_resume() noexcept { envelope_ptr(finish_wait(*this)); }

 private:
  static bool begin_room_wait(process_stack&, answer_waiter&, pid to, envelope_ptr message);
  envelope_ptr message_;
};

inline task<> send_packed_wait(pid to, envelope_ptr message) {
  room_awaiter wait(to, std::move(message));
  co_await quietly(wait);
}
}  // namespace detail

// Sends when the target's mailbox has room (spawn_options::max_mailbox), waiting in line until then. Returns at once for a dead
// target. A sender that is killed while it waits may or may not have sent.
template <class M>
BROOD_LINT_KEEPS task<> send_wait(pid to, M&& message) {
  return detail::send_packed_wait(to, detail::envelope_ptr(detail::pack(std::forward<M>(message))));
}

// A unique reference: equal to no other that was or will be made in this program. Any thread. OTP: erlang:make_ref/0
BROOD_API ref make_ref();

}  // namespace brood
