// error: receive can be awaited only in a process or a task
#include <brood/brood.hpp>

#include <coroutine>

using namespace brood;

// Somebody else's coroutine type: it has no mailbox.
struct fire_and_forget {
  struct promise_type {
    fire_and_forget get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

#ifdef MISUSE
fire_and_forget wait() { co_await receive<int>(); }
#else
process wait() { co_await receive<int>(); }
#endif
