// SPDX-License-Identifier: MIT
/// \file A device that is not the CPU, for tests on machines that have none.
#pragma once

#include <string>

namespace infoflow::tests {

/// libtorch's place for devices of others (PrivateUse1), under this name. Its memory lies where the host cannot read it; operators copy to the CPU,
/// compute there and copy back. As on a GPU, an operator that is given tensors of both sides is an
/// error, and so is a host that follows a pointer.
inline const std::string other_device = "hidden";

/// Makes it known to libtorch, once.
void register_other_device();

/// Copies across that were asked for, not those that operators make of themselves.
struct Crossings {
  long to_host = 0;
  long to_device = 0;
};
[[nodiscard]] Crossings crossings();

/// The device that tests with models run on: what INFOFLOW_TEST_DEVICE says, else the CPU.
[[nodiscard]] const std::string& test_device();

}  // namespace infoflow::tests
