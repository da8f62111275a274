// Types that are aligned to more than the 16 bytes of operator new, through every door.
#include "every_door.hpp"

#include <atomic>

namespace {

std::atomic<long> misplaced{0};

// Opaque, for the compiler knows that no object is misplaced.
[[gnu::noinline]] bool aligned_to(std::size_t align, const void* p) {
  asm volatile("" : "+r"(p));
  return reinterpret_cast<std::uintptr_t>(p) % align == 0;
}

template <std::size_t Align>
struct alignas(Align) line {
  int n;
  unsigned char rest[Align - sizeof(int)];

  explicit line(int v) noexcept : n(v), rest{} { look(); }
  line(const line& other) noexcept : n(other.n), rest{} { other.look(), look(); }
  line& operator=(const line& other) noexcept {
    other.look(), look();
    n = other.n;
    return *this;
  }
  ~line() { look(); }
  friend bool operator==(const line& a, const line& b) noexcept { return a.look(), b.look(), a.n == b.n; }
  friend auto operator<=>(const line& a, const line& b) noexcept { return a.look(), b.look(), a.n <=> b.n; }
  void look() const noexcept {
    if (!aligned_to(Align, this))
      ++misplaced;
  }
};

template <std::size_t Align>
void through_every_door() {
  misplaced = 0;
  spec::doors<line<Align>>::all();
  CHECK(misplaced == 0);
}

// A variable that is aligned although its type is not. (g++ 14 does not align these in coroutines.)
template <std::size_t Align>
task<bool> variable_is_aligned() {
  alignas(Align) int there = 1;
  char small = 2;
  const bool before = aligned_to(Align, std::addressof(there));
  co_await yield();
  co_return before&& aligned_to(Align, std::addressof(there)) && there + small == 3;
}

}  // namespace

TEST_CASE("what is aligned to 16 bytes comes through every door") { through_every_door<16>(); }
TEST_CASE("what is aligned to 32 bytes crashed in a task, and in a call") { through_every_door<32>(); }
TEST_CASE("what is aligned to a cache line comes through every door") { through_every_door<64>(); }
TEST_CASE("what is aligned to 256 bytes comes through every door") { through_every_door<256>(); }
TEST_CASE("what is aligned to a page comes through every door") { through_every_door<4096>(); }

#ifdef __clang__
TEST_CASE("an over-aligned variable of a coroutine keeps its place") {
  spec::in_process([]() -> process {
    const bool a = co_await variable_is_aligned<32>();
    const bool b = co_await variable_is_aligned<64>();
    const bool c = co_await variable_is_aligned<1024>();
    const bool d = co_await variable_is_aligned<8192>();
    CHECK((a && b && c && d));
  });
}
#endif
