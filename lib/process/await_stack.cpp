#include "process/await_stack.hpp"

#include "process/relations.hpp"
#include "process/signals.hpp"

#include <brood/describe.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace brood::detail {

namespace {

bool same(const std::source_location& a, const std::source_location& b) noexcept {
  return a.line() == b.line() && a.column() == b.column() && std::strcmp(a.file_name(), b.file_name()) == 0;
}

const task_frame* awaited_frame(const frame_base* f) noexcept {
  return f && f->parent && f->parent != f ? static_cast<const task_frame*>(f) : nullptr;
}

// `site` is the innermost frame's own, unless that has awaited nothing yet: then it is the await of that frame.
bool is_own_site(const process_control& p) noexcept {
  const task_frame* const top = awaited_frame(p.top);
  return p.site.line() != 0 && !(top && same(p.site, top->awaited_at));
}

template <class F>
void for_each_await(const process_control& p, F f) {
  if (is_own_site(p))
    f(p.site);
  for (const task_frame* t = awaited_frame(p.top); t; t = awaited_frame(t->parent))
    if (!t->awaited_quietly() && t->awaited_at.line() != 0)
      f(t->awaited_at);
}

waiting_at as_waiting_at(const std::source_location& at) { return {at.file_name(), at.line(), {}, at.function_name()}; }

const thrown_trail* trail_of(const process_control& p) noexcept {
  const thrown_trail* const trail = p.extra ? p.extra->thrown.get() : nullptr;
  return trail && p.why.is_error() && p.why.exception() == trail->what ? trail : nullptr;
}

void note_thrown(process_control& p, const task_frame& f) {
  std::unique_ptr<thrown_trail>& trail = extra_of(p).thrown;
  if (!trail || trail->what != f.failure) {
    trail = std::make_unique<thrown_trail>(thrown_trail{f.failure, {}});
    p.unwinds = true;
    if (is_own_site(p))
      trail->places.push_back(p.site);
  }
  if (f.awaited_quietly() || f.awaited_at.line() == 0)
    return;
  if (trail->places.size() == most_thrown)
    trail->places.pop_back();  // the outermost one is worth more
  trail->places.push_back(f.awaited_at);
}

// The coroutine that the process was spawned with, if that is a user's: the function in which its own await stands.
std::string_view body_of(const process_control& p) noexcept {
  const task_frame* inner = nullptr;
  for (const task_frame* t = awaited_frame(p.top); t; t = awaited_frame(t->parent))
    inner = t;
  if (!inner)
    return p.site.line() != 0 ? p.site.function_name() : "";
  return !inner->awaited_quietly() && inner->awaited_at.line() != 0 ? inner->awaited_at.function_name() : "";
}

}  // namespace

std::vector<waiting_at> await_stack(const process_control& p, std::size_t most) {
  std::vector<std::source_location> places;
  if (const thrown_trail* trail = trail_of(p))
    places = trail->places;
  else
    for_each_await(p, [&](const std::source_location& at) {
      if (places.size() < most)
        places.push_back(at);
    });
  std::vector<waiting_at> stack;
  for (std::size_t i = 0; i < std::min(places.size(), most); ++i)
    stack.push_back(as_waiting_at(places[i]));
  return stack;
}

std::optional<waiting_at> waiting_place(const process_control& p) {
  std::optional<std::source_location> place;
  if (const thrown_trail* trail = trail_of(p); trail && !trail->places.empty())
    place = trail->places.front();
  else if (p.site.line() != 0)
    place = p.site;
  else if (p.wait && p.spawned_at.line() != 0)
    place = p.spawned_at;
  if (!place)
    return std::nullopt;
  waiting_at at = as_waiting_at(*place);
  if (p.wait && p.kind)
    for (unsigned i = 0; i < p.kind->type_count; ++i)
      at.types.push_back(p.kind->types[i] ? demangle(*p.kind->types[i]->type) : "any_message");
  return at;
}

std::string function_of(const process_control& p) {
  if (!p.info->is_function)
    return demangle(*p.info->callable);
  if (const std::string_view body = body_of(p); !body.empty())
    return short_function_name(body);
  const void* address;
  std::memcpy(&address, const_cast<process_control&>(p).closure(), sizeof address);
  Dl_info found;
  if (dladdr(address, &found) != 0 && found.dli_sname && found.dli_saddr == address)
    return demangle(found.dli_sname);
  return demangle(*p.info->callable);
}

std::string short_function_name(std::string_view function) {
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const char c = function[i];
    if (c == '(' && depth == 0 && i > begin && function[i - 1] != ':')
      break;  // the parameters
    if (c == '<' || c == '(' || c == '{' || c == '[')
      ++depth;
    else if (c == '>' || c == ')' || c == '}' || c == ']')
      --depth;
    else if (c == ' ' && depth == 0)
      begin = i + 1;
  }
  std::string name(function.substr(begin));
  for (const std::string_view nameless : {"(anonymous namespace)::", "{anonymous}::", "<unnamed>::"})
    for (std::size_t at = 0; (at = name.find(nameless)) != std::string::npos;)
      name.erase(at, nameless.size());
  return name;
}

void task_threw(task_frame& frame) noexcept {
  frame.failure = std::current_exception();
  try {
    note_thrown(control_of(*frame.proc), frame);
  } catch (...) {  // no memory for where it was thrown: it is thrown all the same
  }
}

process_extra::process_extra() = default;
process_extra::~process_extra() = default;

void forget_thrown(process_control& p) noexcept {
  p.unwinds = false;
  p.extra->thrown = nullptr;
}

}  // namespace brood::detail
