// Making a process: a slot, its closure in it, what ties it to its parent, a number, a place in the run queue.
#include <brood/spawn.hpp>

#include "process/death.hpp"
#include "process/door.hpp"
#include "process/names.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/starting.hpp"
#include "process/supervises.hpp"
#include "process/tables.hpp"

#include <brood/errors.hpp>

#include <utility>

namespace brood::detail {

namespace {

// The slot's next tenant gets the next serial: a pid is never used twice.
std::uint64_t next_id(const process_control& p) noexcept {
  return p.id.load(std::memory_order_relaxed) + process_table::index_mask + 1;
}

process_control* take_slot(runtime_core& rt, core* c) {
  rt.take_permit(c);
  process_control* p = nullptr;
  if (c && !simulating()) {
    p = c->slots.take();
  } else {
    std::lock_guard guard(rt.outside_lock);
    p = rt.outside_slots.take();
  }
  if (p)
    return p;
  if (c)
    rt.process_ended(*c);
  else
    rt.give_permit();
  throw too_many_processes(process_table::capacity);
}

void put_slot(runtime_core& rt, core* c, process_control& p) noexcept {
  if (simulating()) [[unlikely]]
    note(happening::unborn, &p);
  if (c && !simulating()) {
    c->slots.put(&p);
    return rt.process_ended(*c);
  }
  std::lock_guard guard(rt.outside_lock);
  rt.outside_slots.put(&p);
  c ? rt.process_ended(*c) : rt.give_permit();
}

void reset(process_control& p) noexcept {
  p.top = nullptr;
  p.wait = nullptr;
  p.kind = nullptr;
  p.site = {};
  p.deadline.store(no_deadline, std::memory_order_relaxed);
  p.reductions = 0;
  static_cast<process_flags&>(p) = {};
  p.calls.store(0, std::memory_order_relaxed);
  p.parent = pid{};
  p.supervises.store(false, std::memory_order_relaxed);
  p.prio.store(priority::normal, std::memory_order_relaxed);
  forget_tables(p);
}

// The way in for a thread outside: attendants come as visitors do, as long as there is somebody to wait for.
door& door_for(const spawn_settings& settings) noexcept { return settings.attends ? visitors_door : newcomers_door; }

// The runtime that a thread outside spawns into; it has gone in and has to leave. Null: there is none any more.
runtime_core* enter_from_outside(const spawn_settings& settings) {
  door& d = door_for(settings);
  if (d.enter()) {
    runtime_core* const rt = runtime_core::get();
    if (settings.kept_by == 0 || settings.kept_by == rt->number)
      return rt;
    d.leave();
    return nullptr;
  }
  if (settings.kept_by == 0 && !runtime_core::get())
    throw not_a_process("spawn");
  return nullptr;
}

// A spawn from outside, as long as it has not come to its end.
class stay {
 public:
  stay(core* c, const spawn_settings& settings) noexcept {
    if (!c) [[unlikely]]
      door_ = &door_for(settings);
  }
  ~stay() {
    if (door_)
      door_->leave();
  }
  stay(const stay&) = delete;
  stay& operator=(const stay&) = delete;
  void go_on() noexcept { door_ = nullptr; }

