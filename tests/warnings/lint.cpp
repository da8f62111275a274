// What tools/lint must find, each line that ends with `// found`, and what it must not. `lint` compares.
#include <brood/brood.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace {

struct get {
  std::string key;
  using reply = int;
};

task<> by_reference(const std::string&) { co_await sleep(1ms); }
task<int> by_view(std::string_view text) { co_return static_cast<int>(text.size()); }
task<> by_value(std::string) { co_await sleep(1ms); }
task<> wrapper(const std::string& text) { return by_reference(text); }
struct store {
  std::string name;
  task<> show() { co_await sleep(1ms); }
};

process lambda_is_gone() {
  const std::string s(100, 'x');
  task<> t = [s]() -> task<> { co_await sleep(1ms); }();  // found
  co_await std::move(t);
}
process argument_is_gone() {
  auto t = by_reference(std::string(50, 'y'));  // found
  co_await t;
}
process object_is_gone() {
  auto t = store{"name"}.show();  // found
  co_await t;
}
process frame_may_be_gone() {
  std::vector<int> data(1000);
  co_await blocking([&] { data[0] = 1; });  // found
}

process good(pid server, work_pool pool, agent<int> counter) {
  co_await by_reference(std::string(50, 'y'));
  co_await wrapper(std::string(50, 'y'));
  co_await store{"name"}.show();
  co_await []() -> task<> { co_await sleep(1ms); }();
  std::string s(9, 'a');
  auto kept = by_reference(s);
  co_await kept;
  auto length = by_view(s);
  int n = co_await length;
  auto owned = by_value(std::string(50, 'z'));
  co_await owned;
  auto asked = call(server, get{"key"});
  n += co_await asked;
  auto tried = try_call("name", get{"key"});
  n += (co_await tried).value_or(0);
  auto sent = send_wait(server, std::string("text"));
  co_await sent;
  auto started = start_link([](const std::string&) {}, std::string("text"));
  (void)co_await started;
  auto done = pool.run([](const std::string& text) { return static_cast<int>(text.size()); }, std::string("text"));
  n += (co_await done).value_or(0);
  auto added = counter.update([n](int& m) { m += n; });
  co_await added;
  auto all = parallel_map(std::vector<int>{1}, [](int m) { return m; });
  n += (co_await all).front();
  auto data = co_await blocking(
      [](std::vector<int> d) {
        d[0] = 1;
        return d;
      },
      std::vector<int>(1000));
  co_await blocking([n] { return n; });
  co_await blocking([s = std::move(s)] { return s.size(); });
  send(server, std::move(data));
}

}  // namespace

int main() {
  return run(lambda_is_gone) + run(argument_is_gone) + run(object_is_gone) + run(frame_may_be_gone) +
         run(good, pid(), work_pool(pid()), agent<int>(pid()));
}
