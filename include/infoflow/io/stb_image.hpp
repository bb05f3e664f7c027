// SPDX-License-Identifier: MIT
/// \file stb_image as a private part of infoflow: its own copy, in its own namespace.
///
/// Only stb_image's implementation is included, behind declarations of our own: stb_image's would
/// be extern "C", so that another copy's functions of the same names were called instead. The
/// macros that configure stb_image are put back, so a source file may include stb_image.h too, before or
/// after, with or without the implementation.
#pragma once

// All that stb_image includes comes first, or it would land in the namespace below.
#include <cassert>
#include <climits>
#include <cmath>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#endif
#if defined(__ARM_NEON)
#include <arm_neon.h>
#endif
#if defined(_MSC_VER)
#include <intrin.h>
#endif

#if defined(STBI_NO_BMP) || defined(STBI_NO_GIF)
#error "include infoflow's headers before an stb_image.h with fewer formats"
#endif

namespace infoflow::detail::stb {

/// The largest block that stb_image may ask for while the current picture is decoded. A small file
/// can promise or unpack to gigabytes; what a picture honestly needs is known from its size.
inline thread_local std::size_t largest_block = 0;

/// Zeroed: stb_image reads tables that a broken file never defined.
inline void* bounded_malloc(std::size_t size) {
  return size <= largest_block ? std::calloc(size, 1) : nullptr;
}
inline void* bounded_realloc(void* block, std::size_t size) {
  return size <= largest_block ? std::realloc(block, size) : nullptr;
}
/// stb_image asserts what a broken file can violate; that is bad input, not a reason to abort.
inline void require(bool holds) {
  if (!holds) throw std::runtime_error("inconsistent data");
}

using stbi_uc = unsigned char;
using stbi_us = unsigned short;
enum { STBI_default, STBI_grey, STBI_grey_alpha, STBI_rgb, STBI_rgb_alpha };
struct stbi_io_callbacks {
  int (*read)(void* user, char* data, int size);
  void (*skip)(void* user, int n);
  int (*eof)(void* user);
};

#pragma push_macro("STBI_INCLUDE_STB_IMAGE_H")
#pragma push_macro("STB_IMAGE_IMPLEMENTATION")
#pragma push_macro("STBIDEF")
#pragma push_macro("STBI_NO_STDIO")
#pragma push_macro("STBI_MALLOC")
#pragma push_macro("STBI_REALLOC")
#pragma push_macro("STBI_REALLOC_SIZED")
#pragma push_macro("STBI_FREE")
#pragma push_macro("STBI_ASSERT")
#pragma push_macro("STBI_MAX_DIMENSIONS")
#pragma push_macro("stbi__err")
#undef STBI_INCLUDE_STB_IMAGE_H
#undef STB_IMAGE_IMPLEMENTATION
#undef STBIDEF
#undef STBI_NO_STDIO
#undef STBI_MALLOC
#undef STBI_REALLOC
#undef STBI_REALLOC_SIZED
#undef STBI_FREE
#undef STBI_ASSERT
#undef STBI_MAX_DIMENSIONS
#undef stbi__err
#define STBI_INCLUDE_STB_IMAGE_H  // skips the declarations
#define STB_IMAGE_IMPLEMENTATION
#define STBIDEF static
#define STBI_NO_STDIO
#define STBI_MALLOC(size) ::infoflow::detail::stb::bounded_malloc(size)
#define STBI_REALLOC(block, size) ::infoflow::detail::stb::bounded_realloc(block, size)
#define STBI_FREE(block) std::free(block)
#define STBI_ASSERT(holds) ::infoflow::detail::stb::require(holds)
#include <stb_image.h>
#pragma pop_macro("stbi__err")
#pragma pop_macro("STBI_MAX_DIMENSIONS")
#pragma pop_macro("STBI_ASSERT")
#pragma pop_macro("STBI_FREE")
#pragma pop_macro("STBI_REALLOC_SIZED")
#pragma pop_macro("STBI_REALLOC")
#pragma pop_macro("STBI_MALLOC")
#pragma pop_macro("STBI_NO_STDIO")
#pragma pop_macro("STBIDEF")
#pragma pop_macro("STB_IMAGE_IMPLEMENTATION")
#pragma pop_macro("STBI_INCLUDE_STB_IMAGE_H")

/// What stb_image made of a picture: pixels that the receiver frees, or a reason.
struct Decoded {
  void* pixels = nullptr;
  int width = 0;
  int height = 0;
  std::string reason;
};

/// Decodes to `channels` bytes a pixel, in blocks of at most `memory` bytes.
/// All calls of stb_image are in this one function: its state is one per source file, and a linker
/// keeps one source file's version of each inline function.
inline Decoded decode(std::span<const std::uint8_t> bytes, int channels, std::size_t memory) {
  largest_block = memory;
  Decoded result;
  int in_file = 0;
  const auto size = static_cast<int>(bytes.size());
  try {
    result.pixels = stbi_load_from_memory(bytes.data(), size, &result.width, &result.height,
                                          &in_file, channels);
    if (result.pixels == nullptr) result.reason = stbi_failure_reason();
  } catch (const std::runtime_error& broken) {
    result.reason = broken.what();
  }
  return result;
}

}  // namespace infoflow::detail::stb
