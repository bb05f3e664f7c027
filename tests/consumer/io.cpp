// SPDX-License-Identifier: MIT
#include <infoflow/infoflow.hpp>
#include <infoflow/io.hpp>

#include <cstdio>

int other_tier() {
  std::puts("io");
  return 0;
}
