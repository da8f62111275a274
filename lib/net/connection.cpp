// A connection's calls: reading is a loop of looking, receiving and waiting; writing appends, and leaves when the turn ends.
#include <brood/net/connection.hpp>

#include "net/active_side.hpp"
#include "net/await_point.hpp"
#include "net/bytes_access.hpp"
#include "net/stream.hpp"
#include "process/core.hpp"

#include <brood/errors.hpp>
#include <brood/io/ready.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace brood::net {

using brood::detail::quietly;

namespace detail {

using stream_ptr = std::shared_ptr<stream>;
using brood::detail::require_process;
using read_result = outcome<io::bytes>;

namespace {

constexpr std::size_t most_to_read = std::size_t{1} << 30;

// One reader at a time.
class reading {
 public:
  explicit reading(const stream_ptr& s) : stream_(s) {
    if (s->in.has_reader)
      throw std::logic_error("brood: another read of this connection is under way: one process reads at a time");
    if (s->active && s->active->wants())
      throw std::logic_error("brood: what this connection receives comes as messages: co_await passive() first, then read");
    s->in.has_reader = true;
  }
  reading(const reading&) = delete;
  ~reading() { stream_->in.has_reader = false; }

 private:
  stream_ptr stream_;
};

read_result failed(const stream_ptr& s) { return read_result::failure(*s->in.failure()); }

// More has come, or why it will not: the reason of the wait or of the stream.
task<outcome<>> receive_more(stream_ptr s, deadline until, std::shared_ptr<io::detail::interruption> interrupted_by = nullptr) {
  for (;;) {
    co_await quietly(await_point());
    switch (s->in.receive()) {
      case incoming::result::some:
        co_return outcome<>();
      case incoming::result::over:
        co_return outcome<>::failure(*s->in.failure());
      case incoming::result::nothing:
        break;
    }
    if (until.only_looks())
      co_return outcome<>::failure(reason::timeout);
    auto ready = co_await quietly(
        io::detail::ready_awaiter(s->descriptor->number(), io::readable, until.left(), s->descriptor, interrupted_by));
    if (interrupted_by && interrupted_by->is_on())
      co_return outcome<>::failure(exit_reason(draining{}));
    if (!ready)
      co_return outcome<>::failure(ready.why());
  }
}

task<read_result> read_frame(stream_ptr s, time_limit limit, bool between_requests) {
  const reading alone(s);
  const deadline until(limit);
  for (;;) {
    co_await quietly(await_point());
    if (std::optional<io::bytes> frame = s->in.frame_at_hand())
      co_return *std::move(frame);
    if (s->in.failure())
      co_return failed(s);
    // A request that has begun to arrive is read to its end, whatever drains.
    const bool may_drain = between_requests && s->in.held().empty();
    const outcome<> more = co_await quietly(receive_more(s, until, may_drain ? s->drains : nullptr));
    if (!more && !s->in.failure())
      co_return read_result::failure(more.why());
  }
}

task<read_result> read_exactly(stream_ptr s, std::size_t n, time_limit limit) {
  constexpr std::size_t in_place = std::size_t{16} << 10;  // larger ones are received where they stay
  const reading alone(s);
  const deadline until(limit);
  while (s->in.held().size() < n && n < in_place) {
    if (s->in.failure())
      co_return failed(s);
    const outcome<> more = co_await quietly(receive_more(s, until));
    if (!more && !s->in.failure())
      co_return read_result::failure(more.why());
  }
  if (s->in.held().size() >= n)
    co_return s->in.take(n);

  io::detail::filling block(n);
  const io::bytes head = s->in.rest();
  std::copy(head.view().begin(), head.view().end(), block.rest());
  block.filled = head.size();
  while (block.room() != 0) {
    co_await quietly(await_point());
    const incoming::result got = s->in.receive_to(block.rest(), block.room(), block.filled);
    if (got == incoming::result::some)
      continue;
    exit_reason why = reason::timeout;
    if (got == incoming::result::over) {
      why = *s->in.failure();
    } else if (!until.only_looks()) {
      auto ready = co_await quietly(io::detail::ready_awaiter(s->descriptor->number(), io::readable, until.left(), s->descriptor));
      if (ready)
        continue;
      why = ready.why();
    }
    s->in.put_back(block.so_far());  // nothing is lost
    co_return read_result::failure(why);
  }
  co_return block.done();
}

task<read_result> read_to_mark(stream_ptr s, std::string mark, std::size_t max, time_limit limit) {
  const reading alone(s);
  const deadline until(limit);
  for (std::size_t searched = 0;;) {
    const std::string_view held = s->in.held();
    const std::size_t at = held.find(mark, searched);
    if (at != std::string_view::npos && at + mark.size() <= max)
      co_return s->in.take(at + mark.size());
    if (at != std::string_view::npos || held.size() >= max)
      co_return read_result::failure(exit_reason(io::error{EMSGSIZE}));
    searched = held.size() < mark.size() ? 0 : held.size() - mark.size() + 1;
    if (s->in.failure())
      co_return failed(s);
    const outcome<> more = co_await quietly(receive_more(s, until));
    if (!more && !s->in.failure())
      co_return read_result::failure(more.why());
  }
}

task<read_result> look_at(stream_ptr s, std::size_t n, time_limit limit) {
  const reading alone(s);
  const deadline until(limit);
  while (s->in.held().size() < n) {
    if (s->in.failure())
      co_return failed(s);
    const outcome<> more = co_await quietly(receive_more(s, until));
    if (!more && !s->in.failure())
      co_return read_result::failure(more.why());
  }
  co_return io::bytes(s->in.held());
}

// An answer when at most so many bytes are unsent.
class [[nodiscard("co_await it")]] room_awaiter : public brood::detail::answer_waiter {
 public:
  room_awaiter(stream_ptr s, std::size_t limit, time_limit within) noexcept
      : answer_waiter(pid(), nullptr, within), stream_(std::move(s)), limit_(limit) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    brood::detail::process_stack& proc = *frame.promise().proc;
    begin_answer_wait(proc, *this);
    if (stream_->out->tell_when_below(limit_, brood::detail::control_of(proc).self(), number))
      return true;
    brood::detail::abandon_answer_wait(proc);
    return false;
  }
  // False: the time was over.
  bool await_resume() {
    const bool waited = number != 0;
    brood::detail::envelope_ptr e(finish_wait(*this));
    return !waited || e != nullptr || stream_->out->failure() || stream_->out->unsent() <= limit_;
  }

