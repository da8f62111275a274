// Types that overload what generic code likes to use: &, the comma, operator new; and whose namespace has functions as greedy as std's.
#include "every_door.hpp"

#include <atomic>

namespace {

std::atomic<long> in_place{0};
std::atomic<long> elsewhere{0};

namespace awkward {

// Knows where it lives. Whoever takes its address by & gets another.
class handle final {
 public:
  int n;

  explicit handle(int v) noexcept : n(v), me_(std::addressof(n)) {}
  handle(const handle& other) noexcept : handle(other.n) {}
  handle& operator=(const handle& other) noexcept {
    n = other.n;
    return *this;
  }
  ~handle() { ++(me_ == std::addressof(n) ? in_place : elsewhere); }

  handle* operator&() noexcept { return reinterpret_cast<handle*>(decoy()); }
  const handle* operator&() const noexcept { return reinterpret_cast<const handle*>(decoy()); }
  template <class T>
  void operator,(T&&) const = delete;
  template <class T>
  friend void operator,(T&&, const handle&) = delete;
  explicit operator bool() const = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new(std::size_t, void*) = delete;
  static void operator delete(void*) = delete;

  friend bool operator==(const handle& a, const handle& b) noexcept { return a.n == b.n; }
  friend auto operator<=>(const handle& a, const handle& b) noexcept { return a.n <=> b.n; }

 private:
  static void* decoy() noexcept {
    alignas(16) static unsigned char bytes[64];
    return bytes;
  }
  int* me_;
};

// Unqualified calls in the library would find these: for a handle they are better than any template of the library's.
#define BROOD_GREEDY(name)              \
  template <class... T>                 \
  void name(handle&, T&&...) = delete;  \
  template <class... T>                 \
  void name(handle&&, T&&...) = delete; \
  template <class... T>                 \
  void name(const handle&, T&&...) = delete;
BROOD_GREEDY(move)
BROOD_GREEDY(forward)
BROOD_GREEDY(exchange)
BROOD_GREEDY(addressof)
BROOD_GREEDY(destroy)
BROOD_GREEDY(destroy_at)
BROOD_GREEDY(construct_at)
BROOD_GREEDY(invoke)
BROOD_GREEDY(apply)
BROOD_GREEDY(visit)
BROOD_GREEDY(describe_value)
BROOD_GREEDY(print_payload)
BROOD_GREEDY(make_message)
BROOD_GREEDY(make_envelope)
BROOD_GREEDY(make_call)
BROOD_GREEDY(destroy_payload)
BROOD_GREEDY(awaiter_for)
#undef BROOD_GREEDY

}  // namespace awkward

}  // namespace

TEST_CASE("destructors ran at the address that an overloaded & gave") {
  in_place = elsewhere = 0;
  spec::doors<awkward::handle>::all();
  CHECK(in_place > 0);
  CHECK(elsewhere == 0);
}
