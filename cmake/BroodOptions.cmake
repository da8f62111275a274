# What every target of ours is compiled with. brood_own(TARGET) marks one, brood_own_program(TARGET) a program; users' targets inherit none of it.

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_CXX_EXTENSIONS OFF)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release)
  endif()

  find_program(BROOD_CCACHE ccache)
  if(BROOD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # The tests' precompiled header would make ccache give up; with these it trusts -fno-pch-timestamp below instead.
    set(CMAKE_CXX_COMPILER_LAUNCHER /usr/bin/env CCACHE_SLOPPINESS=pch_defines,time_macros ${BROOD_CCACHE})
  endif()
endif()

# Sanitizers see only what they compiled, so these are for every target below this folder, not just the library.
if(BROOD_SANITIZE)
  # Not vptr: that check opens a pipe, and calls an object wrong where there are no descriptors left.
  add_compile_options(-fsanitize=${BROOD_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BROOD_SANITIZE})
endif()

if(BROOD_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_link_options(-fuse-ld=lld) # Debian's ld has no plugin that reads clang's bitcode
  endif()
endif()

function(brood_own target)
  target_compile_options(${target} PRIVATE -Wall -Wextra $<$<BOOL:${BROOD_WERROR}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# Under a sanitizer the library is optimised and programs are not: they are most of what is compiled, and little of what runs.
function(brood_own_program target)
  brood_own(${target})
  if(BROOD_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()
