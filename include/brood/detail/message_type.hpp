// What the runtime knows of a message's type: one static descriptor a type, in each shared object that uses it.
//
// An envelope refers to it, so a type test in `receive` that succeeds is one load and one compare, and whatever else is needed
// (destroying an unread message, printing it) is found there without a vtable in the message.
#pragma once

#include <brood/describe.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/type_identity.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <typeinfo>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// Everything that travels through an inbox. Only `message` ever reaches a user's handler as it is; the rest are executed by the
// receiver, in order, when it takes them in. `exit_*` and `down` turn into messages there when the receiver wants to see them.
enum class signal_kind : std::uint8_t {
  message,
  call,           // a request: a message that must be answered, by its death if need be; after it: no messages
  alias_message,  // a message sent to an alias: kept only while the alias is active
  link,
  unlink,
  unlink_ack,
  exit_by_link,
  exit,
  stop_order,  // the runtime's exit shutdown at its end
  kill_order,  // its kill, when their time is over
  monitor,
  demonitor,
  down,
  alive,       // is_alive's question
  inspect,     // inspect's question
  answer,      // to whichever await asked: is_alive, inspect, call, blocking, send_wait
  room,        // send_wait asks for a place in the mailbox
  expect_call, // an asynchronous request follows
  withdraw,    // the caller of a held request needs no answer any more
  hold,        // suspend_process
  release,     // resume_process
};

struct message_type : type_identity {  // of the payload, or what it is to be called after
  signal_kind kind;
  bool never_dropped;    // `down` and `exited` count against max_mailbox but no policy drops them
  bool says_why_not;     // an answer that says why there is no reply
  std::uint32_t size;    // of the payload
  std::uint32_t offset;  // of the payload in its block
  void (*destroy)(void* payload) noexcept;
  void (*print)(const void* payload, std::string& out);
};

// Of two descriptors from two objects: whether they are of the same messages.
BROOD_API [[gnu::cold]] bool is_same_elsewhere(const message_type& a, const message_type& b) noexcept;

// How a descriptor is referred to. Two are equal when they describe the same messages, even if two shared objects each have one.
class message_type_ref {
 public:
  constexpr message_type_ref() noexcept = default;  // of none: to be compared with nothing
  constexpr message_type_ref(const message_type* type) noexcept : type_(type) {}

  constexpr const message_type* operator->() const noexcept { return type_; }
  constexpr const message_type& operator*() const noexcept { return *type_; }
  constexpr explicit operator bool() const noexcept { return type_ != nullptr; }

  friend bool operator==(message_type_ref a, message_type_ref b) noexcept {
    return a.type_ == b.type_ || (a.type_->object != b.type_->object && is_same_elsewhere(*a.type_, *b.type_));
  }

 private:
  const message_type* type_ = nullptr;
};

// In a catch block: a destructor of the user's threw. The running process ends with that; the runtime goes on.
BROOD_API void destructor_threw() noexcept;

template <class T>
void destroy_payload(void* payload) noexcept {
  if constexpr (std::is_nothrow_destructible_v<T>) {
    static_cast<T*>(payload)->~T();
  } else {
    try {
      static_cast<T*>(payload)->~T();
    } catch (...) {
      destructor_threw();
    }
  }
}

template <class T>
void print_payload(const void* payload, std::string& out) {
  out += detail::describe_value(*static_cast<const T*>(payload));
}

template <class T>
inline constexpr bool never_dropped_v = false;

inline constexpr std::uint32_t envelope_size = 16;

// Of a T in its block: behind the envelope, further on when its type is over-aligned.
template <class T>
inline constexpr std::uint32_t offset_of = alignof(T) > envelope_size ? alignof(T) : envelope_size;

// `Named`: whose name it goes by.
template <class Payload, class Named = Payload>
constexpr message_type describe_payload(signal_kind kind, bool never_dropped,
                                        void (*print)(const void* payload, std::string& out) = nullptr) noexcept {
  return {{&typeid(Named), &this_object}, kind, never_dropped, false, sizeof(Payload), std::uint32_t{offset_of<Payload>},
          &destroy_payload<Payload>,      print};
}

// The descriptor of messages of type T.
template <class T>
struct message_type_of {
  static constexpr message_type value = describe_payload<T>(signal_kind::message, never_dropped_v<T>, &print_payload<T>);
};

template <class T>
inline message_type_ref type_of() noexcept {
  return &message_type_of<T>::value;
}

}  // namespace detail
}  // namespace brood
