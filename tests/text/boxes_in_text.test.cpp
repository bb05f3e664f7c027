// SPDX-License-Identifier: MIT
// Which texts are boxes, number by number, as the expression of the original code has it.
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/text/boxes_in_text.hpp>

using infoflow::boxes_in_text;
using infoflow::Rect;

namespace {
using Boxes = std::vector<Rect>;
}

TEST_CASE("boxes are read where they stand in a text", "[text][boxes]") {
  CHECK(boxes_in_text("Answer: [0.120,0.250,0.430,0.900] .") == Boxes{{0.12, 0.25, 0.43, 0.9}});
  CHECK(boxes_in_text("The man [0.1,0.2,0.3,0.4] holds a cup [0.5,0.5,0.6,0.7].") ==
        Boxes{{0.1, 0.2, 0.3, 0.4}, {0.5, 0.5, 0.6, 0.7}});
  CHECK(boxes_in_text("two dogs [0.1,0.2,0.3,0.4;0.5,0.6,0.7,0.8]") ==
        Boxes{{0.1, 0.2, 0.3, 0.4}, {0.5, 0.6, 0.7, 0.8}});
  CHECK(boxes_in_text("[0,0.,1,1.000]") == Boxes{{0, 0, 1, 1}});
  CHECK(boxes_in_text("[[0,0,1,1]]") == Boxes{{0, 0, 1, 1}});
  CHECK(boxes_in_text("[0.1,[0,0,1,1]") == Boxes{{0, 0, 1, 1}});
  CHECK(boxes_in_text("[0,0,1,0." + std::string(5000, '9') + "]").front().y1 == Approx(1));
  CHECK(boxes_in_text("no box") == Boxes{});
  CHECK(boxes_in_text("") == Boxes{});
}

TEST_CASE("what is written in another way is text", "[text][boxes]") {
  for (const char* text :
       {"[0.1,0.2,0.3]", "[0.1,0.2,0.3,0.4,0.5]", "[0.1, 0.2, 0.3, 0.4]", "[0.1,0.2,0.3,0.4",
        "[.1,.2,.3,.4]", "[-0.1,0.2,0.3,0.4]", "[10,20,30,40]", "[0.1,0.2,0.3,0.4;]",
        "[0.1,0.2,0.3,0.4;0.5]", "[a,b,c,d]", "(0.1,0.2,0.3,0.4)", "[1e-1,0,1,1]", "[", "[]",
        "0.1,0.2,0.3,0.4]", "[0.1,0.2;0.3,0.4]", "[0.1.2,0,1,1]"}) {
    INFO(text);
    CHECK(boxes_in_text(text) == Boxes{});
  }
}

TEST_CASE("boxes without an area or beyond the picture are left out, their list's others are not",
          "[text][boxes]") {
  CHECK(boxes_in_text("[0.3,0.2,0.1,0.4]") == Boxes{});  // Right of left.
  CHECK(boxes_in_text("[0.1,0.4,0.3,0.2]") == Boxes{});
  CHECK(boxes_in_text("[0.1,0.2,0.1,0.4]") == Boxes{});
  CHECK(boxes_in_text("[0.1,0.2,1.001,0.4]") == Boxes{});
  CHECK(boxes_in_text("[0.1,0.2,0.3,9]") == Boxes{});
  CHECK(boxes_in_text("[0.3,0.2,0.1,0.4;0.1,0.2,0.3,0.4]") == Boxes{{0.1, 0.2, 0.3, 0.4}});
}
