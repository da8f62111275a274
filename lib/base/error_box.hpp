// What an exit reason holds that is an error: the exception, and what is printed of it.
#pragma once

#include <brood/exit_reason.hpp>

#include <exception>
#include <string>
#include <typeinfo>
#include <utility>

namespace brood::detail {

// An exception that ended a process. `type` is what the parentheses of ** (type) text hold.
class error_box final : public reason_box {
 public:
  error_box(std::exception_ptr e, std::string t, std::string w, std::string o) noexcept
      : reason_box(reason_kind::error), exception(std::move(e)), type(std::move(t)), what(std::move(w)), origin(std::move(o)) {}

  const std::exception_ptr exception;
  const std::string type, what, origin;

  const void* find(const type_identity&) const noexcept override { return nullptr; }
  bool equals(const reason_box& other) const override { return exception == static_cast<const error_box&>(other).exception; }
  std::string print() const override { return "** (" + type + ") " + what; }
};

}  // namespace brood::detail
