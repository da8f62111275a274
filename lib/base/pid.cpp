#include <brood/pid.hpp>

#include <ostream>

namespace brood {

namespace {

std::string print_reference(std::uint64_t number) {
  constexpr unsigned low_bits = 18;  // as Erlang splits the words of a reference
  return "#Reference<0.0." + std::to_string(number >> low_bits) + '.' + std::to_string(number & ((1U << low_bits) - 1)) + '>';
}

}  // namespace

using detail::id_access;

std::string to_string(pid who) {
  return "#PID<0." + std::to_string(id_access::index(who)) + '.' + std::to_string(id_access::serial(who)) + '>';
}
std::string to_string(ref number) { return print_reference(id_access::number(number)); }
std::string to_string(monitor_ref number) { return print_reference(id_access::number(number)); }
std::string to_string(timer_ref number) { return print_reference(id_access::number(number)); }

std::ostream& operator<<(std::ostream& out, pid who) { return out << to_string(who); }
std::ostream& operator<<(std::ostream& out, ref number) { return out << to_string(number); }
std::ostream& operator<<(std::ostream& out, monitor_ref number) { return out << to_string(number); }
std::ostream& operator<<(std::ostream& out, timer_ref number) { return out << to_string(number); }

}  // namespace brood
