// SPDX-License-Identifier: MIT
#include "sweep_questions.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <infoflow/io/benchmark_files.hpp>
#include <infoflow/io/json_lines.hpp>
#include <infoflow/io/read_file.hpp>
#include <infoflow/io/sha256.hpp>

#include "picture_path.hpp"

namespace infoflow::analyzers {

namespace {

/// The files given, and those that lie in the folders given.
std::vector<std::string> all_files(const std::vector<std::string>& given) {
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

}  // namespace

SweepQuestions::SweepQuestions(const SweepData& data)
    : images_(data.images),
      pictures_(data.pictures),
      reader_(data.pictures.applies_exif()),
      files_(data.files),
      benchmark_(read_benchmark(data.task, data.files, data.rule, data.skip_bad)) {
  std::vector<BenchmarkItem>& items = benchmark_.items;
  if (data.limit > 0 && data.limit < static_cast<Index>(items.size())) {
    items.erase(items.begin() + data.limit, items.end());
  }
  look_at_pictures(data.skip_bad);
  order_by_picture();
  if (std::all_of(order_.begin(), order_.end(),
                  [&](std::size_t i) { return items[i].image.empty(); })) {
    throw Error("no item of the data has a picture that could be cut", images_, "see --images");
  }
}

void SweepQuestions::require_picture(const BenchmarkItem& item) {
  std::error_code ignored;
  if (!std::filesystem::exists(path_inside(images_, item.image, item.where), ignored)) {
    throw Error("there is no picture \"" + item.image + "\" in " + images_, item.where,
                "give the pictures' folder as --images, or leave such rows out by --skip-bad");
  }
  try {
    (void)reader_.read(path_inside(images_, item.image, item.where));
  } catch (const Error& error) {
    throw Error(error.problem(), item.where + ", picture " + item.image,
                "repair it, or leave such rows out by --skip-bad");
  }
}

/// A broken picture must be known before the run: it would end the run in its middle, is also no
/// control of another item, and shards must agree on which items there are.
void SweepQuestions::look_at_pictures(bool skip_bad) {
  std::set<std::string> readable;
  for (std::size_t i = 0; i < benchmark_.items.size(); ++i) {
    const BenchmarkItem& item = benchmark_.items[i];
    if (item.image.empty() || readable.contains(item.image)) continue;
    try {
      require_picture(item);
      readable.insert(item.image);
    } catch (const Error& error) {
      if (!skip_bad) throw;
      bad_pictures_[i] = error.problem() + " (" + error.where() + ")";
    }
  }
}

void SweepQuestions::order_by_picture() {
  const std::vector<BenchmarkItem>& items = benchmark_.items;
  std::map<std::string, std::size_t> first_with;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (bad_pictures_.contains(i)) continue;
    order_.push_back(i);
    if (!items[i].image.empty()) first_with.try_emplace(items[i].image, i);
  }
  const auto place = [&](std::size_t i) {
    return items[i].image.empty() ? i : first_with.at(items[i].image);
  };
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
}

std::vector<std::string> SweepQuestions::ids() const {
  std::vector<std::string> ids;
  for (const BenchmarkItem& item : benchmark_.items) ids.push_back(item.id);
  return ids;
}

const std::string& SweepQuestions::other_image(std::size_t item) const {
  static const std::string none;
  const auto& items = benchmark_.items;
  for (std::size_t step = 1; step < items.size(); ++step) {
    const std::size_t next = (item + step) % items.size();
    if (bad_pictures_.contains(next)) continue;
    const std::string& image = items[next].image;
    if (!image.empty() && image != items[item].image) return image;
  }
  return none;
}

RgbImage SweepQuestions::picture(const std::string& image, const std::string& where) const {
  return PictureReader(pictures_.applies_exif()).read(path_inside(images_, image, where));
}

std::string SweepQuestions::digest() const {
  std::string text = benchmark_.task + '\0' + benchmark_.rule;
  for (std::size_t i = 0; i < benchmark_.items.size(); ++i) {
    const BenchmarkItem& item = benchmark_.items[i];
    for (const std::string* part : {&item.id, &item.image, &item.question, &item.reference}) {
      text += '\0' + *part;
    }
    if (item.hint) text += '\2' + *item.hint;
    for (const std::string& choice : item.choices) text += '\1' + choice;
    if (bad_pictures_.contains(i)) text += '\4';
    if (item.image.empty() || bad_pictures_.contains(i)) continue;
    const auto bytes = std::filesystem::file_size(path_inside(images_, item.image, item.where));
    text += '\3' + std::to_string(bytes);
  }
  for (const std::string& path : all_files(files_)) {
    const auto bytes = read_file(path, "a data file", infoflow::detail::largest_data_file);
    text += '\0' + hex(sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  return hex(sha256(text));
}

}  // namespace infoflow::analyzers
