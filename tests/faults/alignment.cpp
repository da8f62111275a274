// Objects at addresses that the library computed.
#include "fault.hpp"

#include <cstdint>
#include <memory>

namespace {

template <std::size_t Alignment>
struct alignas(Alignment) wide {
  int n = 0;
  explicit wide(int value = 0) : n(value) { check(); }
  wide(const wide& other) : n(other.n) { check(); }
  wide& operator=(const wide&) = default;
  void check() const { must(reinterpret_cast<std::uintptr_t>(this) % Alignment == 0, "an object lies where its type wants it"); }
};

template <std::size_t Alignment>
struct question {
  using reply = wide<Alignment>;
};

template <std::size_t Alignment>
task<> results() {
  const auto now = co_await []() -> task<wide<Alignment>> { co_return wide<Alignment>(1); }();
  const auto later = co_await []() -> task<wide<Alignment>> {
    co_await sleep(1ms);
    co_return wide<Alignment>(2);
  }();
  const pid server = spawn([] { return serve([](question<Alignment>) { return wide<Alignment>(3); }); });
  const auto reply = co_await call(server, question<Alignment>{});
  const auto done = co_await spawn_task([]() -> task<wide<Alignment>> { co_return wide<Alignment>(4); });
  send(self(), wide<Alignment>(5));
  const auto message = co_await receive<wide<Alignment>>();
  must(now.n == 1 && later.n == 2 && reply.n == 3 && done.n == 4 && message.n == 5,
       "results, replies and messages of alignment " + std::to_string(Alignment) + " keep their values");
}

int destroyed = 0, destroyed_elsewhere = 0;

// As the smart handles of some libraries.
class handle {
 public:
  explicit handle(int n) : value_(std::make_unique<int>(n)), me_(this) {}
  handle(handle&& other) noexcept : value_(std::move(other.value_)), me_(this) {}
  ~handle() { ++(me_ == this ? destroyed : destroyed_elsewhere); }
  int* operator&() { return reinterpret_cast<int*>(elsewhere_); }
  int value() const { return *value_; }

 private:
  static inline std::uint64_t elsewhere_[8] = {};
  std::unique_ptr<int> value_;
  const handle* me_;
};

struct handle_please {
  using reply = handle;
};

}  // namespace

// A task or a call whose result has alignof > 16 crashed. Must: it works for every alignment that the compiler has.
FAULT(overaligned_result_crashes) {
  return run([]() -> process {
    co_await results<16>();
    co_await results<32>();
    co_await results<64>();
    co_await results<256>();
  });
}

// The address of a message was taken with its own operator&, and its destructor ran somewhere else. Must: the object's true address.
// Output:
// 5 6 7 8
FAULT(overloaded_operator_ampersand) {
  const int status = run([]() -> process {
    send(self(), handle(5));
    const handle first = co_await receive<handle>();
    send(self(), handle(6));
    int second = 0;
    co_await receive([&](handle h) { second = h.value(); });
    const pid server = spawn([] { return serve([](handle_please) { return handle(7); }); });
    const handle third = co_await call(server, handle_please{});
    const handle fourth = co_await []() -> task<handle> { co_return handle(8); }();
    say(fmt::format("{} {} {} {}", first.value(), second, third.value(), fourth.value()));
  });
  must(destroyed > 0 && destroyed_elsewhere == 0, "every object is destroyed where it is");
  return status;
}
