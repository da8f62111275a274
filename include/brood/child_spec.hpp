// The description of a child that a supervisor starts and restarts: `child` makes one, its member functions change it.
//
// A value: copy it, send it, start it under several supervisors.
//
//     process cache(std::size_t bytes) { co_await receive<std::string>(); }
//     child_spec spec = child("cache", cache, 1000).transient().shutdown(10s);
#pragma once

#include <brood/detail/child_function.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

enum class restart_type : std::uint8_t { permanent, transient, temporary };

// How a child is stopped. Unsaid: exit shutdown, then kill after 5 s, or never if it has reached `supervise`.
enum class stop_manner : std::uint8_t { unsaid, within_limit, brutal };

// All of a spec but its function and names.
struct child_terms {
  restart_type restart = restart_type::permanent;
  bool significant = false;
  bool at_once = false;
  stop_manner manner = stop_manner::unsaid;
  time_limit limit = std::chrono::seconds(5);
};

// An id, and where in the user's code it was written.
class child_id {
 public:
  template <std::convertible_to<std::string> S>
  child_id(S&& id, std::source_location written = std::source_location::current()) : text(std::forward<S>(id)), at(written) {}
  std::string text;
  std::source_location at;
};

struct child_spec_access;

}  // namespace detail

class child_spec {
 public:
  // When it is started again after it ended by itself. OTP: supervisor, child spec, restart
  [[nodiscard]] child_spec permanent() const { return with_restart(detail::restart_type::permanent); }  // always; the default
  [[nodiscard]] child_spec transient() const {
    return with_restart(detail::restart_type::transient);
  }  // unless it ended normal
                                                                                                        // or by a shutdown
  [[nodiscard]] child_spec temporary() const { return with_restart(detail::restart_type::temporary); }  // never; its spec goes too

  // It gets exit shutdown, and kill when it has not ended after so long; infinity: never. Default: 5 s, infinity for a child that
  // has reached `supervise`. A negative limit throws std::invalid_argument.
  [[nodiscard]] child_spec shutdown(time_limit limit) const;
  // It is killed at once.
  [[nodiscard]] child_spec brutal_kill() const;

  // Its end counts for supervisor_options::stops_when. Not for permanent children, and not with auto_shutdown::never.
  [[nodiscard]] child_spec significant(bool on = true) const;

  // It has started when it is spawned. For a worker that never calls init_ack(), serves, supervises or waits in receive, such as one
  // that works and sleeps in a loop: its supervisor would wait for ever for its start, and reports that after 5 s. What goes wrong
  // at its beginning is then a crash, not a failed start. OTP: a child that is started by proc_lib:spawn_link
  [[nodiscard]] child_spec starts_at_once(bool on = true) const;

  // Registered under this name before its function runs. A taken name is a failed start: already_started.
  [[nodiscard]] child_spec named(std::string name) const;

 private:
  friend detail::child_spec_access;
  child_spec(std::string id, std::shared_ptr<const detail::child_function> function, std::source_location at)
      : id_(std::move(id)), function_(std::move(function)), at_(at) {}
  child_spec with_restart(detail::restart_type type) const;

  std::string id_;
  std::shared_ptr<const detail::child_function> function_;
  std::shared_ptr<const std::string> name_;  // null: none
  std::source_location at_;
  detail::child_terms terms_;
};

namespace detail {

struct child_spec_access {
  template <class F, class... A>
  static child_spec make(std::string id, std::source_location at, F&& f, A&&... args) {
    using function = child_function_of<kept_t<F>, kept_t<A>...>;
    return child_spec(std::move(id), std::make_shared<const function>(std::in_place, std::forward<F>(f), std::forward<A>(args)...),
                      at);
  }

  static const std::string& id(const child_spec& s) noexcept { return s.id_; }
  static std::string_view name(const child_spec& s) noexcept { return s.name_ ? std::string_view(*s.name_) : std::string_view(); }
  static const child_terms& terms(const child_spec& s) noexcept { return s.terms_; }
  // Lets go of the function and its arguments; it must not be started again.
  static void forget_function(child_spec& s) noexcept {
    s.function_ = nullptr;
    s.name_ = nullptr;
  }
  // Lets go of all that it holds.
  static void clear(child_spec& s) noexcept {
    forget_function(s);
    s.id_ = {};
  }
  // A process that runs it. Throws what spawn throws and what copying the function and its arguments throws.
  static spawned start(const child_spec& s, spawn_settings settings) {
    settings.at = s.at_;
    return s.function_->start(settings);
  }
};

}  // namespace detail

// f(args...) in a process of its own, as spawn takes them; f and args are copied at each start, and kept by the supervisor as long as
// the child may be started again: those of a temporary one until it has been spawned. The id names it in its supervisor and in reports.
template <class F, class... A>
  requires detail::child_callable<F, A...>
child_spec child(detail::child_id id, F&& f, A&&... args) {
  return detail::child_spec_access::make(std::move(id.text), id.at, std::forward<F>(f), std::forward<A>(args)...);
}
// Without an id: for `dynamic`.
template <class F, class... A>
  requires detail::child_callable<F, A...>
child_spec child(F&& f, A&&... args) {
  return detail::child_spec_access::make({}, {}, std::forward<F>(f), std::forward<A>(args)...);
}
BROOD_REFUSED(
    , child, ,
    "brood: child(id, f, args...) and child(f, args...) need an f that can be called with these arguments; of an overloaded "
    "one, or a template, say which: [] { return f(); }")

}  // namespace brood
