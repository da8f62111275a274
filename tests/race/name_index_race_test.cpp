// Names looked up by threads while another thread changes them: what stays is always found, and nobody gets another's value.
#include "catch.hpp"

#include "process/name_index.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace brood::detail;

namespace {

std::uint64_t hash_of(const std::string& name) { return std::hash<std::string>{}(name) % 8; }  // long chains

}  // namespace

TEST_CASE("names: threads look up while names come, go and fill the table") {
  constexpr int names = 300, rounds = 60;
  name_index<> index(1);
  for (int i = 0; i < names; ++i) {
    const std::string name = "stays " + std::to_string(i);
    index.add(name, hash_of(name), 1, static_cast<std::uint64_t>(i) + 1);
  }
  std::atomic<bool> ended{false};
  std::atomic<int> wrong{0}, certain{0};
  const auto look = [&](int from) {
    for (int i = from; !ended.load(std::memory_order_relaxed); i = (i + 1) % names) {
      const std::string stays = "stays " + std::to_string(i), goes = "goes, and its name is longer than some " + std::to_string(i);
      if (const auto found = index.find(stays, hash_of(stays))) {
        wrong += *found != static_cast<std::uint64_t>(i) + 1;
        ++certain;
      }
      if (const auto found = index.find(goes, hash_of(goes)))
        wrong += *found != 0 && *found != static_cast<std::uint64_t>(i) + 10'000;
    }
  };
  std::thread one(look, 0), other(look, names / 2);
  for (int round = 0; round < rounds || certain == 0; ++round) {
    std::vector<name_index<>::node*> there;
    for (int i = 0; i < names; ++i) {
      const std::string goes = "goes, and its name is longer than some " + std::to_string(i);
      there.push_back(&index.add(goes, hash_of(goes), 2, static_cast<std::uint64_t>(i) + 10'000));
    }
    for (auto* node : there)
      index.remove(*node);
  }
  ended = true;
  one.join();
  other.join();
  CHECK(wrong == 0);
  CHECK(certain > 0);
  CHECK(index.size() == names);
}
