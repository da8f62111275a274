// A program of reality: counts the words of a large text on standard input, in parallel, and prints what
//
//   tr A-Z a-z | tr -cs a-z '\n' | grep . | LC_ALL=C sort | uniq -c
//
// prints. The desk hands out chunks of text and gathers counts. It accepts a chunk only when it has room (back pressure: the
// reader waits), and gives a worker's chunk to another when the worker dies before it has delivered, so each counts exactly once.
// Its supervisor replaces the worker. --chaos kills one every now and then; the result stays the same. Progress goes to standard
// error.
//
// Run: --chaos
// Input: 40_word_count.txt
// Output:
//       1 and
//       4 fleas
//       1 great
//       2 have
//       1 lesser
//       2 little
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <cctype>
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

using chunk = std::shared_ptr<const std::string>;  // immutable, so it is shared and not copied
using counts = std::unordered_map<std::string, std::size_t>;

struct counted {  // a worker delivers what it counted and waits for more
  counts words;
  using reply = chunk;
};
struct offer {  // the reader offers a chunk and waits until there is room
  chunk text;
  using reply = void;
};
struct total {  // all that was offered
  using reply = std::map<std::string, std::size_t>;
};
struct show_progress {};

process desk(std::size_t room) {
  std::deque<chunk> waiting;
  std::deque<request<counted>> idle;             // workers without work
  std::unordered_map<pid, chunk> busy;           // who counts what; null: nothing
  std::map<std::string, std::size_t> sum;
  std::deque<request<offer>> full;               // the reader, while there is no room
  std::deque<request<total>> asked;
  std::size_t bytes = 0, again = 0, at_work = 0;

  auto show = [&] { fmt::print(stderr, "{} bytes counted, {} workers, {} chunks again\n", bytes, busy.size(), again); };
  auto give_out = [&] {
    while (true)
      if (!full.empty() && waiting.size() < room) {
        waiting.push_back(full.front()->text);
        full.front().reply();
        full.pop_front();
      } else if (!waiting.empty() && !idle.empty()) {
        busy[idle.front().from()] = waiting.front();
        idle.front().reply(waiting.front());
        idle.pop_front();
        waiting.pop_front();
        ++at_work;
      } else {
        break;
      }
    if (waiting.empty() && at_work == 0)
      for (; !asked.empty(); asked.pop_front()) {
        show();
        asked.front().reply(sum);
      }
  };

  send_every(100ms, self(), show_progress{});
  co_await serve(
      [&](request<counted> r) {
        auto [worker, is_new] = busy.try_emplace(r.from());
        if (is_new)
          monitor(r.from());
        if (worker->second) {
          bytes += worker->second->size();
          for (const auto& [word, n] : r->words)
            sum[word] += n;
          worker->second = nullptr;
          --at_work;
        }
        idle.push_back(std::move(r));
        give_out();
      },
      [&](request<offer> r) {
        full.push_back(std::move(r));
        give_out();
      },
      [&](request<total> r) {
        asked.push_back(std::move(r));
        give_out();
      },
      [&](const down& d) {
        std::erase_if(idle, [&](const request<counted>& r) { return r.from() == d.who; });
        auto lost = busy.extract(d.who);
        if (lost && lost.mapped()) {
          waiting.push_front(std::move(lost.mapped()));
          --at_work;
          ++again;
        }
        give_out();
      },
      [&](show_progress) { show(); });
}

process worker() {
  init_ack();  // a call does not count as having started: the desk answers when there is work
  counts words;
  while (true) {
    const chunk text = co_await call("desk", counted{std::move(words)}, infinity);
    words = counts();
    std::string word;
    for (const char c : *text + '\n') {
      if (std::isalpha(static_cast<unsigned char>(c)))
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      else if (!word.empty())
        ++words[std::exchange(word, {})];
      if (c == '\n')
        co_await yield();  // whoever asks for something in a chunk's midst, or kills, need not wait for its end
    }
  }
}

process counters(std::size_t workers) {
  std::vector<child_spec> children{child("desk", desk, 4 * workers).named("desk")};
  for (std::size_t i = 1; i <= workers; ++i)
    children.push_back(child(fmt::format("worker {}", i), worker));
  co_await supervise({.restarts = 1'000'000}, children);
}

process chaos(pid supervisor) {
  for (std::minstd_rand random;; co_await sleep(20ms)) {
    std::vector<child_info> children = co_await which_children(supervisor);
    exit(children[1 + random() % (children.size() - 1)].process, reason::kill);
  }
}

// Up to the end of a word, so that no word falls into two chunks; empty at the end of the input.
std::string read_chunk() {
  std::string text(1 << 16, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stdin));
  for (int c = 0; !text.empty() && std::isalpha(static_cast<unsigned char>(text.back())) && (c = std::getchar()) != EOF;)
    text += static_cast<char>(c);
  return text;
}

process count_words(bool with_chaos) {
  outcome<pid> supervisor = co_await start_link(counters, 4);
  if (with_chaos)
    spawn_link(chaos, *supervisor);
  for (std::string text; !(text = co_await blocking(read_chunk)).empty();)
    co_await call("desk", offer{std::make_shared<const std::string>(std::move(text))}, infinity);
  for (const auto& [word, n] : co_await call("desk", total{}, infinity))
    fmt::print("{:7} {}\n", n, word);
}

int main(int argc, char** argv) { return run(count_words, argc > 1 && argv[1] == std::string_view("--chaos")); }
