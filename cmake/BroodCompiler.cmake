# Which compilers may build Brood. include/brood/detail/compiler.hpp says the same to those who bring their own build system.
set(brood_compiler_advice
  "Install clang-19 (Debian: apt install clang-19) and configure a fresh build directory with -DCMAKE_CXX_COMPILER=clang++-19, as our presets do.")

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "Brood refuses g++ ${CMAKE_CXX_COMPILER_VERSION}; it needs g++ 13 or newer, or clang 17 or newer: g++ before 13 destroys aggregate "
    "temporaries and owning lambda captures inside a co_await expression twice (GCC PR 107288, PR 101367), so that "
    "`co_await call(p, get{\"x\"})` would corrupt memory in your program. ${brood_compiler_advice}")
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
  message(FATAL_ERROR
    "Brood refuses clang ${CMAKE_CXX_COMPILER_VERSION}; it needs clang 17 or newer, or g++ 13 or newer: clang before 17 keeps the address of a "
    "thread_local across a suspension, so that a coroutine which moved to another thread reads the old thread's. ${brood_compiler_advice}")
endif()
