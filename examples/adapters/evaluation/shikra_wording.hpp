// SPDX-License-Identifier: MIT
/// \file How the evaluation of Shikra words the benchmarks.
#pragma once

#include <array>
#include <string>

#include <infoflow/sweep/sweep_wording.hpp>

namespace infoflow::adapters {

namespace detail {

/// The first template of Shikra's VQA.json, whose evaluation draws one of 140 for each question; a
/// question without a picture has no sentence of it.
[[nodiscard]] inline std::string in_shikra_template(const BenchmarkItem& item,
                                                    const std::string& question) {
  const std::string asked = "Can you give me a straightforward answer to my question: " + question;
  return item.image.empty() ? asked : asked + " Consider the image <image> when answering.";
}

[[nodiscard]] inline std::string shikra_vqa(const BenchmarkItem& item) {
  return in_shikra_template(item, question_with_options(item));
}

[[nodiscard]] inline std::string shikra_science_qa(const BenchmarkItem& item) {
  const std::string hint = item.hint && !item.hint->empty() ? *item.hint + "\n" : "";
  return in_shikra_template(item, hint + question_with_options(item));
}

[[nodiscard]] inline std::string shikra_caption(const BenchmarkItem& item) {
  return (item.image.empty() ? "" : "<image> ") + question_with_options(item);
}

}  // namespace detail

/// What stands in the user's turn, the picture with it. POPE and VQA are worded as in Shikra's own
/// evaluation, TextVQA and ScienceQA, which that has not, in the same template; a caption is asked for
/// as it stands, behind the picture.
/// Source: config/_base_/dataset/template/VQA.json and shikra_eval_multi_pope.py (1024 tokens).
inline constexpr std::array<TaskWording, 5> shikra_evaluation{{
    {"pope", detail::shikra_vqa, 1024},
    {"textvqa", detail::shikra_vqa, 1024},
    {"scienceqa", detail::shikra_science_qa, 1024},
    {"chair", detail::shikra_caption, 1024},
    {"vqa", detail::shikra_vqa, 1024},
}};

}  // namespace infoflow::adapters
