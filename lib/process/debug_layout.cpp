// The table is made by the compiler from the types themselves. What has no offsetof (bit-fields, the standard library's types) is
// looked for in an object of the type when the program starts.
#include "process/debug_layout.hpp"

#include "base/error_box.hpp"
#include "process/name_index.hpp"
#include "process/names.hpp"
#include "process/process_table.hpp"
#include "process/relations.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/task.hpp>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <vector>

// The types have bases. Where a member of a base lies is known all the same, as none of the bases is virtual.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace brood::detail {

namespace {

constexpr std::uint32_t layout_version = 1;

// The first place in an object at which this value lies.
template <class T, class Value>
std::uint32_t place_of(Value value, const T& in, std::size_t bytes = sizeof(T)) {
  for (std::size_t at = 0; at + sizeof value <= bytes; at += alignof(Value))
    if (std::memcmp(reinterpret_cast<const char*>(&in) + at, &value, sizeof value) == 0)
      return static_cast<std::uint32_t>(at);
  return ~std::uint32_t{0};
}

template <class Set>
std::uint32_t flag(Set set) {
  static_assert(offsetof(process_flags, waits_answer) == 4, "the bits before it are read as one word");
  process_flags none, one;
  std::uint32_t before, after;
  std::memcpy(&before, static_cast<void*>(&none), sizeof before);
  std::memcpy(static_cast<void*>(&one), static_cast<void*>(&none), sizeof one);
  set(one);
  std::memcpy(&after, static_cast<void*>(&one), sizeof after);
  return before ^ after;
}

template <class Derived, class Base>
std::uint32_t base_in() {
  alignas(Derived) static char room[sizeof(Derived)];
  auto* const derived = reinterpret_cast<Derived*>(room);
  return static_cast<std::uint32_t>(reinterpret_cast<char*>(static_cast<Base*>(derived)) - room);
}

}  // namespace

// A friend of the types whose members are private.
struct debug_layout {
  layout_record made{};

  [[gnu::noinline]] void add(std::string_view name, std::size_t value) {
    if (made.entries == std::size(made.entry))
      std::abort();  // at every program's start, so whoever adds one too many sees it
    layout_entry& e = made.entry[made.entries++];
    name.copy(e.name, sizeof e.name - 1);
    e.value = static_cast<std::uint32_t>(value);
  }

#define MEMBER(type, member) add(#type "." #member, offsetof(type, member))
#define SIZE(type) add("sizeof " #type, sizeof(type))
#define CONSTANT(type, name) add(#type "::" #name, std::size_t(type::name))
#define FLAG(name) add("process_flags." #name, flag([](process_flags& f) { f.name = true; }))

  void add_process() {
    SIZE(process_control);
    MEMBER(process_control, inbox);
    MEMBER(process_control, id);
    MEMBER(process_control, queue);
    MEMBER(process_control, top);
    MEMBER(process_control, site);
    MEMBER(process_control, supervises);
    MEMBER(process_control, wait);
    MEMBER(process_control, kind);
    MEMBER(process_control, deadline);
    MEMBER(process_control, info);
    MEMBER(process_control, extra);
    MEMBER(process_control, why);
    MEMBER(process_control, parent);
    MEMBER(process_control, spawned_at);
    MEMBER(process_control, reductions);
    MEMBER(process_control, waits_answer);
    add("process_control.process_stack", base_in<process_control, process_stack>());
    add("process_control.process_flags", base_in<process_control, process_flags>());
    add("process_control.runnable", base_in<process_control, runnable>());
    FLAG(exiting);
    FLAG(held);
    FLAG(yielding);
    FLAG(started);
    FLAG(serves);
    FLAG(attends);
    MEMBER(process_extra, label);
    MEMBER(process_extra, deferred);
    MEMBER(spawn_info, callable);
    CONSTANT(pid, index_bits);
    MEMBER(process_table, slots_);
    MEMBER(process_table, used_);
    MEMBER(process_table, room_);
  }

  void add_frames() {
    frame_base frame;
    add("frame_base.handle",
        static_cast<std::size_t>(reinterpret_cast<char*>(&frame) - static_cast<char*>(frame.handle().address())));
    MEMBER(frame_base, proc);
    MEMBER(frame_base, parent);
    MEMBER(task_frame, awaited_at);
    MEMBER(task_frame, owner_);
    MEMBER(wait_kind, match);
    MEMBER(wait_kind, types);
    MEMBER(wait_kind, type_count);
    MEMBER(wait_kind, any);
    MEMBER(answer_waiter, whom);
    MEMBER(answer_waiter, asked);
    MEMBER(answer_waiter, limit);
    add("answer_waiter.waiter", base_in<answer_waiter, waiter>());
    static_assert(std::is_base_of_v<frame_base, task_frame> && sizeof(time_limit) == sizeof(std::int64_t));
  }

