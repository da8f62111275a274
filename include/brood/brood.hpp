// Brood: Erlang/OTP processes as C++20 coroutines. This header brings all of it but the fmt formatters (<brood/fmt.hpp>).
#pragma once

#include <brood/blocking.hpp>
#include <brood/describe.hpp>
#include <brood/destination.hpp>
#include <brood/errors.hpp>
#include <brood/exit.hpp>
#include <brood/exit_reason.hpp>
#include <brood/inspect.hpp>
#include <brood/message.hpp>
#include <brood/monitor.hpp>
#include <brood/names.hpp>
#include <brood/outcome.hpp>
#include <brood/pid.hpp>
#include <brood/process.hpp>
#include <brood/process_dictionary.hpp>
#include <brood/receive.hpp>
#include <brood/report.hpp>
#include <brood/run.hpp>
#include <brood/runtime.hpp>
#include <brood/send.hpp>
#include <brood/signals.hpp>
#include <brood/simulate.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>
#include <brood/timers.hpp>
