// SPDX-License-Identifier: MIT
/// \file A toy whose answer is planted: it reads the picture in one layer that is known.
#pragma once

#include "toy_weights.hpp"

namespace infoflow::toy {

/// Weights that answer "yes" to a picture that is mostly red, else "no", and read the picture in
/// layer `reading_layer` only: every other layer changes nothing.
///
/// Channel 0 holds redness (image rows), channel 1 what was read, channel 2 marks text, channel 3
/// marks an answer that is complete. In the reading layer every row attends evenly to all it sees,
/// copies redness to "read", and lm_head says "yes" where that outweighs a constant in favour of
/// "no". So a cut at or below `reading_layer` makes every answer "no"; a cut above changes nothing.
template <class Scalar = double>
[[nodiscard]] Weights<Scalar> planted_reader(int layers, int reading_layer) {
  enum Channel : Index { redness, read, text, complete };
  Weights<Scalar> weights = silent_weights<Scalar>(
      {.layers = layers, .heads = 1, .head_size = 4, .inner = 1, .words = {"yes", "no"}});
  const Tokenizer tokenizer(weights.config.words);
  const TokenId yes = tokenizer.encode("yes").front();
  const TokenId no = tokenizer.encode("no").front();

  weights.embeddings.col(text).setOnes();
  weights.embeddings(yes, complete) = weights.embeddings(no, complete) = 100;
  weights.projector(0, redness) = 1;  // Red counts for, green and blue against.
  weights.projector(1, redness) = weights.projector(2, redness) = Scalar{-0.5};
  LayerWeights<Scalar>& reader = weights.layers[static_cast<std::size_t>(reading_layer)];
  reader.v(redness, read) = 1;
  reader.o(read, read) = 1;
  weights.lm_head(read, yes) = 10;
  weights.lm_head(text, no) = Scalar{0.1};
  weights.lm_head(complete, Tokenizer::end_id) = 100;
  return weights;
}

}  // namespace infoflow::toy
