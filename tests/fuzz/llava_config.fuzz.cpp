// SPDX-License-Identifier: MIT
// The files that configure a LLaVA: config.json, generation_config.json and
// preprocessor_config.json.
#include <adapters/llava/config.hpp>
#include <adapters/preprocessing/image_processor.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(llava_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::LlavaConfig::from_directory(fuzz::folder().path());
  (void)infoflow::adapters::ImageProcessor::from_directory(fuzz::folder().path());
}
