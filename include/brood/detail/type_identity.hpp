// Which type something is of, wherever it was compiled: one type, one identity, in however many shared objects of the program.
//
// Each shared object has a description of each type that it uses, at an address of its own if its symbols are hidden or it was loaded
// by dlopen(RTLD_LOCAL). So equal addresses mean the same type. Two addresses in one object mean two types, for its linker merged
// what was one. Two addresses in two objects mean the same type if the names are equal and the name is not one that each file
// has for itself (anonymous namespaces, static functions). lib/decisions/0701-one-type-in-many-objects.md
//
// Descriptions are constants: nothing is registered, nothing is locked, and what dlclose unloads leaves nothing behind.
#pragma once

#include <brood/detail/api.hpp>

#include <typeinfo>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// Its address stands for the shared object, or the program, that this code is a part of.
[[gnu::visibility("hidden")]] inline constexpr char this_object = 0;

struct type_identity {
  const std::type_info* type;
  const void* object;
};

// Of two identities from two objects: whether they are of one type.
BROOD_API [[gnu::cold]] bool is_same_elsewhere(const type_identity& a, const type_identity& b) noexcept;

inline bool same_type(const type_identity& a, const type_identity& b) noexcept {
  return &a == &b || (a.object != b.object && is_same_elsewhere(a, b));
}

template <class T>
struct identity_of {
  static constexpr type_identity value{&typeid(T), &this_object};
};

}  // namespace detail
}  // namespace brood
