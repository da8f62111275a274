// The contract, declaration by declaration: servers, as users write them.
#include "spec.hpp"

#include <map>
#include <type_traits>

using namespace std::chrono;

namespace {

struct put {
  std::string key, value;
};
struct get {
  std::string key;
  using reply = std::optional<std::string>;
};
struct halt {
  using reply = std::string;
};
struct settle {
  using reply = void;
};
struct crash {
  using reply = int;
};
struct close_down {};
struct fail {};

struct options {
  std::string greeting = "hello";
};

process kv_store(options o) {
  std::map<std::string, std::string> data{{"greeting", o.greeting}};
  co_await serve([&](put m) { data[m.key] = m.value; },
                 [&](const get& m) -> get::reply {
                   const auto found = data.find(m.key);
                   return found == data.end() ? std::nullopt : get::reply(found->second);
                 });
}

// Every kind of handler there is.
process all_forms(pid to) {
  std::optional<request<get>> held;
  const exit_reason why = co_await serve(
      [&](request<get> r) {
        if (r->key == "held")
          held.emplace(std::move(r));
        else
          r.reply((*r).key + " from " + (r.from() ? "somebody" : "nobody"));
      },
      [&](put) -> task<> {
        co_await yield();
        if (held)
          held->reply("at last");
        held.reset();
      },
      [](settle) {}, [](halt) { return stop_serving(reason::shutdown).reply("halted"); }, [](close_down) { return stop_serving; },
      [](fail) -> served<> {
        if (self())
          return stop_serving(exit_reason("failed"));
        return keep_serving;
      },
      [](crash) -> int { throw std::runtime_error("as asked"); }, [](const down&) {}, [](exited) {}, [](any_message) {},
      after(1h, [] {}));
  send(to, why);
}

using kv_protocol = protocol<put, get>;
using reading = protocol<get>;

process as_protocol() {
  std::string last;
  co_await serve_as<kv_protocol>([&](put m) { last = m.value; }, [&](get) -> get::reply { return last; });
}

}  // namespace

TEST_CASE("contract: serve, call, try_call, cast") {
  spec::in_process([]() -> process {
    const pid kv = spawn(kv_store, options{});
    cast(kv, put{"a", "1"});
    send(kv, put{"b", "2"});
    auto a = co_await call(kv, get{"a"});
    static_assert(std::is_same_v<decltype(a), std::optional<std::string>>);
    CHECK(a == "1");
    const auto b = co_await call(kv, get{"b"}, 2s);
    CHECK(b == "2");
    outcome<std::optional<std::string>> c = co_await try_call(kv, get{"c"});
    REQUIRE(c);
    CHECK(!c->has_value());
    CHECK((*c).value_or("none") == "none");
    register_name("kv", kv);
    const auto named = co_await call("kv", get{"greeting"}, 1500ms);
    CHECK(named == "hello");
    cast("kv", put{"a", "3"});
    cast("nobody has this name", put{"a", "4"});
    cast(pid{}, put{"a", "4"});
    const auto d = co_await try_call(std::string("kv"), get{"a"}, infinity);
    CHECK(**d == "3");
    const outcome<> stopped = co_await stop_server(kv);
    CHECK(stopped);
    const auto gone = co_await try_call(kv, get{"a"});
    REQUIRE(!gone);
    CHECK(gone.why() == reason::noproc);
    const auto unknown = co_await try_call("kv", get{"a"});
    CHECK(unknown.why() == reason::noproc);
    const auto own = co_await try_call(self(), get{"a"});
    CHECK(own.why() == reason::calling_self);
    bool left = false;
    try {
      (void)co_await call(kv, get{"a"});
    } catch (const exiting& e) {
      left = e.why() == reason::noproc;
    }
    CHECK(left);
  });
}

TEST_CASE("contract: every handler serve takes, every form of stop_serving") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    pid server = spawn(all_forms, self());
    const auto direct = co_await call(server, get{"x"});
    CHECK(direct == "x from somebody");
    auto asker = spawn_task([server]() -> task<std::optional<std::string>> { co_return co_await call(server, get{"held"}); });
    co_await spec::until_waiting(asker.process());
    send(server, put{});
    const auto late = co_await asker;
    CHECK(late == "at last");
    static_assert(std::is_same_v<decltype(call(server, settle{})), task<>>);
    co_await call(server, settle{});
    const std::string halted = co_await call(server, halt{});
    CHECK(halted == "halted");
    const auto first = co_await receive<exit_reason>();
    CHECK(first == reason::shutdown);

    server = spawn(all_forms, self());
    send(server, close_down{});
    const auto second = co_await receive<exit_reason>();
    CHECK(second == reason::normal);

    server = spawn(all_forms, self());
    auto watch = monitor(server);
    send(server, fail{});
    const auto third = co_await receive<exit_reason>();
    CHECK(third == exit_reason("failed"));
    const auto end = co_await receive<down>(watch);
    CHECK(end.why == exit_reason("failed"));

    server = spawn(all_forms, self());
    const auto crashed = co_await try_call(server, crash{});
    REQUIRE(!crashed);
    CHECK(crashed.why().is_error());
  });
}

