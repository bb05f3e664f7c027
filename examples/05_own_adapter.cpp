// SPDX-License-Identifier: MIT
// An adapter of your own. Here the "engine" is the toy decoder; yours is whatever runs your model.
#include <iomanip>
#include <iostream>

#include <infoflow/infoflow.hpp>

#include "toy/toy_decoder.hpp"

namespace {

using namespace infoflow;

/// Six members make a model that infoflow can work with; the name of the block makes it one that
/// shows its attention.
class MyAdapter {
 public:
  using Tensor = RowMatrix<double>;                  // has TensorOps
  using AttentionBlock = toy::ToyAttention<double>;  // has rows() and key_positions()
  using ImageTokens = toy::ImageTokens<double>;      // opaque to infoflow

  explicit MyAdapter(toy::Decoder<> engine) : engine_(std::move(engine)) {}

  int layer_count() const { return engine_.layer_count(); }

  // Tokenise; say which positions are image tokens, where each lies, and what the encoder will see.
  Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    Prompt prompt = engine_.prepare(images, text);
    validate(prompt);
    return prompt;
  }

  // Pictures → image tokens. Noisy copies of a picture go through here again; text does not.
  ImageTokens encode(std::span<const PixelImage> pixels) const { return engine_.encode(pixels); }

  std::string decode(std::span<const TokenId> ids) const { return engine_.decode(ids); }
  std::vector<TokenId> stop_ids() const { return engine_.stop_ids(); }

  // One pass over prompt + answer: logits of the rows asked for, and what the observer wants.
  template <class Observer>
  Tensor forward(const Prompt& prompt, const ImageTokens& tokens, std::span<const TokenId> answer,
                 std::span<const Index> rows, const Observer& observer) const {
    Lane<Tensor> lane = engine_.begin(prompt, tokens, answer);
    for (int layer = 0; layer < layer_count(); ++layer) {
      engine_.run_layer(layer, std::span(&lane, 1), observer);
    }
    return engine_.logits(lane, rows);
  }

 private:
  toy::Decoder<> engine_;
};

// The compiler names every member that is missing or has another signature.
static_assert(explain<MyAdapter>());
static_assert(AttentionAdapter<MyAdapter>);

}  // namespace

int main() {
  toy::Config config;
  config.words = {"what", "is", "this", "a", "cat", "dog"};
  const MyAdapter adapter(toy::Decoder<>(toy::random_weights(config, /*seed=*/3)));

  RgbImage picture(48, 32, 40);  // grey, with a bright upper left corner
  for (int y = 0; y < 16; ++y) std::fill_n(picture.pixel(0, y), 3 * 16, std::uint8_t{230});

  const Prompt prompt = adapter.prepare(std::span(&picture, 1), "what is this <image> ?");
  const auto tokens = adapter.encode(prompt.pixels);
  const Generation answer = generate(adapter, prompt, tokens, /*max_new_tokens=*/4);
  std::cout << "answer (of a model that has learned nothing): " << answer.ids.size()
            << " tokens\n\nlayer  system   image    user  answer\n"
            << std::fixed << std::setprecision(3);

  const auto partition = prompt.partition.with_answer(static_cast<Index>(answer.ids.size()));
  const AttentionAggregator<> aggregate(partition);
  const std::vector<Index> rows = partition.predicting_rows();
  const auto print_shares = [&](int layer, const auto& block) {
    std::cout << std::setw(5) << layer;
    for (const float share : aggregate(layer, block, rows).mean_shares()) {
      std::cout << std::setw(8) << share;
    }
    std::cout << '\n';
  };
  observe_pass(adapter, prompt, tokens, answer.ids,
               observe(on_attention(Layers::every(), print_shares)));
}
