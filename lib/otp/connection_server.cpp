// A server of connections. Three kinds of processes: acceptors, which wait for a place and then for a client; the server, which starts a
// process for what they bring and is linked to all of them; and those, the user's.
#include <brood/net/server.hpp>

#include "net/stream.hpp"
#include "process/core.hpp"
#include "process/runtime_core.hpp"

#include <brood/call.hpp>
#include <brood/cast.hpp>
#include <brood/exit.hpp>
#include <brood/flags.hpp>
#include <brood/receive.hpp>
#include <brood/send.hpp>
#include <brood/serve.hpp>
#include <brood/signals.hpp>
#include <brood/timers.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace brood::net {

namespace detail {

using brood::detail::quietly;

namespace {

struct address_question {
  using reply = address;
};
struct info_question {
  using reply = server_info;
};
struct drain_order {};

// How many connections there may still be. Acceptors take a place before they accept, so that nobody is accepted without one.
struct places {
  std::atomic<std::int64_t> free;
  std::atomic<std::uint64_t> refused{0};
  explicit places(std::size_t n) : free(static_cast<std::int64_t>(n)) {}
};

// One of them; given back with it.
class place {
 public:
  static std::optional<place> take(const std::shared_ptr<places>& all) {
    if (all->free.fetch_sub(1, std::memory_order_relaxed) > 0)
      return place(all);
    all->free.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  place(place&&) noexcept = default;
  place& operator=(place&& other) noexcept {
    std::swap(all_, other.all_);
    return *this;
  }
  ~place() {
    if (all_)
      all_->free.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  explicit place(std::shared_ptr<places> all) : all_(std::move(all)) {}
  std::shared_ptr<places> all_;
};

struct no_place {  // says an acceptor
  pid who;
};
struct perhaps_a_place {};
struct arrival_of {
  connection client;
  place its;
};

constexpr auto until_descriptors = std::chrono::milliseconds(100);

process accept_connections(listener door, std::shared_ptr<places> all, pid server) {
  for (;;) {
    std::optional<place> mine = place::take(all);
    while (!mine) {
      send(server, no_place{self()});
      co_await quietly(receive<perhaps_a_place>());
      mine = place::take(all);
    }
    outcome<connection> client = co_await quietly(door.accept());
    if (client) {
      send(server, arrival_of{*std::move(client), *std::move(mine)});
    } else if (client.why() == io::ended) {
      co_return;
    } else {  // no descriptor, no memory: the client waits in the kernel until there is
      all->refused.fetch_add(1, std::memory_order_relaxed);
      co_await quietly(sleep(until_descriptors));
    }
  }
}

class connection_server {
 public:
  connection_server(server_options options, connection_starter start, listener door)
      : options_(std::move(options)),
        start_(std::move(start)),
        door_(std::move(door)),
        places_(std::make_shared<places>(options_.max_connections)),
        drains_(std::make_shared<io::detail::interruption>()) {
    const std::size_t n = options_.acceptors != 0 ? options_.acceptors : brood::detail::runtime_core::get()->sched.schedulers;
    for (std::size_t i = 0; i < n; ++i)
      add_acceptor();
  }

  // Killed, it takes its port along at once: acceptors that still die hold the socket, but nobody listens on it any more.
  ~connection_server() {
    if (brood::detail::running_process() != nullptr)
      door_.stop();
  }

  address at() const { return door_.local(); }
  server_info info() const {
    server_info i = info_;
    i.open = clients_.size();
    i.refused = places_->refused.load(std::memory_order_relaxed);
    return i;
  }

  void came(arrival_of a) {
    ++info_.accepted;
    connection_access::stream_of(a.client).drains = drains_;
    clients_.emplace(start_(std::move(a.client)), std::move(a.its));
    info_.most = std::max(info_.most, clients_.size());
  }

  void no_place_for(pid acceptor) {
    waiting_.push_back(acceptor);
    if (places_->free.load(std::memory_order_relaxed) > 0)
      offer_places();
  }

  void ended(pid who) {
    if (clients_.erase(who) == 0 && std::erase(acceptors_, who) != 0 && !draining_)
      add_acceptor();
    offer_places();
  }

  task<> end() {
    draining_ = true;
    door_.stop();
    drains_->interrupt();
    for (const auto& client : clients_)
      send(client.first, draining{});
    co_await quietly(wait(options_.drain));
    tell_all(reason::shutdown);
    co_await quietly(wait(options_.shutdown));
    tell_all(reason::kill);
    co_await quietly(wait(std::chrono::seconds(1)));
  }

 private:
  void add_acceptor() { acceptors_.push_back(spawn_link(accept_connections, door_.share(), places_, self())); }

  void offer_places() {
    for (const pid acceptor : std::exchange(waiting_, {}))
      send(acceptor, perhaps_a_place());
  }

  void tell_all(exit_reason why) {
    for (const auto& client : clients_)
      exit(client.first, why);
  }

  // Until all have ended, or the time is over.
  task<> wait(time_limit limit) {
    const deadline until(limit);
    for (bool over = false; !over && !(clients_.empty() && acceptors_.empty());)
      co_await quietly(receive([&](exited e) { ended(e.who); },
                               [&](arrival_of a) {  // accepted before the end: it is served, and told
                                 came(std::move(a));
                               },
                               [](no_place) {}, after(until.left(), [&] { over = true; })));
  }

  const server_options options_;
  const connection_starter start_;
  listener door_;
  std::shared_ptr<places> places_;
  std::shared_ptr<io::detail::interruption> drains_;
  std::unordered_map<pid, place> clients_;
  std::vector<pid> acceptors_, waiting_;
  server_info info_;
  bool draining_ = false;
};

}  // namespace

void check_server_options(const server_options& o) {
  if (o.max_connections == 0)
    throw std::invalid_argument("brood: server_options::max_connections is at least 1");
  if (o.drain.negative() || o.shutdown.negative())
    throw std::invalid_argument("brood: server_options::drain and shutdown can't be negative");
}

task<> run_connection_server(server_options options, connection_starter start) {
  trap_exits();
  outcome<listener> door = listen(options.at, options.listen);
  if (!door)
    exit(door.why());
  connection_server s(std::move(options), std::move(start), *std::move(door));
  const exit_reason why = co_await quietly(
      serve([&](exited e) { s.ended(e.who); }, [&](arrival_of a) { s.came(std::move(a)); },
            [&](no_place n) { s.no_place_for(n.who); }, [&](const address_question&) { return s.at(); },
            [&](const info_question&) { return s.info(); }, [](drain_order) { return stop_serving(reason::shutdown); }));
  co_await quietly(s.end());
  if (why != reason::normal)
    exit(why);
}

child_spec make_server_spec(server_options options, connection_starter start) {
  const auto limit =
      options.drain.infinite() || options.shutdown.infinite()
          ? infinity
          : time_limit(std::chrono::nanoseconds(options.drain.count() + options.shutdown.count()) + std::chrono::seconds(2));
  const std::string name = options.name;
  const child_spec spec =
      child(name.empty() ? "server" : name, run_connection_server, std::move(options), std::move(start)).shutdown(limit);
  return name.empty() ? spec : spec.named(name);
}

}  // namespace detail

task<outcome<address>> server_address(destination server) {
  return try_call(std::move(server), detail::address_question{}, infinity);
}
task<outcome<server_info>> inspect_server(destination server) {
  return try_call(std::move(server), detail::info_question{}, infinity);
}
void drain_server(destination server) { cast(std::move(server), detail::drain_order()); }

}  // namespace brood::net
