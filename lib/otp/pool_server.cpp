#include "otp/pool_server.hpp"

#include <brood/monitor.hpp>
#include <brood/receive.hpp>
#include <brood/send.hpp>
#include <brood/serve.hpp>
#include <brood/timers.hpp>

#include <unordered_map>
#include <utility>

namespace brood::detail {

namespace {

struct watch_tick {
  monitor_ref watcher;
};

// Who gets a picture of the pool every so often.
class watcher_list {
 public:
  explicit watcher_list(const job_book& book) noexcept : book_(book) {}
  watcher_list(const watcher_list&) = delete;

  void add(const pool_watch& m) {
    std::erase_if(watchers_, [&](const auto& w) { return w.second.watcher == m.watcher && demonitor(w.first, {.flush = true}); });
    if (m.every.infinite())
      return;
    const monitor_ref watch = monitor(m.watcher);
    watchers_.emplace(watch, m);
    show(watch);
  }
  void show(monitor_ref watcher) {
    const auto found = watchers_.find(watcher);
    if (found == watchers_.end())
      return;
    send(found->second.watcher, book_.info());
    send_after(found->second.every, self(), watch_tick{watcher});
  }
  void remove(monitor_ref watcher) { watchers_.erase(watcher); }

 private:
  const job_book& book_;
  std::unordered_map<monitor_ref, pool_watch> watchers_;
};

}  // namespace

process pool_body(pool_options options) {
  job_book book(options);
  watcher_list watchers(book);
  const exit_reason why = co_await quietly(
      serve([&](request<pool_request> r) { book.accept(std::move(r)); },
            [&](const down& d) {
              if (!book.ended(d))
                watchers.remove(d.monitor);
            },
            [&](const pool_withdraw& m) { book.withdraw(m.job); }, [&](const pool_overdue& m) { book.overdue(m.job); },
            [&](const pool_question&) { return book.info(); }, [&](const pool_watch& m) { watchers.add(m); },
            [&](const watch_tick& m) { watchers.show(m.watcher); }));
  book.close(why);
  while (!book.idle())
    book.ended(co_await quietly(receive<down>()));
}

}  // namespace brood::detail
