#include <brood/errors.hpp>

namespace brood {

namespace {

std::string sentence(std::string_view a, std::string_view b, std::string_view c = {}, std::string_view d = {}) {
  return std::string("brood: ").append(a).append(b).append(c).append(d);
}

}  // namespace

not_a_process::not_a_process(std::string_view call)
    : std::runtime_error(
          sentence(call, " outside a process: call it in what run or spawn started; other threads use brood::runtime")) {}

noproc_error::noproc_error(pid who)
    : noproc_error("link(" + to_string(who) + "): no such process, it is dead or never was; trap_exits() makes this a message") {}
noproc_error::noproc_error(const std::string& text) : std::runtime_error(sentence(text, {})) {}

bad_name::bad_name(std::string_view name, std::string_view problem, pid holder)
    : std::runtime_error(sentence("bad name ", detail::quote(name), ": ", problem)), holder_(holder) {}

too_many_processes::too_many_processes(std::size_t limit)
    : std::runtime_error(sentence(std::to_string(limit),
                                  " processes are alive, and no more are allowed: find out who spawns without "
                                  "end, or raise run_options::max_processes")) {}

}  // namespace brood
