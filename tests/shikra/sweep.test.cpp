// SPDX-License-Identifier: MIT
// The sweep on our Shikra: its fast way against one run per cut, pictures inside the sentence.
#include <catch_torch.hpp>

#include <adapters/shikra.hpp>

#include "../parity/golden.hpp"
#include "../parity/sweep_cases.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::Shikra;

TEST_CASE("on Shikra the fast sweep gives what one run per truncation gives",
          "[shikra][sweep][law]") {
  const auto picture = [](const char* name) {
    return read_image(golden_directory("shikra") / "pictures" / name).image;
  };
  const RgbImage wide = picture("wide.png");
  const RgbImage tall = picture("tall.png");
  for (const char* checkpoint : {"seven", "last"}) {
    CAPTURE(checkpoint);
    const auto model = Shikra::from_directory(golden_directory("shikra") / checkpoint,
                                              {.dtype = "float64", .device = test_device()});
    auto items = sweep_cases(model, "USER: ", " ASSISTANT:", wide, tall, tall);
    const std::string asked = "USER: Is it a dog? See <image> for it. ASSISTANT:";
    items.push_back(sweep_case(model, asked, {wide}));
    items.push_back(sweep_case(model, asked, {tall}));
    CHECK(fault_of_sweep(model, items) == "");
  }
}
