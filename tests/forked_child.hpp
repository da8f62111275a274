// For a test that forks: in the child the leak checker finds what the stacks of the parent's threads led to, so it is switched off
// there. Include it in one file of a program.
#pragma once

inline bool is_forked_child = false;  // the child sets it
extern "C" [[gnu::used]] inline int __lsan_is_turned_off() { return is_forked_child; }
