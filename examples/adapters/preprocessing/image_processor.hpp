// SPDX-License-Identifier: MIT
/// \file From a picture to a vision tower's pixels, as CLIP's and LLaVA's image processors do it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/preprocessing/pasted.hpp>
#include <adapters/preprocessing/pillow_resize.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/preprocessing.hpp>

namespace infoflow::adapters {

/// The settings of CLIPImageProcessor and LlavaImageProcessor, with the classes' defaults.
/// The steps come in this order: pad, resize, crop.
struct ImageSettings {
  /// Expand to a square first: what the original LLaVA does for "image_aspect_ratio": "pad".
  /// Checkpoints on the hub say no, and then see another picture.
  bool pad_to_square = false;
  std::optional<Colour> pad_colour{};      ///< Around the picture; int(255 · mean) if none is said.
  std::optional<ImageSize> exact_size{};   ///< Resize to this, whatever the aspect.
  std::optional<int> shortest_edge = 224;  ///< Else resize so that the shorter side has this.
  Filter filter = Filter::bicubic;
  std::optional<ImageSize> crop = ImageSize{224, 224};  ///< From the centre; zeros where too small.
  double rescale_factor = 1.0 / 255.0;
  std::array<double, 3> mean{0.48145466, 0.4578275, 0.40821073};
  std::array<double, 3> std{0.26862954, 0.26130258, 0.27577711};

  /// These, but for pictures resized to `size` whatever their aspect, and not cropped.
  [[nodiscard]] ImageSettings squashed_to(ImageSize size) const {
    ImageSettings settings = *this;
    settings.exact_size = size;
    settings.crop.reset();
    return settings;
  }
};

/// A picture as the model sees it.
struct ProcessedImage {
  PixelImage pixels;            ///< In [0, 1]; the tower wants (pixel − mean) / std.
  Preprocessing preprocessing;  ///< From the picture's pixels to these.
};

/// The image processor's settings, nested in processor_config.json or in preprocessor_config.json,
/// and the file. \throws Error if there are none
[[nodiscard]] inline std::pair<Json, std::string> image_processor_json(
    const std::filesystem::path& directory) {
  std::error_code ignored;
  const auto nested = directory / "processor_config.json";
  if (std::filesystem::exists(nested, ignored)) {
    const Json json = read_json(nested);
    const Json& inner = object_at(json, "image_processor", nested.string());
    if (!inner.empty()) return {inner, nested.string()};
  }
  const auto own = directory / "preprocessor_config.json";
  if (std::filesystem::exists(own, ignored)) return {read_json(own), own.string()};
  throw Error("no image processor in processor_config.json, and no preprocessor_config.json",
              directory.string(), "copy the file from the checkpoint's page");
}

/// Equal to transformers with its Pillow backend, bit for bit (float32, before mean and std).
class ImageProcessor {
 public:
  explicit ImageProcessor(ImageSettings settings) : settings_(settings) {
    for (std::size_t c = 0; c < 3; ++c) {
      if (!(settings_.std[c] > 0)) throw Error("image_std must be positive", "ImageProcessor", "");
      if (!std::isfinite(settings_.mean[c] / settings_.std[c])) {
        throw Error("image_mean and image_std must be finite", "ImageProcessor", "");
      }
    }
    if (!(settings_.rescale_factor > 0 && settings_.rescale_factor <= 1.0 / 255.0)) {
      throw Error("rescale_factor " + std::to_string(settings_.rescale_factor) +
                      " does not bring pixels into [0, 1]",
                  "ImageProcessor", "1/255 is what CLIP's towers expect");
    }
  }

  /// Reads processor_config.json if it holds an image processor, else preprocessor_config.json.
  /// \throws Error if there is none or it asks for something unknown
  [[nodiscard]] static ImageProcessor from_directory(const std::filesystem::path& directory) {
    const auto [json, file] = image_processor_json(directory);
    return from_json(json, file);
  }

  /// \param json  the settings of the image processor itself
  [[nodiscard]] static ImageProcessor from_json(const Json& json, const std::string& file);

