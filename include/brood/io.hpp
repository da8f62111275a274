// Bytes, the errors of the operating system, and waiting for a descriptor. <brood/brood.hpp> does not include this.
#pragma once

#include <brood/io/bytes.hpp>
#include <brood/io/error.hpp>
#include <brood/io/ready.hpp>
