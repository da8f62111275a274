// The process dictionary. semantics.md C131
#include "spec.hpp"

#include <algorithm>

TEST_CASE("C131 put, get_if, erase and keys") {
  spec::in_process([]() -> process {
    CHECK(dictionary().get_if<int>("a") == nullptr);
    CHECK(dictionary().keys().empty());
    dictionary().put("a", 1);
    dictionary().put("b", std::string("two"));
    dictionary().put("c", "a literal");
    REQUIRE(dictionary().get_if<int>("a") != nullptr);
    CHECK(*dictionary().get_if<int>("a") == 1);
    CHECK(dictionary().get_if<long>("a") == nullptr);
    REQUIRE(dictionary().get_if<std::string>("b") != nullptr);
    CHECK(*dictionary().get_if<std::string>("b") == "two");
    REQUIRE(dictionary().get_if<std::string>("c") != nullptr);
    CHECK(*dictionary().get_if<std::string>("c") == "a literal");
    auto keys = dictionary().keys();
    std::sort(keys.begin(), keys.end());
    CHECK(keys.size() == 3);
    CHECK(keys[0] == "a");
    CHECK(keys[2] == "c");
    dictionary().put("a", std::string("replaced"));
    CHECK(dictionary().get_if<int>("a") == nullptr);
    CHECK(*dictionary().get_if<std::string>("a") == "replaced");
    dictionary().erase("a");
    dictionary().erase("never there");
    CHECK(dictionary().get_if<std::string>("a") == nullptr);
    CHECK(dictionary().keys().size() == 2);
    co_return;
  });
}

TEST_CASE("C131 a value may be changed in place, also across suspensions") {
  spec::in_process([]() -> process {
    dictionary().put("count", 0);
    for (int i = 0; i < 10; ++i) {
      ++*dictionary().get_if<int>("count");
      co_await yield();
    }
    CHECK(*dictionary().get_if<int>("count") == 10);
  });
}

TEST_CASE("C131 the dictionary is private to its process, and destroyed with it") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    dictionary().put("key", 1);
    auto [p, watch] = spawn_monitor([token, to = self()]() -> process {
      const bool empty = dictionary().keys().empty();
      dictionary().put("key", token);
      co_await yield();
      send(to, empty && dictionary().get_if<std::shared_ptr<const int>>("key") != nullptr);
    });
    const bool own = co_await receive<bool>();
    CHECK(own);
    (void)co_await receive<down>(watch);
    CHECK(*dictionary().get_if<int>("key") == 1);
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("the dictionary and the label outside a process throw not_a_process") {
  CHECK_THROWS_AS(dictionary(), not_a_process);
  CHECK_THROWS_AS(set_label("nobody"), not_a_process);
}
