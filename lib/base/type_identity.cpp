#include <brood/detail/message_type.hpp>
#include <brood/detail/type_identity.hpp>

#include "base/local_name.hpp"

#include <cstring>

namespace brood::detail {

bool is_same_elsewhere(const type_identity& a, const type_identity& b) noexcept {
  const char* const name = a.type->name();
  if (std::strcmp(name, b.type->name()) != 0)
    return false;
#ifdef __GLIBCXX__  // it knows which names g++ has marked as local; others compare the addresses of names
  if (*a.type != *b.type)
    return false;
#endif
  return !is_local_name(name);
}

// Two plugins may each have a type of one name that differ: those of different sizes stay apart.
bool is_same_elsewhere(const message_type& a, const message_type& b) noexcept {
  const type_identity& named = a;
  return a.kind == b.kind && a.size == b.size && a.offset == b.offset && is_same_elsewhere(named, b);
}

}  // namespace brood::detail
