// SPDX-License-Identifier: MIT
/// \file CHAIR's pictures and what is in them: COCO's annotations, or a list made from them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/chair/chair.hpp>
#include <infoflow/benchmarks/chair/coco_objects.hpp>
#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/benchmark_builder.hpp>
#include <infoflow/files/json_lines.hpp>

namespace infoflow {

namespace detail {

/// The files of CHAIR's data, by kind.
struct ChairFiles {
  std::vector<std::string> coco;
  std::vector<std::string> lists;
  std::string synonyms;  ///< Empty: the published table.
};

inline void add_coco_folder(const std::string& folder, ChairFiles& files) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool half = name.starts_with("captions_") || name.starts_with("instances_");
    if (half && name.ends_with(".json")) found.push_back(entry.path().string());
  }
  if (found.empty()) {
    throw Error("the folder has no annotations", folder,
                "give the folder of captions_*.json and instances_*.json");
  }
  std::sort(found.begin(), found.end());
  files.coco.insert(files.coco.end(), found.begin(), found.end());
}

/// True of a list of objects, as lines or as one list: its categories are texts, COCO's are not.
[[nodiscard]] inline bool lists_objects(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return path.ends_with(".jsonl");
  std::string opening(4096, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(opening.data(), static_cast<std::streamsize>(opening.size()));
  opening.resize(static_cast<std::size_t>(file.gcount()));
  std::erase_if(opening, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  std::string_view text = opening;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with('[')) text.remove_prefix(1);
  return path.ends_with(".jsonl") || text.starts_with(R"({"categories":[")");
}

[[nodiscard]] inline ChairFiles chair_files(const std::vector<std::string>& given) {
  ChairFiles files;
  for (const std::string& path : given) {
    if (std::filesystem::is_directory(path)) {
      add_coco_folder(path, files);
    } else if (path.ends_with(".txt")) {
      if (!files.synonyms.empty()) throw Error("a second file of synonyms", path, "give one");
      files.synonyms = path;
    } else {
      (lists_objects(path) ? files.lists : files.coco).push_back(path);
    }
  }
  if (files.coco.empty() == files.lists.empty()) {
    throw Error(files.coco.empty() ? "there are no annotations" : "annotations in two forms",
                given.empty() ? "--data" : given.front(),
                "give COCO's annotation folder, or a list of objects");
  }
  return files;
}

[[nodiscard]] inline Chair chair_with_synonyms(const std::string& file) {
  if (file.empty()) return Chair();
  constexpr std::uintmax_t largest = 1U << 20U;  // The published table has 4 KB.
  const std::vector<std::uint8_t> bytes = read_file(file, "a file of synonyms", largest);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return Chair(std::make_shared<const ChairVocabulary>(text, file));
}

/// The name that COCO gives the picture of that number in the split that CHAIR's protocols use.
[[nodiscard]] inline std::string coco_val_name(std::int64_t id) {
  const std::string digits = std::to_string(id);
  return "COCO_val2014_" + std::string(12 - std::min<std::size_t>(12, digits.size()), '0') +
         digits + ".jpg";
}

[[nodiscard]] inline BenchmarkItem chair_item(CocoPicture picture, const Chair& metric) {
  BenchmarkItem item;
  item.id = std::to_string(picture.id);
  item.where = std::move(picture.where);
  item.image = picture.file_name.empty() ? coco_val_name(picture.id) : std::move(picture.file_name);
  item.question = "Please describe this image in detail.";
  item.score = [metric, objects = std::move(picture.objects)](std::string_view answer) {
    ChairReading reading = metric.read(answer);
    ScoredAnswer scored;
    scored.statistics = Chair::statistics(reading, objects);
    std::vector<std::string> hallucinated = Chair::hallucinated(reading, objects);
    scored.score = hallucinated.empty() ? 0.0 : 1.0;
    for (const std::string& object : reading.objects) {
      scored.parsed += (scored.parsed.empty() ? "" : ", ") + object;
    }
    scored.found = {{"objects", std::move(reading.objects)},
                    {"hallucinated", std::move(hallucinated)}};
    return scored;
  };
  return item;
}

constexpr const char* object_list_form =
    R"(write {"categories": ["person", …]} in the first line, then [image_id, category, …] with categories counted from 0)";

/// The node words of the categories that the first line lists.
[[nodiscard]] inline std::vector<std::string> listed_nodes(const JsonRow& row,
                                                           const ChairVocabulary& vocabulary) {
  std::vector<std::string> nodes;
  const bool object = row.value.is_object() && row.value.contains("categories");
  if (!object || !row.value["categories"].is_array()) {
    throw Error("the first line does not list \"categories\"", row.where, object_list_form);
  }
  for (const nlohmann::json& category : row.value["categories"]) {
    if (!category.is_string()) throw Error("a category is not a text", row.where, object_list_form);
    nodes.push_back(node_of_category(category, vocabulary, row.where));
  }
  return nodes;
}

[[nodiscard]] inline CocoPicture listed_picture(const JsonRow& row,
                                                const std::vector<std::string>& nodes) {
  const bool numbers = row.value.is_array() && !row.value.empty() &&
                       std::all_of(row.value.begin(), row.value.end(),
                                   [](const auto& entry) { return entry.is_number_unsigned(); });
  if (!numbers) throw Error("the row is not a list of whole numbers", row.where, object_list_form);
  CocoPicture picture{row.value[0], row.where, {}, {}};
  for (std::size_t i = 1; i < row.value.size(); ++i) {
    const auto category = row.value[i].get<std::uint64_t>();
    if (category >= nodes.size()) {
      throw Error("there is no category " + std::to_string(category), row.where, object_list_form);
    }
    picture.objects.insert(nodes[category]);
  }
  return picture;
}

/// A picture is the question; what else a prompt says is the same for all.
[[nodiscard]] inline AnswerNaming chair_answers() {
  return {.id = AnswerId::picture, .question_in = [](std::string_view) { return std::string(); }};
}

}  // namespace detail

