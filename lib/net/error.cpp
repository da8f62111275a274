#include <brood/io/error.hpp>

#include <cctype>
#include <cstring>
#include <system_error>

namespace brood::io {

std::string error::what() const { return std::generic_category().message(code); }

std::string describe(const error& e) {
  const char* const name = strerrorname_np(e.code);
  if (name == nullptr)
    return "{:errno, " + std::to_string(e.code) + '}';
  std::string atom = ":";
  for (const char* c = name; *c; ++c)
    atom += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  return atom;
}

std::string describe(ended_t) { return ":closed"; }

}  // namespace brood::io