 private:
  door* door_ = nullptr;
};

// The end has come to where this one's newborns are killed, or would be at once.
bool is_dead_at_birth(runtime_core& rt, const process_control* parent, const spawn_settings& settings) noexcept {
  if (parent && parent->muted())
    return true;
  const runtime_core::killed who = rt.kills();
  if (who == runtime_core::killed::nobody) [[likely]]
    return false;
  return !settings.attends && (who == runtime_core::killed::all || !parent || !is_in_tree(*parent));
}

}  // namespace

spawn_in_progress::spawn_in_progress(const spawn_info& info, const spawn_settings& settings)
    : core_(this_core()), settings_(settings) {
  core* const c = core_;
  process_ = nullptr;
  closure_ = nullptr;
  runtime_core* const rt = c ? runtime_core::get() : enter_from_outside(settings);
  if (!rt) [[unlikely]]
    return;
  stay inside(c, settings);
  process_ = take_slot(*rt, c);
  process_control& p = *process_;
  reset(p);
  p.info = &info;
  p.spawned_at = settings.at;
  p.id.store(next_id(p), std::memory_order_relaxed);
  try {
    // First, so that a name that is taken leaves f and its arguments with the caller.
    if (settings.options && !settings.options->name.empty() && !(c && c->current && c->current->muted()))
      reserve_name(settings.options->name, p);
    if (info.size <= process_control::inline_closure && info.align <= 16) {
      closure_ = p.closure_space;
    } else {
      closure_ = allocate(info.size);  // aligned as the closure is: its size is a multiple of that
      p.outside_closure = true;
      *reinterpret_cast<void**>(p.closure_space) = closure_;
    }
  } catch (...) {
    release_name(p);
    put_slot(*rt, c, p);
    throw;
  }
  inside.go_on();
}

spawn_in_progress::~spawn_in_progress() {
  if (!process_)
    return;
  const stay until_here(core_, settings_);
  free_closure(*process_);
  delete std::exchange(process_->relations, nullptr);
  delete std::exchange(process_->extra, nullptr);
  release_name(*process_);
  put_slot(*runtime_core::get(), core_, *process_);
}

namespace {

void apply_options(process_control& p, const spawn_options& options) {
  set_level(p, options.prio);
  if (!options.label.empty())
    extra_of(p).label = options.label;
  if (options.max_mailbox != unlimited || options.max_memory != unlimited)
    limit_mailbox(p, {options.max_mailbox, options.max_memory, options.on_overflow});
}

// Links and monitors, before anybody can see the child. If it throws, there are none.
inline monitor_ref tie_to_parent(process_control& p, process_control* parent, const spawn_settings& settings) {
  const pid child = p.self();
  monitor_ref monitor;
  if (!parent) [[unlikely]]
    throw not_a_process(settings.link ? "spawn_link" : "spawn_monitor");
  if (settings.link) {
    relations_of(p).links.insert(parent->self().bits(), link_state{0});
    relations_of(*parent).links.insert(child.bits(), link_state{0});
    p.parent_linked = true;
  }
  const std::uint64_t number = settings.start_number ? settings.start_number
                               : settings.monitor    ? runtime_core::next_reference()
                                                     : 0;
  try {
    if (settings.monitor) {
      relations_of(p).monitored_by.insert(number, watcher{parent->self().bits()});
      relations_of(*parent).monitors.insert(number, watching{child.bits()});
      parent->queue.note_reference(number);
      monitor = id_access::make_monitor_ref(number, parent->self());
    }
    if (settings.start_number)
      expect_start(p, parent->self(), number);
  } catch (...) {
    if (settings.link)
      parent->relations->links.erase(child.bits());
    if (settings.monitor && parent->relations)  // null: making them is what failed
      parent->relations->monitors.erase(number);
    throw;
  }
  return monitor;
}

// What few spawns ask for.
[[gnu::noinline]] void arrange(process_control& p, const spawn_settings& settings) {
  if (settings.options)
    apply_options(p, *settings.options);
  if (settings.kept_by == 0)
    return;
  runtime_core& rt = *runtime_core::get();
  if (settings.attends)
    rt.expect_attendant(p);
  else
    rt.keep_end(p);
}

// Of one that has a name, or is spawned from outside: others find it when it can receive, and before it runs.
[[gnu::noinline]] void open_and_queue(process_control& p, core* c) {
  p.inbox.open(p.tag());
  if (is_kept_in(p, in_table::names))
    publish_name(p);
  if (c) {
    p.ran_on = static_cast<std::uint8_t>(c->index);
    c->enqueue(p);
  } else {
    runtime_core::get()->sched.inject(&p);
  }
}

}  // namespace

spawned spawn_in_progress::commit() {
  process_control& p = *process_;
  core* const c = core_;
  process_control* const parent = c ? c->current : nullptr;
  spawned made{p.self(), {}};
  if (is_dead_at_birth(*runtime_core::get(), parent, settings_)) [[unlikely]] {
    p.info->destroy(closure_);
    return made;
  }
  if (parent) {
    p.parent = parent->self();
    p.below_supervisor = is_in_tree(*parent);
    c->budget -= 4;
  }
  const bool plain = !settings_.options && settings_.kept_by == 0;
  try {
    if (!plain)
      arrange(p, settings_);
    if (settings_.link || settings_.monitor || settings_.start_number != 0)
      made.monitor = tie_to_parent(p, parent, settings_);
  } catch (...) {
    p.info->destroy(closure_);
    throw;
  }
  process_ = nullptr;
  if (simulating()) [[unlikely]]
    note(happening::spawned, &p, p.parent.bits());
  if (c && (plain || !is_kept_in(p, in_table::names))) [[likely]] {
    c->welcome(p);
  } else {
    const stay until_here(c, settings_);
    open_and_queue(p, c);
  }
  return made;
}

}  // namespace brood::detail