  void add_messages() {
    using word = inbox_word<envelope>;
    CONSTANT(word, parked);
    CONSTANT(word, closed);
    CONSTANT(word, queued);
    CONSTANT(word, tag_shift);
    CONSTANT(word, state_mask);
    MEMBER(word, word_);
    MEMBER(message_queue, head_);
    MEMBER(message_queue, count_);
    SIZE(envelope);
    MEMBER(envelope, next);
    MEMBER(envelope, type);
    MEMBER(message_type, kind);
    MEMBER(message_type, size);
    MEMBER(message_type, offset);
    MEMBER(message_type, type);
    MEMBER(alias_signal, message);
    MEMBER(call_head, from);
    SIZE(call_head);
    CONSTANT(signal_kind, message);
    CONSTANT(signal_kind, call);
    CONSTANT(signal_kind, alias_message);
    CONSTANT(signal_kind, link);
    CONSTANT(signal_kind, exit_by_link);
    CONSTANT(signal_kind, exit);
    CONSTANT(signal_kind, down);
    CONSTANT(signal_kind, monitor);
    CONSTANT(signal_kind, answer);
  }

  void add_names() {
    using index = name_index<>;
    using node = index::node;
    using table = index::table;
    using bucket = index::bucket;
    MEMBER(index, newest_);
    MEMBER(table, buckets);
    MEMBER(table, mask);
    MEMBER(table, link);
    SIZE(bucket);
    MEMBER(bucket, first);
    SIZE(node);
    MEMBER(node, next_);
    MEMBER(node, value_);
    MEMBER(node, length_);
    static_assert(sizeof(table::buckets) == sizeof(void*));
  }

  void add_schedulers() {
    using ring = run_ring<>;
    MEMBER(runtime_core, sched);
    MEMBER(scheduler, workers);
    MEMBER(scheduler, schedulers);
    MEMBER(scheduler, threads_);
    MEMBER(worker, index);
    MEMBER(worker, simulated);
    MEMBER(worker, in_hand);
    MEMBER(worker, dispatches);
    MEMBER(worker, stuck);
    MEMBER(worker, sleeps_until);
    MEMBER(worker, ring);
    MEMBER(worker, due_ring);
    MEMBER(worker, overflow);
    MEMBER(core, current);
    add("core.worker", base_in<core, worker>());
    MEMBER(hand, next);
    MEMBER(hand, resting);
    MEMBER(ring, head_);
    MEMBER(ring, tail_);
    MEMBER(overflow_batches, count_);
    CONSTANT(overflow_batches, batch_size);
    static_assert(offsetof(run_ring<64>, head_) == offsetof(ring, head_) && offsetof(run_ring<64>, tail_) == offsetof(ring, tail_));
    static_assert(sizeof(std::unique_ptr<worker>) == sizeof(void*) && sizeof(pthread_t) == sizeof(void*));
  }

  void add_reasons() {
    MEMBER(reason_box, kind);
    MEMBER(error_box, type);
    MEMBER(error_box, what);
    CONSTANT(reason_kind, shutdown);
    CONSTANT(reason_kind, error);
    CONSTANT(reason_atom, calling_self);
    static_assert(sizeof(exit_reason) == sizeof(void*));
  }

  void add_standard_library() {
    std::string text(100, 'x');
    text.resize(60);
    add("string.data", place_of(text.data(), text));
    add("string.size", place_of(text.size(), text));
    std::vector<void*> list(2);
    list.reserve(8);
    add("vector.begin", place_of(list.data(), list));
    add("vector.end", place_of(list.data() + list.size(), list));
    const std::type_info& type = typeid(int);
    add("type_info.name", place_of(type.name(), type));
    const auto at = std::source_location::current();
    const void* known;  // a location is a pointer to what the compiler knows of it
    static_assert(sizeof at == sizeof known);
    std::memcpy(&known, &at, sizeof known);
    const auto& place = *static_cast<const char*>(known);
    constexpr std::size_t bytes = 2 * sizeof(void*) + 2 * sizeof(std::uint32_t);
    add("source_location.file", place_of(at.file_name(), place, bytes));
    add("source_location.function", place_of(at.function_name(), place, bytes));
    add("source_location.line", place_of(static_cast<std::uint32_t>(at.line()), place, bytes));
  }

  static layout_record make() {
    debug_layout layout;
    layout.add_process();
    layout.add_frames();
    layout.add_messages();
    layout.add_names();
    layout.add_schedulers();
    layout.add_reasons();
    layout.add_standard_library();
    std::strcpy(layout.made.magic, "brood layout");
    layout.made.version = layout_version;
    layout.made.entry_size = sizeof(layout_entry);
    layout.made.pointer_size = sizeof(void*);
    layout.made.table = &process_table::table_;
    layout.made.runtime = &runtime_core::running_;
    layout.made.names = &index_of_names;
    return layout.made;
  }
};

extern "C" {
[[gnu::section(".brood_layout"), gnu::visibility("default")]] layout_record brood_layout = debug_layout::make();
}

}  // namespace brood::detail

#undef MEMBER
#undef SIZE
#undef CONSTANT
#undef FLAG
#pragma GCC diagnostic pop
