// SPDX-License-Identifier: MIT
// The main of libFuzzer: INFOFLOW_FUZZ_TARGET in the environment names the target.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "fuzz.hpp"

// All of it: clang has to accept what no target needs, too.
#include <infoflow/infoflow.hpp>
#include <infoflow/report.hpp>
#include <infoflow/study.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Target target = [] {
    const char* name = std::getenv("INFOFLOW_FUZZ_TARGET");
    const auto found = fuzz::targets().find(name == nullptr ? "" : name);
    if (found != fuzz::targets().end()) return found->second;
    std::cerr << "INFOFLOW_FUZZ_TARGET names no target\n";
    std::exit(2);
  }();
  fuzz::run(target, {reinterpret_cast<const char*>(data), size});
  return 0;
}