TEST_CASE("contract: start, start_link, start_monitor, init_ack") {
  spec::in_process([]() -> process {
    outcome<pid> one = co_await start_link(kv_store, options{"hi"});
    REQUIRE(one);
    const auto greeting = co_await call(*one, get{"greeting"});
    CHECK(greeting == "hi");
    outcome<pid> two = co_await start({.name = "two", .timeout = 3s, .label = "the second"}, kv_store, options{});
    REQUIRE(two);
    CHECK(whereis("two") == *two);
    const outcome<pid> again = co_await start_link(start_options{.name = "two"}, kv_store, options{});
    REQUIRE(!again);
    REQUIRE(again.why().get_if<already_started>());
    CHECK(again.why().get_if<already_started>()->who == *two);
    outcome<spawned> three = co_await start_monitor(kv_store, options{});
    REQUIRE(three);
    auto [server, watch] = *three;
    exit(server, reason::kill);
    const auto end = co_await receive<down>(watch);
    CHECK(end.why == reason::killed);
    const outcome<pid> fourth = co_await start([]() -> process {
      init_ack();
      co_await sleep(infinity);
    });
    CHECK(fourth);
    const outcome<pid> fifth = co_await start_link([]() -> process {
      exit(exit_reason("no luck"));
      co_return;
    });
    REQUIRE(!fifth);
    CHECK(fifth.why() == exit_reason("no luck"));
    const outcome<> stopped = co_await stop_server("two", reason::shutdown, 1s);
    CHECK(stopped);
    CHECK(whereis("two") == std::nullopt);
    unlink(*one);
    exit(*one, reason::kill);
    exit(*fourth, reason::kill);
  });
}

TEST_CASE("contract: suspend, resume") {
  spec::in_process([]() -> process {
    const pid kv = spawn_link(kv_store, options{});
    co_await suspend(kv);
    const auto nothing = co_await try_call(kv, get{"greeting"}, 10ms);
    CHECK(nothing.why() == reason::timeout);
    co_await resume(kv);
    const auto greeting = co_await call(kv, get{"greeting"});
    CHECK(greeting == "hello");
    unlink(kv);
    exit(kv, reason::kill);
  });
}

TEST_CASE("contract: address, protocol, spawn_as, serve_as") {
  spec::in_process([]() -> process {
    address<kv_protocol> store = spawn_as<kv_protocol>(as_protocol);
    send(store, put{"a", "1"});
    cast(store, put{"a", "2"});
    address<reading> reader = store;
    const auto value = co_await call(reader, get{"a"});
    CHECK(value == "2");
    const auto tried = co_await try_call(reader, get{"a"}, 1s);
    CHECK(**tried == "2");
    const pid plain(store);
    CHECK(address<kv_protocol>(plain) == store);
    const destination where = store;
    (void)where;
    const address<kv_protocol> linked = spawn_link_as<kv_protocol>(as_protocol);
    unlink(pid(linked));
    exit(pid(linked), reason::kill);
    exit(plain, reason::kill);
  });
}

TEST_CASE("contract: request<M> in a plain receive") {
  spec::in_process([]() -> process {
    const pid plain = spawn([]() -> process {
      while (true)
        co_await receive([](request<get> r) { r.reply(r->key + "!"); });
    });
    const auto answer = co_await call(plain, get{"a"});
    CHECK(answer == "a!");
    exit(plain, reason::kill);
  });
}

TEST_CASE("contract: outcome") {
  const outcome<int> good = 3;
  const outcome<int> bad = outcome<int>::failure(reason::timeout);
  CHECK(static_cast<bool>(good));
  CHECK(*good + 1 == 4);
  CHECK(!bad);
  CHECK(bad.why() == reason::timeout);
  CHECK(bad.value_or(9) == 9);
  CHECK(outcome<>::failure(reason::shutdown).why() == reason::shutdown);
  outcome<std::unique_ptr<int>> owned(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = *std::move(owned);
  CHECK(*taken == 5);
}
