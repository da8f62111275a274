// Where a process is: the awaits that its user wrote, one in the other. What the library awaits in between says nothing of its own
// (detail::quietly).
#pragma once

#include "process/process_control.hpp"

#include <brood/inspect.hpp>
#include <brood/task.hpp>

#include <cstddef>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace brood::detail {

// The places at which an exception came out of awaits, innermost first; noted as it unwinds, for then the frames are gone.
struct thrown_trail {
  std::exception_ptr what;
  std::vector<std::source_location> places;
};

// The awaits it is in, innermost first, so many at most. If it ends by an exception: those in which that was thrown.
inline constexpr std::size_t most_thrown = 64;
std::vector<waiting_at> await_stack(const process_control& p, std::size_t most = most_thrown);

// The innermost of them, with what it waits for. A process of the library's own: where it was spawned. Empty before the first.
std::optional<waiting_at> waiting_place(const process_control& p);

// The name of the function it was spawned with: its type's for a callable object; for a function that of the coroutine, once it has
// awaited something, or what the dynamic symbol table says.
std::string function_of(const process_control& p);

// orders(int), of `brood::process (anonymous namespace)::orders(int)`, as a compiler names a function.
std::string short_function_name(std::string_view function);

// It waits: what was thrown has been caught.
void forget_thrown(process_control& p) noexcept;

}  // namespace brood::detail
