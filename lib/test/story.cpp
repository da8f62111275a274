#include "test/story.hpp"

#include "process/inspection.hpp"
#include "process/names.hpp"
#include "process/process_table.hpp"
#include "process/relations.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

namespace brood::detail {

bool story_is_wanted() noexcept {
  const char* const path = std::getenv("BROOD_STORY");
  return path && *path;
}

std::FILE* open_story() {
  if (!story_is_wanted())
    return nullptr;
  const char* const path = std::getenv("BROOD_STORY");
  static bool begun = false;
  std::FILE* const file = std::fopen(path, begun ? "ae" : "we");
  if (!file)
    throw std::system_error(errno, std::generic_category(), std::string("brood: BROOD_STORY=") + path);
  begun = true;
  std::setvbuf(file, nullptr, _IOLBF, BUFSIZ);  // so that a run that crashes has told how it came to that
  return file;
}

story_filter story_filter::asked_for() {
  std::vector<std::string> words;
  if (const char* const text = std::getenv("BROOD_STORY_ONLY"))
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      if (const std::size_t begin = rest.substr(0, end).find_first_not_of(' '); begin != rest.npos)
        words.emplace_back(rest.substr(begin, rest.substr(0, end).find_last_not_of(' ') + 1 - begin));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  return story_filter(std::move(words));
}

namespace {

// The end of a path, from a whole component on.
bool is_tail_of(std::string_view path, std::string_view tail) {
  return path.ends_with(tail) && (path.size() == tail.size() || path[path.size() - tail.size() - 1] == '/');
}

}  // namespace

bool story_filter::is_of_interest(std::uint64_t pid_bits) {
  if (found_.contains(pid_bits))
    return true;
  const pid who = pid::from_bits(pid_bits);
  const process_control* const p = process_table::instance().tenant(who);
  const std::string number = to_string(who), name = name_of(who), place = p ? spawn_place(*p) : "";
  const auto names_it = [&](const std::string& word) {
    return word == number || "#PID<" + word + ">" == number || word == name || (p && p->extra && word == p->extra->label) ||
           is_tail_of(place, word);
  };
  if (std::none_of(words_.begin(), words_.end(), names_it))
    return false;
  found_.insert(pid_bits);
  return true;
}

}  // namespace brood::detail
