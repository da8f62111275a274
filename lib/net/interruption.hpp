// What ends the waits of many processes at once, for whom it matters: a server that drains.
#pragma once

#include <brood/pid.hpp>

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace brood::io::detail {

class interruption {
 public:
  // False: it has been interrupted already, and nothing is to be waited for.
  bool enlist(std::uint64_t number, pid who);
  void strike(std::uint64_t number) noexcept;
  // Answers all who wait, and from now on nobody does.
  void interrupt();
  bool is_on() const noexcept;

 private:
  mutable std::mutex lock_;
  bool on_ = false;
  std::unordered_map<std::uint64_t, pid> waiting_;
};

}  // namespace brood::io::detail