 private:
  stream_ptr stream_;
  std::size_t limit_;
};

// Until at most `limit` bytes are unsent. False: no byte left within send_timeout; the connection has failed.
task<bool> wait_for_room(stream_ptr s, std::size_t limit) {
  s->out->send();
  for (;;) {
    const std::size_t before = s->out->unsent();
    if (co_await quietly(room_awaiter(s, limit, s->options.send_timeout)))
      co_return !s->out->failure();
    if (s->out->unsent() >= before) {
      s->out->fail(reason::timeout);
      co_return false;
    }
  }
}

task<bool> write_all(stream_ptr s, io::chunks b) {
  co_await quietly(await_point());
  if (s->out->unsent() >= s->options.high_water && !co_await quietly(wait_for_room(s, s->options.low_water)))
    co_return false;
  if (!s->out->accept(s->in.how ? s->in.how->wrap(std::move(b)) : std::move(b)))
    co_return false;
  at_turn_end(require_process("net::connection::write()"), s->out);
  co_return true;
}

task<outcome<>> flush_all(stream_ptr s, time_limit limit) {
  s->out->send();
  if (!co_await quietly(room_awaiter(s, 0, limit)))
    co_return outcome<>::failure(reason::timeout);
  if (std::optional<exit_reason> why = s->out->failure())
    co_return outcome<>::failure(*std::move(why));
  co_return outcome<>();
}

// It takes leave however this ends: a process may be killed while it waits.
struct taking_leave {
  stream_ptr of;
  ~taking_leave() { stream::end(std::move(of)); }
};

task<outcome<>> close_orderly(stream_ptr s, time_limit limit) {
  const taking_leave at_the_end{s};
  s->out->finish();
  co_return co_await quietly(flush_all(s, limit));
}

task<> make_passive(stream_ptr s) {
  if (s->active)
    s->active->stop(*brood::detail::running_process(), *s);
  co_return;
}

void check_limit(time_limit limit) {
  if (limit.negative())
    throw std::invalid_argument("brood: a negative time limit: use 0s to look, infinity to wait for ever");
}

}  // namespace

}  // namespace detail

using namespace detail;

detail::stream& connection::use(const char* call) const {
  const brood::detail::process_control& p = require_process(call);
  if (!stream_)
    throw std::logic_error(std::string("brood: ") + call + " of an empty connection: it was moved away, or never connected");
  if (stream_->active)
    stream_->active->belong_to(p.self());
  return *stream_;
}

void connection::end() noexcept {
  if (!stream_)
    return;
  if (stream_->active)
    stream_->active->belong_to(pid());
  stream::end(std::exchange(stream_, nullptr));
}

task<outcome<io::bytes>> connection::read(time_limit limit) {
  use("read()");
  check_limit(limit);
  return read_frame(stream_, limit, false);
}

