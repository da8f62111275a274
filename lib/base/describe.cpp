#include <brood/describe.hpp>

#include <cxxabi.h>

#include <charconv>
#include <cstdlib>
#include <memory>

namespace brood::detail {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// What follows the last :: that is in no brackets, be they of template arguments, parameters or {lambda()#1}.
std::string_view unqualified(std::string_view name) {
  int depth = 0;
  for (std::size_t at = name.size(); at > 0; --at) {
    const char c = name[at - 1];
    if (c == '>' || c == ')' || c == '}' || c == ']')
      ++depth;
    else if (c == '<' || c == '(' || c == '{' || c == '[')
      --depth;
    else if (c == ':' && depth == 0)
      return name.substr(at);
  }
  return name;
}

template <class Float>
std::string shortest(Float value) {
  char buffer[64];
  const std::string_view text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  if (text.find_first_of("in") != text.npos)  // inf, nan
    return std::string(text);
  const std::size_t e = text.find('e');
  std::string out(text.substr(0, e));
  if (out.find('.') == out.npos)
    out += ".0";
  if (e == text.npos)
    return out;
  out += text[e + 1] == '-' ? "e-" : "e";
  return out.append(text.substr(text.find_first_not_of("+-0", e + 1)));
}

}  // namespace

std::string demangle(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  std::string name = demangled ? demangled.get() : symbol;
  replace_all(name, "(anonymous namespace)::", "");
  replace_all(name, "std::__cxx11::", "std::");
  replace_all(name, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string");
  replace_all(name, "> >", ">>");
  return name;
}

std::string demangle(const std::type_info& type) { return demangle(type.name()); }

std::string demangle_unqualified(const std::type_info& type) { return std::string(unqualified(demangle(type))); }

std::string print_integer(long long value) { return std::to_string(value); }
std::string print_integer(unsigned long long value) { return std::to_string(value); }
std::string print_float(float value) { return shortest(value); }
std::string print_float(double value) { return shortest(value); }

std::string quote(std::string_view text) {
  using namespace std::string_view_literals;
  constexpr std::string_view special = "\"\\\0\a\b\x1b\f\n\r\t\v\x7f"sv;
  constexpr std::string_view letter = "\"\\0abefnrtvd"sv;
  static_assert(special.size() == letter.size());
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (const std::size_t at = special.find(c); at != special.npos)
      (out += '\\') += letter[at];
    else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20)
      ((out += "\\x") += hex[byte >> 4]) += hex[byte & 15];
    else if (c == '#' && text.substr(i + 1, 1) == "{")
      out += "\\#";  // else Elixir would read it as #{interpolation}
    else
      out += c;
  }
  return out += '"';
}

std::string print_opaque(const std::type_info& type) { return '#' + demangle_unqualified(type) + "<>"; }

}  // namespace brood::detail
