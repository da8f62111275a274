// Making drivers (sched/driver.hpp): io_uring where it is allowed, else epoll.
#pragma once

#include "sched/driver.hpp"

#include <memory>
#include <string>

namespace brood::detail {

// A driver for one thread, made by any. `automatic` tries io_uring for real and falls back to epoll; *why_not_uring (may be null)
// then receives a sentence with the error, its cause and what to do, and is empty otherwise. Throws std::runtime_error with that
// sentence if `uring` is asked for and impossible, std::system_error if not even epoll works (out of descriptors).
std::unique_ptr<driver> make_driver(driver_kind kind, std::string* why_not_uring);

// The two halves of it: choose once, in one thread, then make one for each thread without probing again.
driver_kind choose_driver(driver_kind kind, std::string* why_not_uring);
std::unique_ptr<driver> make_chosen_driver(driver_kind chosen);

}  // namespace brood::detail
