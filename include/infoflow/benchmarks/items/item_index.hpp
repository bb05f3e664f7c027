// SPDX-License-Identifier: MIT
/// \file Which question an answer's row names, and whether all that the row says fits it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <infoflow/benchmarks/items/answer_file.hpp>
#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/picture_name.hpp>
#include <infoflow/core/split_text.hpp>

namespace infoflow {

/// A question as it is compared: lower case, one blank between words.
[[nodiscard]] inline std::string question_key(std::string_view question) {
  const std::string small = text::lower(question);
  std::string key;
  for (const std::string_view word : text::words(small)) {
    key += (key.empty() ? "" : " ") + std::string(word);
  }
  return key;
}

/// What a row says that is not so of the question it is paired with.
struct AnswerContradiction {
  std::string_view field;
  std::string said;
  std::string known;
};

/// The items of a data set, found by what rows of answers call them.
///
/// A row names an item by id, or else by its picture, together with the question where several are
/// asked about one; Benchmark::answers says what is otherwise.
class ItemIndex {
 public:
  /// \param data  must outlive this
  explicit ItemIndex(const Benchmark& data) : data_(data) {
    for (std::size_t i = 0; i < data.items.size(); ++i) {
      const BenchmarkItem& item = data.items[i];
      ids_.emplace(item.id, i);
      add_once(unpadded_, unpadded(item.id), i);
      questions_.push_back(key_of_question(item.question));
      picture_keys_.push_back(picture_key(item.image));
      if (item.image.empty()) continue;
      pictures_[picture_keys_.back()].push_back(i);
    }
    for (const auto& [key, items] : pictures_) {
      const std::string& first = data.items[items.front()].image;
      const bool one = std::all_of(items.begin(), items.end(),
                                   [&](std::size_t i) { return data.items[i].image == first; });
      if (!one) shared_.insert(key);
    }
  }

  /// The item that the row's ids name, if any.
  [[nodiscard]] std::optional<std::size_t> by_id(const AnswerRow& row) const {
    if (data_.answers.id == AnswerId::picture) return by_picture_id(row);
    for (const std::string& id : {row.id, row.other_id}) {
      if (const auto item = with_id(id, row.category)) return item;
    }
    return std::nullopt;
  }

  /// True if the row names a picture.
  [[nodiscard]] bool names_picture(const AnswerRow& row) const { return !picture_of(row).empty(); }

  /// The items that the row's picture, and its question if it has one, may mean: none, one or more.
  [[nodiscard]] std::vector<std::size_t> by_picture(const AnswerRow& row) const {
    std::vector<std::size_t> found;
    const std::string asked = asked_by(row);
    std::size_t longest = 0;
    for (const std::size_t i : of_picture(picture_of(row))) {
      // Of questions that are part of what was asked the longest is meant.
      const std::size_t length = asked.empty() ? 0 : questions_[i].size();
      if (!asks(asked, i) || length < longest) continue;
      if (length > longest) found.clear();
      longest = length;
      found.push_back(i);
    }
    return found;
  }

  /// What the row says that is not so of the item, if anything.
  [[nodiscard]] std::optional<AnswerContradiction> contradiction(const AnswerRow& row,
                                                                 std::size_t item) const {
    const BenchmarkItem& known = data_.items[item];
    if (const auto other = names_other(row, item)) return *other;
    if (!row.image.empty() && !is_picture(row.image, item)) {
      return AnswerContradiction{"picture", row.image, known.image.empty() ? "none" : known.image};
    }
    if (!row.image_id.empty() && is_other_picture(row.image_id, item)) {
      return AnswerContradiction{"picture", row.image_id,
                                 known.image.empty() ? "none" : known.image};
    }
    if (is_other_category(row.category, known.group)) {
      return AnswerContradiction{"category", row.category, known.group};
    }
    const std::string asked = asked_by(row);
    if (asked.empty() || asks(asked, item)) return std::nullopt;
    return AnswerContradiction{"question", row.prompt, known.question};
  }

 private:
  using Places = std::unordered_map<std::string, std::size_t>;
  static constexpr std::size_t several = static_cast<std::size_t>(-1);

  static void add_once(Places& places, const std::string& key, std::size_t item) {
    const auto [place, is_new] = places.emplace(key, item);
    if (!is_new) place->second = several;
  }

  [[nodiscard]] std::string key_of_question(std::string_view question) const {
    const std::string key = question_key(question);
    return data_.answers.one_spelling != nullptr ? data_.answers.one_spelling(key) : key;
  }

  /// The id as it stands, behind its category where the data have several, or padded with zeros.
  [[nodiscard]] std::optional<std::size_t> with_id(const std::string& id,
                                                   const std::string& category) const {
    if (id.empty()) return std::nullopt;
    for (const std::string& name : {id, text::lower(category) + "/" + id}) {
      if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    }
    const auto found = unpadded_.find(unpadded(id));
    if (found == unpadded_.end() || found->second == several) return std::nullopt;
    return found->second;
  }

