// SPDX-License-Identifier: MIT
/// \file The tensors of one .safetensors file, as views into the mapped file.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_folder.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/checkpoint/mapped_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

enum class StoredType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

namespace detail {

struct StoredTypeName {
  std::string_view name;
  StoredType type;
  std::uint64_t size;
};
inline constexpr std::array<StoredTypeName, 10> stored_types{{{"F64", StoredType::f64, 8},
                                                              {"F32", StoredType::f32, 4},
                                                              {"F16", StoredType::f16, 2},
                                                              {"BF16", StoredType::bf16, 2},
                                                              {"I64", StoredType::i64, 8},
                                                              {"I32", StoredType::i32, 4},
                                                              {"I16", StoredType::i16, 2},
                                                              {"I8", StoredType::i8, 1},
                                                              {"U8", StoredType::u8, 1},
                                                              {"BOOL", StoredType::boolean, 1}}};

}  // namespace detail

[[nodiscard]] constexpr std::size_t element_size(StoredType type) {
  return detail::stored_types[static_cast<std::size_t>(type)].size;
}
[[nodiscard]] constexpr std::string_view to_string(StoredType type) {
  return detail::stored_types[static_cast<std::size_t>(type)].name;
}

/// One tensor as it lies in its file: little-endian, row-major.
/// Law: `bytes.size() == element_size(type) * product of shape`; an empty shape is one value.
/// A copy costs nothing and keeps the file mapped. Write nothing through `bytes`: the pages are
/// read-only.
struct StoredTensor {
  std::string name;
  StoredType type = StoredType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const MappedFile> file;

  /// False in a file whose header was not padded: copy such bytes before reading them as numbers.
  [[nodiscard]] bool aligned() const {
    return reinterpret_cast<std::uintptr_t>(bytes.data()) % element_size(type) == 0;
  }
};

