// SPDX-License-Identifier: MIT
// The files that configure a Shikra, of which its adapter reads config.json.
#include <adapters/shikra/config.hpp>

#include "configured_folder.hpp"

INFOFLOW_FUZZ_TARGET(shikra_config) {
  fuzz::write_configuration(input);
  (void)infoflow::adapters::ShikraConfig::from_directory(fuzz::folder().path());
}
