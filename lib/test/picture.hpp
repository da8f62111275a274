// What a simulation that got stuck looks like, in words.
#pragma once

#include <string>

namespace brood::detail {

// A line for each process: where it waits, for which types, what lies unread.
std::string picture_of_waiting();
// The processes that did most.
std::string picture_of_the_busiest();

}  // namespace brood::detail
