// SPDX-License-Identifier: MIT
#include <cstring>

#include <adapters/checkpoint/checkpoint_files.hpp>
#include <adapters/checkpoint/safetensors.hpp>

#include "adapter_support.hpp"

using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A file of that header and so many bytes 0, 1, 2, … behind it.
std::string file_of(const std::string& header, std::size_t data_size) {
  std::string file;
  for (std::size_t i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i));
  file += header;
  for (std::size_t i = 0; i < data_size; ++i) file += static_cast<char>(i);
  return file;
}

Json entry(const std::string& dtype, const Json& shape, std::int64_t begin, std::int64_t end) {
  return {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, end}}};
}

/// Two tensors of 24 and 4 bytes, and one without any between them.
Json good_header() {
  return {{"__metadata__", {{"format", "pt"}}},
          {"a", entry("F32", {2, 3}, 0, 24)},
          {"empty", entry("I64", {0, 5}, 24, 24)},
          {"b", entry("BF16", {2}, 24, 28)}};
}

std::string refusal_of(const std::string& file) {
  const TemporaryFolder folder;
  const auto path = folder.write("x.safetensors", file);
  return error_of([&] { SafetensorsFile opened(path); });
}

/// The message for the good header with one entry changed, over 28 bytes of data.
std::string message_with(const std::string& name, const Json& changed) {
  Json header = good_header();
  header[name] = changed;
  return refusal_of(file_of(header.dump(), 28));
}

}  // namespace

TEST_CASE("tensors are views into the file, listed by name", "[adapters][safetensors]") {
  const TemporaryFolder folder;
  const auto path = folder.write("x.safetensors", file_of(good_header().dump() + "   ", 28));

  StoredTensor b;
  {
    const SafetensorsFile file(path);
    REQUIRE(file.tensors().size() == 3);
    REQUIRE(file.find("a") != nullptr);
    CHECK(file.find("a")->type == StoredType::f32);
    CHECK(file.find("a")->shape == std::vector<std::int64_t>{2, 3});
    CHECK(file.find("a")->bytes.size() == 24);
    CHECK(file.find("empty")->bytes.empty());
    CHECK(file.find("gone") == nullptr);
    b = *file.find("b");
  }

  // The tensor keeps the mapping alive, even when the file is gone.
  std::filesystem::remove(path);
  CHECK(static_cast<int>(b.bytes[0]) == 24);
  CHECK(static_cast<int>(b.bytes[3]) == 27);
  CHECK(b.file->path() == path.string());
}

TEST_CASE("a tensor says whether it is aligned", "[adapters][safetensors]") {
  const TemporaryFolder folder;
  std::string header = Json{{"a", entry("F32", {1}, 0, 4)}}.dump();
  while (header.size() % 4 != 0) header += ' ';

  const SafetensorsFile even(folder.write("even", file_of(header, 4)));
  const SafetensorsFile odd(folder.write("odd", file_of(header + ' ', 4)));

  CHECK(even.find("a")->aligned());
  CHECK_FALSE(odd.find("a")->aligned());
}