task<outcome<io::bytes>> connection::read_next(time_limit limit) {
  use("read_next()");
  check_limit(limit);
  return read_frame(stream_, limit, true);
}

task<outcome<io::bytes>> connection::read(std::size_t n, time_limit limit) {
  use("read(n)");
  check_limit(limit);
  if (n == 0 || n > most_to_read)
    throw std::invalid_argument("brood: read(n) reads 1 byte to 1 GiB");
  return read_exactly(stream_, n, limit);
}

task<outcome<io::bytes>> connection::read_until(std::string mark, std::size_t max, time_limit limit) {
  use("read_until()");
  check_limit(limit);
  if (mark.empty() || max < mark.size())
    throw std::invalid_argument("brood: read_until(mark, max) needs a mark of at least one byte, which max has room for");
  return read_to_mark(stream_, std::move(mark), max, limit);
}

task<outcome<io::bytes>> connection::peek(std::size_t n, time_limit limit) {
  use("peek()");
  check_limit(limit);
  if (n == 0 || n > most_to_read)
    throw std::invalid_argument("brood: peek(n) looks at 1 byte to 1 GiB");
  return look_at(stream_, n, limit);
}

io::bytes connection::rest() { return use("rest()").in.rest(); }
void connection::unread(io::bytes b) { use("unread()").in.put_back(b.view()); }
void connection::set_framer(std::unique_ptr<framer> f) { use("frame()").in.frame(std::move(f)); }

task<bool> connection::write(io::chunks b) {
  use("write()");
  return write_all(stream_, std::move(b));
}
task<bool> connection::write(io::bytes b) { return write(io::chunks(std::move(b))); }

bool connection::try_write(io::chunks b) {
  stream& s = use("try_write()");
  if (!s.out->accept_if_below(s.in.how ? s.in.how->wrap(std::move(b)) : std::move(b), s.options.high_water))
    return false;
  at_turn_end(require_process("try_write()"), s.out);
  return true;
}

bool connection::try_write(io::bytes b) { return try_write(io::chunks(std::move(b))); }

task<outcome<>> connection::flush(time_limit limit) {
  use("flush()");
  check_limit(limit);
  return flush_all(stream_, limit);
}

std::optional<exit_reason> connection::failure() const {
  stream& s = use("failure()");
  if (std::optional<exit_reason> why = s.out->failure())
    return why;
  return s.in.failure() && !(*s.in.failure() == io::ended) ? s.in.failure() : std::nullopt;
}

void connection::finish() {
  stream& s = use("finish()");
  s.out->finish();
  s.out->send();
}

task<outcome<>> connection::close(time_limit limit) {
  use("close()");
  check_limit(limit);
  if (stream_->active)
    stream_->active->belong_to(pid());
  return close_orderly(std::exchange(stream_, nullptr), limit);
}

void connection::abort() {
  stream& s = use("abort()");
  s.reset();
  if (s.active)
    return end();  // a wait is armed, and would hold the descriptor open
  stream_ = nullptr;  // without a shutdown: that would say FIN first
}

active_side& connection::begin_active() {
  stream& s = use("active()");
  if (s.in.has_reader)
    throw std::logic_error("brood: a read of this connection is under way: it can't become active meanwhile");
  if (!s.active)
    s.active = std::make_shared<active_side>(stream_, self());
  return *s.active;
}

void connection::active(once_t) { begin_active().want(*stream_, 1, true); }
void connection::active(always_t) { begin_active().want(*stream_, active_side::for_ever, true); }
void connection::active(std::size_t n) {
  if (n == 0)
    throw std::invalid_argument("brood: active(n) asks for at least one message; passive() for none");
  begin_active().want(*stream_, n, false);
}

void connection::active_limit(std::size_t high, std::size_t low) {
  if (high == 0 || low >= high)
    throw std::invalid_argument("brood: active_limit(high, low) needs a low that is below high");
  stream& s = use("active_limit()");
  if (!s.active)
    s.active = std::make_shared<active_side>(stream_, self());
  s.active->limit(high, low);
}

task<> connection::passive() {
  use("passive()");
  return make_passive(stream_);
}

socket_id connection::id() const { return use("id()").id; }
bool connection::draining() const {
  stream& s = use("draining()");
  return s.drains && s.drains->is_on();
}

address connection::local() const { return use("local()").name(false); }
address connection::peer() const { return use("peer()").name(true); }
std::size_t connection::unsent() const { return use("unsent()").out->unsent(); }
int connection::native_handle() const { return use("native_handle()").descriptor->number(); }

}  // namespace brood::net
