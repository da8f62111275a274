// error: the reply of this request is of another type
// cases: 1
#include <brood/brood.hpp>

using namespace brood;
using namespace std::chrono_literals;

struct ask {
  using reply = int;
};

#if MISUSE == 1
void misuse(const request<ask>& r) { r.reply("text"); }
#else
void use(const request<ask>& r) { r.reply(1); }
#endif
