// SPDX-License-Identifier: MIT
/// \file The fields of a protobuf message, one after the other, and never beyond its end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// One field as it is written; the accessors say what it must be.
class ProtobufField {
 public:
  std::uint32_t number = 0;

  /// \throws Error if the field is of another kind
  [[nodiscard]] std::string_view bytes() const { return require(wire_ == 2), bytes_; }
  [[nodiscard]] std::uint64_t whole() const { return require(wire_ == 0), value_; }
  [[nodiscard]] bool truth() const { return whole() != 0; }
  [[nodiscard]] float real() const {
    require(wire_ == 5);
    return std::bit_cast<float>(static_cast<std::uint32_t>(value_));
  }

 private:
  friend class ProtobufReader;

  void require(bool right) const {
    if (right) return;
    throw Error("field " + std::to_string(number) + " is of another kind than it must be", *file_,
                "fetch the file anew");
  }

  unsigned wire_ = 0;
  std::uint64_t value_ = 0;
  std::string_view bytes_;
  const std::string* file_ = nullptr;
};

/// Walks over the fields of one message; messages inside it are fields of bytes.
class ProtobufReader {
 public:
  /// \param message  must outlive the reader and its fields, as must `file`
  ProtobufReader(std::string_view message, const std::string& file) : rest_(message), file_(file) {}

  /// \return nothing at the end
  /// \throws Error if the message is cut off or no protobuf
  [[nodiscard]] std::optional<ProtobufField> next() {
    if (rest_.empty()) return std::nullopt;
    const std::uint64_t key = varint();
    ProtobufField field;
    field.number = static_cast<std::uint32_t>(key >> 3U);
    field.wire_ = static_cast<unsigned>(key & 7U);
    field.file_ = &file_;
    if (key >> 3U == 0 || key >> 32U != 0) refuse("is no message of protobuf");
    switch (field.wire_) {
      case 0: field.value_ = varint(); break;
      case 1: field.value_ = fixed(8); break;
      case 2: field.bytes_ = take(varint()); break;
      case 5: field.value_ = fixed(4); break;
      default: refuse("is no message of protobuf");
    }
    return field;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error("the file " + what, file_, "fetch the file anew");
  }

  std::string_view take(std::uint64_t length) {
    if (length > rest_.size()) refuse("is cut off");
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(length));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// Seven bits a byte, the lowest first, until a byte without the eighth bit.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    refuse("has a number without end");
  }

  std::uint64_t fixed(std::size_t length) {
    const std::string_view bytes = take(length);
    std::uint64_t value = 0;
    for (std::size_t i = length; i-- > 0;)
      value = value << 8U | static_cast<unsigned char>(bytes[i]);
    return value;
  }

  std::string_view rest_;
  const std::string& file_;
};

}  // namespace infoflow::adapters
