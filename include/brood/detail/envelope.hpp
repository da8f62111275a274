// A message on its way: a 16-byte header and the payload behind it, in one block.
//
// Owner: the sender until `deliver`, then the inbox, then the receiving process. Never shared, never copied.
#pragma once

#include <brood/detail/memory.hpp>
#include <brood/detail/message_type.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

struct alignas(16) envelope {
  union {
    envelope* next;       // while queued
    std::size_t matched;  // once taken by a receive: which handler
  };
  message_type_ref type;

  void* payload() noexcept { return reinterpret_cast<char*>(this) + type->offset; }
  const void* payload() const noexcept { return reinterpret_cast<const char*>(this) + type->offset; }

  template <class T>
  T& as() noexcept {
    return *std::launder(static_cast<T*>(payload()));
  }
  template <class T>
  const T& as() const noexcept {
    return *std::launder(static_cast<const T*>(payload()));
  }

  // Where the caller knows that the payload is a T, not something that begins with one: no look at the type.
  template <class T>
  T& exactly() noexcept {
    return *std::launder(reinterpret_cast<T*>(reinterpret_cast<char*>(this) + offset_of<T>));
  }
  template <class T>
  const T& exactly() const noexcept {
    return const_cast<envelope*>(this)->exactly<T>();
  }

  // Of header, gap and payload. A multiple of the payload's alignment, if that is more than 16: so the block is aligned to it.
  std::size_t block_size() const noexcept { return std::size_t{type->offset} + type->size; }
};

static_assert(sizeof(envelope) == envelope_size);

inline void release_block(envelope* e) noexcept { deallocate(e, e->block_size()); }

// Destroys an envelope and what it carries.
inline void destroy(envelope* e) noexcept {
  e->type->destroy(e->payload());
  release_block(e);
}

// Keeps a message of type T until its handler has returned.
template <class T>
class kept_message {
 public:
  explicit kept_message(envelope* e) noexcept : envelope_(e) {}
  kept_message(const kept_message&) = delete;
  ~kept_message() {
    destroy_payload<T>(std::addressof(value()));
    deallocate(envelope_, offset_of<T> + sizeof(T));
  }
  T& value() noexcept { return envelope_->exactly<T>(); }

 private:
  envelope* envelope_;
};

struct destroy_envelope {
  void operator()(envelope* e) const noexcept { destroy(e); }
};
using envelope_ptr = std::unique_ptr<envelope, destroy_envelope>;

// Builds a T inside a new envelope. A constructor that throws leaves nothing behind.
template <class T, class... Args>
envelope* make_envelope(const message_type& type, Args&&... args) {
  void* block = allocate(offset_of<T> + sizeof(T));
  auto* e = ::new (block) envelope{{nullptr}, &type};
  if constexpr (std::is_nothrow_constructible_v<T, Args&&...>) {
    ::new (e->payload()) T(std::forward<Args>(args)...);
  } else {
    try {
      ::new (e->payload()) T(std::forward<Args>(args)...);
    } catch (...) {
      release_block(e);
      throw;
    }
  }
  return e;
}

template <class T, class... Args>
envelope* make_message(Args&&... args) {
  return make_envelope<T>(message_type_of<T>::value, std::forward<Args>(args)...);
}

}  // namespace detail
}  // namespace brood
