// error: an exit reason must be copyable and comparable
#include <brood/brood.hpp>

#include <memory>

using namespace brood;

#ifdef MISUSE
void leave() { exit(exit_reason(std::make_unique<int>(3))); }
#else
void leave() { exit(exit_reason(std::make_shared<int>(3))); }
#endif
