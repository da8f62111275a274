// A state machine needs no API of its own: each state is a coroutine, its variables are its locals, entering it is its first line,
// what it does not take stays in the mailbox until a state does, and a timeout is an `after`. OTP: gen_statem's code lock
//
// Output:
// locked
// wrong code
// open
// locked
// open
// a parcel comes in
// locked
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

using namespace brood;
using namespace std::chrono_literals;

struct parcel {};  // handed in when the door is open; until then it waits

task<> locked(std::string code) {
  fmt::print("locked\n");
  std::string typed;
  while (typed != code) {
    co_await receive([&](char digit) { typed += digit; }, after(typed.empty() ? time_limit(infinity) : time_limit(300ms),
                                                                [&] { typed.clear(); }));  // too slow: begin again
    if (typed.size() == code.size() && typed != code) {
      fmt::print("wrong code\n");
      typed.clear();
    }
  }
}

task<> open() {
  fmt::print("open\n");
  const auto shuts = now() + 100ms;  // whatever happens meanwhile
  for (auto left = shuts - now(); left > 0ms; left = shuts - now())
    co_await receive([](parcel) { fmt::print("a parcel comes in\n"); }, after(left, [] {}));
}

process door(std::string code) {
  while (true) {
    co_await locked(code);
    co_await open();
  }
}

process street() {
  const pid lock = spawn(door, "42");
  for (const char digit : {'1', '2', '4', '2'})
    send(lock, digit);
  co_await sleep(200ms);
  send(lock, parcel{});  // nobody opens for it, until
  for (const char digit : {'4', '2'})
    send(lock, digit);
  co_await sleep(200ms);
}

int main() { return run(street); }
