// What a second shared object would send: messages whose descriptors are twins of this program's. tests/plugin has real ones.
#include <brood/brood.hpp>

#include <catch.hpp>

using namespace brood;
using namespace brood::detail;
using namespace std::chrono_literals;

namespace known {
struct job {
  int n;
};
struct other_job {
  int n;
};
struct question {
  int n;
  using reply = int;
};
}  // namespace known
namespace {
struct own_job {
  int n;
};
}  // namespace

namespace {

constexpr char elsewhere = 0;

constexpr message_type twin_of(message_type type) {
  type.object = &elsewhere;
  return type;
}

template <class T>
constexpr message_type twin = twin_of(message_type_of<T>::value);
template <class M>
constexpr message_type call_twin = twin_of(call_type_of<M>::value);

template <class T>
void send_twin(pid to, T message) {
  deliver(to, make_envelope<T>(twin<T>, std::move(message)));
}

}  // namespace

TEST_CASE("a type of two objects is one type; two types of one object, or of names that are local, are two") {
  static constexpr type_identity elsewhere_known{&typeid(known::job), &elsewhere};
  static constexpr type_identity here_again{&typeid(known::job), &this_object};
  static constexpr type_identity elsewhere_own{&typeid(own_job), &elsewhere};
  CHECK(same_type(identity_of<known::job>::value, identity_of<known::job>::value));
  CHECK(same_type(identity_of<known::job>::value, elsewhere_known));
  CHECK_FALSE(same_type(identity_of<known::job>::value, here_again));
  CHECK_FALSE(same_type(identity_of<known::other_job>::value, elsewhere_known));
  CHECK_FALSE(same_type(identity_of<own_job>::value, elsewhere_own));

  static constexpr message_type larger = [] {
    message_type type = twin<known::job>;
    ++type.size;
    return type;
  }();
  CHECK(type_of<known::job>() == message_type_ref(&twin<known::job>));
  CHECK_FALSE(type_of<known::job>() == message_type_ref(&twin<known::other_job>));
  CHECK_FALSE(type_of<known::job>() == message_type_ref(&larger));
  CHECK_FALSE(type_of<known::question>() == message_type_ref(&call_twin<known::question>));
  CHECK_FALSE(type_of<own_job>() == message_type_ref(&twin<own_job>));
}

TEST_CASE("receive, its handlers, its marks and any_message know a message from another object") {
  int sum = 0;
  bool own_came = true;
  simulate([&]() -> process {
    for (int i = 0; i < 500; ++i)  // enough that the receive marks what it passed over
      send(self(), std::to_string(i));
    send_twin(self(), known::job{1});
    sum += (co_await receive<known::job>()).n;
    send_twin(self(), known::job{2});
    sum += (co_await receive<known::job>(within(1s))).value_or(known::job{0}).n;
    send_twin(self(), known::job{4});
    send_twin(self(), known::other_job{8});
    for (int i = 0; i < 2; ++i)
      sum +=
          co_await receive([](known::other_job j) { return j.n; }, [](known::job j) { return j.n; }, after(1s, [] { return 0; }));
    for (int i = 0; i < 500; ++i)
      co_await receive<std::string>();
    send_twin(self(), known::job{16});
    any_message any = co_await receive<any_message>();
    sum += any.get_if<known::job>() && !any.get_if<known::other_job>() ? any.get_if<known::job>()->n : 0;
    send_twin(self(), own_job{1});
    own_came = (co_await receive<own_job>(within(1s))).has_value();
  });
  CHECK(sum == 31);
  CHECK_FALSE(own_came);
}

TEST_CASE("a server serves a request from another object, and obeys the orders of one") {
  int answered = 0;
  bool ended = false;
  simulate([&]() -> process {
    const pid server = spawn([]() -> process { co_await serve([](known::question q) { return q.n + 1; }); });
    call_wait wait(server,
                   envelope_ptr(make_envelope<call_payload<known::question>>(call_twin<known::question>, known::question{6})), 1s);
    if (const envelope_ptr reply = co_await wait)
      answered = reply->as<answer<int>>().value;
    call_wait order(server,
                    envelope_ptr(make_envelope<call_payload<server_order>>(call_twin<server_order>,
                                                                           server_order{server_verb::stop, reason::normal})),
                    1s);
    co_await order;
    ended = order.server_died();
  });
  CHECK(answered == 7);
  CHECK(ended);
}

TEST_CASE("demonitor with flush takes back a DOWN that another object could have made") {
  bool left = true;
  simulate([&]() -> process {
    const spawned ended = spawn_monitor([]() -> process { co_return; });
    const auto real = co_await receive<down>();
    send_twin(self(), down{ended.monitor, real.who, reason::normal, {}});
    co_await receive<int>(within(1ms));
    demonitor(ended.monitor, {.flush = true});
    left = (co_await receive<down>(within(1s))).has_value();
  });
  CHECK_FALSE(left);
}
