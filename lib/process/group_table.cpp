#include "process/group_table.hpp"

namespace brood::detail {

std::vector<pid> group_table::members_of(const group& g) {
  std::vector<pid> all;
  all.reserve(g.members);
  for (const joining& j : g.row)
    if (j.who)
      all.push_back(j.who);
  return all;
}

const group_table::group& group_table::join(std::string_view name, pid who) {
  const auto at = groups_.try_emplace(std::string(name)).first;
  group& g = at->second;
  try {
    membership& m = by_process_[who].in[at->first];
    g.row.push_back({who, &m, 0});
    const std::size_t place = g.row.size() - 1;
    if (m.times == 0)
      m.oldest = place;
    else
      g.row[m.newest].newer = place;
    m.newest = place;
    ++m.times;
    ++g.members;
  } catch (...) {
    tidy(at, who);
    throw;
  }
  return g;
}

void group_table::watch(std::string_view name, pid who, std::uint64_t number) {
  const auto at = groups_.try_emplace(std::string(name)).first;
  try {
    by_process_[who].watches.emplace(number, at);
    at->second.watchers.emplace(number, who);
  } catch (...) {
    if (const auto found = by_process_.find(who); found != by_process_.end())
      found->second.watches.erase(number);
    tidy(at, who);
    throw;
  }
}

bool group_table::leave(std::string_view name, pid who) noexcept {
  const auto at = groups_.find(name);
  const auto of = by_process_.find(who);
  if (at == groups_.end() || of == by_process_.end())
    return false;
  const auto m = of->second.in.find(at->first);
  if (m == of->second.in.end())
    return false;
  remove_oldest(at->second, m->second);
  tidy(at, who);
  return true;
}

void group_table::leave_again(std::string_view name, pid who) noexcept {
  const auto at = groups_.find(name);
  group& g = at->second;
  membership& m = by_process_.find(who)->second.in.find(at->first)->second;
  const std::size_t newest = m.newest;
  if (--m.times != 0) {
    m.newest = m.oldest;
    while (g.row[m.newest].newer != newest)
      m.newest = g.row[m.newest].newer;
  }
  make_hole(g, newest);
  tidy(at, who);
}

bool group_table::unwatch(pid who, std::uint64_t number) noexcept {
  const auto of = by_process_.find(who);
  if (of == by_process_.end())
    return false;
  const auto watch = of->second.watches.find(number);
  if (watch == of->second.watches.end())
    return false;
  end_watch(of->second, watch);
  if (of->second.unused())
    by_process_.erase(of);
  return true;
}

void group_table::end_watch(participant& p, std::map<std::uint64_t, groups_by_name::iterator>::iterator watch) noexcept {
  const auto at = watch->second;
  at->second.watchers.erase(watch->first);
  p.watches.erase(watch);
  drop_if_unused(at);
}

void group_table::tidy(groups_by_name::iterator at, pid who) noexcept {
  if (const auto of = by_process_.find(who); of != by_process_.end()) {
    if (const auto m = of->second.in.find(at->first); m != of->second.in.end() && m->second.times == 0)
      of->second.in.erase(m);
    if (of->second.unused())
      by_process_.erase(of);
  }
  drop_if_unused(at);
}

void group_table::remove_oldest(group& g, membership& m) noexcept {
  const std::size_t place = m.oldest;
  m.oldest = g.row[place].newer;
  --m.times;
  make_hole(g, place);
}

void group_table::make_hole(group& g, std::size_t place) noexcept {
  g.row[place].who = pid{};
  --g.members;
  if (g.members < g.row.size() / 2)
    close_up(g);
}

// In the same order. Places change; each membership learns its own anew.
void group_table::close_up(group& g) noexcept {
  for (const joining& j : g.row)
    if (j.who)
      j.of->times = 0;
  std::size_t end = 0;
  for (const joining& j : g.row) {
    if (!j.who)
      continue;
    membership& m = *j.of;
    if (m.times++ == 0)
      m.oldest = end;
    else
      g.row[m.newest].newer = end;
    m.newest = end;
    g.row[end++] = j;
  }
  g.row.resize(end);
}

}  // namespace brood::detail