/// CHAIR as a benchmark; an item's id is the number of its picture.
/// \param given     COCO's annotation files (captions and instances) or their folder, or a file
///                  that lists their union: {"categories": […]}, then [image_id, category, …]; a
///                  .txt of synonyms with them takes the published table's place
/// \param rule      "pattern" or empty: plurals as CHAIR's own evaluator resolves them
/// \param skip_bad  leaves out bad lines of a list; a bad entry of COCO's files always ends the
///                  reading, since without it a picture's objects would not be complete
/// \throws Error naming the file and the line or entry that cannot be used
[[nodiscard]] inline Benchmark read_chair(const std::vector<std::string>& given,
                                          std::string_view rule = "", bool skip_bad = false) {
  if (!rule.empty() && rule != "pattern") {
    throw Error("no rule is called \"" + std::string(rule) + "\" here", "--rule", "use pattern");
  }
  const detail::ChairFiles files = detail::chair_files(given);
  const Chair metric = detail::chair_with_synonyms(files.synonyms);
  BenchmarkBuilder builder("chair", "CHAIR", "pattern", summary_of(metric), skip_bad);
  builder.benchmark().answers = detail::chair_answers();
  builder.benchmark().all_are_asked = false;  // Annotations cover all of COCO.
  for (const std::string& file : files.lists) {
    const std::vector<JsonRow> rows = read_json_rows(file);
    const std::vector<std::string> nodes = detail::listed_nodes(rows.front(), metric.vocabulary());
    for (std::size_t i = 1; i < rows.size(); ++i) {
      builder.add(
          [&] { return detail::chair_item(detail::listed_picture(rows[i], nodes), metric); });
    }
  }
  if (!files.coco.empty()) {
    CocoObjects objects(metric);
    for (const std::string& file : files.coco) objects.read(file);
    for (CocoPicture& picture : std::move(objects).finish()) {
      builder.add([&] { return detail::chair_item(std::move(picture), metric); });
    }
  }
  return builder.finish(given.front());
}

}  // namespace infoflow
