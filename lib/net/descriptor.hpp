// A socket's descriptor, shared by its handle and by each operation that waits for it.
//
// It is closed when the last of them lets go: so the kernel never gives its number to another file while a wait names it. Whoever
// ends a socket shuts it down, which completes the waits, which let go.
#pragma once

#include "io/kernel.hpp"

#include <memory>
#include <utility>

namespace brood::net::detail {

using brood::detail::kernel;

// The machine's, or under simulation the simulator's.
kernel& system() noexcept;

class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0)
      system().close(number_);
  }
  int number() const noexcept { return number_; }
  // It is the caller's from now on.
  int give_up() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};
using descriptor_ptr = std::shared_ptr<descriptor>;

}  // namespace brood::net::detail
