// SPDX-License-Identifier: MIT
/// \file How the evaluation of InstructBLIP words the benchmarks.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <infoflow/sweep/sweep_wording.hpp>

namespace infoflow::adapters {

namespace detail {

[[nodiscard]] inline std::string instructblip_short_answer(const BenchmarkItem& item) {
  return "Question: " + item.question + " Short answer:";
}

[[nodiscard]] inline std::string instructblip_text_vqa(const BenchmarkItem& item) {
  const bool tokens = item.hint && !item.hint->empty();
  return (tokens ? "OCR tokens: " + *item.hint + ". " : "") + instructblip_short_answer(item);
}

/// Options on one line: "(a) Ohio (b) Utah".
[[nodiscard]] inline std::string instructblip_options(const Choices& choices) {
  std::string line;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    line += std::string(i > 0 ? " (" : "(") + static_cast<char>(letter_of(i) - 'A' + 'a') + ") " +
            choices[i];
  }
  return line;
}

[[nodiscard]] inline std::string instructblip_science_qa(const BenchmarkItem& item) {
  const bool hinted = item.hint && !item.hint->empty();
  return (hinted ? "Context: " + *item.hint + ". " : "") + "Question: " + item.question +
         " Options: " + instructblip_options(item.choices) + ". Answer:";
}

[[nodiscard]] inline std::string instructblip_vqa(const BenchmarkItem& item) {
  if (item.choices.empty()) return instructblip_short_answer(item);
  return "Question: " + item.question + " Options: " + instructblip_options(item.choices) +
         ". Short answer:";
}

}  // namespace detail

/// The instruction. POPE, which the paper has not, is put as its other questions about pictures, a
/// caption is asked for as it stands. ScienceQA's options are ranked there; here an answer is read, which
/// names an option by its text: VLMEvalKit's rule knows it by that, the benchmark's own wants a letter.
/// Source: the paper's list of instructions (arXiv 2305.06500, appendix), predict_answers and generate of
/// LAVIS for options and lengths.
inline constexpr std::array<TaskWording, 5> instructblip_evaluation{{
    {"pope", detail::instructblip_short_answer, 10},
    {"textvqa", detail::instructblip_text_vqa, 10},
    {"scienceqa", detail::instructblip_science_qa, 10, "vlmevalkit"},
    {"chair", question_with_options, 256},
    {"vqa", detail::instructblip_vqa, 10},
}};

}  // namespace infoflow::adapters
