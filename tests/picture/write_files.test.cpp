// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <catch_compat.hpp>
#include <nlohmann/json.hpp>

#include <infoflow/files/atomic_file.hpp>
#include <infoflow/files/npy.hpp>
#include <infoflow/files/safetensors_writer.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/picture/write_png.hpp>

#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::content;
using io_test::Scratch;

namespace {

template <class Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// The law of all writers: whatever goes wrong while writing, the old content stays as it was.
template <class Write>
bool keeps_the_old_content(Write write) {
  const Scratch scratch;
  write_file(scratch / "result", "old");
  try {
    write(scratch / "result", [](std::ostream& out) {
      out << "half of the new";
      throw std::runtime_error("the computation failed");
    });
  } catch (const std::runtime_error&) {
    return content(scratch / "result") == "old" && scratch.file_count() == 1;
  }
  return false;
}

}  // namespace

TEST_CASE("a file is replaced as a whole or not at all", "[picture][atomic_file]") {
  CHECK(keeps_the_old_content([](const auto& path, auto write) { write_atomically(path, write); }));
  // Writing in place is the broken implementation.
  CHECK_FALSE(keeps_the_old_content([](const auto& path, auto write) {
    std::ofstream out(path);
    write(out);
  }));

  const Scratch scratch;
  write_file(scratch / "result", std::string_view("a\0b\r\n", 5));
  CHECK(content(scratch / "result") == std::string("a\0b\r\n", 5));
  write_file(scratch / "result", "");
  CHECK(content(scratch / "result").empty());
  CHECK(scratch.file_count() == 1);
}

TEST_CASE("what cannot be written is said in one line", "[picture][atomic_file]") {
  const Scratch scratch;
  const auto write = [](const std::filesystem::path& path) {
    return error_of([&] { write_file(path, "x"); });
  };
  CHECK_THAT(write(scratch / "no/such/x"), ContainsSubstring("there is no folder"));
  CHECK_THAT(write(scratch.path()), ContainsSubstring("this is a folder"));
  write_file(scratch / "file", "x");
  CHECK_THAT(write(scratch / "file/x"), ContainsSubstring("there is no folder"));
  CHECK_THAT(error_of([&] { ensure_directory(scratch / "file/x"); }),
             ContainsSubstring("cannot create the folder"));
  if (std::filesystem::exists("/dev/full")) {
    CHECK_THAT(write("/dev/full"), ContainsSubstring("No space left"));
  }
}

TEST_CASE("links are followed and devices are written to, not replaced", "[picture][atomic_file]") {
  const Scratch scratch;
  write_file(scratch / "target", "old");
  std::filesystem::create_symlink(scratch / "target", scratch / "link");

  write_file(scratch / "link", "new");
  write_file("/dev/null", "gone");

  CHECK(std::filesystem::is_symlink(scratch / "link"));
  CHECK(content(scratch / "target") == "new");
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("folders are created with their parents, and again", "[picture][atomic_file]") {
  const Scratch scratch;
  ensure_directory(scratch / "a/b/c");
  ensure_directory(scratch / "a/b/c");
  CHECK(std::filesystem::is_directory(scratch / "a/b/c"));
}

TEST_CASE("a written PNG reads back as the same picture, and always as the same bytes",
          "[picture][write_png]") {
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {3, 50}, {64, 64}}) {
    RgbImage image(width, height);
    for (std::size_t i = 0; i < image.values.size(); ++i) {
      image.values[i] = static_cast<std::uint8_t>(i * i / 3 + i);
    }
    const Scratch scratch;
    write_png(scratch / "a.png", image);
    write_png(scratch / "b.png", image);

    CHECK(read_image(scratch / "a.png").image == image);
    CHECK(content(scratch / "a.png") == content(scratch / "b.png"));
  }
  CHECK_THAT(error_of([] { write_png("x.png", RgbImage()); }), ContainsSubstring("without pixels"));
  CHECK_THAT(error_of([] { write_png("/nowhere/x.png", RgbImage(1, 1)); }),
             ContainsSubstring("/nowhere"));
}

