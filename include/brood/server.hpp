// What can be done to any server from outside: stop, suspend, resume, look at it.
//
// These are requests in the order of its mailbox, which serve understands; another process leaves them unread.
#pragma once

#include <brood/call.hpp>
#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/server_order.hpp>
#include <brood/outcome.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

namespace [[gnu::visibility("default")]] brood {

// serve() returns `why`; comes back when the process has ended. Success is that it ended with that reason. Else: noproc, the reason
// it ended with instead, calling_self, or timeout, after which it still stops when it gets to it. A suspended server stops, too.
// OTP: gen_server:stop/3
BROOD_API task<outcome<>> stop_server(destination server, exit_reason why = reason::normal, time_limit limit = infinity);

// serve() leaves the mailbox alone until it is resumed; both may be said twice. Exits as call does, after 5 s too.
// OTP: sys:suspend/1, sys:resume/1
BROOD_API task<> suspend(destination server);
BROOD_API task<> resume(destination server);

// OTP: sys:statistics/2
BROOD_API task<server_info> inspect_server(destination server);

}  // namespace brood
