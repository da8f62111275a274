// Casts: messages to servers whose absence is no error.
#pragma once

#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>

#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {
BROOD_API void cast_packed(const destination& to, envelope_ptr message);
}

// As send, ordered with it; but a name or key that nobody has is no error either: the message is dropped. OTP: gen_server:cast/2
template <class M>
void cast(pid to, M&& message) {
  send(to, std::forward<M>(message));
}
template <class M>
void cast(const destination& to, M&& message) {
  detail::cast_packed(to, detail::envelope_ptr(detail::pack(std::forward<M>(message))));
}

}  // namespace brood
