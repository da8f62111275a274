// A key-value store as a server, for tests of what is around it.
#pragma once

#include "spec.hpp"

#include <map>

namespace spec {

struct put {
  std::string key;
  int value;
};
struct get {
  std::string key;
  using reply = std::optional<int>;
};
struct touch {  // answers that it has done nothing
  using reply = void;
};

inline process store() {
  std::map<std::string, int> data;
  co_await serve([&](put m) { data[m.key] = m.value; },
                 [&](const get& m) -> get::reply {
                   const auto found = data.find(m.key);
                   return found == data.end() ? std::nullopt : std::optional(found->second);
                 },
                 [](touch) {});
}

}  // namespace spec
