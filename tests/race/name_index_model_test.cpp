// Names looked up while others come and go, under every schedule: the production header, with the explorer's atomics.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/explorer.hpp"

#include "process/name_index.hpp"

#include <functional>
#include <memory>
#include <optional>

using namespace brood::detail;

namespace {

using index = name_index<model::atomic>;

constexpr std::uint64_t here = 0;  // all hashes: one bucket, one chain

struct world {
  explicit world(std::size_t buckets) : names(buckets) {}
  index names;
  index::node* stays = nullptr;
  index::node* goes = nullptr;
};

using step = std::function<void(world&)>;

// A writer against a reader.
model::result race(std::size_t buckets, const step& first, const step& writer, const step& reader) {
  return model::explore({.preemptions = 3, .stale_loads = 2}, [=](model::program& p) {
    auto w = std::make_shared<world>(buckets);
    first(*w);
    p.thread([=] { writer(*w); });
    p.thread([=] { reader(*w); });
  });
}

void check_all(const model::result& r) {
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
  CHECK(r.failure.empty());
}

// Empty: the reader was disturbed so often that it has to ask under the lock, which is right, too.
void finds(world& w, const char* name, std::uint64_t value) {
  const std::optional<std::uint64_t> found = w.names.find(name, here);
  model::check(!found || *found == value, "a name that stays is found, with its own value");
}

}  // namespace

TEST_CASE("names: one that stays is found while its neighbour goes and the place is used again") {
  check_all(race(
      8,
      [](world& w) {
        w.stays = &w.names.add("stays", here, 1, 1);
        w.goes = &w.names.add("goes", here, 2, 2);  // before it in the chain
      },
      [](world& w) {
        w.names.remove(*w.goes);
        w.names.add("comes", here + 1, 3, 3);  // the same node, in another chain
      },
      [](world& w) { finds(w, "stays", 1); }));
}

TEST_CASE("names: who has gone is never found with the value of who came into its place") {
  check_all(race(
      8, [](world& w) { w.goes = &w.names.add("goes", here, 2, 2); },
      [](world& w) {
        w.names.remove(*w.goes);
        w.names.add("comes", here, 3, 3);
      },
      [](world& w) {
        const std::optional<std::uint64_t> found = w.names.find("goes", here);
        model::check(!found || *found == 0 || *found == 2, "the value of another");
        const std::optional<std::uint64_t> again = w.names.find("goes", here);
        model::check(!again || !found || *found == 2 || *again == 0, "gone, it is not found again");
      }));
}

TEST_CASE("names: one that stays is found while the table grows") {
  check_all(race(
      1, [](world& w) { w.stays = &w.names.add("stays", here, 1, 1); },
      [](world& w) {
        w.names.add("comes", here, 2, 2);  // the second: two buckets from now on
        w.names.remove(*w.names.get("comes", here));
        w.names.add("comes again", here + 1, 3, 3);
      },
      [](world& w) { finds(w, "stays", 1); }));
}

TEST_CASE("names: who is still in the old table is not told another's value") {
  check_all(race(
      1, [](world& w) { w.goes = &w.names.add("goes", here, 2, 2); },
      [](world& w) {
        w.names.add("grows", here, 1, 1);
        w.names.remove(*w.goes);
        w.names.add("comes", here, 3, 3);
      },
      [](world& w) {
        const std::optional<std::uint64_t> found = w.names.find("goes", here);
        model::check(!found || *found == 0 || *found == 2, "the value of another");
      }));
}

TEST_CASE("names: a reserved one is found from when it is published, and not before") {
  check_all(race(
      8, [](world& w) { w.stays = &w.names.add("stays", here, 1, 0); }, [](world& w) { w.stays->set_value(1); },
      [](world& w) {
        const std::optional<std::uint64_t> first = w.names.find("stays", here);
        const std::optional<std::uint64_t> second = w.names.find("stays", here);
        model::check(first && second, "nobody disturbs");
        model::check(*first == 0 || *second == 1, "published, it stays found");
      }));
}
