// SPDX-License-Identifier: MIT
/// \file ScienceQA questions as LLaVA's file spells them: hint, question and options in one text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/items/image_marker.hpp>
#include <infoflow/benchmarks/science_qa/science_qa_rules.hpp>
#include <infoflow/text/answer_text.hpp>

namespace infoflow {

/// A question taken apart.
struct ScienceQaText {
  std::string hint;
  std::string question;
  Choices choices;  ///< Empty if the text has none of the known forms.
};

namespace detail {

/// Texts between the marks of A, B, … which must follow each other; options may run over lines.
/// \param mark  gives the mark of a letter: "\nB. "
template <class Mark>
[[nodiscard]] Choices options_after(std::string_view text, std::size_t first, Mark mark) {
  Choices choices;
  std::size_t at = first;
  for (char letter = 'A'; letter <= 'E'; ++letter) {
    const std::size_t begin = at + mark(letter).size();
    const std::size_t next = text.find(mark(static_cast<char>(letter + 1)), begin);
    choices.emplace_back(text::strip(text.substr(begin, next - begin)));
    if (next == std::string_view::npos) break;
    at = next;
  }
  return choices;
}

/// "Context: h\nQuestion: q\nOptions: (A) x (B) y": the form of LLaVA 1.0; "N/A" is no hint.
[[nodiscard]] inline ScienceQaText marked_question(std::string_view text) {
  constexpr std::string_view context = "Context: ";
  const std::size_t options = text.rfind("\nOptions: (A) ");
  const std::size_t question = text.rfind("\nQuestion: ", options);
  if (!text.starts_with(context) || options == std::string_view::npos ||
      question == std::string_view::npos) {
    return {};
  }
  const std::string_view hint = text.substr(context.size(), question - context.size());
  const std::size_t asked = question + std::string_view("\nQuestion: ").size();
  // Between options stands one blank, which the first one's mark takes from "Options: ".
  const auto mark = [](char letter) { return std::string(" (") + letter + ") "; };
  return {std::string(hint == "N/A" ? "" : hint), std::string(text.substr(asked, options - asked)),
          options_after(text, text.find(" (A) ", options), mark)};
}

/// "Context: h\nq\nA. x\nB. y", the first line only if there is a hint: the form of LLaVA 1.5.
[[nodiscard]] inline ScienceQaText plain_question(std::string_view text) {
  constexpr std::string_view context = "Context: ";
  const auto mark = [](char letter) { return std::string("\n") + letter + ". "; };
  const std::size_t options = text.rfind(mark('A'));
  if (options == std::string_view::npos) return {};
  std::string_view asked = text.substr(0, options);
  std::string_view hint;
  const std::size_t last_line = asked.rfind('\n');
  if (asked.starts_with(context) && last_line != std::string_view::npos) {
    hint = asked.substr(context.size(), last_line - context.size());
    asked.remove_prefix(last_line + 1);
  }
  return {std::string(hint), std::string(asked), options_after(text, options, mark)};
}

}  // namespace detail

/// The human turn of LLaVA's file, in the form of LLaVA 1.0 or 1.5, taken apart.
///
/// In the form of 1.5 nothing marks where a hint ends: its last line is taken for the question,
/// which is right unless a question with a hint has several lines.
/// Law: "Context: " + hint + "\n" + question (without a hint the question alone), and the options
/// as "\nA. x\nB. y", give the text of the form of 1.5 back.
[[nodiscard]] inline ScienceQaText science_qa_text(std::string_view turn) {
  const std::string without_image = without_image_marker(turn);
  const std::string_view text = text::strip(without_image);
  ScienceQaText marked = detail::marked_question(text);
  return marked.choices.size() >= 2 ? marked : detail::plain_question(text);
}

}  // namespace infoflow
