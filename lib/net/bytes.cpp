#include <brood/io/bytes.hpp>

#include <brood/describe.hpp>
#include <brood/detail/memory.hpp>

#include <algorithm>
#include <atomic>
#include <new>

namespace brood::io {

namespace detail {

struct alignas(16) byte_block {
  std::atomic<std::size_t> owners{1};
  std::size_t size;

  explicit byte_block(std::size_t n) noexcept : size(n) {}
};

byte_block* new_block(std::size_t size) { return ::new (brood::detail::allocate(sizeof(byte_block) + size)) byte_block(size); }

void retain(byte_block* block) noexcept {
  block->owners.fetch_add(1, std::memory_order_relaxed);
}  // from an owner: nothing to order

void release(byte_block* block) noexcept {
  if (block->owners.fetch_sub(1, std::memory_order_acq_rel) != 1)  // partner: itself, in the other owners
    return;
  const std::size_t size = block->size;
  block->~byte_block();
  brood::detail::deallocate(block, sizeof(byte_block) + size);
}

char* text_of(byte_block* block) noexcept { return reinterpret_cast<char*>(block + 1); }

}  // namespace detail

void bytes::assign(std::string_view text) {
  if (text.size() > inside) {
    block_ = detail::new_block(text.size());
    char* const to = detail::text_of(block_);
    std::copy(text.begin(), text.end(), to);
    at_ = to;
  } else {
    std::copy(text.begin(), text.end(), inside_);
  }
  size_ = text.size();
}

bytes bytes::slice(std::size_t from, std::size_t count) const noexcept {
  const std::size_t begin = std::min(from, size_);
  const std::size_t n = std::min(count, size_ - begin);
  bytes part;
  part.size_ = n;
  if (n <= inside) {  // inside the handle: such a slice keeps no block
    const std::string_view text = view().substr(begin, n);
    std::copy(text.begin(), text.end(), part.inside_);
    return part;
  }
  detail::retain(block_);
  part.block_ = block_;
  part.at_ = at_ + begin;
  return part;
}

bytes operator+(const bytes& a, const bytes& b) {
  if (a.empty() || b.empty())
    return a.empty() ? b : a;
  std::string whole;
  whole.reserve(a.size() + b.size());
  whole.append(a.view()).append(b.view());
  return bytes(whole);
}

std::string describe(const bytes& b) { return brood::detail::quote(b.view()); }

}  // namespace brood::io
