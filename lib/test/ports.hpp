// Which virtual socket has which port and which name.
#pragma once

#include "test/virtual_socket.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace brood::detail {

class virtual_ports {
 public:
  void begin();

  // 0 or a negative errno. Port 0: the next free one.
  int bind(virtual_socket& s, const endpoint& at);
  // A port for one that connects without having asked for any; 0: there is none.
  std::uint16_t free_port(unsigned host);
  // 0 or -EADDRINUSE: somebody else listens there.
  int may_listen(const virtual_socket& s) const;
  void forget(virtual_socket& s);

  // Who listens there: more than one if they share the port.
  std::vector<virtual_socket*> listeners(unsigned host, const ip_number& ip, std::uint16_t port) const;

  // Unix sockets: the file, and who listens there (null: the file is left over).
  bool has_file(unsigned host, const std::string& path) const { return files_.contains({host, path}); }
  virtual_socket* listener(unsigned host, const std::string& path) const;
  int unlink(unsigned host, const std::string& path) { return files_.erase({host, path}) != 0 ? 0 : -ENOENT; }

 private:
  std::map<std::pair<unsigned, std::uint16_t>, std::vector<virtual_socket*>> bound_;
  std::map<std::pair<unsigned, std::string>, virtual_socket*> files_;
  std::map<unsigned, std::uint16_t> next_port_;
};

}  // namespace brood::detail
