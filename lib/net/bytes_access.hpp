// Bytes that are written in place: a block is filled, then becomes io::bytes.
#pragma once

#include <brood/io/bytes.hpp>

#include <cstddef>
#include <utility>

namespace brood::io::detail {

struct bytes_access {
  static bytes adopt(byte_block* block, std::size_t size) noexcept {
    bytes b;
    b.block_ = block;
    b.size_ = size;
    b.at_ = text_of(block);
    return b;
  }
};

// A block that is being filled.
class filling {
 public:
  explicit filling(std::size_t size) : block_(new_block(size)), size_(size) {}
  filling(const filling&) = delete;
  ~filling() {
    if (block_)
      release(block_);
  }
  char* rest() noexcept { return text_of(block_) + filled; }
  std::size_t room() const noexcept { return size_ - filled; }
  std::string_view so_far() const noexcept { return {text_of(block_), filled}; }
  bytes done() noexcept { return bytes_access::adopt(std::exchange(block_, nullptr), filled); }

  std::size_t filled = 0;

 private:
  byte_block* block_;
  std::size_t size_;
};

}  // namespace brood::io::detail
