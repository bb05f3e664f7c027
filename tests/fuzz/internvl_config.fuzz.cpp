// SPDX-License-Identifier: MIT
// The files that configure an InternVL: config.json, generation_config.json and
// preprocessor_config.json.
#include <adapters/internvl/config.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(internvl_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::InternvlConfig::from_directory(fuzz::folder().path());
}
