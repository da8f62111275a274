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
  question_awaiter(pid who, T if_dead, With... with)
      : answer_waiter(who), value_(std::move(if_dead)), question_(fill<Question>(with...)) {}
  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    process_control& p = control_of(*frame.promise().proc);
    begin_answer_wait(p, *this);
    question_.asker = p.self();
    question_.number = number;
    try {
      asked_ = whom && transmit_always(whom, make_signal<Kind>(question_));
      if (asked_)
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
    late_ = asked_ && !e;
    return e ? std::move(e->as<answer<T>>().value) : std::move(value_);
  }
  // The limit, if there is one, came before the answer.
  bool late() const noexcept { return late_; }

 private:
  T value_;
  Question question_;
  bool asked_ = false, late_ = false;
};

}  // namespace brood::detail
