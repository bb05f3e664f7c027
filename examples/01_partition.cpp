// SPDX-License-Identifier: MIT
// A prompt as the model sees it: who speaks at each position, and where image tokens lie.
#include <iostream>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/token_partition.hpp>

int main() {
  using namespace infoflow;

  // "<s> You see: [four image tokens] What is it? ASSISTANT:" and an answer of two tokens.
  const TokenPartition prompt(12, {Span{3, 7}});
  const TokenPartition all = prompt.with_answer(2);

  for (Index p = 0; p < all.size(); ++p) std::cout << p << ' ' << to_string(all.role(p)) << '\n';
  std::cout << "answer token 0 is predicted by row " << all.predicting_row(0) << "\n\n";

  // A 640 × 480 picture, resized to 448 × 336 and cropped to 336 × 336, seen as 2 × 2 patches.
  const auto layout =
      ImageLayout::grid(Preprocessing(640, 480).resized(448, 336).cropped(56, 0, 336, 336), 2, 2);
  for (Index t = 0; t < layout.token_count(); ++t) {
    const Rect place = *layout.place(t);
    std::cout << "image token " << t << " covers x " << place.x0 << " … " << place.x1 << ", y "
              << place.y0 << " … " << place.y1 << " of the picture\n";
  }
  const Rect seen = layout.preprocessing().seen();
  std::cout << "columns left of " << seen.x0 << " and right of " << seen.x1 << " were never seen\n";
}
