#include <brood/net/resp.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace brood::net {

namespace {

constexpr std::size_t longest_number = 20, longest_line = std::size_t{64} << 10;
constexpr std::string_view line_end = "\r\n";

// The number of a line "*3\r\n" or "$3\r\n" at `at`, which moves behind it. Nothing: the line is not here whole.
std::optional<std::size_t> number_at(std::string_view text, std::size_t& at, char kind) {
  if (at == text.size())
    return std::nullopt;
  if (text[at] != kind)
    throw bad_frame{std::string("Redis's protocol has a '") + kind + "' here"};
  const std::size_t end = text.substr(at, longest_number + 3).find(line_end);
  if (end == std::string_view::npos) {
    if (text.size() - at > longest_number + 2)
      throw bad_frame{"a number that is too long"};
    return std::nullopt;
  }
  std::size_t number = 0;
  const char* const last = text.data() + at + end;
  if (const auto [stopped, error] = std::from_chars(text.data() + at + 1, last, number); error != std::errc() || stopped != last)
    throw bad_frame{"a length that is no number"};
  at += end + line_end.size();
  return number;
}

// Calls word(begin, size) for each of an array. The end of it; nothing: more is needed.
template <class Word>
std::optional<std::size_t> walk(std::string_view text, const resp& limits, Word word) {
  std::size_t at = 0;
  const std::optional<std::size_t> count = number_at(text, at, '*');
  if (!count)
    return std::nullopt;
  if (*count == 0 || *count > limits.max_words)
    throw bad_frame{"a command of " + std::to_string(*count) + " words"};
  for (std::size_t i = 0; i < *count; ++i) {
    const std::optional<std::size_t> size = number_at(text, at, '$');
    if (!size)
      return std::nullopt;
    if (*size > limits.max || at + *size > limits.max)
      throw bad_frame{"a command of more than " + std::to_string(limits.max) + " bytes"};
    if (text.size() - at < *size + line_end.size())
      return std::nullopt;
    word(at, *size);
    at += *size;
    if (text.substr(at, line_end.size()) != line_end)
      throw bad_frame{"a word that is longer than its length"};
    at += line_end.size();
  }
  return at;
}

}  // namespace

std::optional<found> resp::next(std::string_view so_far) const {
  if (so_far.empty())
    return std::nullopt;
  if (so_far[0] == '*') {
    const std::optional<std::size_t> size = walk(so_far, *this, [](std::size_t, std::size_t) {});
    return size ? std::optional(found{0, *size, 0}) : std::nullopt;
  }
  const std::size_t end = so_far.substr(0, longest_line).find('\n');  // a person at a terminal
  if (end == std::string_view::npos) {
    if (so_far.size() >= longest_line)
      throw bad_frame{"a line of more than 64 KiB"};
    return std::nullopt;
  }
  return found{0, end + 1, 0};
}

std::vector<io::bytes> resp_words(const io::bytes& frame) {
  std::vector<io::bytes> words;
  const std::string_view text = frame.view();
  if (text.starts_with('*')) {
    walk(text, {.max = text.size()}, [&](std::size_t at, std::size_t size) { words.push_back(frame.slice(at, size)); });
  } else {
    constexpr std::string_view blank = " \t\r\n";
    for (std::size_t at = text.find_first_not_of(blank); at != std::string_view::npos; at = text.find_first_not_of(blank, at)) {
      const std::size_t end = std::min(text.find_first_of(blank, at), text.size());
      words.push_back(frame.slice(at, end - at));
      at = end;
    }
  }
  if (words.empty())
    words.emplace_back();
  return words;
}

}  // namespace brood::net
