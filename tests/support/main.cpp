// SPDX-License-Identifier: MIT
// Catch2's main function, compiled once for all test executables (Catch2 2 keeps its in a macro).
#define CATCH_CONFIG_RUNNER
#include <catch_compat.hpp>

int main(int argc, char** argv) {
  return Catch::Session().run(argc, argv);
}
