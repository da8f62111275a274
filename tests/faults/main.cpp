#include "fault.hpp"

#include <cstring>

int main(int argc, char** argv) {
  for (const fault::program& p : fault::programs())
    if (argc == 2 && std::strcmp(argv[1], p.name) == 0) {
      const int status = p.call();
      return fault::failed ? 1 : status;
    }
  std::fprintf(stderr, "usage: brood-faults NAME\n");
  for (const fault::program& p : fault::programs())
    std::fprintf(stderr, "  %s\n", p.name);
  return 2;
}
