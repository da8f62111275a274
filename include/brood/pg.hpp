// Process groups: many processes under one name, each as often as it joined. Members leave with their death.
//
// The table is a service of its own, as that of names: joining is not ordered with direct signals. Any thread. OTP: pg
//
//     pg::join("workers");
//     for (const pid who : pg::members("workers")) send(who, job{1});
#pragma once

#include <brood/detail/api.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] brood {
namespace pg {

// Adds `who` to the group, once more if it is in it. A dead process is not added. OTP: pg:join/2
BROOD_API void join(std::string_view group, pid who = self());

// Takes back one joining. False: it is no member. OTP: pg:leave/2
BROOD_API bool leave(std::string_view group, pid who = self());

// One entry a joining, in the order of joining. OTP: pg:get_members/1
BROOD_API std::vector<pid> members(std::string_view group);

// Those that have members, sorted. OTP: pg:which_groups/0
BROOD_API std::vector<std::string> groups();

// The messages that a watcher of a group gets; they name `who` as often as it joined or left at once.
struct joined {
  ref watch;
  std::string group;
  std::vector<pid> who;
};
struct left {
  ref watch;
  std::string group;
  std::vector<pid> who;
};

struct watched {
  ref watch;
  std::vector<pid> members;  // at this moment: no later change is missed, none is reported twice
};

// Tells the calling process of every change of the group, until demonitor or its death. OTP: pg:monitor/1
BROOD_API watched monitor(std::string_view group);

// False: it is no watch of the calling process's. No message comes afterwards; those in the mailbox stay. OTP: pg:demonitor/1
BROOD_API bool demonitor(ref watch);

}  // namespace pg
}  // namespace brood