  [[nodiscard]] const ImageSettings& settings() const { return settings_; }
  [[nodiscard]] const std::array<double, 3>& mean() const { return settings_.mean; }
  [[nodiscard]] const std::array<double, 3>& std() const { return settings_.std; }

  /// \throws Error if the picture has no pixels, or so odd an aspect that it would not fit memory
  [[nodiscard]] ProcessedImage operator()(const RgbImage& picture) const {
    Preprocessing steps(picture.width, picture.height);
    RgbImage canvas = picture;
    if (settings_.pad_to_square && picture.width != picture.height) {
      const int side = std::max(picture.width, picture.height);
      require_reasonable({side, side});
      const int left = (side - picture.width) / 2;
      const int top = (side - picture.height) / 2;
      canvas = pasted(picture, left, top, {side, side}, background());
      steps = steps.padded(left, top, side, side);
    }
    if (const auto size = resized_size({canvas.width, canvas.height})) {
      require_reasonable(*size);
      canvas = pillow_resize(canvas, size->width, size->height, settings_.filter);
      steps = steps.resized(size->width, size->height);
    }
    if (settings_.crop) {
      const int left = floor_half(canvas.width - settings_.crop->width);
      const int top = floor_half(canvas.height - settings_.crop->height);
      canvas = pasted(canvas, -left, -top, *settings_.crop, {0, 0, 0});
      steps = steps.cropped(left, top, settings_.crop->width, settings_.crop->height);
    }
    return {rescaled(canvas, settings_.rescale_factor), steps};
  }

 private:
  static int floor_half(int difference) { return (difference - (difference < 0 ? 1 : 0)) / 2; }

  static void require_reasonable(ImageSize size) {
    constexpr std::int64_t most_pixels = std::int64_t{1} << 28U;
    if (std::int64_t{size.width} * size.height <= most_pixels) return;
    throw Error("the picture would be resized to " + std::to_string(size.width) + " × " +
                    std::to_string(size.height),
                "ImageProcessor", "crop it to a less extreme aspect first");
  }

  [[nodiscard]] Colour background() const {
    if (settings_.pad_colour) return *settings_.pad_colour;
    Colour colour{};
    for (std::size_t c = 0; c < 3; ++c) {
      colour[c] = static_cast<std::uint8_t>(std::clamp(settings_.mean[c] * 255, 0.0, 255.0));
    }
    return colour;
  }

  [[nodiscard]] std::optional<ImageSize> resized_size(ImageSize from) const {
    if (settings_.exact_size) return settings_.exact_size;
    if (!settings_.shortest_edge) return std::nullopt;
    const int edge = *settings_.shortest_edge;
    const auto [shorter, longer] = std::minmax(from.width, from.height);
    // In this order, and cut off: int(edge * longer / shorter) of Python.
    const double long_edge =
        std::min(static_cast<double>(std::int64_t{edge} * longer) / shorter, 2e9);
    const int other = static_cast<int>(long_edge);
    return from.width <= from.height ? ImageSize{edge, other} : ImageSize{other, edge};
  }

