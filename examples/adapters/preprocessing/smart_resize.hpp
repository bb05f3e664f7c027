// SPDX-License-Identifier: MIT
/// \file A picture at nearly its own size and aspect, in whole cells, as Qwen2-VL sees it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// The settings of Qwen2VLImageProcessor, with its class's defaults.
struct SmartResizeSettings {
  int factor = 28;                       ///< Both sides become multiples of it: a cell's pixels.
  std::int64_t fewest_pixels = 56 * 56;  ///< "min_pixels" or "shortest_edge".
  std::int64_t most_pixels = 28 * 28 * 1280;  ///< "max_pixels" or "longest_edge".
  ImageSettings colours{};                    ///< Filter, mean and standard deviation.
};

/// The nearest multiples of the factor; if these are too many or too few pixels, those of the picture
/// shrunk or grown to the limit at its own aspect. Source: smart_resize of transformers'
/// image_processing_qwen2_vl.py; halves are rounded to even, as Python does.
/// \throws Error if one side is more than 200 times the other
[[nodiscard]] inline ImageSize smart_size(int width, int height,
                                          const SmartResizeSettings& settings) {
  const double w = width;
  const double h = height;
  const double factor = settings.factor;
  if (std::max(w, h) / std::min(w, h) > 200) {
    throw Error("a picture of " + std::to_string(width) + " × " + std::to_string(height) +
                    " pixels, one side more than 200 times the other",
                "smart_resize", "crop it to a less extreme aspect first");
  }
  double wide = std::nearbyint(w / factor) * factor;
  double high = std::nearbyint(h / factor) * factor;
  if (wide * high > static_cast<double>(settings.most_pixels)) {
    const double beta = std::sqrt(h * w / static_cast<double>(settings.most_pixels));
    wide = std::max(factor, std::floor(w / beta / factor) * factor);
    high = std::max(factor, std::floor(h / beta / factor) * factor);
  } else if (wide * high < static_cast<double>(settings.fewest_pixels)) {
    const double beta = std::sqrt(static_cast<double>(settings.fewest_pixels) / (h * w));
    wide = std::ceil(w * beta / factor) * factor;
    high = std::ceil(h * beta / factor) * factor;
  }
  return {static_cast<int>(wide), static_cast<int>(high)};
}

/// Equal to transformers' Qwen2VLImageProcessorPil, bit for bit (before mean and std).
/// \throws Error as smart_size() and ImageProcessor
[[nodiscard]] inline ProcessedImage smartly_resized(const RgbImage& picture,
                                                    const SmartResizeSettings& settings) {
  const ImageSize size = smart_size(picture.width, picture.height, settings);
  return ImageProcessor(settings.colours.squashed_to(size))(picture);
}

namespace detail {

inline constexpr int most_picture_pixels = 1 << 28;

/// The limits of pixels: "min_pixels" and "max_pixels", before those of "size".
inline void read_pixel_limits(SmartResizeSettings& settings, const Json& json,
                              const std::string& file) {
  const Json& size = object_at(json, "size", file);
  const auto limit = [&](const char* own, const char* edge, std::int64_t usual) {
    if (!size.empty()) {
      if (find(size, edge, file) == nullptr && find(json, own, file) == nullptr) {
        throw Error(std::string("\"size\" has no ") + edge, file,
                    "it is the number of pixels of a picture");
      }
      usual = size_or(size, edge, static_cast<int>(usual), file, most_picture_pixels);
    }
    return size_or(json, own, static_cast<int>(usual), file, most_picture_pixels);
  };
  settings.fewest_pixels = limit("min_pixels", "shortest_edge", settings.fewest_pixels);
  settings.most_pixels = limit("max_pixels", "longest_edge", settings.most_pixels);
  if (settings.fewest_pixels > settings.most_pixels) {
    throw Error("at least " + std::to_string(settings.fewest_pixels) + " and at most " +
                    std::to_string(settings.most_pixels) + " pixels",
                file, "correct the two");
  }
}

}  // namespace detail

/// What processor_config.json or preprocessor_config.json says.
/// \param patch, merge, times  the tower's, which the file has to name, too, if it names any
/// \throws Error if there is no such file, or it asks for something else
[[nodiscard]] inline SmartResizeSettings read_smart_resize(const std::filesystem::path& directory,
                                                           int patch, int merge, int times) {
  const auto [json, file] = image_processor_json(directory);
  const auto type =
      get_or<std::string>(json, "image_processor_type", "Qwen2VLImageProcessor", file);
  if (!type.starts_with("Qwen2VLImageProcessor")) {
    throw Error("image processor " + type + " is not supported", file,
                "Qwen2-VL and Qwen2.5-VL have Qwen2VLImageProcessor");
  }
  struct Size {
    const char* key;
    int usual, towers;
  };
  for (const Size& size : {Size{"patch_size", 14, patch}, Size{"merge_size", 2, merge},
                           Size{"temporal_patch_size", 2, times}}) {
    const int said = get_or(json, size.key, size.usual, file);
    if (said != size.towers) {
      throw Error(std::string("\"") + size.key + "\" is " + std::to_string(said) +
                      ", the tower's " + std::to_string(size.towers),
                  file, "both files must be of one checkpoint");
    }
  }
  if (!image_switch(json, "do_resize", true, file)) {
    throw Error("without do_resize pictures are not in whole patches", file, "set it to true");
  }
  SmartResizeSettings settings;
  settings.factor = patch * merge;
  detail::read_pixel_limits(settings, json, file);
  // Colours, filter and switches are CLIP's, and so are the classes' defaults for them.
  Json colours = json;
  for (const char* key : {"size", "crop_size", "do_center_crop"}) colours.erase(key);
  colours["image_processor_type"] = "CLIPImageProcessor";
  settings.colours = ImageProcessor::from_json(colours, file).settings();
  return settings;
}

}  // namespace infoflow::adapters
