// SPDX-License-Identifier: MIT
// The files that configure a LLaVA-1.6: config.json, generation_config.json and
// preprocessor_config.json.
#include <adapters/llava_next/config.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(llava_next_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::LlavaNextConfig::from_directory(fuzz::folder().path());
}