  ImageSettings settings_;
};

/// A switch of an image processor: absent is the default, null is no (as in Python).
[[nodiscard]] inline bool image_switch(const Json& json, const std::string& key, bool fallback,
                                       const std::string& file) {
  return json.contains(key) ? get_or(json, key, false, file) : fallback;
}

namespace detail {

[[nodiscard]] inline int positive_edge(const Json& value, const std::string& key,
                                       const std::string& file) {
  const auto edge = json_as<int>(value);
  if (!edge || *edge < 1 || *edge > 16384) {
    throw Error("\"" + key + "\" must be sizes from 1 to 16384 pixels", file, "correct the value");
  }
  return *edge;
}

}  // namespace detail

/// {"height": h, "width": w}, or nothing if the value is of another form.
[[nodiscard]] inline std::optional<ImageSize> exact_size_of(const Json& value,
                                                            const std::string& key,
                                                            const std::string& file) {
  if (!value.is_object() || value.size() != 2 || !value.contains("height") ||
      !value.contains("width")) {
    return std::nullopt;
  }
  return ImageSize{detail::positive_edge(value["width"], key, file),
                   detail::positive_edge(value["height"], key, file)};
}

namespace detail {

[[nodiscard]] inline std::array<double, 3> per_channel(const Json& json, const std::string& key,
                                                       std::array<double, 3> fallback,
                                                       const std::string& file) {
  const auto values = get_optional<std::vector<double>>(json, key, file);
  if (!values) return fallback;
  if (values->size() != 3) throw Error("\"" + key + "\" must be three numbers", file, "correct it");
  return {(*values)[0], (*values)[1], (*values)[2]};
}

inline void read_sizes(ImageSettings& settings, const Json& json, const std::string& file) {
  if (!image_switch(json, "do_resize", true, file)) {
    settings.shortest_edge.reset();
  } else if (const Json* size = find(json, "size", file)) {
    settings.exact_size = exact_size_of(*size, "size", file);
    const bool by_edge = size->is_object() && size->size() == 1 && size->contains("shortest_edge");
    if (!settings.exact_size && !by_edge && !size->is_number()) {
      throw Error("\"size\" is neither {height, width} nor {shortest_edge}", file, "correct it");
    }
    if (!settings.exact_size) {
      settings.shortest_edge =
          positive_edge(by_edge ? (*size)["shortest_edge"] : *size, "size", file);
    }
  }
  if (!image_switch(json, "do_center_crop", true, file)) {
    settings.crop.reset();
  } else if (const Json* crop = find(json, "crop_size", file)) {
    settings.crop = exact_size_of(*crop, "crop_size", file);
    if (!settings.crop) {
      if (!crop->is_number()) throw Error("\"crop_size\" has no height and width", file, "fix it");
      const int edge = positive_edge(*crop, "crop_size", file);
      settings.crop = ImageSize{edge, edge};
    }
  }
}

}  // namespace detail

inline ImageProcessor ImageProcessor::from_json(const Json& json, const std::string& file) {
  auto type = get_or<std::string>(json, "image_processor_type", "", file);
  if (type.empty()) type = get_or<std::string>(json, "feature_extractor_type", "", file);
  const bool is_llava = type.starts_with("LlavaImageProcessor") || type.empty();
  if (!is_llava && !type.starts_with("CLIPImageProcessor") && type != "CLIPFeatureExtractor") {
    throw Error("image processor " + type + " is not supported", file,
                "supported are CLIPImageProcessor and LlavaImageProcessor");
  }
  constexpr std::array<std::string_view, 6> known{
      "do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_pad", "do_convert_rgb"};
  for (const auto& [key, value] : json.items()) {
    const bool asks = key.starts_with("do_") && value.is_boolean() && value.get<bool>();
    if (asks && std::find(known.begin(), known.end(), key) == known.end()) {
      throw Error("\"" + key + "\" is not supported", file, "the pixels would not be the model's");
    }
  }
  ImageSettings settings;
  detail::read_sizes(settings, json, file);
  settings.pad_to_square = is_llava && image_switch(json, "do_pad", false, file);
  const int filter = get_or(json, "resample", static_cast<int>(Filter::bicubic), file);
  if (filter < 1 || filter > 5) throw Error("\"resample\" must be 1 to 5", file, "bicubic is 3");
  settings.filter = static_cast<Filter>(filter);
  if (!image_switch(json, "do_rescale", true, file)) {
    throw Error("without do_rescale pixels are not in [0, 1]", file, "set it to true");
  }
  settings.rescale_factor = get_or(json, "rescale_factor", settings.rescale_factor, file);
  settings.mean = detail::per_channel(json, "image_mean", settings.mean, file);
  settings.std = detail::per_channel(json, "image_std", settings.std, file);
  if (!image_switch(json, "do_normalize", true, file)) {
    // int(255 · mean) is still the colour around a padded picture.
    if (settings.pad_to_square) {
      throw Error("do_pad without do_normalize is not supported", file, "set do_normalize to true");
    }
    settings.mean = {0, 0, 0};
    settings.std = {1, 1, 1};
  }
  return ImageProcessor(settings);
}

}  // namespace infoflow::adapters
