// For tests of what is so with just so many schedulers: while this lives, the options decide, though the environment had said
// something else.
#pragma once

#include <cstdlib>
#include <string>

namespace spec {

class options_decide_schedulers {
 public:
  options_decide_schedulers() {
    if (const char* forced = std::getenv(variable))
      forced_ = forced;
    unsetenv(variable);
  }
  options_decide_schedulers(const options_decide_schedulers&) = delete;
  ~options_decide_schedulers() {
    if (!forced_.empty())
      setenv(variable, forced_.c_str(), 1);
  }

 private:
  static constexpr const char* variable = "BROOD_SCHEDULERS";
  std::string forced_;
};

}  // namespace spec
