// What a debugger must know to read processes out of a live program or a core, without debug information and without symbols.
//
// The record lies in a section of its own, `.brood_layout`, which strip leaves alone; tools/gdb reads it. Each entry is a name and a
// number: where a member lies in its type, the size of a type, the value of a constant. So a script and a library need not agree on
// an order, and an entry that is added breaks no script. The version changes when an entry's meaning does.
#pragma once

#include <cstddef>
#include <cstdint>

namespace brood::detail {

struct layout_entry {
  char name[44];
  std::uint32_t value;
};

struct layout_record {
  char magic[16];
  std::uint32_t version, entry_size, entries, pointer_size;
  const void* table;  // the address of process_table::table_, where a pointer to the table is
  const void* runtime;  // the same of runtime_core::running_
  const void* names;  // … of index_of_names
  layout_entry entry[128];
};

// The one thing that a script must know before it can read the rest; it looks at entry_size and version first.
static_assert(offsetof(layout_record, version) == 16 && offsetof(layout_record, table) == 32 &&
              offsetof(layout_record, entry) == 56 && sizeof(layout_entry) == 48);

// The record is found by its section: nothing else names it, and a linker would leave it out of a static program.
extern "C" layout_record brood_layout;
inline void link_debug_layout() noexcept { asm volatile("" : : "r"(&brood_layout)); }

}  // namespace brood::detail
