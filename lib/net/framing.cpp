#include <brood/net/framing.hpp>

#include <algorithm>

namespace brood::net {

std::string describe(const bad_frame& b) { return "{:bad_frame, \"" + b.text + "\"}"; }

std::optional<found> lines::next(std::string_view so_far) {
  const std::size_t end = so_far.find('\n', searched);
  const bool whole = end != std::string_view::npos;
  std::size_t size = whole ? end : so_far.size();
  if (whole && size > 0 && so_far[size - 1] == '\r')
    --size;
  if (size > max + (whole ? 0 : 1))  // one more may be the \r of an end that is on its way
    throw bad_frame{"a line of more than " + std::to_string(max) + " bytes"};
  if (!whole) {
    searched = so_far.size();
    return std::nullopt;
  }
  searched = 0;
  const std::size_t line_end = end + 1 - size;
  return keep_end ? found{0, size + line_end, 0} : found{0, size, line_end};
}

std::optional<found> lines::at_end(std::string_view rest) const {
  return rest.empty() ? std::nullopt : std::optional(found{0, rest.size(), 0});
}

std::optional<found> delimited::next(std::string_view so_far) {
  if (by.empty())
    throw bad_frame{"net::delimited{by} needs at least one byte that ends a frame"};
  const std::size_t end = so_far.find(by, searched);
  if (std::min(end, so_far.size()) > max + (end == std::string_view::npos ? by.size() - 1 : 0))
    throw bad_frame{"a frame of more than " + std::to_string(max) + " bytes"};
  if (end == std::string_view::npos) {
    searched = so_far.size() < by.size() ? 0 : so_far.size() - by.size() + 1;
    return std::nullopt;
  }
  searched = 0;
  return found{0, end, by.size()};
}

io::chunks delimited::wrap(io::bytes frame) const {
  io::chunks both(std::move(frame));
  both.append(io::bytes(by));
  return both;
}

}  // namespace brood::net
