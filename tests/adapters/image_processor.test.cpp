// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>

#include <stb_reader.hpp>

#include <adapters/preprocessing/image_processor.hpp>
#include <infoflow/picture/read_image.hpp>

#include "adapter_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

ImageProcessor processor_of(const Json& config) {
  return ImageProcessor::from_json(config, "preprocessor_config.json");
}

/// Cases of images.json in which the processor gives other pixels than transformers.
int differing_pictures(const std::function<ImageSettings(ImageSettings)>& change) {
  int differing = 0;
  for (const Json& setting : golden("images.json")) {
    const ImageProcessor processor(change(processor_of(setting["config"]).settings()));
    for (const Json& row : setting["pictures"]) {
      const PixelImage pixels = processor(draw_picture(row[0], row[1], row[2])).pixels;
      const bool equal = pixels.width == row[3] && pixels.height == row[4] &&
                         crc32(std::as_bytes(std::span(pixels.values))) == row[5];
      if (!equal) ++differing;
    }
  }
  return differing;
}

/// The centre of light of a picture that is dark but for one spot.
Point centre_of_light(const PixelImage& pixels) {
  Point sum;
  double light = 0;
  for (int y = 0; y < pixels.height; ++y) {
    for (int x = 0; x < pixels.width; ++x) {
      const double value = pixels.pixel(x, y)[1];
      sum = {sum.x + value * (x + 0.5), sum.y + value * (y + 0.5)};
      light += value;
    }
  }
  return {sum.x / light, sum.y / light};
}

/// A spot's centre must land where the geometry says. `geometry` may change what the processor
/// said.
double greatest_displacement(const std::function<Preprocessing(const Preprocessing&)>& geometry) {
  double greatest = 0;
  for (const Json& setting : golden("images.json")) {
    ImageSettings settings = processor_of(setting["config"]).settings();
    settings.mean = {0, 0, 0};  // A dark background around padded pictures.
    const ImageProcessor processor(settings);
    for (const auto& [width, height] : {std::pair(60, 50), std::pair(45, 64)}) {
      RgbImage picture(width, height);
      const Point spot{width / 2.0 - 5, height / 2.0 + 4};
      for (int y = static_cast<int>(spot.y) - 3; y < static_cast<int>(spot.y) + 3; ++y) {
        for (int x = static_cast<int>(spot.x) - 3; x < static_cast<int>(spot.x) + 3; ++x) {
          std::fill_n(picture.pixel(x, y), 3, std::uint8_t{255});
        }
      }
      const Point drawn{std::floor(spot.x), std::floor(spot.y)};
      const ProcessedImage image = processor(picture);
      const Point expected = geometry(image.preprocessing).to_canvas(drawn);
      const Point found = centre_of_light(image.pixels);
      greatest =
          std::max({greatest, std::abs(expected.x - found.x), std::abs(expected.y - found.y)});
    }
  }
  return greatest;
}

}  // namespace

TEST_CASE("pixels equal those of transformers bit for bit", "[adapters][pixels][golden]") {
  CHECK(differing_pictures([](ImageSettings settings) { return settings; }) == 0);
}

TEST_CASE("pixels of JPEG files equal those of transformers behind Pillow bit for bit",
          "[adapters][pixels][golden]") {
  const auto differing = [](const std::function<RgbImage(const std::string&)>& read) {
    int differ = 0;
    for (const Json& setting : golden("images.json")) {
      const ImageProcessor processor(processor_of(setting["config"]).settings());
      for (const Json& row : setting["files"]) {
        const PixelImage pixels = processor(read(row[0].get<std::string>())).pixels;
        const bool equal = pixels.width == row[1] && pixels.height == row[2] &&
                           crc32(std::as_bytes(std::span(pixels.values))) == row[3];
        if (!equal) ++differ;
      }
    }
    return differ;
  };
  const std::string folder = INFOFLOW_SOURCE_DIR "/tests/golden/io/";
  CHECK(differing([&](const std::string& file) { return read_image(folder + file).image; }) == 0);

  // Broken: a decoder that rounds by itself, and enlarges the last column of 4:2:2 wrongly.
  CHECK(differing([&](const std::string& file) {
          return infoflow_tests::read_by_stb(read_file(folder + file, "a JPEG file", 1U << 20U));
        }) > 20);
}

