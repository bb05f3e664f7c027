// SPDX-License-Identifier: MIT
/// \file The data of a sweep on a disk: a benchmark's files and a folder of pictures.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/benchmark_files.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/files/json_lines.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/files/sha256.hpp>
#include <infoflow/picture/picture_path.hpp>
#include <infoflow/picture/picture_reader.hpp>
#include <infoflow/sweep/sweep_questions.hpp>

namespace infoflow {

/// Which questions are asked.
struct SweepData {
  std::string task;                ///< "pope", "scienceqa", "textvqa", "chair" or "vqa".
  std::vector<std::string> files;  ///< The data set's, or a folder of them.
  std::string images;              ///< The folder that pictures lie in.
  std::string rule{};              ///< How answers are read; empty: the benchmark's own way.
  bool skip_bad = false;           ///< Leave out rows that cannot be used.
  Index limit = 0;                 ///< Only the first items; 0: all.
  bool apply_exif = false;         ///< Turn pictures as their cameras noted.
};

/// The questions, and what a reader should know of their pictures.
struct SweepInput {
  SweepQuestions questions;
  std::vector<std::string> picture_notes;
};

namespace detail {

/// The files given, and those that lie in the folders given.
[[nodiscard]] inline std::vector<std::string> files_of(const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const std::string& path : given) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::set<std::string> inside;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() == ".json") inside.insert(entry.path().string());
    }
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

inline void require_picture(const BenchmarkItem& item, const std::string& images,
                            PictureReader& reader) {
  std::error_code ignored;
  if (!std::filesystem::exists(path_inside(images, item.image, item.where), ignored)) {
    throw Error("there is no picture \"" + item.image + "\" in " + images, item.where,
                "give the pictures' folder as --images, or leave such rows out by --skip-bad");
  }
  try {
    (void)reader.read(path_inside(images, item.image, item.where));
  } catch (const Error& error) {
    throw Error(error.problem(), item.where + ", picture " + item.image,
                "repair it, or leave such rows out by --skip-bad");
  }
}

/// A broken picture must be known before the run: it would end the run in its middle, is also no
/// control of another item, and shards must agree on which items there are.
[[nodiscard]] inline BadItems bad_pictures(const std::vector<BenchmarkItem>& items,
                                           const SweepData& data, PictureReader& reader) {
  BadItems bad;
  std::set<std::string> readable;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const BenchmarkItem& item = items[i];
    if (item.image.empty() || readable.contains(item.image)) continue;
    try {
      require_picture(item, data.images, reader);
      readable.insert(item.image);
    } catch (const Error& error) {
      if (!data.skip_bad) throw;
      bad[i] = error.problem() + " (" + error.where() + ")";
    }
  }
  return bad;
}

inline void require_a_picture(const std::vector<BenchmarkItem>& items, const BadItems& bad,
                              const std::string& images) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].image.empty() && !bad.contains(i)) return;
  }
  throw Error("no item of the data has a picture that could be cut", images, "see --images");
}

[[nodiscard]] inline std::string digest_of_data(const Benchmark& benchmark, const BadItems& bad,
                                                const SweepData& data) {
  std::string text = benchmark.task + '\0' + benchmark.rule;
  for (std::size_t i = 0; i < benchmark.items.size(); ++i) {
    const BenchmarkItem& item = benchmark.items[i];
    for (const std::string* part : {&item.id, &item.image, &item.question, &item.reference}) {
      text += '\0' + *part;
    }
    if (item.hint) text += '\2' + *item.hint;
    for (const std::string& choice : item.choices) text += '\1' + choice;
    if (bad.contains(i)) text += '\4';
    if (item.image.empty() || bad.contains(i)) continue;
    const auto bytes = std::filesystem::file_size(path_inside(data.images, item.image, item.where));
    text += '\3' + std::to_string(bytes);
  }
  for (const std::string& path : files_of(data.files)) {
    const auto bytes = read_file(path, "a data file", largest_data_file);
    text += '\0' + hex(sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  return hex(sha256(text));
}

}  // namespace detail

/// Reads the data and looks whether every picture is there and can be read. Its digest is over the
/// rule, what is asked, the data files (they say how it is scored), how large each picture's file is,
/// and which pictures cannot be read.
/// \throws Error if the data cannot be read, no item has a picture, or, unless bad rows are skipped, a
///         picture is missing or broken
[[nodiscard]] inline SweepInput read_sweep_data(const SweepData& data) {
  using namespace detail;
  Benchmark benchmark = read_benchmark(data.task, data.files, data.rule, data.skip_bad);
  std::vector<BenchmarkItem>& items = benchmark.items;
  if (data.limit > 0 && data.limit < static_cast<Index>(items.size())) {
    items.erase(items.begin() + data.limit, items.end());
  }
  PictureReader reader(data.apply_exif);
  BadItems bad = bad_pictures(items, data, reader);
  require_a_picture(items, bad, data.images);
  std::string digest = digest_of_data(benchmark, bad, data);
  const auto read = [images = data.images, exif = data.apply_exif](const std::string& image,
                                                                   const std::string& where) {
    return PictureReader(exif).read(path_inside(images, image, where));
  };
  return {SweepQuestions(std::move(benchmark), read, std::move(digest), std::move(bad)),
          reader.notes()};
}

}  // namespace infoflow
