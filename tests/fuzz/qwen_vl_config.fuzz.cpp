// SPDX-License-Identifier: MIT
// The files that configure a Qwen-VL: config.json, generation_config.json and
// preprocessor_config.json.
#include <adapters/qwen_vl/config.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(qwen_vl_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::QwenVlConfig::from_directory(fuzz::folder().path());
}
