// SPDX-License-Identifier: MIT
/// \file A COCO annotation file, entry by entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/text/json_fault.hpp>

namespace infoflow {

/// An entry of one of the file's lists: the fields that captions and instances have.
struct CocoEntry {
  std::string list;  ///< "images", "annotations", "categories"
  std::string where;
  std::optional<std::int64_t> id{};
  std::optional<std::int64_t> image_id{};
  std::optional<std::int64_t> category_id{};
  std::optional<std::string> name{};
  std::optional<std::string> file_name{};
  std::optional<std::string> caption{};
};

namespace detail {

/// Hears a COCO file's parser and tells whole entries; polygons and what else there is pass by.
template <class OnEntry>
class CocoListener {
 public:
  CocoListener(const std::string& file, OnEntry& on_entry) : file_(file), on_entry_(on_entry) {}

  bool start_object(std::size_t) { return open('{'); }
  bool start_array(std::size_t) { return open('['); }
  bool end_array() { return close(); }
  bool end_object() {
    if (in_entry()) on_entry_(std::as_const(entry_));
    return close();
  }
  bool key(std::string& name) {
    if (nesting_ == "{") {
      list_ = name;
      count_ = 0;
    }
    field_ = name;
    return true;
  }
  bool number_unsigned(std::uint64_t value) {
    constexpr std::uint64_t largest = std::uint64_t{1}
                                      << 53U;  // What every JSON reader keeps exactly.
    return value > largest ? other() : number(static_cast<std::int64_t>(value));
  }
  bool number_integer(std::int64_t) { return other(); }  // Negative: no id.
  bool number_float(double, const std::string&) { return other(); }
  bool string(std::string& value) {
    if (!in_entry()) return other();
    if (field_ == "name") entry_.name = std::move(value);
    if (field_ == "file_name") entry_.file_name = std::move(value);
    if (field_ == "caption") entry_.caption = std::move(value);
    return true;
  }
  bool null() { return other(); }
  bool boolean(bool) { return other(); }
  bool binary(nlohmann::json::binary_t&) { return other(); }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception&) {
    error_at_ = at;
    return false;
  }

  /// The byte at which the text stops being JSON.
  [[nodiscard]] std::size_t error_at() const { return error_at_; }

 private:
  [[nodiscard]] bool in_entry() const { return nesting_ == "{[{"; }

  bool open(char bracket) {
    if (bracket == '[') other();
    nesting_ += bracket;
    if (in_entry()) entry_ = {list_, file_ + ", " + list_ + " entry " + std::to_string(++count_)};
    return true;
  }
  bool close() {
    nesting_.pop_back();
    return true;
  }
  bool number(std::int64_t value) {
    if (!in_entry()) return other();
    if (field_ == "id") entry_.id = value;
    if (field_ == "image_id") entry_.image_id = value;
    if (field_ == "category_id") entry_.category_id = value;
    return true;
  }
  /// A value of no use to us, which must not stand where an entry should.
  bool other() {
    const bool read = list_ == "images" || list_ == "annotations" || list_ == "categories";
    if (nesting_ == "{[" && read) {
      throw Error("an entry of \"" + list_ + "\" is not an object", file_,
                  "give COCO's captions_*.json and instances_*.json");
    }
    return true;
  }

  const std::string& file_;
  OnEntry& on_entry_;
  std::string nesting_;
  std::string list_;
  std::string field_;
  std::size_t count_ = 0;
  CocoEntry entry_;
  std::size_t error_at_ = 0;
};

}  // namespace detail

/// Calls `on_entry(entry)` for each entry of each list. The file is in memory as text only: the
/// largest of COCO's have 350 MB, most of it polygons.
/// \throws Error if the file cannot be read, is larger than 2 GiB or not JSON, and what `on_entry`
///         throws
template <class OnEntry>
void walk_coco_file(const std::string& file, OnEntry on_entry) {
  const std::vector<std::uint8_t> bytes =
      read_file(file, "a COCO annotation file", std::uintmax_t{1} << 31U);
  detail::CocoListener<OnEntry> listener(file, on_entry);
  // As characters: libc++ has no traits of unsigned ones, which the parser would ask for.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &listener)) return;
  throw Error("this is no JSON: " + json_fault(text, listener.error_at()), file,
              "give COCO's captions_*.json and instances_*.json");
}

}  // namespace infoflow
