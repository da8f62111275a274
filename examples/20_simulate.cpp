// Testing: `simulate` runs processes on one thread, under a schedule that a seed decides and a clock that jumps to the next timer. So
// an hour passes at once, a failure can be replayed to the bit, and processes that wait for each other for ever are found, with a
// picture on standard error of who waits where for what. Here the course's programs are tried and found wanting.
//
// Output:
// the fixed monitor answers every question: holds under 100 schedules
// the course's monitor answers every question: list_dead was not answered within an hour
// the bounded pool reports every job: holds under 100 schedules
// the course's pool reports every job: nobody can go on
#include "chapter/faithful_heart_monitor.hpp"
#include "chapter/faithful_work_pool.hpp"
#include "chapter/heart_monitor.hpp"
#include "chapter/work_pool_client.hpp"

using namespace brood;
using namespace std::chrono_literals;

using monitor_body = process(time_limit, on_return);

process every_question_is_answered(monitor_body body) {
  pid monitor = spawn_link(body, 3s, say_alive);
  send(monitor, list_dead{self()});
  if (!co_await receive<reply>(within(1h)))
    throw std::runtime_error("list_dead was not answered within an hour");
}

int leave(int) { exit(reason::normal); }

process every_job_of_the_course_is_reported() {
  faithful::start();
  faithful::queue(leave, 0);
  co_await receive<int, faithful::failure>();
}
process every_bounded_job_is_reported() {
  pid pool = bounded::start("pool", {.workers = 2, .queue = 2});
  ref tag = co_await bounded::submit(pool, leave, 0);
  auto result = co_await bounded::outcome_of<int>(pool, tag);
  if (result)
    throw std::logic_error("a value from nowhere");
}

template <class... Arguments>
void try_out(const char* promise, process body(Arguments...), Arguments... arguments) {
  try {
    for_each_seed(100, [&](auto seed) { simulate(seed, body, arguments...); });
    fmt::print("{}: holds under 100 schedules\n", promise);
  } catch (const simulation_failed& picture) {
    fmt::print(stderr, "{}\n", picture.what());
    fmt::print("{}: nobody can go on\n", promise);
  } catch (const std::exception& failure) {
    fmt::print("{}: {}\n", promise, failure.what());
  }
}

int main() {
  try_out("the fixed monitor answers every question", every_question_is_answered, &heart_monitor);
  try_out("the course's monitor answers every question", every_question_is_answered, &faithful::heart_monitor);
  try_out("the bounded pool reports every job", every_bounded_job_is_reported);
  try_out("the course's pool reports every job", every_job_of_the_course_is_reported);
}
