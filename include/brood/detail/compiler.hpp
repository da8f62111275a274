// Refuses what Brood can't work with, saying why and what to do.
#pragma once

#if defined(__clang__)
#if __clang_major__ < 17
#error \
    "brood: clang 16 and older keep the address of a thread_local across a co_await, so a process that moves to another thread uses the wrong one. Use clang 17 or newer: on Debian 12, apt install clang-19 and set CXX=clang++-19."
#endif
#elif defined(__GNUC__)
#if __GNUC__ < 13
#error \
    "brood: g++ 12 and older destroy aggregate temporaries and lambda captures in a co_await expression twice (GCC PR 107288, 101367), so co_await call(p, get{...}) would corrupt your program's memory. Use g++ 13 or newer, or clang: on Debian 12, apt install clang-19 and set CXX=clang++-19."
#endif
#else
#error "brood: this compiler is unknown to Brood. Use clang 17 or newer (on Debian 12: apt install clang-19) or g++ 13 or newer."
#endif

#if __cplusplus < 202002L || !defined(__cpp_impl_coroutine)
#error "brood: processes are C++20 coroutines. Compile with -std=c++20 or newer."
#endif

#if !defined(__cpp_exceptions)
#error "brood: a process crashes by an exception, so -fno-exceptions can't work. Compile with -fexceptions."
#endif

#if !defined(__cpp_rtti)
#error "brood: exit reasons and messages are told apart by their types at run time, so -fno-rtti can't work. Compile with -frtti."
#endif
