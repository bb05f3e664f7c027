// SPDX-License-Identifier: MIT
// The files that configure a Qwen2-VL or Qwen2.5-VL: config.json, generation_config.json and
// preprocessor_config.json.
#include <adapters/qwen2_5_vl/config.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(qwen2_5_vl_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::Qwen2_5VlConfig::from_directory(fuzz::folder().path());
}
