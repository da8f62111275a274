// registry: keys to processes. C202, C204 to C208, Y1.
#include "spec.hpp"

namespace {

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(100, body);
}

struct entered {
  outcome<> how;
};

// Enrolls under the key, says how that went, and waits.
template <class Key, class Value>
spawned owner_of(registry<Key, Value> names, std::type_identity_t<Key> key, std::type_identity_t<Value> value = {}) {
  return spawn_monitor([names, key, value, to = self()]() -> process {
    send(to, entered{names.enroll(key, value)});
    co_await sleep(infinity);
  });
}

// A key without hash.
struct topic {
  int number;
  friend auto operator<=>(const topic&, const topic&) = default;
};

}  // namespace

TEST_CASE("a registry finds who has enrolled, by any of its handles") {
  in_process([]() -> process {
    registry<std::string> names;
    CHECK_FALSE(names.find("kv").has_value());
    const outcome<> how = names.enroll("kv");
    CHECK(how);
    CHECK(names.find("kv") == self());
    const registry<std::string> copy = names;
    CHECK(copy.find("kv") == self());
    CHECK(copy == names);
    CHECK_FALSE(registry<std::string>() == names);
    CHECK(names.keys_of(self()) == std::vector<std::string>{"kv"});
    CHECK(names.size() == 1);
    names.withdraw("kv");
    names.withdraw("kv");
    names.withdraw("never was");
    CHECK_FALSE(copy.find("kv").has_value());
    CHECK(names.size() == 0);
    CHECK(names.keys_of(self()).empty());
    co_return;
  });
}

TEST_CASE("C202 a unique key has one owner: the second gets already_started with the first") {
  in_process([]() -> process {
    registry<std::string, int> names;
    const spawned first = owner_of(names, "kv", 1);
    (void)co_await receive<entered>();
    const outcome<> mine = names.enroll("kv", 2);
    REQUIRE_FALSE(mine);
    const auto* taken = mine.why().get_if<already_started>();
    REQUIRE(taken);
    CHECK(taken->who == first.process);
    CHECK(names.lookup("kv") == std::vector<std::pair<pid, int>>{{first.process, 1}});
    const spawned again = owner_of(names, "other");
    (void)co_await receive<entered>();
    (void)again;
    CHECK(names.enroll("mine"));
    const outcome<> twice = names.enroll("mine");
    REQUIRE_FALSE(twice);
    CHECK(twice.why().get_if<already_started>()->who == self());
  });
}

TEST_CASE("C202 *enroll ends the caller with already_started") {
  in_process([]() -> process {
    registry<std::string> names;
    CHECK(names.enroll("kv"));
    auto [p, watch] = spawn_monitor([names] { *names.enroll("kv"); });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason(already_started{self()}));
    CHECK(spec::starts_with(spec::text_of(why), "{:already_started, #PID<"));
  });
}

TEST_CASE("C206 keys are gone when their owner is dead, and can be taken at once") {
  in_process([]() -> process {
    registry<int> names;
    for (int i = 0; i < 20; ++i) {
      auto [p, watch] = owner_of(names, 7);
      const entered e = co_await receive<entered>();
      REQUIRE(e.how);
      CHECK(names.find(7) == p);
      exit(p, reason::kill);
      if (i % 2 == 0) {
        (void)co_await receive<down>(watch);
      } else {
        const bool alive = co_await is_alive(p);
        CHECK_FALSE(alive);
      }
      CHECK_FALSE(names.find(7).has_value());
      CHECK(names.lookup(7).empty());
      CHECK(names.keys_of(p).empty());
      CHECK(names.size() == 0);
    }
  });
}

TEST_CASE("C206 an owner's destructors still find its entries; what they enroll goes with it") {
  in_process([]() -> process {
    registry<std::string> names;
    auto seen = spec::make_flag();
    auto [p, watch] = spawn_monitor([names, seen]() -> process {
      (void)names.enroll("first");
      const spec::on_destruction last([=] {
        seen->store(names.find("first") == self());
        (void)names.enroll("last words");
      });
      co_await sleep(infinity);
    });
    co_await spec::until_waiting(p);
    exit(p, reason::kill);
    (void)co_await spec::end_of(watch);
    CHECK(seen->load());
    CHECK(names.size() == 0);
  });
}

TEST_CASE("what a condemned process enrolls is dropped") {
  in_process([]() -> process {
    registry<std::string> names;
    const pid p = spawn([names]() -> process {
      exit(self(), reason::kill);
      (void)names.enroll("too late");
      co_await sleep(infinity);
    });
    (void)co_await spec::end_of(p);
    CHECK(names.size() == 0);
  });
}

TEST_CASE("C204 duplicate keys: many entries, of one process too; withdraw removes all of its own") {
  in_process([]() -> process {
    registry<std::string, int> topics(key_kind::duplicate);
    CHECK(topics.enroll("t", 1));
    CHECK(topics.enroll("t", 2));
    CHECK(topics.enroll("u", 3));
    const spawned other = owner_of(topics, "t", 4);
    (void)co_await receive<entered>();
    const pid me = self();
    CHECK(topics.lookup("t") == std::vector<std::pair<pid, int>>{{me, 1}, {me, 2}, {other.process, 4}});
    CHECK(topics.keys_of(me) == std::vector<std::string>{"t", "t", "u"});
    CHECK(topics.values("t", me) == std::vector<int>{1, 2});
    CHECK(topics.find("t") == me);
    CHECK(topics.withdraw_if("t", [](int n) { return n == 1; }) == 1);
    CHECK(topics.values("t", me) == std::vector<int>{2});
    topics.withdraw("t");
    CHECK(topics.lookup("t") == std::vector<std::pair<pid, int>>{{other.process, 4}});
    CHECK(topics.keys_of(me) == std::vector<std::string>{"u"});
    exit(other.process, reason::kill);
    (void)co_await spec::end_of(other.monitor);
    CHECK(topics.lookup("t").empty());
  });
}

