#include "base/caught.hpp"
#include "base/error_box.hpp"

#include <cxxabi.h>

#include <new>
#include <ostream>

namespace brood {

namespace detail {

reason_box::~reason_box() = default;

namespace {

error_box* box_of_caught(const std::exception* e, std::string origin) {
  if (e)
    return new error_box(std::current_exception(), demangle(typeid(*e)), e->what(), std::move(origin));
  const std::type_info* type = abi::__cxa_current_exception_type();
  return new error_box(std::current_exception(), "throw", type ? demangle(*type) : "unknown", std::move(origin));
}

// For when there is no memory to say what happened. Never freed: the first owner is the program.
const error_box& out_of_memory() noexcept {
  alignas(error_box) static unsigned char space[sizeof(error_box)];
  static const error_box* box =
      new (space) error_box(std::make_exception_ptr(std::bad_alloc()), "std::bad_alloc", "out of memory", {});
  return *box;
}

std::uintptr_t word_of(const reason_box* box) noexcept { return reinterpret_cast<std::uintptr_t>(box); }

}  // namespace

exit_reason reason_of_caught(const std::exception* e, std::string origin) noexcept {
  try {
    return exit_reason_access::from_word(word_of(box_of_caught(e, std::move(origin))));
  } catch (...) {
    out_of_memory().retain();
    return exit_reason_access::from_word(word_of(&out_of_memory()));
  }
}

exit_reason exit_reason_access::from_exception(std::exception_ptr exception, std::string origin) noexcept {
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const std::exception& e) {
    return reason_of_caught(&e, std::move(origin));
  } catch (...) {
    return reason_of_caught(nullptr, std::move(origin));
  }
}

exit_reason exit_reason_access::with_origin(const exit_reason& why, std::string origin) noexcept {
  if (!why.is_error())
    return why;
  try {
    const auto& error = static_cast<const error_box&>(why.box());
    return from_word(word_of(new error_box(error.exception, error.type, error.what, std::move(origin))));
  } catch (const std::bad_alloc&) {
    return why;
  }
}

std::string exit_reason_access::print(const exit_reason& why) {
  static constexpr const char* names[] = {":normal",       ":kill",    ":killed",   ":shutdown",    ":noproc",
                                          ":noconnection", ":timeout", ":overload", ":calling_self"};
  if (!why.boxed())
    return names[why.word_];
  return why.is_shutdown() ? "{:shutdown, " + why.box().print() + '}' : why.box().print();
}

}  // namespace detail

std::string exit_reason::what() const { return is_error() ? static_cast<const detail::error_box&>(box()).what : to_string(*this); }

std::exception_ptr exit_reason::exception() const noexcept {
  return is_error() ? static_cast<const detail::error_box&>(box()).exception : nullptr;
}

std::string exit_reason::origin() const { return is_error() ? static_cast<const detail::error_box&>(box()).origin : std::string(); }

std::string to_string(const exit_reason& why) { return detail::exit_reason_access::print(why); }
std::string describe(const exit_reason& why) { return to_string(why); }
std::ostream& operator<<(std::ostream& out, const exit_reason& why) { return out << to_string(why); }

}  // namespace brood