TEST_CASE("every element type has its size", "[adapters][safetensors]") {
  const std::vector<std::pair<std::string, std::int64_t>> types{
      {"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
      {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};
  for (const auto& [name, size] : types) {
    const TemporaryFolder folder;
    const Json header{{"t", entry(name, {3}, 0, 3 * size)}};
    const auto path = folder.write("x", file_of(header.dump(), static_cast<std::size_t>(3 * size)));
    const SafetensorsFile file(path);
    CHECK(to_string(file.find("t")->type) == name);
    CHECK(static_cast<std::int64_t>(element_size(file.find("t")->type)) == size);
  }
}

TEST_CASE("a header that lies is one clear error", "[adapters][safetensors][law]") {
  CHECK(refusal_of(file_of(good_header().dump(), 28)).empty());

  CHECK_THAT(message_with("b", entry("BF16", {2}, 25, 29)), ContainsSubstring("ends at byte 29"));
  CHECK_THAT(message_with("b", entry("BF16", {2}, 20, 24)), ContainsSubstring("overlaps"));
  CHECK_THAT(message_with("b", entry("BF16", {1}, 26, 28)),
             ContainsSubstring("bytes of no tensor"));
  CHECK_THAT(message_with("b", entry("BF16", {1}, 24, 26)), ContainsSubstring("behind the last"));
  CHECK_THAT(message_with("b", entry("BF16", {3}, 24, 28)), ContainsSubstring("do not need"));
  CHECK_THAT(message_with("b", entry("BF16", {2}, 28, 24)), ContainsSubstring("senseless"));
  CHECK_THAT(message_with("b", entry("BF16", {2}, -4, 0)), ContainsSubstring("data_offsets"));
  CHECK_THAT(message_with("b", entry("BF16", {-2}, 24, 28)), ContainsSubstring("shape"));
  // 2^33 · 2^31 · 2 bytes are 2^65: modulo 2^64 that would be 2.
  CHECK_THAT(message_with("b", entry("BF16", {8589934592, 2147483649, 2147483648}, 24, 28)),
             ContainsSubstring("do not need"));
  CHECK_THAT(message_with("b", entry("BF16", {4611686018427387904, 4}, 24, 28)),
             ContainsSubstring("do not need"));
  CHECK_THAT(message_with("b", entry("F8_E4M3", {4}, 24, 28)), ContainsSubstring("F8_E4M3"));
  CHECK_THAT(message_with("b", entry("F32", Json{1.5}, 24, 28)), ContainsSubstring("shape"));
  CHECK_THAT(message_with("b", Json{1, 2}), ContainsSubstring("no object"));
  CHECK_THAT(message_with("b", Json{{"dtype", "F32"}, {"shape", {1}}}),
             ContainsSubstring("data_offsets"));
  CHECK_THAT(message_with("b", {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {24}}}),
             ContainsSubstring("senseless"));
}

TEST_CASE("the length of a header may look like the beginning of anything",
          "[adapters][safetensors]") {
  // Little-endian lengths that begin as a pickle (640), gzip (0x8B1F) and UTF-16 (0xFEFF) do.
  for (const std::size_t length : {0x0280U, 0x8B1FU, 0xFEFFU}) {
    std::string header = good_header().dump();
    header.resize(length, ' ');
    const TemporaryFolder folder;
    const auto path = folder.write("x.safetensors", file_of(header, 28));
    CAPTURE(length);
    CHECK(SafetensorsFile(path).tensors().size() == 3);
  }
}

TEST_CASE("a file that is cut short or no safetensors file is one clear error",
          "[adapters][safetensors]") {
  const std::string good = file_of(good_header().dump(), 28);

  for (std::size_t size = 1; size < good.size(); ++size) {
    INFO("cut to " << size);
    const std::string text = refusal_of(good.substr(0, size));
    CHECK_THAT(text, ContainsSubstring("x.safetensors"));
    CHECK_THAT(text, ContainsSubstring("fetch it anew"));
  }
  CHECK_THAT(refusal_of(""), ContainsSubstring("empty"));
  CHECK_THAT(refusal_of("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}"), ContainsSubstring("claims"));
  CHECK_THAT(refusal_of(file_of("[1]", 0)), ContainsSubstring("no JSON object"));
  CHECK_THAT(refusal_of(file_of("", 0)), ContainsSubstring("no JSON object"));
  CHECK_THAT(refusal_of(file_of("{\"a\": ", 0)),
             ContainsSubstring("this is no JSON: it ends in the middle"));
  const std::string twice = entry("U8", {1}, 0, 1).dump();
  CHECK_THAT(refusal_of(file_of("{\"a\": " + twice + ", \"a\": " + twice + "}", 1)),
             ContainsSubstring("stands twice"));
  const TemporaryFolder folder;
  CHECK_THAT(error_of([&] { SafetensorsFile file(folder.path()); }), ContainsSubstring("regular"));
}

TEST_CASE("a checkpoint is one file or shards named by an index", "[adapters][safetensors]") {
  const auto shard = [](const std::string& name) {
    return file_of(Json{{name, entry("U8", {2}, 0, 2)}, {"both", entry("U8", {1}, 2, 3)}}.dump(),
                   3);
  };
  const TemporaryFolder folder;
  folder.write("model-1.safetensors", shard("a"));
  folder.write("model-2.safetensors", shard("b"));
  const auto index = [&](const Json& weight_map) {
    folder.write("model.safetensors.index.json", Json{{"weight_map", weight_map}});
  };
  const auto open = [&] { return CheckpointFiles::from_directory(folder.path()); };

  index({{"a", "model-1.safetensors"},
         {"b", "model-2.safetensors"},
         {"both", "model-2.safetensors"}});
  const CheckpointFiles files = open();
  CHECK(files.tensors().size() == 3);
  REQUIRE(files.find("both") != nullptr);
  CHECK_THAT(files.find("both")->file->path(), ContainsSubstring("model-2"));

  index({{"a", "model-2.safetensors"}});
  CHECK_THAT(error_of(open), ContainsSubstring("has no tensor \"a\""));
  index({{"a", "model-3.safetensors"}});
  CHECK_THAT(error_of(open), ContainsSubstring("model-3"));
  for (const std::string outside : {"../model-1.safetensors", "/etc/passwd", "x/../../y", ""}) {
    index({{"a", outside}});
    CHECK_THAT(error_of(open), ContainsSubstring("outside the checkpoint"));
  }
  index({{"a", 5}});
  CHECK_THAT(error_of(open), ContainsSubstring("\"a\" is 5"));
  index(Json::object());
  CHECK_THAT(error_of(open), ContainsSubstring("weight_map"));

  folder.write("model.safetensors", shard("c"));
  CHECK(open().find("c") != nullptr);
}

TEST_CASE("a folder of pickles says how to convert them", "[adapters][safetensors]") {
  const TemporaryFolder folder;
  const auto open = [&] { return CheckpointFiles::from_directory(folder.path()); };

  CHECK_THAT(error_of(open), ContainsSubstring("no model.safetensors"));
  folder.write("pytorch_model-00001-of-00002.bin", std::string("x"));
  CHECK_THAT(error_of(open),
             ContainsSubstring("pickle") && ContainsSubstring("examples/adapters/convert.py"));
}

TEST_CASE("weights that are something else under their name are named as that",
          "[adapters][safetensors][errors]") {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 4966157032\n";
  CHECK_THAT(refusal_of(pointer), ContainsSubstring("git-lfs pointer"));
  CHECK_THAT(refusal_of("<!DOCTYPE html><html><body>404</body></html>"),
             ContainsSubstring("web page"));
  CHECK_THAT(refusal_of(std::string("GGUF\3\0\0\0", 8) + std::string(100, 'x')),
             ContainsSubstring("GGUF"));
  CHECK_THAT(refusal_of("PK\3\4" + std::string(100, 'x')), ContainsSubstring("Python pickle"));

  // Whatever kind of file a folder has, a pointer to it is no file of that kind.
  for (const char* name : {"pytorch_model.bin", "model.safetensors", "consolidated.00.pth"}) {
    const TemporaryFolder folder;
    folder.write(name, pointer);
    CHECK_THAT(error_of([&] { (void)CheckpointFiles::from_directory(folder.path()); }),
               ContainsSubstring("git-lfs pointer") && ContainsSubstring(name));
  }
  const TemporaryFolder quantised;
  quantised.write("llava-q4_k.gguf", std::string("GGUF"));
  CHECK_THAT(error_of([&] { (void)CheckpointFiles::from_directory(quantised.path()); }),
             ContainsSubstring("GGUF file (llava-q4_k.gguf)"));
  const TemporaryFolder shards;
  shards.write("model-00001-of-00002.safetensors", file_of(good_header().dump(), 28));
  CHECK_THAT(error_of([&] { (void)CheckpointFiles::from_directory(shards.path()); }),
             ContainsSubstring("no model.safetensors.index.json"));
}

TEST_CASE("what is given for a checkpoint's folder and is none is named as what it is",
          "[adapters][errors]") {
  const TemporaryFolder folder;
  const auto fault = [](const std::string& given) {
    return error_of([&] { require_checkpoint_folder(given); });
  };
  const std::string path = folder.path().string();
  folder.write("config.json", std::string("{}"));
  CHECK(fault(path) == "");
  CHECK_THAT(fault(path + "/config.json"), ContainsSubstring("a file, not a folder"));
  folder.write("m.gguf", std::string("GGUF"));
  CHECK(fault(path) == "");
  CHECK_THAT(fault(path + "/m.gguf"), ContainsSubstring("GGUF file"));
  std::filesystem::remove(folder.path() / "config.json");
  CHECK_THAT(fault(path), ContainsSubstring("GGUF files (m.gguf)"));
  std::filesystem::remove(folder.path() / "m.gguf");
  CHECK_THAT(fault(path), ContainsSubstring("no config.json") && ContainsSubstring("deeper"));

  for (const char* address :
       {"https://huggingface.co/llava-hf/llava-1.5-7b-hf", "http://x.org/a", "hf://llava-hf/llava",
        "huggingface.co/llava-hf/llava-1.5-7b-hf", "s3://bucket/model"}) {
    CHECK_THAT(fault(address), ContainsSubstring("address") && ContainsSubstring(address));
  }
  for (const char* name :
       {"llava-hf/llava-1.5-7b-hf", "OpenGVLab/InternVL2-1B", "Qwen/Qwen-VL-Chat"}) {
    CHECK_THAT(fault(name),
               ContainsSubstring("hub") && ContainsSubstring("hf download " + std::string(name)));
  }
  // A folder that is missing beside others, and paths, are no names on a hub.
  for (const std::string& missing : {path + "/gone", std::string("./a/b"), std::string("a/b/c"),
                                     std::string("../a"), std::string("/usr/gone")}) {
    CHECK_THAT(fault(missing), ContainsSubstring("no such folder (" + missing + ")"));
    CHECK_THAT(fault(missing), !ContainsSubstring("hub"));
  }
}