  /// By the first of the fields that is there, even if it names nothing.
  [[nodiscard]] std::optional<std::size_t> by_picture_id(const AnswerRow& row) const {
    for (const std::string& name : {row.image_id, row.image, row.id, row.other_id}) {
      if (name.empty()) continue;
      if (const auto item = with_id(picture_key(name), "")) return item;
      const std::vector<std::size_t> items = of_picture(name);
      if (items.size() == 1) return items.front();
      return std::nullopt;
    }
    return std::nullopt;
  }

  [[nodiscard]] const std::string& picture_of(const AnswerRow& row) const {
    if (!row.image.empty()) return row.image;
    const bool by_id = row.image_id.empty() && data_.answers.id == AnswerId::either;
    return by_id ? row.id : row.image_id;
  }

  [[nodiscard]] std::vector<std::size_t> of_picture(const std::string& name) const {
    const auto found = name.empty() ? pictures_.end() : pictures_.find(picture_key(name));
    if (found == pictures_.end()) return {};
    std::vector<std::size_t> items = found->second;
    std::erase_if(items, [&](std::size_t i) { return !is_picture(name, i); });
    return items;
  }

  /// Folders count only where the data have two pictures of one name.
  [[nodiscard]] bool is_picture(const std::string& name, std::size_t item) const {
    const std::string& known = data_.items[item].image;
    const std::string key = picture_key(name);
    const bool by_number = data_.answers.id == AnswerId::picture;
    if (by_number && key == unpadded(data_.items[item].id)) return true;
    return key == picture_keys_[item] && (!shared_.contains(key) || same_path(name, known));
  }

  /// Numbers of pictures may be of one's own: they contradict only what they can be compared with.
  [[nodiscard]] bool is_other_picture(const std::string& id, std::size_t item) const {
    const std::string& known = data_.items[item].image;
    if (is_picture(id, item)) return false;
    return !of_picture(id).empty() ||
           (is_whole_number(picture_key(id)) && is_whole_number(picture_key(known)));
  }

  [[nodiscard]] std::optional<AnswerContradiction> names_other(const AnswerRow& row,
                                                               std::size_t item) const {
    if (data_.answers.id == AnswerId::picture) return std::nullopt;
    for (const std::string& id : {row.id, row.other_id}) {
      const auto named = with_id(id, row.category);
      if (named && *named != item) return AnswerContradiction{"id", id, data_.items[item].id};
    }
    return std::nullopt;
  }

  /// A row may list several categories.
  [[nodiscard]] bool is_other_category(std::string_view said, const std::string& group) const {
    const std::vector<std::string>& names = data_.answers.categories;
    if (std::find(names.begin(), names.end(), group) == names.end()) return false;
    const std::string small = text::lower(said);
    bool other = false;
    for (const std::string_view piece : split_text(small, ',')) {
      const std::string_view name = text::strip(piece);
      if (name == group) return false;
      other |= std::find(names.begin(), names.end(), name) != names.end();
    }
    return other;
  }

  /// What the row was asked, to compare; empty if it does not say ("<image>" alone, or "…"), or if
  /// all are asked the same.
  [[nodiscard]] std::string asked_by(const AnswerRow& row) const {
    const auto& question_in = data_.answers.question_in;
    const std::string asked = key_of_question(question_in ? question_in(row.prompt) : row.prompt);
    std::string key = text::replaced(asked, "<image>", "");
    const bool says = !text::without(text::replaced(key, "…", ""), " .?-_").empty();
    return says ? key : std::string();
  }

  /// A prompt holds more than the question, and a question may come without what stands before it.
  [[nodiscard]] bool asks(const std::string& asked, std::size_t item) const {
    return text::contains(asked, questions_[item]) || text::contains(questions_[item], asked);
  }

  const Benchmark& data_;
  Places ids_;
  Places unpadded_;
  std::vector<std::string> questions_;     ///< As they are compared.
  std::vector<std::string> picture_keys_;  ///< Likewise.
  std::unordered_map<std::string, std::vector<std::size_t>> pictures_;
  std::unordered_set<std::string> shared_;  ///< Names that several pictures of the data have.
};

/// \throws Error naming both lines if the row says of its question what is not so
inline void check_pair(const ItemIndex& index, const AnswerRow& answer, const BenchmarkItem& item,
                       std::size_t place) {
  const auto fault = index.contradiction(answer, place);
  if (!fault) return;
  const auto brief = [](const std::string& text) {
    std::size_t end = std::min<std::size_t>(text.size(), 80);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + (end < text.size() ? "…" : "");
  };
  throw Error("the answer's " + std::string(fault->field) + " is \"" + brief(fault->said) +
                  "\", that of its question (" + item.where + ") \"" + brief(fault->known) + "\"",
              answer.where,
              "give answers and data that belong together, and leave out fields that do not count");
}

}  // namespace infoflow
