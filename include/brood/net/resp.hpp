// Redis's protocol as a framing: a frame is one command of a client, an array of strings, or a line of words.
//
//     process server(net::connection c) {
//       c.frame(net::resp{});
//       while (auto frame = co_await c.read_next(60s))
//         co_await c.write(net::resp_words(*frame)[0] == "PING" ? "+PONG\r\n" : "-ERR unknown command\r\n");
//     }
#pragma once

#include <brood/io/bytes.hpp>
#include <brood/net/framing.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace brood::net {

// What is announced is checked before it is waited for: max bytes a command, max_words words. What is malformed: net::bad_frame.
struct resp {
  std::size_t max = std::size_t{16} << 20;
  std::size_t max_words = 1024;

  std::optional<found> next(std::string_view so_far) const;
};

// The words of such a frame, at least one; slices of it.
std::vector<io::bytes> resp_words(const io::bytes& frame);

}  // namespace brood::net
