#include "memory/span.hpp"

#include "base/spinlock.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <mutex>
#include <new>

namespace brood::detail {

namespace {

constinit spinlock lock;
constinit char* unused = nullptr;  // the chunk's spans not yet handed out
constinit char* chunk_end = nullptr;

// Reserves twice as much and cuts off both ends: mmap knows no alignment. Only what remains may be written, and so counts where the
// kernel does not overcommit.
char* new_chunk() {
  void* mapped = mmap(nullptr, 2 * chunk_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::bad_alloc();
  char* begin = static_cast<char*>(mapped);
  const std::size_t before = (chunk_size - reinterpret_cast<std::uintptr_t>(begin) % chunk_size) % chunk_size;
  if (before != 0)
    munmap(begin, before);
  munmap(begin + before + chunk_size, chunk_size - before);
  if (mprotect(begin + before, chunk_size, PROT_READ | PROT_WRITE) != 0) {
    munmap(begin + before, chunk_size);
    throw std::bad_alloc();
  }
  madvise(begin + before, chunk_size, MADV_HUGEPAGE);  // a wish: kernels without huge pages refuse, harmlessly
  return begin + before;
}

}  // namespace

void* new_span() {
  std::lock_guard guard(lock);
  if (unused == chunk_end) {
    unused = new_chunk();
    chunk_end = unused + chunk_size;
  }
  char* span = unused;
  unused += span_size;
  return span;
}

}  // namespace brood::detail
