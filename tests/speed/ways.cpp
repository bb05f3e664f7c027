// SPDX-License-Identifier: MIT
// What the fast sweep is worth: its time against one run per cut and against one plain answer, in one
// process, and, with a single way named, that way's peak memory.
//
//   cmake --build build/release --target sweep_benchmark
//   OMP_NUM_THREADS=1 build/release/tests/sweep_benchmark CHECKPOINT PICTURE QUESTION… [--only WAY]
//
// Ways: answer (one generation), together (TruncationSweep), apart (generate and one forced pass per
// cut, with caches), opaque (the same without caches: a forward per token). All cuts are drop-all.
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <adapters/llava.hpp>
#include <infoflow/cut/policies.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/run/plain.hpp>
#include <infoflow/run/truncation_sweep.hpp>

using namespace infoflow;
using adapters::Llava;

namespace {

constexpr Index most_tokens = 64;
constexpr int repeats = 3;

struct Question {
  Prompt prompt;
  Llava::ImageTokens tokens;
};

std::vector<Truncation> all_cuts(int layers) {
  std::vector<Truncation> cuts;
  for (int layer = 0; layer < layers; ++layer) cuts.push_back({.schedule = {{{layer, DropAll{}}}}});
  cuts.emplace_back();
  return cuts;
}

template <class Adapter>
void sweep_all(const Adapter& adapter, const std::vector<Question>& questions, int layers) {
  TruncationSweep<Adapter> sweep(adapter, most_tokens);
  const auto cuts = all_cuts(layers);
  for (const Question& q : questions) (void)sweep(q.prompt, q.tokens, cuts, {}, {});
}

/// What a careful user of `generate` and `forward` would write.
void sweep_apart(const Llava& model, const std::vector<Question>& questions) {
  const auto cuts = all_cuts(model.layer_count());
  for (const Question& q : questions) {
    const Generation untouched = generate(model, q.prompt, q.tokens, most_tokens);
    const auto rows =
        q.prompt.partition.with_answer(static_cast<Index>(untouched.ids.size())).predicting_rows();
    for (const Truncation& cut : cuts) {
      (void)generate(model, q.prompt, q.tokens, most_tokens, cut);
      (void)forward(model, q.prompt, q.tokens, untouched.ids, rows, observe(), cut);
    }
  }
}

double seconds(const std::function<void()>& run) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  std::string only;
  if (words.size() > 2 && words[words.size() - 2] == "--only") {
    only = words.back();
    words.resize(words.size() - 2);
  }
  if (words.size() < 3) {
    std::fprintf(stderr, "usage: sweep_benchmark CHECKPOINT PICTURE QUESTION... [--only WAY]\n");
    return 2;
  }
  const Llava model = Llava::from_directory(words[0]);
  const std::vector<RgbImage> picture{read_image(words[1]).image};
  std::vector<Question> questions;
  for (std::size_t i = 2; i < words.size(); ++i) {
    Prompt prompt = model.prepare(picture, model.question_prompt(words[i], 1));
    auto tokens = model.encode(prompt.pixels);
    questions.push_back({std::move(prompt), std::move(tokens)});
  }

  const std::map<std::string, std::function<void()>> ways{
      {"answer",
       [&] {
         for (const Question& q : questions) (void)generate(model, q.prompt, q.tokens, most_tokens);
       }},
      {"together", [&] { sweep_all(model, questions, model.layer_count()); }},
      {"apart", [&] { sweep_apart(model, questions); }},
      {"opaque", [&] { sweep_all(plain(model), questions, model.layer_count()); }}};
  double answer = 0;
  std::printf("%-10s %10s %12s\n", "way", "seconds", "to answer");
  for (const auto& [name, run] : ways) {  // "answer" comes first.
    if (!only.empty() && name != only) continue;
    run();  // To warm up.
    const double taken = seconds(run);
    if (name == "answer") answer = taken;
    std::printf("%-10s %10.3f", name.c_str(), taken);
    if (answer > 0) std::printf(" %11.1fx", taken / answer);
    std::printf("\n");
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%zu questions, %d cuts, peak memory %.1f MiB\n", questions.size(),
              model.layer_count() + 1, static_cast<double>(usage.ru_maxrss) / 1024);
}
