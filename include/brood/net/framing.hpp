// How a stream of bytes is cut into frames: lines, lengths, delimiters, or a framing of your own.
//
// A framing has `std::optional<net::found> next(std::string_view so_far)`: where the first whole frame is, or nothing while more is
// needed. It is called again only with more bytes than before, and may throw net::bad_frame. Optional: `wrap(io::bytes) -> io::chunks`,
// what a write puts around a frame; `at_end(std::string_view rest) -> std::optional<net::found>`, whether what is left when the stream
// ends is a frame.
//
//     struct until_semicolon {
//       std::optional<net::found> next(std::string_view so_far) {
//         const auto at = so_far.find(';');
//         if (at == so_far.npos) return std::nullopt;
//         return net::found{0, at, 1};
//       }
//     };
#pragma once

#include <brood/io/bytes.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace brood::net {

// A frame's place: `header` bytes that are dropped, `size` bytes that are the frame, `trailer` bytes that are dropped.
struct found {
  std::size_t header = 0;
  std::size_t size = 0;
  std::size_t trailer = 0;
};

// What is no frame. In why() of a read; a framing throws it.
struct bad_frame {
  std::string text;
  friend bool operator==(const bad_frame&, const bad_frame&) = default;
};
std::string describe(const bad_frame& b);

template <class F>
concept framing = std::move_constructible<F> && requires(F f, std::string_view so_far) {
  { f.next(so_far) } -> std::convertible_to<std::optional<found>>;
};

// Whatever has come, as it came: no frames.
struct raw {
  std::optional<found> next(std::string_view so_far) const {
    return so_far.empty() ? std::nullopt : std::optional(found{0, so_far.size(), 0});
  }
};

// Up to \n or \r\n. max counts without the end; the last line may lack its end.
struct lines {
  std::size_t max = std::size_t{64} << 10;
  bool keep_end = false;

  std::optional<found> next(std::string_view so_far);
  std::optional<found> at_end(std::string_view rest) const;

  std::size_t searched = 0;  // no line end before that
};

// A length, then as many bytes. write adds the length. max is checked before the bytes are waited for.
template <std::unsigned_integral N>
struct length_prefix {
  std::size_t max = std::size_t{16} << 20;
  std::endian order = std::endian::big;

  std::optional<found> next(std::string_view so_far) const {
    if (so_far.size() < sizeof(N))
      return std::nullopt;
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < sizeof(N); ++i)
      length |= std::uint64_t{static_cast<unsigned char>(so_far[i])} << (8 * (order == std::endian::big ? sizeof(N) - 1 - i : i));
    if (length > max)
      throw bad_frame{"a frame of " + std::to_string(length) + " bytes, and at most " + std::to_string(max) + " are allowed"};
    if (so_far.size() - sizeof(N) < length)
      return std::nullopt;
    return found{sizeof(N), static_cast<std::size_t>(length), 0};
  }

  io::chunks wrap(io::bytes frame) const {
    if (frame.size() > max || frame.size() > std::uint64_t{static_cast<N>(-1)})
      throw std::invalid_argument("brood: this frame is too long for its length prefix");
    char head[sizeof(N)];
    for (std::size_t i = 0; i < sizeof(N); ++i)
      head[i] = static_cast<char>(std::uint64_t{frame.size()} >> (8 * (order == std::endian::big ? sizeof(N) - 1 - i : i)));
    io::chunks both(io::bytes(std::string_view(head, sizeof head)));
    both.append(std::move(frame));
    return both;
  }
};
using packet1 = length_prefix<std::uint8_t>;
using packet2 = length_prefix<std::uint16_t>;
using packet4 = length_prefix<std::uint32_t>;

// Up to `by`, which is dropped. write adds it.
struct delimited {
  std::string by;
  std::size_t max = std::size_t{64} << 10;

  std::optional<found> next(std::string_view so_far);
  io::chunks wrap(io::bytes frame) const;

  std::size_t searched = 0;
};

namespace detail {

// A framing whose type is forgotten.
class framer {
 public:
  virtual ~framer() = default;
  virtual std::optional<found> next(std::string_view so_far) = 0;
  virtual std::optional<found> at_end(std::string_view rest) = 0;
  virtual io::chunks wrap(io::chunks frame) = 0;
};

template <class F>
class framer_of final : public framer {
 public:
  explicit framer_of(F f) : framing_(std::move(f)) {}
  std::optional<found> next(std::string_view so_far) override { return framing_.next(so_far); }
  std::optional<found> at_end(std::string_view rest) override {
    if constexpr (requires { framing_.at_end(rest); })
      return framing_.at_end(rest);
    else
      return std::nullopt;
  }
  io::chunks wrap(io::chunks frame) override {
    if constexpr (requires { framing_.wrap(io::bytes()); }) {
      io::bytes whole;
      for (const io::bytes& part : frame.parts())
        whole = whole + part;
      return framing_.wrap(std::move(whole));
    } else {
      return frame;
    }
  }

 private:
  F framing_;
};

// Null for raw: what has come is the frame.
template <framing F>
std::unique_ptr<framer> forget_type(F f) {
  if constexpr (std::same_as<F, raw>)
    return nullptr;
  else
    return std::make_unique<framer_of<F>>(std::move(f));
}

}  // namespace detail

}  // namespace brood::net
