// Asynchronous calls: send requests now, fetch the replies later, one by one or as they come.
//
//     struct square_root {
//       double x;
//       using reply = double;
//     };
//     task<double> sum_of_roots(std::vector<pid> servers) {
//       reply_collection<double> replies;
//       for (const pid s : servers)
//         replies.add(send_request(s, square_root{2}));
//       double sum = 0;
//       while (auto next = co_await replies.await_next(1s))
//         sum += next->reply.value_or(0);
//       co_return sum;
//     }
//
// A request is ordered with everything else its sender sends, and is its own monitor, as in call. Neither reply nor DOWN ever reaches
// the mailbox. Only the process that sent it may wait. OTP: gen_server:send_request/2, its reqid collections
#pragma once

#include <brood/call.hpp>
#include <brood/destination.hpp>
#include <brood/detail/pending_reply.hpp>
#include <brood/outcome.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {

// A reply that is on its way. Move-only; destroyed, it is given up: the reply is dropped.
template <class R>
class [[nodiscard("the reply of a request whose reply_ref is destroyed is dropped: co_await its await()")]] reply_ref {
 public:
  // The reply, or why there is none: noproc, the server's reason, or after the limit timeout: then it is given up.
  // OTP: gen_server:receive_response/2
  task<outcome<R>> await(time_limit limit = default_call_limit) {
    const bool came = co_await detail::quietly(detail::wait_for_reply(*slot_, limit));
    if (came)
      co_return take();
    detail::give_up(*slot_, reason::timeout);
    co_return outcome<R>::failure(reason::timeout);
  }

  // The same, but empty when nothing came: ask again. OTP: gen_server:wait_response/2
  task<std::optional<outcome<R>>> within(time_limit limit) {
    if (co_await detail::quietly(detail::wait_for_reply(*slot_, limit)))
      co_return take();
    co_return std::nullopt;
  }

  // For the library.
  explicit reply_ref(detail::counted<detail::pending_reply> slot) noexcept : slot_(std::move(slot)) {}
  reply_ref(reply_ref&&) noexcept = default;
  reply_ref& operator=(reply_ref&& other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~reply_ref() {
    if (slot_)
      detail::give_up(*slot_, reason::normal);
  }
  detail::pending_reply& slot() const noexcept { return *slot_; }
  outcome<R> take() {
    if (!slot_->answer)
      return outcome<R>::failure(slot_->why);
    if constexpr (std::is_void_v<R>)
      return {};
    else
      return outcome<R>(std::move(slot_->answer->template as<detail::answer<R>>().value));
  }

 private:
  detail::counted<detail::pending_reply> slot_;
};

// Sends the request and returns at once. OTP: gen_server:send_request/2
template <class M>
reply_ref<detail::named_reply_t<M>> send_request(destination to, M&& message) {
  return reply_ref<detail::named_reply_t<M>>(detail::begin_request(to, detail::pack_call(std::forward<M>(message))));
}

// Many replies, each with a label, in the order in which they come.
template <class R, class Label = std::monostate>
class reply_collection {
 public:
  struct labelled {
    Label label;
    outcome<R> reply;
  };

  // A reply can be in one collection only: it is moved here.
  void add(reply_ref<R> reply, Label label = {}) {
    const std::size_t index = next_index_++;
    reply.slot().index = index;
    waiting_.try_emplace(index, std::move(reply), std::move(label), *board_);
  }

  std::size_t size() const noexcept { return waiting_.size(); }
  bool empty() const noexcept { return waiting_.empty(); }

  // The next one; empty when none is left, or when the limit came first: then all that are left are given up.
  // OTP: gen_server:receive_response/3
  task<std::optional<labelled>> await_next(time_limit limit = default_call_limit) {
    std::optional<labelled> next = co_await detail::quietly(within_next(limit));
    if (!next)
      waiting_.clear();
    co_return next;
  }

  // The same, but keeps those that are late. OTP: gen_server:wait_response/3
  task<std::optional<labelled>> within_next(time_limit limit) {
    if (waiting_.empty())
      co_return std::nullopt;
    if (!co_await detail::quietly(detail::end_awaiter(*board_, limit)))
      co_return std::nullopt;
    auto found = waiting_.extract(board_->take()->index);
    entry& e = found.mapped();
    co_return labelled{std::move(e.label), e.reply.take()};
  }

 private:
  struct entry {
    reply_ref<R> reply;
    Label label;
    detail::board_guard guard;
    entry(reply_ref<R> r, Label l, detail::end_board& board)
        : reply(std::move(r)), label(std::move(l)), guard(reply.slot(), board) {}
  };
  std::unique_ptr<detail::end_board> board_ = std::make_unique<detail::end_board>();
  std::unordered_map<std::size_t, entry> waiting_;
  std::size_t next_index_ = 0;
};

}  // namespace brood
