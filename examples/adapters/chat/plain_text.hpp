// SPDX-License-Identifier: MIT
/// \file A user's text is text: what a model would read as anything else is refused by name.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// The marks of a text (`<image>`, tokens written out) against those that it may have: those of the
/// template around it, which are the same whatever the question is.
/// \param text  what the user's text is, for the error: "question", "answer"
/// \throws Error that names the first mark too many; or one that the user's text takes away, as an
///         accent behind a ">" does
inline void require_marks(const std::vector<std::string>& marks,
                          const std::vector<std::string>& allowed, const std::string& text) {
  for (const std::string& mark : marks) {
    if (std::ranges::count(marks, mark) > std::ranges::count(allowed, mark)) {
      throw Error("\"" + mark + "\" in the " + text + " would be a token of the model, not text",
                  text, "write it in other words (only --prompt takes tokens written out)");
    }
  }
  if (marks == allowed) return;
  for (const std::string& mark : allowed) {
    if (std::ranges::count(marks, mark) < std::ranges::count(allowed, mark)) {
      throw Error("beside this " + text + " the template's \"" + mark + "\" is no token any more",
                  text, "begin and end it with a letter");
    }
  }
}

}  // namespace infoflow::adapters
