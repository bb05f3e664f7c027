// SPDX-License-Identifier: MIT
// The files that configure an InternVL-Chat-1.0: config.json, generation_config.json and
// preprocessor_config.json.
#include <adapters/internvl_chat_v1/config.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(internvl_chat_v1_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::InternvlChatV1Config::from_directory(fuzz::folder().path());
}
