// Asks a process a question and waits for the answer; the dead answer at once.
#pragma once

#include "process/signals.hpp"

#include <brood/detail/wait.hpp>

#include <coroutine>
#include <utility>

namespace brood::detail {

template <class Question, class... With>
Question fill(With... with) {
  if constexpr (sizeof...(With) == 0)
    return {};
  else
    return {{}, with...};
}

template <class T, class Question, signal_kind Kind>
class question_awaiter : public answer_waiter {
 public:
  template <class... With>
  question_awaiter(pid who, T if_dead, With... with) : who_(who), value_(std::move(if_dead)), question_(fill<Question>(with...)) {}
  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    process_control& p = control_of(*frame.promise().proc);
    begin_answer_wait(p, *this, infinity);
    question_.asker = p.self();
    question_.number = number;
    try {
      if (who_ && transmit_always(who_, make_signal<Kind>(question_)))
        return true;
    } catch (...) {
      abandon_answer_wait(p);
      throw;
    }
    abandon_answer_wait(p);
    return false;
  }
  T await_resume() {
    envelope_ptr e(finish_wait(*this));
    return e ? std::move(e->as<answer<T>>().value) : std::move(value_);
  }

 private:
  pid who_;
  T value_;
  Question question_;
};

}  // namespace brood::detail
