// Whether a mangled name is that of a type which each file, or each object of a program, has for itself.
#pragma once

namespace brood::detail {

// Of what type_info::name() returns under the Itanium ABI: the type, or one that it is made of, is of an anonymous namespace, of a
// static function, or of a lambda that has no name outside of its file.
bool is_local_name(const char* mangled) noexcept;

}  // namespace brood::detail
