// What the receiver of a DOWN does when the monitor is an end_watch's.
#pragma once

#include "process/process_control.hpp"
#include "process/relations.hpp"

#include <brood/detail/end_watch.hpp>

#include <cstdint>

namespace brood::detail {

// True: the DOWN with this number was noted in a watch, and ended the await that waited for it, if one did.
bool note_end(process_control& p, std::uint64_t number, envelope_ptr& e);
// The monitor with this number is gone; so is its watch's interest in it, if it had one.
void drop_end_watch(process_control& p, std::uint64_t number) noexcept;

}  // namespace brood::detail
