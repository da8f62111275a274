// The exit reason of what a handler has caught, told by that handler itself: to throw it once more only to see what it is would
// cost as much as the throw did.
#pragma once

#include <brood/exit_reason.hpp>

#include <exception>
#include <string>

namespace brood::detail {

// The error reason of the exception being handled; `e` is that exception, null if it is no std::exception. Without memory the
// reason is std::bad_alloc. To be called in a handler.
exit_reason reason_of_caught(const std::exception* e, std::string origin = {}) noexcept;

}  // namespace brood::detail
