// SPDX-License-Identifier: MIT
// Reads a checkpoint and tokenises a question.
#include <cstdio>

#include <adapters/internvl.hpp>

int main() {
  const auto model = infoflow::adapters::Internvl::from_directory(CHECKPOINT);
  const auto prompt = model.prepare({}, model.question_prompt("Is it?", 0));
  std::printf("%d layers, %zu tokens\n", model.layer_count(), prompt.ids.size());
  return model.layer_count() == 8 && !prompt.ids.empty() ? 0 : 1;
}
