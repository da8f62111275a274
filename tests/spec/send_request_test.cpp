// Asynchronous requests: send_request, reply_ref, reply_collection.
#include "spec/spec.hpp"

namespace {

struct echo_later {
  int n;
  process_clock::duration delay = {};
  using reply = int;
};
struct echo_when_told {
  int n;
  using reply = int;
};
struct go_on {
  int n;
};
struct touch {
  using reply = void;
};

// Replies to each request after its delay, or when it is told.
process echoes() {
  std::vector<request<echo_when_told>> held;
  co_await serve(
      [](request<echo_later> r) {
        spawn(
            [](request<echo_later> m) -> process {
              co_await sleep(m->delay);
              m.reply(m->n);
            },
            std::move(r));
      },
      [&](request<echo_when_told> r) { held.push_back(std::move(r)); },
      [&](go_on now) {
        for (auto& r : held)
          if (r->n == now.n)
            r.reply(r->n);
      },
      [](touch) {});
}

}  // namespace

TEST_CASE("C165 send_request returns at once; the reply is fetched later, and leaves nothing in the mailbox") {
  spec::in_process([]() -> process {
    const pid server = spawn(echoes);
    reply_ref<int> first = send_request(server, echo_later{1, 5ms});
    reply_ref<int> second = send_request(server, echo_later{2});
    reply_ref<void> third = send_request(server, touch{});
    const outcome<int> two = co_await second.await();
    CHECK(two.value_or(0) == 2);
    const outcome<int> one = co_await first.await();
    CHECK(one.value_or(0) == 1);
    co_await call(server, touch{});  // asked after the third: that one's reply is there
    const outcome<> done = co_await third.await(0s);
    CHECK(done);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("C165 await gives the request up at its limit, within does not") {
  spec::in_process([]() -> process {
    const pid server = spawn(echoes);
    reply_ref<int> kept = send_request(server, echo_when_told{1});
    const auto nothing = co_await kept.within(1ms);
    CHECK(!nothing);
    send(server, go_on{1});
    const auto something = co_await kept.within(10s);
    REQUIRE(something);
    CHECK(something->value_or(0) == 1);

    reply_ref<int> given_up = send_request(server, echo_when_told{2});
    const outcome<int> late = co_await given_up.await(1ms);
    CHECK(late.why() == reason::timeout);
    send(server, go_on{2});
    co_await call(server, touch{});
    const auto still = co_await given_up.within(0s);
    REQUIRE(still);
    CHECK(still->why() == reason::timeout);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("C165 an asynchronous request to the dead, the unknown and the dying") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    auto none = send_request(dead, echo_later{1});
    const auto why_none = co_await none.await();
    CHECK(why_none.why() == reason::noproc);
    auto unknown = send_request("spec nobody", echo_later{1});
    const auto why_unknown = co_await unknown.await();
    CHECK(why_unknown.why() == reason::noproc);

    const pid queued = spawn(spec::idle);
    auto unread = send_request(queued, echo_later{1});
    exit(queued, exit_reason("queued"));
    const auto why_unread = co_await unread.await();
    CHECK(why_unread.why() == exit_reason("queued"));

    const pid holding = spawn(echoes);
    auto held = send_request(holding, echo_later{1, 1h});
    const auto not_yet = co_await held.within(2ms);
    CHECK(!not_yet);
    exit(holding, reason::kill);
    const auto why_held = co_await held.await();
    CHECK(why_held.why() == reason::killed);
  });
}

TEST_CASE("C165 a collection gives labels as the replies come; await_next gives up the late, within_next keeps them") {
  spec::in_process([]() -> process {
    const pid server = spawn(echoes);
    reply_collection<int, std::string> replies;
    replies.add(send_request(server, echo_when_told{1}), "slow");
    replies.add(send_request(server, echo_when_told{2}), "fast");
    replies.add(send_request(pid{}, echo_later{3}), "nobody");
    CHECK(replies.size() == 3);
    const auto first = co_await replies.await_next();
    REQUIRE(first);
    CHECK(first->label == "nobody");
    CHECK(first->reply.why() == reason::noproc);
    send(server, go_on{2});
    const auto second = co_await replies.await_next(10s);
    REQUIRE(second);
    CHECK(second->label == "fast");
    CHECK(second->reply.value_or(0) == 2);
    const auto nothing = co_await replies.within_next(0s);
    CHECK(!nothing);
    CHECK(replies.size() == 1);
    send(server, go_on{1});
    const auto third = co_await replies.within_next(10s);
    REQUIRE(third);
    CHECK(third->label == "slow");
    CHECK(replies.empty());
    const auto no_more = co_await replies.await_next();
    CHECK(!no_more);

    replies.add(send_request(server, echo_when_told{4}), "late");
    const auto late = co_await replies.await_next(1ms);
    CHECK(!late);
    CHECK(replies.empty());
    send(server, go_on{4});
    co_await call(server, touch{});
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("C165 a request can't be in two collections: its reference is moved") {
  static_assert(!std::is_copy_constructible_v<reply_ref<int>>);
  static_assert(std::is_move_constructible_v<reply_ref<int>>);
}

TEST_CASE("only the process that sent the request may wait for its reply") {
  spec::in_process([]() -> process {
    const pid server = spawn(echoes);
    auto reply = send_request(server, echo_later{1, 5ms});
    auto [thief, watch] = spawn_monitor([](reply_ref<int> stolen) -> process { (void)co_await stolen.await(); }, std::move(reply));
    (void)thief;
    spec::collected_reports reports;
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why.is_error());
    co_await sleep(10ms);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("an asynchronous request is in order with what its sender sends before and after") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      int sum = 0;
      co_await serve([&](int n) { sum = sum * 10 + n; }, [&](echo_later) { return sum; });
    });
    send(server, 1);
    auto reply = send_request(server, echo_later{0});
    send(server, 2);
    const outcome<int> sum = co_await reply.await();
    CHECK(sum.value_or(0) == 1);
  });
}
