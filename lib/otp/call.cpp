#include <brood/call.hpp>
#include <brood/cast.hpp>

#include <optional>

namespace brood::detail {

pid callee(const destination& to) {
  const std::optional<pid> who = to.find();
  if (!who)
    throw exiting(reason::noproc);
  return *who;
}

void cast_packed(const destination& to, envelope_ptr message) {
  if (const std::optional<pid> who = to.find())
    deliver(*who, message.release());
}

}  // namespace brood::detail
