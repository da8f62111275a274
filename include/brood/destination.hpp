// Where a message goes, named in any way: a pid, a name (looked up when the message is sent), a typed address, a registry key.
//
// A regular value that owns the name it holds; usable by any thread. A parameter of this type takes any of these:
//
//     send_after(1s, "logger", "one second later");
//     send_after(1s, worker, job{3});
#pragma once

#include <brood/pid.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {

namespace detail {
// How a destination that is neither pid nor name finds its process: registry::at(key), …
class resolver {
 public:
  virtual ~resolver() = default;
  virtual std::optional<pid> find() const = 0;
  virtual std::string text() const = 0;
};
}  // namespace detail

template <class P>
class address;

class destination {
 public:
  destination(pid who) noexcept : to_(who) {}
  template <class P>
  destination(address<P> who) noexcept : to_(static_cast<pid>(who)) {}
  destination(std::string name) noexcept : to_(std::move(name)) {}
  destination(std::string_view name) : to_(std::string(name)) {}
  destination(const char* name) : to_(std::string(name)) {}
  explicit destination(std::shared_ptr<const detail::resolver> via) noexcept : to_(std::move(via)) {}

  // The process it leads to now; empty when no process has the name or key. A pid leads to itself, alive or not.
  std::optional<pid> find() const;
  // The name, if it is one.
  const std::string* name() const noexcept { return std::get_if<std::string>(&to_); }
  const pid* process() const noexcept { return std::get_if<pid>(&to_); }
  // For messages: the pid, the name, or the key.
  std::string text() const;

 private:
  std::variant<pid, std::string, std::shared_ptr<const detail::resolver>> to_;
};

}  // namespace brood
