// Compiled three times, into three objects: SIDE is the function that gives it away.
#include "side.hpp"

#include <optional>
#include <utility>

using namespace brood;
using namespace std::chrono_literals;

namespace {

constexpr auto long_enough = 10s;

struct secret {
  int number;
};

process serve_scale() {
  int parcels = 0;
  co_await serve([&](weigh w) { return w.weight + parcels; }, [&](parcel p) { parcels += p.weight; });
}

process serve_relay() {
  const pid to = co_await receive<pid>();
  for (;;)
    send(to, co_await receive<parcel>());
}

process die_damaged(int weight) {
  exit(exit_reason(damaged{weight}));
  co_return;
}
process die_spilled() {
  throw spilled("on the floor");
  co_return;
}
task<int> throw_spilled() {
  throw spilled("on the floor");
  co_return 0;
}

task<int> get_parcel() {
  const auto m = co_await receive<parcel>(within(long_enough));
  co_return m ? m->weight : -1;
}
task<int> handle_parcel() {
  co_return co_await receive([](request<weigh>) { return -2; },
                             when([](const parcel& p) { return p.weight > 0; }, [](parcel p) { return p.weight; }),
                             [](any_message) { return -3; }, after(long_enough, [] { return -1; }));
}
// The any_message is there already: what could be a secret has been passed over.
task<bool> get_secret() { co_return (co_await receive<secret>(within(0s))).has_value(); }

task<int> ask_scale(pid scale, int weight) {
  const outcome<int> answer = co_await try_call(scale, weigh{weight}, long_enough);
  co_return answer ? *answer : -1;
}
task<int> ask_scale_later(pid scale, int weight) {
  reply_ref<int> answer = send_request(scale, weigh{weight});
  const auto got = co_await answer.within(long_enough);
  co_return got && *got ? **got : -1;
}
task<exit_reason> wait_for_end(spawned whom) {
  const auto d = co_await receive<down>(whom.monitor, within(long_enough));
  co_return d ? d->why : exit_reason("no down");
}

int weight_of(const damaged* found) { return found ? found->weight : -1; }

bool rethrows_spilled(std::exception_ptr error) {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const spilled&) {
    return true;
  } catch (...) {
    return false;
  }
}

task<bool> catch_spilled(task<int> (*throws)()) {
  try {
    co_await throws();
  } catch (const spilled&) {
    co_return true;
  } catch (...) {}
  co_return false;
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

constexpr side here{
    TEXT(SIDE),
    [](pid to, int weight) { send(to, parcel{weight}); },
    [](pid to) { send(to, secret{1}); },
    serve_scale,
    serve_relay,
    die_damaged,
    die_spilled,
    throw_spilled,
    [](int weight) { dictionary().put("parcel", parcel{weight}); },
    [](int weight) { return reason::shutdown_with(damaged{weight}); },
    get_parcel,
    handle_parcel,
    get_secret,
    ask_scale,
    ask_scale_later,
    wait_for_end,
    [](const any_message& m) { return m.get_if<parcel>() ? m.get_if<parcel>()->weight : -1; },
    [](const exit_reason& why) { return weight_of(why.get_if<damaged>()); },
    rethrows_spilled,
    catch_spilled,
    [] { return dictionary().get_if<parcel>("parcel") ? dictionary().get_if<parcel>("parcel")->weight : -1; },
};

}  // namespace

const side* SIDE() { return &here; }
