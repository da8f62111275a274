// What the pieces of code in the README and in the headers take for granted (tools/checks/snippets).
#pragma once

#include <brood/brood.hpp>
#include <brood/fmt.hpp>
#include <brood/io.hpp>
#include <brood/net.hpp>

#include <fmt/core.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

struct ping {
  pid from;
};
struct pong {};
struct add {
  int by;
};
struct report {
  pid to;
};
struct job {
  int n;
};
struct get {
  std::string key;
  pid from;
};
struct value {
  int n;
};

inline int count_words(const std::string& file) { return static_cast<int>(file.size()); }
inline std::vector<std::string> files;

inline pid worker, server, parent;
inline int fd = 0;  // of somebody else's library
process echo(net::connection client);
