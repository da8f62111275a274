#include <brood/already_started.hpp>

namespace brood {

std::string describe(const already_started& taken) { return "{:already_started, " + to_string(taken.who) + "}"; }

}  // namespace brood
