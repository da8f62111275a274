// The main of every test program.
#define CATCH_CONFIG_RUNNER  // version 2: Catch2 itself is compiled here; version 3 has a library
#include "catch.hpp"

int main(int argc, char** argv) {
  Catch::Session session;
#ifdef CATCH_VERSION_MAJOR
  if constexpr (CATCH_VERSION_MAJOR == 2)  // version 3 does so by itself: a filter that matches no test is a mistake
    session.configData().warnings = Catch::WarnAbout::NoTests;
#endif
  return session.run(argc, argv);
}