TEST_CASE("the pictures tell every setting apart", "[adapters][pixels][law]") {
  CHECK(differing_pictures([](ImageSettings s) { return s.pad_to_square ^= true, s; }) > 0);
  CHECK(differing_pictures([](ImageSettings s) { return s.filter = Filter::bilinear, s; }) > 0);
  CHECK(differing_pictures([](ImageSettings s) { return s.crop.reset(), s; }) > 0);
  CHECK(differing_pictures([](ImageSettings s) { return s.exact_size.reset(), s; }) > 0);
  CHECK(differing_pictures([](ImageSettings s) { return s.mean[1] += 0.01, s; }) > 0);
  CHECK(differing_pictures([](ImageSettings s) { return s.rescale_factor = 0.0039, s; }) > 0);
}

TEST_CASE("mean and standard deviation are those of the file", "[adapters][pixels][golden]") {
  for (const Json& setting : golden("images.json")) {
    const ImageProcessor processor = processor_of(setting["config"]);
    CHECK(Json(processor.mean()) == setting["mean"]);
    CHECK(Json(processor.std()) == setting["std"]);
  }
}

TEST_CASE("a spot of light lands where the geometry says", "[adapters][pixels][law]") {
  CHECK(greatest_displacement([](const Preprocessing& p) { return p; }) < 0.35);

  // Broken: a crop or padding that the geometry forgot by two pixels.
  CHECK(greatest_displacement([](const Preprocessing& p) {
          return p.cropped(2, 0, p.canvas_width(), p.canvas_height());
        }) > 1.5);
}

TEST_CASE("a picture that is cut at its sides is seen in the middle only", "[adapters][pixels]") {
  // 100 × 50 resized to 64 × 32, columns 16 … 48 are left: 25 … 75 of the picture.
  const ImageProcessor processor(ImageSettings{.shortest_edge = 32, .crop = ImageSize{32, 32}});

  const ProcessedImage image = processor(draw_picture(100, 50, 1));

  CHECK(image.pixels.width == 32);
  CHECK(image.preprocessing.seen() == Rect{25, 0, 75, 50});
}

TEST_CASE("a folder's nested processor goes before the old file", "[adapters][pixels]") {
  const Json old{{"image_processor_type", "CLIPImageProcessor"}, {"size", 20}, {"crop_size", 20}};
  const TemporaryFolder folder;
  CHECK_THAT(error_of([&] { (void)ImageProcessor::from_directory(folder.path()); }),
             ContainsSubstring("no preprocessor_config.json"));

  folder.write("preprocessor_config.json", old);
  CHECK(ImageProcessor::from_directory(folder.path()).settings().shortest_edge == 20);
  folder.write("processor_config.json", Json{{"patch_size", 14}});
  CHECK(ImageProcessor::from_directory(folder.path()).settings().shortest_edge == 20);
  folder.write("processor_config.json", Json{{"image_processor", {{"size", 30}}}});
  CHECK(ImageProcessor::from_directory(folder.path()).settings().shortest_edge == 30);
}

TEST_CASE("an image processor that is not known is an error", "[adapters][pixels]") {
  const auto message = [](const std::string& key, const Json& value) {
    Json config{{"image_processor_type", "CLIPImageProcessor"}};
    config[key] = value;
    return error_of([&] { (void)processor_of(config); });
  };

  CHECK(message("do_resize", true).empty());
  CHECK_THAT(message("image_processor_type", "SiglipImageProcessor"), ContainsSubstring("Siglip"));
  CHECK_THAT(message("do_flip_channel_order", true), ContainsSubstring("do_flip_channel_order"));
  CHECK_THAT(message("do_rescale", false), ContainsSubstring("do_rescale"));
  CHECK_THAT(message("rescale_factor", 0.5), ContainsSubstring("rescale_factor"));
  CHECK_THAT(message("resample", 0), ContainsSubstring("resample"));
  CHECK_THAT(message("size", Json{{"longest_edge", 9}}), ContainsSubstring("size"));
  CHECK_THAT(message("size", 0), ContainsSubstring("size"));
  CHECK_THAT(message("size", 1e30), ContainsSubstring("size"));
  CHECK_THAT(message("crop_size", Json{{"height", 5}}), ContainsSubstring("crop_size"));
  CHECK_THAT(message("image_mean", Json{0.5}), ContainsSubstring("image_mean"));
  CHECK_THAT(message("image_std", Json{0.5, 0, 0.5}), ContainsSubstring("image_std"));
}

TEST_CASE("a picture without pixels or of an extreme aspect is an error", "[adapters][pixels]") {
  const ImageProcessor processor{ImageSettings{}};

  CHECK_THROWS_AS(processor(RgbImage()), Error);
  CHECK_THAT(error_of([&] { (void)processor(RgbImage(1, 100000)); }), ContainsSubstring("aspect"));
}
