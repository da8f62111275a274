#include <brood/await_many.hpp>

#include "process/signals.hpp"

#include <algorithm>
#include <stdexcept>

namespace brood::detail {

many_ends::many_ends(time_limit limit) : deadline_(limit.infinite() ? no_deadline : deadline_from_now(limit)) {
  if (limit.negative())
    throw std::invalid_argument("brood: a negative time limit for tasks: 0s looks which have ended, infinity waits for ever");
}

task<end_watch*> many_ends::next() {
  if (!board_.first) {
    const std::int64_t left = std::max<std::int64_t>(0, deadline_ - process_clock::now().time_since_epoch().count());
    co_await quietly(
        end_awaiter(board_, deadline_ == no_deadline ? time_limit(infinity) : time_limit(std::chrono::nanoseconds(left))));
  }
  co_return board_.take();
}

}  // namespace brood::detail
