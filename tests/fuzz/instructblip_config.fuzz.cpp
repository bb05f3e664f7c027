// SPDX-License-Identifier: MIT
// The files that configure an InstructBLIP: config.json and preprocessor_config.json.
#include <adapters/instructblip/config.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(instructblip_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::InstructBlipConfig::from_directory(fuzz::folder().path());
}
