// Reads a mangled name from left to right, as far as it takes to tell names from numbers. Itanium C++ ABI, "Mangling".
#include "base/local_name.hpp"

#include <cstddef>
#include <string_view>

namespace brood::detail {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

class reader {
 public:
  explicit reader(const char* mangled) noexcept : rest_(mangled) {}

  bool finds_local_name() noexcept {
    while (!rest_.empty())
      if (step())
        return true;
    return false;
  }

 private:
  char at(std::size_t i) const noexcept { return i < rest_.size() ? rest_[i] : '\0'; }
  std::size_t digits_from(std::size_t i) const noexcept {
    std::size_t n = 0;
    while (is_digit(at(i + n)))
      ++n;
    return n;
  }
  void skip(std::size_t n) noexcept { rest_.remove_prefix(n < rest_.size() ? n : rest_.size()); }
  void skip_behind(char last) noexcept { skip(rest_.find(last) == rest_.npos ? rest_.size() : rest_.find(last) + 1); }

  // <source-name>: its length, then itself.
  std::string_view take_name() noexcept {
    std::size_t length = 0;
    for (std::size_t n = digits_from(0); n > 0; --n, skip(1))
      length = length * 10 + static_cast<std::size_t>(rest_[0] - '0');
    const std::string_view name = rest_.substr(0, length);
    skip(length);
    return name;
  }

  // The value of a literal and its end: n?<digits>E.
  bool skip_value() noexcept {
    const std::size_t sign = at(0) == 'n' ? 1 : 0;
    const std::size_t digits = digits_from(sign);
    if (digits == 0 || at(sign + digits) != 'E')
      return false;
    skip(sign + digits + 1);
    return true;
  }

  bool step() noexcept {
    switch (at(0)) {
      case 'L':
        return step_into_literal();
      case 'S':  // a substitution: S_, S0_; or St, Sa, …
        is_lower(at(1)) ? skip(2) : skip_behind('_');
        return false;
      case 'T':  // a template's parameter: T_, T0_
      case 'A':  // an array: A5_
        is_digit(at(1)) || at(1) == '_' ? skip_behind('_') : skip(1);
        return false;
      case '_':  // which of several of that name in one function: _0, __12_
        if (at(1) == '_')
          skip(2), skip_behind('_');
        else
          skip(is_digit(at(1)) ? 2 : 1);
        return false;
      case 'U':  // a closure: Ul, its parameters, E, its number and _
        numbered_ = numbered_ || at(1) == 'l';
        skip(is_lower(at(1)) ? 2 : 1);
        return false;
      case 'E':
        return step_over_end();
      default:
        break;
    }
    if (!is_digit(at(0))) {
      skip(1);
      return false;
    }
    const std::string_view name = take_name();
    return name.starts_with("_GLOBAL__N_") || name.find('$') != name.npos;
  }

  // A value as a template's argument (Lj5E, L5color1E, LN2ns5colorE1E, L_Z3foovE), or L before the name of what is static (ZL3foovE4tick).
  bool step_into_literal() noexcept {
    skip(1);
    if (is_digit(at(0))) {
      take_name();
      return !skip_value();
    }
    if (is_lower(at(0)))
      skip_behind('E');
    else
      literal_ = literal_ || at(0) != '_';
    return false;
  }

  bool step_over_end() noexcept {
    skip(1);
    if (literal_ && skip_value())
      literal_ = false;
    else if (numbered_ && at(digits_from(0)) == '_')
      skip(digits_from(0) + 1);
    return false;
  }

  std::string_view rest_;
  bool literal_ = false;  // an enumerator's value is still to come
  bool numbered_ = false;  // … a closure's number
};

}  // namespace

bool is_local_name(const char* mangled) noexcept { return reader(mangled).finds_local_name(); }

}  // namespace brood::detail