TEST_CASE("a .npy file holds numpy's header and the numbers", "[picture][npy]") {
  const Scratch scratch;
  const std::vector<float> values{1.5F, -2, 0, 4, 5, 6};
  const auto written = [&](std::vector<std::int64_t> shape, std::span<const float> numbers) {
    write_npy(scratch / "a.npy", shape, numbers);
    return content(scratch / "a.npy");
  };

  const std::string file = written({2, 3}, values);

  CHECK(file.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const auto header = static_cast<std::size_t>(static_cast<unsigned char>(file[8])) +
                      256 * static_cast<unsigned char>(file[9]);
  CHECK((10 + header) % 64 == 0);
  CHECK_THAT(file.substr(10, header),
             ContainsSubstring("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ), }"));
  CHECK(file[10 + header - 1] == '\n');
  REQUIRE(file.size() == 10 + header + 6 * sizeof(float));
  CHECK(std::memcmp(file.data() + 10 + header, values.data(), 6 * sizeof(float)) == 0);

  CHECK_THAT(written({6}, values), ContainsSubstring("'shape': (6, ), }"));
  CHECK_THAT(written({}, std::span(values).first(1)), ContainsSubstring("'shape': (), }"));
  CHECK_THAT(written({4, 0}, {}), ContainsSubstring("'shape': (4, 0, ), }"));
  CHECK_THAT(error_of([&] { written({2, 2}, values); }),
             ContainsSubstring("does not hold 6 values"));
  CHECK_THAT(error_of([&] { written({-2, -3}, values); }), ContainsSubstring("does not hold"));
}

TEST_CASE("a .safetensors file is aligned, sorted and the same in any order of adding",
          "[picture][safetensors]") {
  const Scratch scratch;
  const std::vector<float> floats{1, 2, 3};
  const std::vector<std::int64_t> numbers{-7, 1LL << 40};
  const std::vector<std::uint8_t> bytes{1, 2, 3, 4, 5};
  SafetensorsWriter writer;
  writer.add("roles", {5}, bytes);
  writer.add("b", {3, 1}, floats);
  writer.add("a", {0, 4}, std::span<const float>{});
  writer.add("ids", {2}, numbers);
  writer.note("question", "what's \"that\"\n\xFF?");
  writer.write(scratch / "a.safetensors");
  SafetensorsWriter other;
  other.note("question", "what's \"that\"\n\xFF?");
  other.add("ids", {2}, numbers);
  other.add("a", {0, 4}, std::span<const float>{});
  other.add("b", {3, 1}, floats);
  other.add("roles", {5}, bytes);
  other.write(scratch / "b.safetensors");

  const std::string file = content(scratch / "a.safetensors");

  CHECK(file == content(scratch / "b.safetensors"));
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  CHECK(length % 8 == 0);
  const auto header = nlohmann::json::parse(file.substr(8, length));
  CHECK(header["__metadata__"]["question"] == "what's \"that\"\n\xEF\xBF\xBD?");
  // int64 first, then float32 by name, then bytes: 16 + 0 + 12 + 5 bytes.
  const auto entry = [](const char* json) { return nlohmann::json::parse(json); };
  CHECK(header["ids"] == entry(R"({"dtype":"I64","shape":[2],"data_offsets":[0,16]})"));
  CHECK(header["a"] == entry(R"({"dtype":"F32","shape":[0,4],"data_offsets":[16,16]})"));
  CHECK(header["b"] == entry(R"({"dtype":"F32","shape":[3,1],"data_offsets":[16,28]})"));
  CHECK(header["roles"] == entry(R"({"dtype":"U8","shape":[5],"data_offsets":[28,33]})"));
  REQUIRE(file.size() == 8 + length + 33);
  CHECK(std::memcmp(file.data() + 8 + length, numbers.data(), 16) == 0);
  CHECK(std::memcmp(file.data() + 8 + length + 16, floats.data(), 12) == 0);
  CHECK(std::memcmp(file.data() + 8 + length + 28, bytes.data(), 5) == 0);
}

TEST_CASE("a tensor that does not fit its shape or repeats a name is refused",
          "[picture][safetensors]") {
  SafetensorsWriter writer;
  const std::vector<float> six(6);
  writer.add("six", {2, 3}, six);
  const auto refused = [&](const std::string& name, SafetensorsWriter::Shape shape) {
    return error_of([&] { writer.add(name, shape, six); });
  };
  CHECK_THAT(refused("six", {6}), ContainsSubstring("the name is taken (tensor six)"));
  CHECK_THAT(refused("__metadata__", {6}), ContainsSubstring("the name is taken"));
  CHECK_THAT(refused("more", {7}), ContainsSubstring("does not hold 6 values"));
  CHECK_THAT(refused("negative", {-2, -3}), ContainsSubstring("does not hold"));
  // 2³² · 2³² · 6 wraps around to 0 and 2⁶³ · 2 + … to small numbers: neither may pass for 6.
  CHECK_THAT(refused("wrapped", {1LL << 32, 1LL << 32, 6}), ContainsSubstring("does not hold"));
}
