// A process without any co_: a plain function that returns nothing. Compilers only warn; our target makes it an error.
#include <brood/brood.hpp>

brood::process hello() { brood::send(brood::pid(), "hello"); }
