// SPDX-License-Identifier: MIT
/// \file Named tensors as a .safetensors file.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/files/shape.hpp>

namespace infoflow {

/// Collects tensors and text, then writes them as one file.
///
/// The bytes depend only on what was added, not on its order: tensors lie by falling element size,
/// then by name, so each begins at a multiple of its element size; keys are sorted.
class SafetensorsWriter {
 public:
  using Shape = std::vector<std::int64_t>;

  /// Adds a copy of `values`, row-major. A dimension may be 0.
  /// \throws Error if the name is taken or the shape does not hold exactly `values`
  void add(const std::string& name, Shape shape, std::span<const float> values) {
    add(name, "F32", std::move(shape), values);
  }
  void add(const std::string& name, Shape shape, std::span<const std::int64_t> values) {
    add(name, "I64", std::move(shape), values);
  }
  void add(const std::string& name, Shape shape, std::span<const std::uint8_t> values) {
    add(name, "U8", std::move(shape), values);
  }

  /// Text beside the tensors. The format knows no other values than strings.
  void note(const std::string& key, std::string value) { metadata_[key] = std::move(value); }

  /// \throws Error if the file cannot be written
  void write(const std::filesystem::path& path) const {
    const std::string head = header();
    write_atomically(path, [&](std::ostream& out) {
      for (std::uint64_t size = head.size(), i = 0; i < 8; ++i) {
        out.put(static_cast<char>(size >> (8 * i) & 0xFF));
      }
      out << head;
      for (const auto& [key, tensor] : tensors_) {
        out.write(tensor.bytes.data(), static_cast<std::streamsize>(tensor.bytes.size()));
      }
    });
  }

 private:
  struct Tensor {
    std::string_view type;
    Shape shape;
    std::string bytes;
  };
  using Place = std::pair<int, std::string>;  ///< −element size, name: the order in the file.

  template <class Value>
  void add(const std::string& name, std::string_view type, Shape shape,
           std::span<const Value> values) {
    static_assert(std::endian::native == std::endian::little, "the format is written as it lies");
    if (!shape_holds(shape, values.size())) {
      throw Error("the shape does not hold " + std::to_string(values.size()) + " values",
                  "tensor " + name, "give the tensor's own shape");
    }
    bool taken = name == "__metadata__";
    for (const auto& [place, tensor] : tensors_) taken = taken || place.second == name;
    if (taken) {
      throw Error("the name is taken", "tensor " + name, "give each tensor a name of its own");
    }
    std::string bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    tensors_[{-static_cast<int>(sizeof(Value)), name}] = {type, std::move(shape), std::move(bytes)};
  }

  [[nodiscard]] std::string header() const {
    nlohmann::json json = nlohmann::json::object();
    if (!metadata_.empty()) json["__metadata__"] = metadata_;
    std::size_t offset = 0;
    for (const auto& [place, tensor] : tensors_) {
      const std::size_t end = offset + tensor.bytes.size();
      json[place.second] = {
          {"dtype", tensor.type}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
      offset = end;
    }
    // Names and notes may come from outside: what is not UTF-8 is replaced, never fatal.
    std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    while (text.size() % 8 != 0) text += ' ';
    return text;
  }

  std::map<Place, Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace infoflow
