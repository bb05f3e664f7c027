// SPDX-License-Identifier: MIT
/// \file The objects in COCO's pictures, from its annotation files: CHAIR's ground truth.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/chair/chair.hpp>
#include <infoflow/benchmarks/chair/coco_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow {

/// A picture and the node words of what is in it.
struct CocoPicture {
  std::int64_t id = 0;
  std::string where;      ///< The entry that named it first, for messages.
  std::string file_name;  ///< Empty where no file tells it.
  Chair::Reference objects;
};

/// The node word of a COCO category. \throws Error if the vocabulary does not have it
[[nodiscard]] inline std::string node_of_category(const std::string& category,
                                                  const ChairVocabulary& vocabulary,
                                                  const std::string& where) {
  const auto node = vocabulary.node_of(category);
  if (node) return std::string(*node);
  throw Error("the category \"" + category + "\" is not among the synonyms", where,
              "give the synonyms of these categories");
}

/// Gathers pictures from annotation files, in the order in which the files name them. In a picture
/// are the categories of its instances (crowds included) and the objects of all its captions, which
/// are read as answers are.
class CocoObjects {
 public:
  explicit CocoObjects(Chair metric) : metric_(std::move(metric)) {}

  /// \throws Error naming the file and the entry that is not as COCO writes it
  void read(const std::string& file) {
    FileParts parts;
    walk_coco_file(file, [&](const CocoEntry& entry) { take(entry, parts); });
    if (!parts.captions && parts.instances.empty()) {
      throw Error("the file has no \"annotations\"", file, advice);
    }
    for (const Instance& instance : parts.instances) {
      const auto node = parts.nodes.find(instance.category);
      if (node == parts.nodes.end()) {
        throw Error("the category " + std::to_string(instance.category) + " is not listed",
                    instance.where, "give the file with its \"categories\"");
      }
      pictures_[instance.picture].objects.insert(node->second);
    }
    for (const std::size_t at : parts.pictures) {
      if (parts.captions) captioned_[at] = true;
      if (!parts.instances.empty()) segmented_[at] = true;
    }
    lists_pictures_ &= parts.lists_pictures;
  }

  /// \throws Error if captions or instances are missing, of all pictures or of those of one file
  [[nodiscard]] std::vector<CocoPicture> finish() && {
    check_that_all(captioned_, "captions");
    check_that_all(segmented_, "instances");
    return std::move(pictures_);
  }

 private:
  static constexpr const char* advice =
      "give COCO's captions_*.json and instances_*.json of the same pictures";

  struct Instance {
    std::size_t picture;
    std::int64_t category;
    std::string where;
  };

  struct FileParts {
    std::vector<std::size_t> pictures;
    std::unordered_map<std::int64_t, std::string> nodes;  // By category.
    std::vector<Instance> instances;  // Kept, since the file lists categories after them.
    bool captions = false;
    bool lists_pictures = false;
  };

  void take(const CocoEntry& entry, FileParts& parts) {
    if (entry.list == "categories") {
      parts.nodes[needed(entry, entry.id, "id")] =
          node_of_category(needed(entry, entry.name, "name"), metric_.vocabulary(), entry.where);
    } else if (entry.list == "images") {
      const std::size_t at = picture(needed(entry, entry.id, "id"), entry.where, parts);
      if (entry.file_name) pictures_[at].file_name = *entry.file_name;
      parts.lists_pictures = true;
    } else if (entry.list == "annotations") {
      const std::size_t at = picture(needed(entry, entry.image_id, "image_id"), entry.where, parts);
      if (entry.category_id) parts.instances.push_back({at, *entry.category_id, entry.where});
      if (entry.caption) add_caption(*entry.caption, pictures_[at], parts);
      if (entry.category_id || entry.caption) return;
      throw Error("neither \"caption\" nor \"category_id\" is there", entry.where, advice);
    }
  }

  void add_caption(const std::string& caption, CocoPicture& picture, FileParts& parts) const {
    ChairReading reading = metric_.read(caption);
    for (std::string& object : reading.objects) picture.objects.insert(std::move(object));
    parts.captions = true;
  }

  /// Where the picture of that number stands; it is added if it is new.
  std::size_t picture(std::int64_t id, const std::string& where, FileParts& parts) {
    const auto [found, added] = places_.try_emplace(id, pictures_.size());
    if (added) {
      pictures_.push_back({id, where, {}, {}});
      captioned_.push_back(false);
      segmented_.push_back(false);
    }
    parts.pictures.push_back(found->second);
    return found->second;
  }

  template <class T>
  static const T& needed(const CocoEntry& entry, const std::optional<T>& field, const char* name) {
    if (field) return *field;
    throw Error("\"" + std::string(name) + "\" is missing or not what COCO writes", entry.where,
                advice);
  }

  /// A picture that no file of a kind knows would lack half of its truth. Files without "images" do
  /// not tell which pictures they know.
  void check_that_all(const std::vector<bool>& known, const std::string& kind) const {
    const auto first = std::find(known.begin(), known.end(), false);
    const bool none = std::find(known.begin(), known.end(), true) == known.end();
    if (first == known.end() || !(none || lists_pictures_)) return;
    const CocoPicture& picture = pictures_[static_cast<std::size_t>(first - known.begin())];
    throw Error("no file has " + kind + " of picture " + std::to_string(picture.id), picture.where,
                advice);
  }

  Chair metric_;
  std::vector<CocoPicture> pictures_;
  std::vector<bool> captioned_;  // By picture: a file of captions knows it.
  std::vector<bool> segmented_;  // … of instances.
  std::unordered_map<std::int64_t, std::size_t> places_;
  bool lists_pictures_ = true;
};

}  // namespace infoflow
