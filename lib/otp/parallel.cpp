#include <brood/parallel.hpp>

#include "otp/concurrency.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/exit.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace brood::detail {

namespace {

std::size_t concurrency(std::size_t wanted) {
  require_owner_to_be("parallel_map");
  return concurrency_or_default(wanted);
}

}  // namespace

parallel_crew::parallel_crew(const parallel_options& options)
    : most_(concurrency(options.max_concurrency)), timeout_(options.timeout) {
  if (timeout_.negative())
    throw std::invalid_argument("brood: parallel_options::timeout can't be negative: infinity lets an element take for ever");
}

parallel_crew::~parallel_crew() {
  for (auto& [index, w] : running_)
    end_and_forget(*w.watch);
  for (auto& [index, w] : late_)
    end_and_forget(*w.watch);
}

void parallel_crew::add(counted<end_watch> w, std::size_t index) {
  w->index = index;
  w->board = &board_;
  const std::int64_t deadline = timeout_.infinite() ? no_deadline : deadline_from_now(timeout_);
  running_.emplace_hint(running_.end(), index, worker{std::move(w), deadline});
}

void parallel_crew::kill_late() {
  const std::int64_t now = runtime_core::now();
  while (!running_.empty() && running_.begin()->second.deadline <= now) {
    auto first = running_.extract(running_.begin());
    exit(first.mapped().watch->process, reason::kill);
    late_.insert(std::move(first));
  }
}

task<counted<end_watch>> parallel_crew::next() {
  while (!board_.first) {
    const std::int64_t deadline = running_.empty() ? no_deadline : running_.begin()->second.deadline;
    const std::int64_t left = std::max<std::int64_t>(0, deadline - runtime_core::now());
    if (!co_await quietly(
            end_awaiter(board_, deadline == no_deadline ? time_limit(infinity) : time_limit(std::chrono::nanoseconds(left)))))
      kill_late();
  }
  end_watch& ended = *board_.take();
  const auto timely = running_.extract(ended.index);
  if (timely)
    co_return timely.mapped().watch;
  const auto late = late_.extract(ended.index);
  if (ended.why != reason::normal)  // else it ended before it was killed
    ended.why = reason::timeout;
  co_return late.mapped().watch;
}

task<> parallel_crew::end() {
  for (const auto& [index, w] : running_)
    exit(w.watch->process, reason::kill);
  late_.merge(running_);
  while (!late_.empty())
    (void)co_await quietly(next());
}

}  // namespace brood::detail
