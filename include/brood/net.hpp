// Sockets as processes use them: streams over TCP and Unix sockets, listeners. <brood/brood.hpp> does not include this.
#pragma once

#include <brood/net/address.hpp>
#include <brood/net/connection.hpp>
#include <brood/net/framing.hpp>
#include <brood/net/listener.hpp>
#include <brood/net/resolve.hpp>
#include <brood/net/resp.hpp>
#include <brood/net/server.hpp>