/// Reads the header and checks all of it before any tensor is handed out.
///
/// The checks are those of the format's reference reader: a header of at most 100 MB that lies in
/// the file, and tensors that cover the rest of it without gap or overlap, each as long as its
/// shape says.
class SafetensorsFile {
 public:
  /// \throws Error that names the file, and the tensor where it is about one
  explicit SafetensorsFile(const std::filesystem::path& path)
      : file_(MappedFile::open(path)), where_(file_->path()) {
    refuse_other_formats();
    const std::span<const std::byte> bytes = file_->bytes();
    if (bytes.size() < length_bytes) throw cut_short("the file has no room for a header");
    std::uint64_t header_size = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
      header_size |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    }
    if (header_size > largest_header) {
      throw Error("the header claims " + std::to_string(header_size) + " bytes", where_,
                  "this is no safetensors file");
    }
    if (header_size > bytes.size() - length_bytes) {
      throw cut_short("the header claims " + std::to_string(header_size) + " bytes, the file has " +
                      std::to_string(bytes.size()));
    }
    const auto header = bytes.subspan(length_bytes, static_cast<std::size_t>(header_size));
    read_header({reinterpret_cast<const char*>(header.data()), header.size()},
                bytes.subspan(length_bytes + header.size()));
    check_cover(bytes.size() - length_bytes - header.size());
  }

  [[nodiscard]] const std::string& path() const { return where_; }

  /// By name, in the order of the names.
  [[nodiscard]] const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }

  /// \return nullptr if the file has no tensor of that name
  [[nodiscard]] const StoredTensor* find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }

 private:
  static constexpr std::size_t length_bytes = 8;
  static constexpr std::uint64_t largest_header = 100'000'000;

  /// By what other files of weights begin with, whatever they are called.
  void refuse_other_formats() const {
    const std::string_view begin = file_->text();
    if (begin.starts_with("GGUF")) throw Error("this is a GGUF file", where_, gguf_fix);
    if (begin.size() > length_bytes && begin[length_bytes] == '{') return;  // A length, any bytes.
    if (begin.starts_with("PK\3\4") || begin.starts_with("\x80\2")) {
      throw Error("this is a Python pickle under another name", where_,
                  "pickles are not read; call it pytorch_model.bin and convert it: python "
                  "examples/adapters/convert.py");
    }
  }

  [[nodiscard]] Error cut_short(const std::string& what) const {
    return {what, where_, "the file is cut short or no safetensors file; fetch it anew"};
  }
  [[nodiscard]] Error bad(const std::string& name, const std::string& what) const {
    return {"tensor \"" + name + "\" " + what, where_, "the header lies; fetch the file anew"};
  }

  void read_header(std::string_view text, std::span<const std::byte> data) {
    if (text.empty() || text.front() != '{') {
      throw Error("the header is no JSON object", where_, "this is no safetensors file");
    }
    const Json header = parse_json(text, where_);
    for (const auto& [name, entry] : header.items()) {
      if (name != "__metadata__") tensors_.emplace(name, read_entry(name, entry, data));
    }
  }

  [[nodiscard]] StoredTensor read_entry(const std::string& name, const Json& entry,
                                        std::span<const std::byte> data) const {
    if (!entry.is_object()) throw bad(name, "has no object as its entry");
    const std::string where = where_ + ", tensor \"" + name + "\"";
    const auto dtype = get<std::string>(entry, "dtype", where);
    const auto* known = std::find_if(detail::stored_types.begin(), detail::stored_types.end(),
                                     [&](const auto& type) { return type.name == dtype; });
    if (known == detail::stored_types.end()) {
      throw Error("tensor \"" + name + "\" has dtype " + dtype, where_,
                  "save the checkpoint in float32, float16 or bfloat16");
    }
    const auto shape = get<std::vector<std::uint64_t>>(entry, "shape", where);
    const auto offsets = get<std::vector<std::uint64_t>>(entry, "data_offsets", where);
    if (offsets.size() != 2 || offsets[0] > offsets[1])
      throw bad(name, "has senseless data_offsets");
    if (offsets[1] > data.size()) {
      throw cut_short("tensor \"" + name + "\" ends at byte " + std::to_string(offsets[1]) +
                      " of " + std::to_string(data.size()));
    }
    const std::optional<std::uint64_t> size = bytes_of(shape, known->size);
    if (size != offsets[1] - offsets[0]) {
      throw bad(name, "has " + std::to_string(offsets[1] - offsets[0]) +
                          " bytes, which its shape and dtype do not need");
    }
    return {name,
            known->type,
            {shape.begin(), shape.end()},
            data.subspan(static_cast<std::size_t>(offsets[0]), static_cast<std::size_t>(*size)),
            file_};
  }

  /// Nothing if the product overflows what a signed 64-bit count can hold.
  static std::optional<std::uint64_t> bytes_of(const std::vector<std::uint64_t>& shape,
                                               std::uint64_t size) {
    constexpr std::uint64_t most = std::uint64_t{1} << 62U;
    for (const std::uint64_t extent : shape) {
      if (extent > most || (extent != 0 && size > most / extent)) return std::nullopt;
      size *= extent;
    }
    return size;
  }

  void check_cover(std::size_t data_size) const {
    std::vector<const StoredTensor*> by_place;
    for (const auto& [name, tensor] : tensors_) by_place.push_back(&tensor);
    // Tensors without bytes may share a place; their own size orders them before what follows.
    std::sort(by_place.begin(), by_place.end(), [](const auto* a, const auto* b) {
      return std::pair(a->bytes.data(), a->bytes.size()) <
             std::pair(b->bytes.data(), b->bytes.size());
    });
    const std::byte* end = file_->bytes().data() + (file_->bytes().size() - data_size);
    for (const StoredTensor* tensor : by_place) {
      if (tensor->bytes.data() < end) throw bad(tensor->name, "overlaps another tensor");
      if (tensor->bytes.data() > end) throw bad(tensor->name, "lies behind bytes of no tensor");
      end += tensor->bytes.size();
    }
    if (end != file_->bytes().data() + file_->bytes().size()) {
      throw Error("bytes behind the last tensor", where_, "the header lies; fetch the file anew");
    }
  }

  std::shared_ptr<const MappedFile> file_;
  std::string where_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace infoflow::adapters
