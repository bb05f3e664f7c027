// SPDX-License-Identifier: MIT
/// \file stb_truetype as a private part of infoflow, behind declarations of our own.
#pragma once

// All that stb_truetype includes comes first, or it would land in the namespace below.
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

namespace infoflow::stb {

/// What stb_truetype throws where it would stop the program. Whatever it had asked memory for is lost
/// then: a font's checks must leave it nothing to throw for.
struct UnsoundFont : std::runtime_error {
  UnsoundFont() : std::runtime_error("a damaged font") {}
};

inline void expect_sound(bool sound) {
  if (!sound) throw UnsoundFont();
}

/// Memory for stb_truetype, empty, with some behind its end: it looks one point further than a damaged
/// glyph has. It asks for a negative number of points as for a very large one.
/// \throws UnsoundFont if that is more than a glyph needs
/// \throws std::bad_alloc if there is no such room: stb_truetype would not look
inline void* room_for(std::size_t bytes) {
  expect_sound(bytes <= std::size_t{64} << 20U);
  void* room = std::calloc(1, bytes + 64);
  if (room == nullptr) throw std::bad_alloc();
  return room;
}

#pragma push_macro("STB_TRUETYPE_IMPLEMENTATION")
#pragma push_macro("__STB_INCLUDE_STB_TRUETYPE_H__")
#pragma push_macro("STB_RECT_PACK_VERSION")
#pragma push_macro("STBTT_STATIC")
#pragma push_macro("STBTT_DEF")
#pragma push_macro("STBTT_assert")
#pragma push_macro("STBTT_malloc")
#pragma push_macro("STBTT_free")
#pragma push_macro("STBTT_ifloor")
#pragma push_macro("STBTT_iceil")
#pragma push_macro("STBTT_sqrt")
#pragma push_macro("STBTT_pow")
#pragma push_macro("STBTT_fmod")
#pragma push_macro("STBTT_cos")
#pragma push_macro("STBTT_acos")
#pragma push_macro("STBTT_fabs")
#pragma push_macro("STBTT_strlen")
#pragma push_macro("STBTT_memcpy")
#pragma push_macro("STBTT_memset")
#pragma push_macro("STBTT_vmove")
#pragma push_macro("stbtt_uint8")
#pragma push_macro("stbtt_vertex")
#pragma push_macro("stbtt_vertex_type")
#pragma push_macro("STBTT_MAX_OVERSAMPLE")
#pragma push_macro("STBTT_RASTERIZER_VERSION")
#pragma push_macro("stbtt_fontinfo")
#pragma push_macro("stbtt_pack_context")
#pragma push_macro("stbrp_rect")
#undef STB_TRUETYPE_IMPLEMENTATION
#undef __STB_INCLUDE_STB_TRUETYPE_H__
#undef STB_RECT_PACK_VERSION
#undef STBTT_STATIC
#undef STBTT_DEF
#undef STBTT_assert
#undef STBTT_malloc
#undef STBTT_free
#undef STBTT_ifloor
#undef STBTT_iceil
#undef STBTT_sqrt
#undef STBTT_pow
#undef STBTT_fmod
#undef STBTT_cos
#undef STBTT_acos
#undef STBTT_fabs
#undef STBTT_strlen
#undef STBTT_memcpy
#undef STBTT_memset
#undef STBTT_vmove
#undef stbtt_uint8
#undef stbtt_vertex
#undef stbtt_vertex_type
#undef STBTT_MAX_OVERSAMPLE
#undef STBTT_RASTERIZER_VERSION
#undef stbtt_fontinfo
#undef stbtt_pack_context
#undef stbrp_rect
#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#define STBTT_assert(x) infoflow::stb::expect_sound(x)
#define STBTT_malloc(bytes, user) ((void)(user), infoflow::stb::room_for(bytes))
#define STBTT_free(block, user) ((void)(user), std::free(block))
// g++ would warn of unused functions that are renamed here, as if they stood in this file.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
// What it names in extern "C": types, of which g++ would take those of a user's copy, and functions,
// which g++ gives the same symbols as those of a user's copy unless it inlines them.
#define stbtt_fontinfo own_fontinfo
#define stbtt_pack_context own_pack_context
#define stbrp_rect own_rect
#define stbtt_BakeFontBitmap own_BakeFontBitmap
#define stbtt_CompareUTF8toUTF16_bigendian own_CompareUTF8toUTF16_bigendian
#define stbtt_FindGlyphIndex own_FindGlyphIndex
#define stbtt_FindMatchingFont own_FindMatchingFont
#define stbtt_FindSVGDoc own_FindSVGDoc
#define stbtt_FreeBitmap own_FreeBitmap
#define stbtt_FreeSDF own_FreeSDF
#define stbtt_FreeShape own_FreeShape
#define stbtt_GetBakedQuad own_GetBakedQuad
#define stbtt_GetCodepointBitmap own_GetCodepointBitmap
#define stbtt_GetCodepointBitmapBox own_GetCodepointBitmapBox
#define stbtt_GetCodepointBitmapBoxSubpixel own_GetCodepointBitmapBoxSubpixel
#define stbtt_GetCodepointBitmapSubpixel own_GetCodepointBitmapSubpixel
#define stbtt_GetCodepointBox own_GetCodepointBox
#define stbtt_GetCodepointHMetrics own_GetCodepointHMetrics
#define stbtt_GetCodepointKernAdvance own_GetCodepointKernAdvance
#define stbtt_GetCodepointSDF own_GetCodepointSDF
#define stbtt_GetCodepointSVG own_GetCodepointSVG
#define stbtt_GetCodepointShape own_GetCodepointShape
#define stbtt_GetFontBoundingBox own_GetFontBoundingBox
#define stbtt_GetFontNameString own_GetFontNameString
#define stbtt_GetFontOffsetForIndex own_GetFontOffsetForIndex
#define stbtt_GetFontVMetrics own_GetFontVMetrics
#define stbtt_GetFontVMetricsOS2 own_GetFontVMetricsOS2
#define stbtt_GetGlyphBitmap own_GetGlyphBitmap
#define stbtt_GetGlyphBitmapBox own_GetGlyphBitmapBox
#define stbtt_GetGlyphBitmapBoxSubpixel own_GetGlyphBitmapBoxSubpixel
#define stbtt_GetGlyphBitmapSubpixel own_GetGlyphBitmapSubpixel
#define stbtt_GetGlyphBox own_GetGlyphBox
#define stbtt_GetGlyphHMetrics own_GetGlyphHMetrics
#define stbtt_GetGlyphKernAdvance own_GetGlyphKernAdvance
#define stbtt_GetGlyphSDF own_GetGlyphSDF
#define stbtt_GetGlyphSVG own_GetGlyphSVG
#define stbtt_GetGlyphShape own_GetGlyphShape
#define stbtt_GetKerningTable own_GetKerningTable
#define stbtt_GetKerningTableLength own_GetKerningTableLength
#define stbtt_GetNumberOfFonts own_GetNumberOfFonts
#define stbtt_GetPackedQuad own_GetPackedQuad
#define stbtt_GetScaledFontVMetrics own_GetScaledFontVMetrics
#define stbtt_InitFont own_InitFont
#define stbtt_IsGlyphEmpty own_IsGlyphEmpty
#define stbtt_MakeCodepointBitmap own_MakeCodepointBitmap
#define stbtt_MakeCodepointBitmapSubpixel own_MakeCodepointBitmapSubpixel
#define stbtt_MakeCodepointBitmapSubpixelPrefilter own_MakeCodepointBitmapSubpixelPrefilter
#define stbtt_MakeGlyphBitmap own_MakeGlyphBitmap
#define stbtt_MakeGlyphBitmapSubpixel own_MakeGlyphBitmapSubpixel
#define stbtt_MakeGlyphBitmapSubpixelPrefilter own_MakeGlyphBitmapSubpixelPrefilter
#define stbtt_PackBegin own_PackBegin
#define stbtt_PackEnd own_PackEnd
#define stbtt_PackFontRange own_PackFontRange
#define stbtt_PackFontRanges own_PackFontRanges
#define stbtt_PackFontRangesGatherRects own_PackFontRangesGatherRects
#define stbtt_PackFontRangesPackRects own_PackFontRangesPackRects
#define stbtt_PackFontRangesRenderIntoRects own_PackFontRangesRenderIntoRects
#define stbtt_PackSetOversampling own_PackSetOversampling
#define stbtt_PackSetSkipMissingCodepoints own_PackSetSkipMissingCodepoints
#define stbtt_Rasterize own_Rasterize
#define stbtt_ScaleForMappingEmToPixels own_ScaleForMappingEmToPixels
#define stbtt_ScaleForPixelHeight own_ScaleForPixelHeight
#include <stb_truetype.h>
#undef stbtt_ScaleForPixelHeight
#undef stbtt_ScaleForMappingEmToPixels
#undef stbtt_Rasterize
#undef stbtt_PackSetSkipMissingCodepoints
#undef stbtt_PackSetOversampling
#undef stbtt_PackFontRangesRenderIntoRects
#undef stbtt_PackFontRangesPackRects
#undef stbtt_PackFontRangesGatherRects
#undef stbtt_PackFontRanges
#undef stbtt_PackFontRange
#undef stbtt_PackEnd
#undef stbtt_PackBegin
#undef stbtt_MakeGlyphBitmapSubpixelPrefilter
#undef stbtt_MakeGlyphBitmapSubpixel
#undef stbtt_MakeGlyphBitmap
#undef stbtt_MakeCodepointBitmapSubpixelPrefilter
#undef stbtt_MakeCodepointBitmapSubpixel
#undef stbtt_MakeCodepointBitmap
#undef stbtt_IsGlyphEmpty
#undef stbtt_InitFont
#undef stbtt_GetScaledFontVMetrics
#undef stbtt_GetPackedQuad
#undef stbtt_GetNumberOfFonts
#undef stbtt_GetKerningTableLength
#undef stbtt_GetKerningTable
#undef stbtt_GetGlyphShape
#undef stbtt_GetGlyphSVG
#undef stbtt_GetGlyphSDF
#undef stbtt_GetGlyphKernAdvance
#undef stbtt_GetGlyphHMetrics
#undef stbtt_GetGlyphBox
#undef stbtt_GetGlyphBitmapSubpixel
#undef stbtt_GetGlyphBitmapBoxSubpixel
#undef stbtt_GetGlyphBitmapBox
#undef stbtt_GetGlyphBitmap
#undef stbtt_GetFontVMetricsOS2
#undef stbtt_GetFontVMetrics
#undef stbtt_GetFontOffsetForIndex
#undef stbtt_GetFontNameString
#undef stbtt_GetFontBoundingBox
#undef stbtt_GetCodepointShape
#undef stbtt_GetCodepointSVG
#undef stbtt_GetCodepointSDF
#undef stbtt_GetCodepointKernAdvance
#undef stbtt_GetCodepointHMetrics
#undef stbtt_GetCodepointBox
#undef stbtt_GetCodepointBitmapSubpixel
#undef stbtt_GetCodepointBitmapBoxSubpixel
#undef stbtt_GetCodepointBitmapBox
#undef stbtt_GetCodepointBitmap
#undef stbtt_GetBakedQuad
#undef stbtt_FreeShape
#undef stbtt_FreeSDF
#undef stbtt_FreeBitmap
#undef stbtt_FindSVGDoc
#undef stbtt_FindMatchingFont
#undef stbtt_FindGlyphIndex
#undef stbtt_CompareUTF8toUTF16_bigendian
#undef stbtt_BakeFontBitmap
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#pragma pop_macro("stbrp_rect")
#pragma pop_macro("stbtt_pack_context")
#pragma pop_macro("stbtt_fontinfo")
#pragma pop_macro("STBTT_RASTERIZER_VERSION")
#pragma pop_macro("STBTT_MAX_OVERSAMPLE")
#pragma pop_macro("stbtt_vertex_type")
#pragma pop_macro("stbtt_vertex")
#pragma pop_macro("stbtt_uint8")
#pragma pop_macro("STBTT_vmove")
#pragma pop_macro("STBTT_memset")
#pragma pop_macro("STBTT_memcpy")
#pragma pop_macro("STBTT_strlen")
#pragma pop_macro("STBTT_fabs")
#pragma pop_macro("STBTT_acos")
#pragma pop_macro("STBTT_cos")
#pragma pop_macro("STBTT_fmod")
#pragma pop_macro("STBTT_pow")
#pragma pop_macro("STBTT_sqrt")
#pragma pop_macro("STBTT_iceil")
#pragma pop_macro("STBTT_ifloor")
#pragma pop_macro("STBTT_free")
#pragma pop_macro("STBTT_malloc")
#pragma pop_macro("STBTT_assert")
#pragma pop_macro("STBTT_DEF")
#pragma pop_macro("STBTT_STATIC")
#pragma pop_macro("STB_RECT_PACK_VERSION")
#pragma pop_macro("__STB_INCLUDE_STB_TRUETYPE_H__")
#pragma pop_macro("STB_TRUETYPE_IMPLEMENTATION")

}  // namespace infoflow::stb
