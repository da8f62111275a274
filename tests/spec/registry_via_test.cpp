// C207: a key of a registry is as good as a pid or a name wherever a server is addressed. OTP: {via, Module, Name}
#include "supervision.hpp"

namespace {

struct get {
  std::string key;
  using reply = std::string;
};
struct put {
  std::string key, value;
};

using directory = registry<std::string>;

process kv(directory names, std::string name) {
  *names.enroll(name);  // a taken key is a failed start: already_started
  std::map<std::string, std::string> data;
  co_await serve([&](put m) { data[m.key] = m.value; }, [&](const get& m) { return data[m.key]; });
}

}  // namespace

TEST_CASE("C207 a server is called, cast to and stopped by its key") {
  spec::in_process([]() -> process {
    const directory names;
    const pid server = *co_await start(kv, names, "kv");
    const destination there = names.at("kv");
    cast(there, put{"a", "1"});
    send(server, put{"b", "2"});
    const std::string a = co_await call(there, get{"a"});
    CHECK(a == "1");
    const outcome<std::string> b = co_await try_call(there, get{"b"});
    CHECK(b.value_or("none") == "2");
    reply_ref<std::string> later = send_request(there, get{"a"});
    const outcome<std::string> again = co_await later.await();
    CHECK(again.value_or("none") == "1");
    const auto load = co_await inspect_server(there);
    CHECK(load.messages > 0);
    const monitor_ref watch = monitor(server);
    const outcome<> stopped = co_await stop_server(there, reason::shutdown_with("enough"));
    CHECK(stopped);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::shutdown_with("enough"));
    CHECK_FALSE(names.find("kv").has_value());
  });
}

TEST_CASE("C207 a server is suspended and resumed by its key") {
  spec::in_process([]() -> process {
    const directory names;
    const pid server = *co_await start(kv, names, "kv");
    co_await suspend(names.at("kv"));
    const outcome<std::string> none = co_await try_call(names.at("kv"), get{"a"}, 10ms);
    CHECK(none.why() == reason::timeout);
    co_await resume(names.at("kv"));
    const outcome<std::string> some = co_await try_call(names.at("kv"), get{"a"});
    CHECK(some);
    exit(server, reason::kill);
  });
}

TEST_CASE("C207 nobody has the key: noproc for who waits, silence for cast") {
  spec::in_process([]() -> process {
    const directory names;
    const destination nobody = names.at("kv");
    cast(nobody, put{"a", "1"});
    const outcome<std::string> called = co_await try_call(nobody, get{"a"});
    CHECK(called.why() == reason::noproc);
    const outcome<> stopped = co_await stop_server(nobody);
    CHECK(stopped.why() == reason::noproc);
    bool left = false;
    try {
      (void)co_await call(nobody, get{"a"});
    } catch (const exiting& e) {
      left = e.why() == reason::noproc;
    }
    CHECK(left);
    (void)names.enroll("kv");
    const outcome<std::string> myself = co_await try_call(nobody, get{"a"});
    CHECK(myself.why() == reason::calling_self);
  });
}

TEST_CASE("C207 a second start under the key gives already_started with the first, and leaves nothing behind") {
  spec::in_process([]() -> process {
    const directory names;
    const pid first = *co_await start(kv, names, "kv");
    const outcome<pid> second = co_await start_link(kv, names, "kv");
    REQUIRE_FALSE(second);
    const auto* taken = second.why().get_if<already_started>();
    REQUIRE(taken);
    CHECK(taken->who == first);
    CHECK(names.size() == 1);
    const std::size_t unread = co_await spec::unread();
    CHECK(unread == 0);
    exit(first, reason::kill);
  });
}

TEST_CASE("C207 a typed address: of who has the key when it is made; its messages are still checked") {
  spec::in_process([]() -> process {
    const directory names;
    const pid server = *co_await start(kv, names, "kv");
    const address<protocol<put, get>> there(*names.at("kv").find());
    cast(there, put{"a", "1"});
    const std::string a = co_await call(there, get{"a"});
    CHECK(a == "1");
    // A typed address is a destination, too.
    send_after(1ms, there, put{"a", "2"});
    std::string changed = a;
    while (changed == a) {  // nothing orders it before a call
      co_await sleep(1ms);
      changed = co_await call(names.at("kv"), get{"a"});
    }
    CHECK(changed == "2");
    exit(server, reason::kill);
  });
}

TEST_CASE("C207 a key leads to the restarted server of a supervisor, and to the supervisor itself") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    const directory names;
    trap_exits();
    const pid sup = *co_await start_link([names]() -> process {
      *names.enroll("supervisor");
      co_await supervise(one_for_one, child("kv", kv, names, "kv"));
    });
    const pid first = *names.find("kv");
    (void)co_await spec::end(first, reason::kill);
    (void)co_await spec::successor(sup, "kv", first);
    const std::string none = co_await call(names.at("kv"), get{"a"});
    CHECK(none.empty());
    const outcome<> ended = co_await terminate_child(names.at("supervisor"), "kv");
    CHECK(ended);
    const outcome<pid> again = co_await restart_child(names.at("supervisor"), "kv");
    CHECK(again);
    const child_counts counts = co_await count_children(names.at("supervisor"));
    CHECK(counts.active == 1);
    (void)co_await spec::end(sup, reason::shutdown);
    CHECK(names.size() == 0);
  });
}
