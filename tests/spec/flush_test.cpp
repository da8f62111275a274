// flush: takes all there is and prints each message as iex would.
#include "spec.hpp"

#include <unistd.h>
#include <cstdio>
#include <iostream>

struct flush_test_job {};  // at global scope: its name is all of it
struct flush_test_point {
  int x = 0, y = 0;
};
std::string describe(const flush_test_point& p) { return "{" + std::to_string(p.x) + ", " + std::to_string(p.y) + "}"; }
enum class flush_test_colour { red = 1, green = 2 };

namespace {

// What goes to standard output during its life, whichever way it is written.
class captured_output {
 public:
  captured_output() {
    flush_all();
    saved_ = dup(1);
    file_ = std::tmpfile();
    dup2(fileno(file_), 1);
  }
  ~captured_output() { restore(); }
  captured_output(const captured_output&) = delete;
  captured_output& operator=(const captured_output&) = delete;

  std::string text() {
    restore();
    std::string all;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_))
      all += static_cast<char>(c);
    return all;
  }

 private:
  static void flush_all() {
    std::fflush(stdout);
    std::cout.flush();
  }
  void restore() {
    if (saved_ < 0)
      return;
    flush_all();
    dup2(saved_, 1);
    close(saved_);
    saved_ = -1;
  }
  int saved_ = -1;
  std::FILE* file_ = nullptr;
};

template <class Body>
std::string output_of(Body body) {
  captured_output output;
  spec::in_run(body);
  return output.text();
}

}  // namespace

TEST_CASE("C210 the chapter's squares: flush prints them in order and counts them") {
  std::size_t count = 0;
  const std::string printed = output_of([&count]() -> process {
    for (int n = 1; n <= 5; ++n)
      send(self(), n * n);
    (void)co_await receive<int>();
    count = co_await flush();
  });
  CHECK(count == 4);
  CHECK(printed == "4\n9\n16\n25\n");
}

TEST_CASE("flush of an empty mailbox prints nothing and gives 0") {
  std::size_t count = 7;
  const std::string printed = output_of([&count]() -> process { count = co_await flush(); });
  CHECK(count == 0);
  CHECK(printed.empty());
}

TEST_CASE("flush takes all, of any type, and leaves nothing") {
  std::size_t left = 7, count = 0;
  const auto token = std::make_shared<const int>(1);
  const std::string printed = output_of([&]() -> process {
    send(self(), 1);
    send(self(), "text");
    send(self(), token);
    count = co_await flush();
    left = co_await spec::unread();
  });
  CHECK(count == 3);
  CHECK(left == 0);
  CHECK(token.use_count() == 1);
  CHECK(spec::starts_with(printed, "1\n\"text\"\n"));
}

TEST_CASE("values print as in iex: strings quoted, enums as numbers, pids, describe, and others by their type") {
  std::string me;
  const std::string printed = output_of([&me]() -> process {
    me = spec::text_of(self());
    send(self(), -7);
    send(self(), 1.5);
    send(self(), true);
    send(self(), "say \"hi\"");
    send(self(), flush_test_colour::green);
    send(self(), self());
    send(self(), flush_test_point{1, 2});
    send(self(), flush_test_job{});
    (void)co_await flush();
  });
  CHECK(printed == "-7\n1.5\ntrue\n\"say \\\"hi\\\"\"\n2\n" + me + "\n{1, 2}\n#flush_test_job<>\n");
}

TEST_CASE("DOWN and EXIT print as Erlang's tuples") {
  std::string expected;
  const std::string printed = output_of([&expected]() -> process {
    trap_exits();
    auto [p, watch] = spawn(spawn_options{.link = true, .monitor = true}, [] { exit(exit_reason(3)); });
    while (co_await spec::unread() < 2)
      co_await yield();
    expected =
        "{:EXIT, " + spec::text_of(p) + ", 3}\n{:DOWN, " + spec::text_of(watch) + ", :process, " + spec::text_of(p) + ", 3}\n";
    (void)co_await flush();
  });
  CHECK(printed == expected);
}
