// The process behind a work_pool, and what it understands.
#pragma once

#include "otp/job_book.hpp"

#include <brood/process.hpp>
#include <brood/time.hpp>
#include <brood/work_pool.hpp>

namespace brood::detail {

struct pool_withdraw {
  ref job;
};
struct pool_question {
  using reply = pool_info;
};
struct pool_watch {
  pid watcher;
  time_limit every;  // infinite: no more
};

process pool_body(pool_options options);

}  // namespace brood::detail
