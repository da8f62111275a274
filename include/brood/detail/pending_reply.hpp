// A reply that its caller does not wait for now: noted when it is taken in, as the end of a watched process is.
#pragma once

#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/end_watch.hpp>
#include <brood/detail/envelope.hpp>
#include <brood/exit_reason.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <cstdint>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// Of end_watch: `process` is the server, `ended` says that it was answered, `why` why not with a reply.
class pending_reply final : public end_watch {
 public:
  std::uint64_t number = 0;
  envelope_ptr answer;
};

// The numbers of such requests: their records in the server are made by a signal before them, not when they are taken out.
inline constexpr std::uint64_t asynchronous = std::uint64_t{1} << 63;

// From the running process. Nobody there: answered already, with noproc.
BROOD_API counted<pending_reply> begin_request(const destination& to, envelope_ptr request);

// Whether it was answered in time. Throws task_owner_error for another process, std::invalid_argument for a negative limit.
BROOD_API task<bool> wait_for_reply(pending_reply& reply, time_limit limit);

// Nobody wants it any more, or not in time.
BROOD_API void give_up(pending_reply& reply, const exit_reason& why) noexcept;

}  // namespace detail
}  // namespace brood
