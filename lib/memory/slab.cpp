#include "memory/slab.hpp"

#include <brood/detail/size_class.hpp>
#include "memory/depot.hpp"

#include <brood/detail/memory.hpp>

#include <new>
#include <utility>

namespace brood::detail {

static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ >= granule);

constinit std::atomic<long> fail_allocation_in{0};

namespace {

constinit std::atomic<std::size_t> large_in_use{0};  // relaxed throughout: a statistic

// relaxed: the test that sets it also makes the request.
void maybe_fail() {
  if (fail_allocation_in.load(std::memory_order_relaxed) > 0 && fail_allocation_in.fetch_sub(1, std::memory_order_relaxed) == 1)
    throw std::bad_alloc();
}

constinit bool (*should_fail)() = nullptr;  // of the thread that simulates

// While somebody watches, every request comes by here: the thread's cache is hidden.
void ask_watcher() {
  if (should_fail != nullptr && should_fail())
    throw std::bad_alloc();
}

// As the slabs do, these too align to the largest power of two that divides the size.
[[gnu::cold, gnu::noinline]] void* allocate_large(std::size_t bytes) {
  const std::size_t align = alignment_of(bytes);
  void* block = align > granule ? ::operator new(bytes, std::align_val_t(align)) : ::operator new(bytes);
  large_in_use.fetch_add(bytes, std::memory_order_relaxed);
  return block;
}

[[gnu::cold, gnu::noinline]] void deallocate_large(void* block, std::size_t bytes) noexcept {
  large_in_use.fetch_sub(bytes, std::memory_order_relaxed);
  if (const std::size_t align = alignment_of(bytes); align > granule)  // no ?: here, for clang 19 would call both
    ::operator delete(block, bytes, std::align_val_t(align));
  else
    ::operator delete(block, bytes);
}

}  // namespace

#ifdef BROOD_BYPASS_SLABS

void* allocate_of_class(std::size_t bytes, std::size_t) {
  maybe_fail();
  ask_watcher();
  return allocate_large(bytes);
}

void deallocate_of_class(void* block, std::size_t bytes, std::size_t) noexcept { deallocate_large(block, bytes); }

void watch_allocations(bool (*asked)()) noexcept { should_fail = asked; }

std::size_t memory_in_use() noexcept { return large_in_use.load(std::memory_order_relaxed); }

#else

namespace {

constinit depot depots[size_classes];

// A thread's own blocks.
struct alignas(cache_line) thread_cache {
  magazine loaded[size_classes + 1];  // the last stays as it is, for large_class: lets nothing in or out
  magazine previous[size_classes];
};

// What a thread has before its first block and after its end. All its magazines let nothing in or out, so nobody ever writes it.
constinit thread_cache no_cache;

// initial-exec: an offset known at load time instead of a call. One pointer, so that a library loaded late finds room for it.
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_cache* cache = &no_cache;
constinit thread_local bool thread_ended = false;
constinit thread_cache* hidden_cache = nullptr;

// Hands everything back when the thread ends. Destructors that run still later go to the depot block by block.
struct cache_flusher {
  ~cache_flusher() {
    thread_cache* ended = std::exchange(cache, &no_cache);
    thread_ended = true;
    if (ended == &no_cache)
      return;
    for (std::size_t c = 0; c < size_classes; ++c) {
      depots[c].put_rest(ended->loaded[c]);
      depots[c].put_rest(ended->previous[c]);
    }
    delete ended;
  }
};

// False when this thread can have no cache: it is ending, or there is no memory for one.
bool open_cache() noexcept {
  if (cache != &no_cache)
    return true;
  if (thread_ended || should_fail != nullptr)
    return false;
  auto* fresh = new (std::nothrow) thread_cache;
  if (fresh == nullptr)
    return false;
  for (std::size_t c = 0; c < size_classes; ++c)
    fresh->loaded[c].room = fresh->previous[c].room = magazine_capacity(c);
  cache = fresh;
  static thread_local cache_flusher flusher;  // made here, so that the threads that need it have it
  static_cast<void>(flusher);
  return true;
}

[[gnu::cold, gnu::noinline]] void* refill_and_allocate(std::size_t bytes, std::size_t c) {
  if (c == large_class)
    return allocate_large(bytes);
  maybe_fail();
  ask_watcher();
  if (!open_cache()) {
    magazine m = depots[c].take(c);
    free_block* block = m.pop();
    depots[c].put_rest(m);
    return block;
  }
  return refill(cache->loaded[c], cache->previous[c], depots[c], c);
}

[[gnu::cold, gnu::noinline]] void make_room_and_deallocate(free_block* block, std::size_t bytes, std::size_t c) noexcept {
  if (c == large_class)
    return deallocate_large(block, bytes);
  if (!open_cache())
    return depots[c].put_loose(block);
  make_room(cache->loaded[c], cache->previous[c], depots[c], c, magazine_capacity(c));
  cache->loaded[c].push(block);
}

}  // namespace

void watch_allocations(bool (*asked)()) noexcept {
  if ((asked == nullptr) != (should_fail == nullptr)) {
    if (asked != nullptr)
      hidden_cache = std::exchange(cache, &no_cache);
    else
      cache = std::exchange(hidden_cache, nullptr);
  }
  should_fail = asked;
}

namespace {

static_assert(sizeof(magazine) == magazine_size && offsetof(thread_cache, loaded) == 0);

magazine& loaded_at(std::size_t place) noexcept { return *reinterpret_cast<magazine*>(reinterpret_cast<char*>(cache) + place); }

}  // namespace

// noinline, also at link time: the address of a thread_local must not be kept in a coroutine across a suspension.
[[gnu::noinline]] void* allocate_of_class(std::size_t bytes, std::size_t place) {
  if (free_block* block = loaded_at(place).pop()) [[likely]]
    return block;
  return refill_and_allocate(bytes, place / magazine_size);
}

[[gnu::noinline]] void deallocate_of_class(void* block, std::size_t bytes, std::size_t place) noexcept {
  auto* freed = static_cast<free_block*>(block);
  if (!loaded_at(place).push(freed)) [[unlikely]]
    make_room_and_deallocate(freed, bytes, place / magazine_size);
}

std::size_t memory_in_use() noexcept {
  std::size_t bytes = large_in_use.load(std::memory_order_relaxed);
  for (std::size_t c = 0; c < size_classes; ++c) {
    std::size_t blocks = depots[c].taken();
    if (cache != &no_cache)
      for (const magazine* m : {&cache->loaded[c], &cache->previous[c]})
        blocks -= magazine_capacity(c) - m->room;
    bytes += blocks * block_sizes[c];
  }
  return bytes;
}

#endif

void* allocate_of_any(std::size_t bytes) { return allocate_of_class(bytes, class_of(bytes) * magazine_size); }
void deallocate_of_any(void* block, std::size_t bytes) noexcept {
  deallocate_of_class(block, bytes, class_of(bytes) * magazine_size);
}

}  // namespace brood::detail
