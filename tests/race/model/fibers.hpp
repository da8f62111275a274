// Threads that run only when told to, on stacks of their own.
#pragma once

#include <ucontext.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace model {

class fibers {
 public:
  static constexpr unsigned most = 3;
  static constexpr std::size_t stack_size = 128 << 10;

  // Fiber i will run body, which must not throw, when it is first switched to.
  void make(unsigned i, std::function<void()> body) {
    fiber& f = all_[i];
    if (!f.stack)
      f.stack = std::make_unique<char[]>(stack_size);
    f.body = std::move(body);
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.get();
    f.context.uc_stack.ss_size = stack_size;
    f.context.uc_link = &main_;
    makecontext(&f.context, reinterpret_cast<void (*)()>(&enter), 2, static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(&f)),
                static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(&f) >> 32));
  }
  void from_main_to(unsigned i) { swapcontext(&main_, &all_[i].context); }
  void from_to(unsigned i, unsigned j) { swapcontext(&all_[i].context, &all_[j].context); }
  // Fiber i will not be run again.
  void leave(unsigned i) { swapcontext(&all_[i].context, &main_); }

 private:
  struct fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack;
    std::function<void()> body;
  };
  static void enter(unsigned low, unsigned high) {
    reinterpret_cast<fiber*>(static_cast<std::uintptr_t>(high) << 32 | low)->body();
  }
  ucontext_t main_{};
  std::array<fiber, most> all_{};
};

}  // namespace model
