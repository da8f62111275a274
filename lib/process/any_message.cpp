// flush, any_message, and how the runtime's own messages print.
#include <brood/receive.hpp>

#include "process/reporting.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

namespace brood {

namespace detail {
std::string text_of(const envelope& e) {
  std::string text;
  if (e.type->print)
    e.type->print(e.payload(), text);
  else
    text = "#" + demangle(*e.type->type) + "<>";
  return text;
}

std::string text_or_type(const envelope& e) {
  std::string text;
  try {
    text = text_of(e);
  } catch (...) {
    text.clear();
  }
  return text.empty() ? print_opaque(*e.type->type) : text;
}
}  // namespace detail

detail::envelope* detail::pass_on(any_message&& m) {
  if (!m)
    throw std::invalid_argument("brood: this any_message is empty: it has been moved from, sent on perhaps");
  return m.release();
}

std::string any_message::type_name() const { return envelope_ ? detail::demangle(*envelope_->type->type) : std::string(); }

std::string any_message::text() const { return envelope_ ? detail::text_of(*envelope_) : std::string(); }

std::string describe(const exited& e) { return fmt::format("{{:EXIT, {}, {}}}", to_string(e.who), to_string(e.why)); }

std::string describe(const down& d) {
  const std::string object = d.name.empty() ? to_string(d.who) : fmt::format("{{:{}, :nonode@nohost}}", d.name);
  return fmt::format("{{:DOWN, {}, :process, {}, {}}}", to_string(d.monitor), object, to_string(d.why));
}

task<std::size_t> flush() {
  std::size_t n = 0;
  while (auto m = co_await detail::quietly(receive<any_message>(within(std::chrono::seconds(0))))) {
    fmt::print("{}\n", m->text());
    ++n;
  }
  std::fflush(stdout);
  co_return n;
}

}  // namespace brood
