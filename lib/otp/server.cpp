#include <brood/server.hpp>

#include <chrono>
#include <optional>

namespace brood {

namespace {

task<server_info> order(destination server, detail::server_verb verb) {
  co_return co_await detail::quietly(call(std::move(server), detail::server_order{verb, {}}));
}

}  // namespace

task<outcome<>> stop_server(destination server, exit_reason why, time_limit limit) {
  const std::optional<pid> who = server.find();
  if (!who)
    co_return outcome<>::failure(reason::noproc);
  detail::call_wait end(*who, detail::pack_call(detail::server_order{detail::server_verb::stop, why}), limit);
  (void)co_await detail::quietly(end);
  if (end.server_died() && end.why() == why)
    co_return outcome<>();
  co_return outcome<>::failure(end.why());
}

task<> suspend(destination server) { (void)co_await detail::quietly(order(std::move(server), detail::server_verb::suspend)); }
task<> resume(destination server) { (void)co_await detail::quietly(order(std::move(server), detail::server_verb::resume)); }
task<server_info> inspect_server(destination server) {
  co_return co_await detail::quietly(order(std::move(server), detail::server_verb::look));
}

}  // namespace brood
