#include <brood/task_handle.hpp>

#include <fmt/format.h>

#include <stdexcept>

namespace brood::detail {

void require_waitable(const end_watch* w, const char* call) {
  if (!w)
    throw std::logic_error(
        fmt::format("brood: {}: this handle holds no task: it was moved from, detached, or its value was fetched before; fetch it "
                    "once and keep it",
                    call));
  require_owner(*w, call);
}

task<> shut_down_task(end_watch* w, time_limit limit) {
  require_waitable(w, "shutdown");
  if (limit.negative())
    throw std::invalid_argument("brood: a negative time limit for shutdown: 0s kills at once, infinity waits for ever");
  end_board board;
  const board_guard guard(*w, board);
  if (!w->ended) {
    ask_to_end(*w, reason::shutdown);
    if (!co_await quietly(end_awaiter(board, limit, w->process))) {
      exit(w->process, reason::kill);
      co_await quietly(end_awaiter(board, infinity, w->process));
    }
  }
  if (w->linked)
    forget_exited(*w);
}

}  // namespace brood::detail
