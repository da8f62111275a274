// The main of every test program.
#define CATCH_CONFIG_RUNNER  // version 2: Catch2 itself is compiled here; version 3 has a library
#include "catch.hpp"

int main(int argc, char** argv) {
  Catch::Session session;
#if CATCH_VERSION_MAJOR == 2
  // A filter that matches no test is a mistake; version 3 says so by itself.
  session.configData().warnings = Catch::WarnAbout::NoTests;
#endif
  return session.run(argc, argv);
}
