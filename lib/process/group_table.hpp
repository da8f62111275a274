// All process groups: members in the order of joining, watchers, and what each process has to do with which group, so that a member
// leaves at the same price however many others there are. Not thread-safe: the caller locks.
//
// A group's joinings lie in a row; who leaves makes a hole there. When more than half are holes, the others move together.
#pragma once

#include <brood/pid.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace brood::detail {

class group_table {
 public:
  struct membership;
  struct joining {
    pid who;  // nobody: a hole
    membership* of;
    std::size_t newer;  // the next joining of the same membership
  };
  struct group {
    std::vector<joining> row;
    std::size_t members = 0;  // in the row: the rest are holes
    std::map<std::uint64_t, pid> watchers;  // by number: oldest first
    bool unused() const noexcept { return members == 0 && watchers.empty(); }
  };
  using groups_by_name = std::map<std::string, group, std::less<>>;
  // Of one process in one group: all its joinings.
  struct membership {
    std::size_t oldest, newest;  // in the row
    std::size_t times = 0;
  };

  const groups_by_name& groups() const noexcept { return groups_; }
  // Null: nobody has to do with it.
  const group* find(std::string_view name) const noexcept {
    const auto at = groups_.find(name);
    return at == groups_.end() ? nullptr : &at->second;
  }
  static std::vector<pid> members_of(const group& g);

  // Throws std::bad_alloc, and has then done nothing.
  const group& join(std::string_view name, pid who);
  void watch(std::string_view name, pid who, std::uint64_t number);

  // Takes the oldest joining back. False: it is no member.
  bool leave(std::string_view name, pid who) noexcept;
  // Takes the newest joining back, which there is: as if it had not been.
  void leave_again(std::string_view name, pid who) noexcept;
  // False: it is no watch of that process.
  bool unwatch(pid who, std::uint64_t number) noexcept;

  // The process has ended: calls left(name, group, times) for each group that it was in, in the order of their names.
  template <class Left>
  void forget(pid who, Left left) {
    const auto found = by_process_.find(who);
    if (found == by_process_.end())
      return;
    participant& p = found->second;
    while (!p.watches.empty())
      end_watch(p, p.watches.begin());
    while (!p.in.empty()) {
      const auto m = p.in.begin();
      const auto at = groups_.find(m->first);
      const std::size_t times = m->second.times;
      while (m->second.times != 0)
        remove_oldest(at->second, m->second);
      left(at->first, at->second, times);
      p.in.erase(m);
      drop_if_unused(at);
    }
    by_process_.erase(found);
  }

 private:
  // What a process has to do with groups.
  struct participant {
    std::map<std::string_view, membership> in;  // the names are those in groups_
    std::map<std::uint64_t, groups_by_name::iterator> watches;
    bool unused() const noexcept { return in.empty() && watches.empty(); }
  };
  using participants = std::unordered_map<pid, participant>;

  static void remove_oldest(group& g, membership& m) noexcept;
  static void make_hole(group& g, std::size_t place) noexcept;
  static void close_up(group& g) noexcept;
  void end_watch(participant& p, std::map<std::uint64_t, groups_by_name::iterator>::iterator watch) noexcept;
  // Without what has come to nothing.
  void tidy(groups_by_name::iterator at, pid who) noexcept;
  void drop_if_unused(groups_by_name::iterator at) noexcept {
    if (at->second.unused())
      groups_.erase(at);
  }

  groups_by_name groups_;
  participants by_process_;
};

}  // namespace brood::detail
