#include "otp/child_table.hpp"

#include <functional>
#include <utility>

namespace brood::detail {

std::size_t child_table::pid_hash(place p) const noexcept { return std::hash<pid>()(records_[p].process); }
std::size_t child_table::id_hash(place p) const noexcept {
  return std::hash<std::string_view>()(child_spec_access::id(records_[p].spec));
}

place child_table::add(child_spec spec) {
  place p = free_;
  if (p != nowhere) {
    free_ = records_[p].next;
    records_[p] = child_record(std::move(spec));
  } else {
    p = static_cast<place>(records_.size());
    records_.emplace_back(std::move(spec));
  }
  records_[p].version = ++versions_;
  records_[p].previous = last_;
  (last_ == nowhere ? first_ : records_[last_].next) = p;
  last_ = p;
  ++size_;
  if (ids_)
    by_id_.insert(p, [this](place q) { return id_hash(q); });
  return p;
}

void child_table::now_retired(place p) {
  now_stopped(p);
  count_out(p);
}

void child_table::remove(place p) {
  count_out(p);
  if (ids_)
    by_id_.erase(p, [this](place q) { return id_hash(q); });
  child_record& child = records_[p];
  (child.previous == nowhere ? first_ : records_[child.previous].next) = child.next;
  (child.next == nowhere ? last_ : records_[child.next].previous) = child.previous;
  restarting_ -= child.state == child_state::restarting;
  child.state = child_state::stopped;
  child_spec_access::clear(child.spec);  // what it holds is the user's, not to be kept till the place is used again
  child.version = ++versions_;
  child.next = std::exchange(free_, p);
  --size_;
}

void child_table::now_running(place p, pid process) {
  restarting_ -= records_[p].state == child_state::restarting;
  records_[p].process = process;
  records_[p].state = child_state::running;
  records_[p].version = ++versions_;
  by_pid_.insert(p, [this](place q) { return pid_hash(q); });
  ++running_;
  if (child_spec_access::terms(records_[p].spec).significant && !std::exchange(records_[p].counted, true))
    ++significant_left_;
}

void child_table::now_stopped(place p) {
  if (records_[p].state == child_state::running) {
    by_pid_.erase(p, [this](place q) { return pid_hash(q); });
    --running_;
  }
  restarting_ -= records_[p].state == child_state::restarting;
  records_[p].process = pid();
  records_[p].state = child_state::stopped;
  records_[p].version = ++versions_;
}

void child_table::now_restarting(place p, pid last) {
  now_stopped(p);
  records_[p].process = last;
  records_[p].state = child_state::restarting;
  ++restarting_;
}

place child_table::find(pid process) const {
  return by_pid_.find(detail::spread(process.bits()), [&](place p) { return records_[p].process == process; });
}

place child_table::find_restarting(pid last) const {
  if (restarting_ == 0 || !last)
    return nowhere;
  place p = first_;
  while (p != nowhere && !(records_[p].state == child_state::restarting && records_[p].process == last))
    p = records_[p].next;
  return p;
}

place child_table::find(std::string_view id) const {
  return by_id_.find(std::hash<std::string_view>()(id), [&](place p) { return child_spec_access::id(records_[p].spec) == id; });
}

}  // namespace brood::detail
