// `io::bytes`: immutable bytes, shared by count. Copying, sending and slicing copy nothing; up to 16 bytes lie in the handle itself.
//
// A regular value: any thread may use its own copy. A small slice of a large block keeps the whole block: bytes(s.view()) copies.
//
//     io::bytes whole = "GET /index.html";
//     io::bytes path = whole.slice(4);
//     std::cout << path.view() << "\n";
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace brood::io {

class bytes;

namespace detail {

// Counted storage of several bytes; its text follows it.
struct byte_block;
byte_block* new_block(std::size_t size);  // one owner. Throws std::bad_alloc
void retain(byte_block* block) noexcept;
void release(byte_block* block) noexcept;
char* text_of(byte_block* block) noexcept;

struct bytes_access;

}  // namespace detail

class bytes {
 public:
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  bytes() noexcept : inside_{} {}
  // These copy. Throw std::bad_alloc.
  bytes(std::string_view text) : bytes() { assign(text); }
  bytes(const std::string& text) : bytes(std::string_view(text)) {}
  bytes(const char* text) : bytes(std::string_view(text)) {}
  explicit bytes(std::span<const std::byte> data)
      : bytes(std::string_view(reinterpret_cast<const char*>(data.data()), data.size())) {}
  bytes(const std::vector<std::byte>& data) : bytes(std::span<const std::byte>(data)) {}

  bytes(const bytes& other) noexcept { take(other); }
  bytes(bytes&& other) noexcept { swallow(other); }
  bytes& operator=(bytes other) noexcept {
    drop();
    swallow(other);
    return *this;
  }
  ~bytes() { drop(); }

  // Valid as long as this value, or a copy or slice of it, when size() > 16; else as long as this value.
  std::string_view view() const noexcept { return {block_ ? at_ : inside_, size_}; }
  std::span<const std::byte> span() const noexcept { return std::as_bytes(std::span(view().data(), size_)); }
  std::string str() const { return std::string(view()); }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  // Shares the block. Out of range: clipped.
  bytes slice(std::size_t from, std::size_t count = npos) const noexcept;

  friend bytes operator+(const bytes& a, const bytes& b);
  friend bool operator==(const bytes& a, const bytes& b) noexcept { return a.view() == b.view(); }
  friend std::strong_ordering operator<=>(const bytes& a, const bytes& b) noexcept { return a.view() <=> b.view(); }
  // With std::string_view, std::string and "text".
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const bytes& a, const Text& b) noexcept {
    return a.view() == std::string_view(b);
  }
  template <std::convertible_to<std::string_view> Text>
  friend std::strong_ordering operator<=>(const bytes& a, const Text& b) noexcept {
    return a.view() <=> std::string_view(b);
  }

 private:
  friend detail::bytes_access;
  static constexpr std::size_t inside = 16;

  void assign(std::string_view text);
  void copy_fields(const bytes& other) noexcept {
    block_ = other.block_;
    size_ = other.size_;
    if (block_)
      at_ = other.at_;
    else
      std::memcpy(inside_, other.inside_, inside);
  }
  void take(const bytes& other) noexcept {
    copy_fields(other);
    if (block_)
      detail::retain(block_);
  }
  void swallow(bytes& other) noexcept {
    copy_fields(other);
    other.block_ = nullptr;
    other.size_ = 0;
  }
  void drop() noexcept {
    if (block_)
      detail::release(std::exchange(block_, nullptr));
  }

  detail::byte_block* block_ = nullptr;  // null: the text is inside
  std::size_t size_ = 0;
  union {
    const char* at_;
    char inside_[inside];
  };
};

// Prints the bytes as a quoted string.
std::string describe(const bytes& b);

// Several bytes that are written as one: an iolist.
class chunks {
 public:
  chunks() = default;
  chunks(bytes b) { append(std::move(b)); }
  void append(bytes b) {
    size_ += b.size();
    if (!b.empty())
      parts_.push_back(std::move(b));
  }
  std::size_t size() const noexcept { return size_; }
  const std::vector<bytes>& parts() const noexcept { return parts_; }

 private:
  std::vector<bytes> parts_;
  std::size_t size_ = 0;
};

}  // namespace brood::io

template <>
struct std::hash<brood::io::bytes> {
  std::size_t operator()(const brood::io::bytes& b) const noexcept { return std::hash<std::string_view>{}(b.view()); }
};
