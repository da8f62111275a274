#include <brood/process_dictionary.hpp>

namespace brood {

bool process_dictionary::erase(std::string_view key) {
  const auto found = entries_.find(key);
  if (found == entries_.end())
    return false;
  const auto forgotten = entries_.extract(found);  // destroyed last: the value's destructor may come back here
  return true;
}

std::vector<std::string> process_dictionary::keys() const {
  std::vector<std::string> all;
  for (const auto& [key, held] : entries_)
    all.push_back(key);
  return all;
}

}  // namespace brood
