// What each of three objects (a program, a library that it is linked with, one that it loads) can do with the types below.
#pragma once

#include <brood/brood.hpp>

#include <exception>
#include <stdexcept>

struct parcel {
  int weight;
};
struct weigh {
  int weight;
  using reply = int;
};
struct damaged {
  int weight;
  bool operator==(const damaged&) const = default;
};
struct spilled : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct side {
  const char* name;

  // ---- what it makes
  void (*send_parcel)(brood::pid to, int weight);
  void (*send_secret)(brood::pid to);  // of a type that every object has for itself, all under one name
  brood::process (*scale)();           // serves weigh, counts parcels
  brood::process (*relay)();           // sends what parcel it gets to whom the pid says that it got before
  brood::process (*dies_damaged)(int weight);
  brood::process (*dies_spilled)();
  brood::task<int> (*throws_spilled)();
  void (*put)(int weight);
  brood::exit_reason (*reason)(int weight);

  // ---- what it recognises; -1, false: nothing
  brood::task<int> (*receive_parcel)();
  brood::task<int> (*react_to_parcel)();
  brood::task<bool> (*receive_secret)();
  brood::task<int> (*ask)(brood::pid scale, int weight);
  brood::task<int> (*ask_later)(brood::pid scale, int weight);
  brood::task<brood::exit_reason> (*watch)(brood::spawned whom);
  int (*look_into)(const brood::any_message& m);
  int (*find)(const brood::exit_reason& why);
  bool (*is_spilled)(std::exception_ptr error);
  brood::task<bool> (*catches)(brood::task<int> (*throws)());
  int (*get)();
};

extern "C" {
const side* own_side();
[[gnu::visibility("default")]] const side* linked_side();
[[gnu::visibility("default")]] const side* loaded_side();
}