TEST_CASE("C205 dispatch runs in the caller, sees all entries, and is not called when there are none") {
  in_process([]() -> process {
    registry<std::string, int> topics(key_kind::duplicate);
    int calls = 0;
    CHECK(topics.dispatch("t", [&](pid, int) { ++calls; }) == 0);
    CHECK(calls == 0);
    for (int n = 0; n < 3; ++n) {
      owner_of(topics, "t", n);
      (void)co_await receive<entered>();
    }
    const pid me = self();
    std::vector<int> seen;
    const std::size_t n = topics.dispatch("t", [&](pid who, const int& value) {
      CHECK(self() == me);
      CHECK(who != me);
      seen.push_back(value);
      topics.withdraw("t");  // may change it meanwhile
    });
    CHECK(n == 3);
    CHECK(seen == std::vector<int>{0, 1, 2});
  });
}

TEST_CASE("values are the owner's to update") {
  in_process([]() -> process {
    registry<std::string, int> names;
    (void)names.enroll("mine", 1);
    owner_of(names, "theirs", 1);
    (void)co_await receive<entered>();
    CHECK(names.update("mine", [](int& n) { n += 10; }) == 1);
    CHECK(names.update("theirs", [](int& n) { n += 10; }) == 0);
    CHECK(names.update("nobody's", [](int& n) { n += 10; }) == 0);
    CHECK(names.lookup("mine").at(0).second == 11);
    CHECK(names.lookup("theirs").at(0).second == 1);
  });
}

TEST_CASE("keys without a hash are compared with <, values may be move-only") {
  in_process([]() -> process {
    registry<topic, std::unique_ptr<int>> names;
    CHECK(names.enroll({2}, std::make_unique<int>(5)));
    CHECK(names.enroll({1}, std::make_unique<int>(6)));
    CHECK(names.find({2}) == self());
    CHECK_FALSE(names.find({3}).has_value());
    int sum = 0;
    names.dispatch({2}, [&](pid, const std::unique_ptr<int>& v) { sum += *v; });
    CHECK(sum == 5);
    CHECK(names.keys_of(self()) == std::vector<topic>{{2}, {1}});
    co_return;
  });
}

TEST_CASE("C206 listeners hear of every entry made and gone, in order, by death too, until they stop listening") {
  in_process([]() -> process {
    using names_t = registry<std::string, int>;
    names_t names;
    names.listen();
    names.listen();
    (void)names.enroll("mine", 3);
    names.withdraw("mine");
    auto made = co_await receive<names_t::enrolled>(within(0s));
    REQUIRE(made);
    CHECK(made->where == names);
    CHECK(made->key == "mine");
    CHECK(made->who == self());
    CHECK(*made->value == 3);
    auto gone = co_await receive<names_t::withdrawn>(within(0s));
    REQUIRE(gone);
    CHECK(gone->key == "mine");
    CHECK(gone->who == self());
    for (int i = 0; i < 5; ++i) {
      const spawned owner = owner_of(names, "kv", i);
      (void)co_await receive<entered>();
      exit(owner.process, reason::kill);
      (void)co_await receive<down>(owner.monitor);
    }
    for (int i = 0; i < 5; ++i) {
      const auto news = co_await receive<names_t::enrolled, names_t::withdrawn>();
      CHECK(news.index() == 0);
      const auto more = co_await receive<names_t::enrolled, names_t::withdrawn>();
      CHECK(more.index() == 1);
    }
    names.unlisten();
    (void)names.enroll("mine", 3);
    const std::size_t unread = co_await spec::unread();
    CHECK(unread == 0);
  });
}

TEST_CASE("a dead listener is forgotten") {
  in_process([]() -> process {
    registry<int> names;
    auto [p, watch] = spawn_monitor([names]() -> process {
      names.listen();
      co_await sleep(10ms);
    });
    (void)co_await spec::end_of(watch);
    CHECK(names.enroll(1));
  });
}

TEST_CASE("at(key) leads to who has the key when it is used") {
  in_process([]() -> process {
    registry<std::string> names;
    const destination kv = names.at("kv");
    CHECK_FALSE(kv.find().has_value());
    (void)names.enroll("kv");
    CHECK(kv.find() == self());
    CHECK(kv.text() == "\"kv\"");
    send_after(1ms, kv, 5);
    const int n = co_await receive<int>();
    CHECK(n == 5);
    registry<std::string> topics(key_kind::duplicate);
    CHECK_THROWS_AS(topics.at("t"), std::invalid_argument);
  });
}

TEST_CASE("a registry may outlive its processes and the run, and is read from any thread") {
  registry<std::string> names;
  spec::in_run([names]() -> process {
    (void)names.enroll("kv");
    co_return;
  });
  CHECK(names.size() == 0);
  CHECK_THROWS_AS(names.enroll("kv"), not_a_process);
  CHECK_FALSE(names.find("kv").has_value());
}

TEST_CASE("a process that outlives many registries keeps nothing of them") {
  spec::in_run([]() -> process {
    const auto token = std::make_shared<const int>(1);
    for (int i = 0; i < 1000; ++i) {
      registry<int, std::shared_ptr<const int>> names;
      (void)names.enroll(i, token);
    }
    CHECK(token.use_count() == 1);
    co_return;
  });
}
