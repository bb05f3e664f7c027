#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the small picture files of tests/golden/io and what Pillow decodes them to.

    python tests/golden/make_io_goldens.py

Needs numpy and Pillow. Written are one file per kind of picture and expected.json: per file its
format, size, EXIF orientation, the CRC-32 of Image.open(file).convert("RGB"), the same behind
transformers' load_image (ImageOps.exif_transpose) where there is an orientation, and from which
length on Pillow reads the file if it is cut. Of files that Pillow refuses only that is written.
"""
import io
import json
import pathlib
import struct
import warnings
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps, features

FOLDER = pathlib.Path(__file__).parent / "io"
WIDTH, HEIGHT = 23, 17  # odd, so that no block of 8 or 16 and no byte of 1-bit pixels fits


def picture(channels):
    """Smooth gradients with an edge, other ones in each channel."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x * 255 / (WIDTH - 1), y * 255 / (HEIGHT - 1),
              255 - (x + y) * 255 / (WIDTH + HEIGHT - 2), 127 + 120 * np.sin(x / 3.0)]
    values = np.stack(planes[:channels], -1)
    values[4:9, 6:13] = 255 - values[4:9, 6:13]
    return values.round().astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, raw, before=b"", interlaced=0):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def rows(values):
    """Each row behind filter type 0; 16-bit values big-endian."""
    if values.dtype == np.uint16:
        values = values.astype(">u2")
    return b"".join(b"\0" + row.tobytes() for row in values)


def packed(values, bits):
    """Rows of indices below 2**bits, packed to bytes."""
    unpacked = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return b"".join(b"\0" + np.packbits(row.reshape(-1)).tobytes() for row in unpacked)


def adam7(values):
    raw = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = values[y0::dy, x0::dx]
        if part.size:
            raw += rows(part)
    return raw


def saved(mode, values, kind, **options):
    image = paletted(values) if mode == "P" else Image.fromarray(values, mode)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def paletted(values):
    image = Image.fromarray(values % 16, "P")
    image.putpalette([(37 * i) % 256 for i in range(48)])
    return image


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def zigzag():
    """Natural order -> place in the stream."""
    order = sorted(((y, x) for y in range(8) for x in range(8)),
                   key=lambda p: (p[0] + p[1], p[0] if (p[0] + p[1]) % 2 else p[1]))
    return [8 * y + x for y, x in order]


class Bits:
    def __init__(self):
        self.bits = ""

    def put(self, value, count):
        self.bits += format(value, f"0{count}b") if count else ""

    def take(self):
        bits = self.bits + "1" * (-len(self.bits) % 8)
        self.bits = ""
        data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
        return data.replace(b"\xff", b"\xff\0")


def jpeg(values, samplings, adobe=None, restart=0, precision=8):
    """A baseline JPEG of any channels and samplings, which Pillow cannot write. Every Huffman code
    has 4 (DC) or 8 bits (AC), so codes are their place in the tables."""
    height, width = values.shape[:2]
    stated = samplings
    if len(samplings) == 1:  # One channel alone is stored block by block, whatever is stated.
        samplings = [(1, 1)]
    most_x, most_y = max(s[0] for s in samplings), max(s[1] for s in samplings)
    u, x = np.mgrid[0:8, 0:8]
    basis = np.cos((2 * x + 1) * u * np.pi / 16) * np.where(u == 0, np.sqrt(1 / 8), 0.5)
    ac_symbols = [0x00, 0xF0] + [16 * run + size for run in range(16) for size in range(1, 11)]
    columns, rows_ = -(-width // (8 * most_x)), -(-height // (8 * most_y))
    planes = []
    for c, (sx, sy) in enumerate(samplings):
        padded = np.pad(values[..., c].astype(float),
                        ((0, rows_ * 8 * most_y - height), (0, columns * 8 * most_x - width)), "edge")
        fx, fy = most_x // sx, most_y // sy
        planes.append(padded.reshape(padded.shape[0] // fy, fy, -1, fx).mean((1, 3)))
    bits, scan, last = Bits(), b"", [0] * len(samplings)

    def number(value):
        size = int(abs(value)).bit_length()
        return size, value if value >= 0 else value + (1 << size) - 1

    for mcu in range(columns * rows_):
        if restart and mcu and mcu % restart == 0:
            scan += bits.take() + bytes([0xFF, 0xD0 + (mcu // restart - 1) % 8])
            last = [0] * len(samplings)
        for c, (sx, sy) in enumerate(samplings):
            for by in range(sy):
                for bx in range(sx):
                    y0 = 8 * (mcu // columns * sy + by)
                    x0 = 8 * (mcu % columns * sx + bx)
                    block = basis @ (planes[c][y0:y0 + 8, x0:x0 + 8] - 128) @ basis.T
                    stream = np.rint(block / 6).astype(int).reshape(-1)[zigzag()].tolist()
                    size, rest = number(stream[0] - last[c])
                    last[c] = stream[0]
                    bits.put(size, 4)
                    bits.put(rest, size)
                    run = 0
                    for value in stream[1:]:
                        if value == 0:
                            run += 1
                            continue
                        while run > 15:
                            bits.put(ac_symbols.index(0xF0), 8)
                            run -= 16
                        size, rest = number(value)
                        bits.put(ac_symbols.index(16 * run + size), 8)
                        bits.put(rest, size)
                        run = 0
                    if run:
                        bits.put(ac_symbols.index(0x00), 8)
    scan += bits.take()
    channels = range(len(samplings))
    frame = struct.pack(">BHHB", precision, height, width, len(samplings)) + b"".join(
        bytes([c + 1, 16 * stated[c][0] + stated[c][1], 0]) for c in channels)
    dc = bytes([0] * 3 + [12] + [0] * 12) + bytes(range(12))
    ac = bytes([0] * 7 + [len(ac_symbols)] + [0] * 8) + bytes(ac_symbols)
    mark = b"" if adobe is None else segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([adobe]))
    interval = segment(0xDD, struct.pack(">H", restart)) if restart else b""
    return (b"\xff\xd8" + mark + segment(0xDB, b"\0" + bytes([6] * 64)) + segment(0xC0, frame) +
            segment(0xC4, b"\0" + dc + b"\x10" + ac) + interval +
            segment(0xDA, bytes([len(samplings)]) + b"".join(bytes([c + 1, 0]) for c in channels) +
                    b"\0\x3f\0") + scan + b"\xff\xd9")


def coloured(width, height):
    """Colours that change from pixel to pixel, so that a misplaced sample is seen."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(x * 37 + y * 11) % 256, (y * 53 + x * 5) % 256, 255 - (x * 29 + y * 23) % 256,
              (x * 13 + y * 7) % 200]
    return np.stack(planes, -1).astype(np.uint8)


def without_segment(jpeg, marker):
    at = jpeg.index(bytes([0xFF, marker]))
    length = struct.unpack(">H", jpeg[at + 2:at + 4])[0]
    return jpeg[:at] + jpeg[at + 2 + length:]


def upside_down(bmp):
    """The same rows with a negative height: written from the top."""
    height = struct.unpack("<i", bmp[22:26])[0]
    return bmp[:22] + struct.pack("<i", -height) + bmp[26:]


def larger_canvas(gif):
    """A screen of 3 columns and 2 rows more than the picture covers."""
    width, height = struct.unpack("<HH", gif[6:10])
    return gif[:6] + struct.pack("<HH", width + 3, height + 2) + gif[10:]


def oriented(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def tiff(value, order="<", kind=3, before=b"", offset=8):
    """An EXIF block with one directory: entries `before`, then the orientation."""
    count = 1 + len(before) // 12
    data = struct.pack(order + ("HH" if kind == 3 else "I"), *([value, 0] if kind == 3 else [value]))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", offset)
    return (head + struct.pack(order + "H", count) + before +
            struct.pack(order + "HHI", 0x0112, kind, 1) + data + b"\0" * 4)


def after_start(jpeg, data):
    return jpeg[:2] + data + jpeg[2:]


def xmp(value):
    return f'<x:xmpmeta><rdf:Description tiff:Orientation="{value}"/></x:xmpmeta>'.encode()


def samplings(rgb):
    """Files for every sampling, at sizes that fill their blocks badly."""
    names = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "411": (4, 1), "440": (1, 2),
             "410": (4, 2), "441": (1, 4)}
    for name, luma in names.items():
        for width, height in [(1, 1), (1, 19), (19, 1), (17, 31), (34, 18)]:
            yield (f"odd_{name}_{width}x{height}.jpg",
                   jpeg(coloured(width, height)[..., :3], [luma, (1, 1), (1, 1)]))
    yield "odd_uneven.jpg", jpeg(coloured(25, 21)[..., :3], [(2, 2), (2, 1), (1, 2)])
    yield "odd_restarts.jpg", jpeg(coloured(35, 21)[..., :3], [(2, 1), (1, 1), (1, 1)], restart=1)
    yield "odd_grey.jpg", jpeg(coloured(17, 31)[..., :1], [(2, 2)])
    yield "odd_cmyk.jpg", jpeg(coloured(19, 13), [(2, 2), (1, 1), (1, 1), (2, 2)])
    for transform in (0, 1, 2):
        yield f"odd_cmyk_adobe{transform}.jpg", jpeg(coloured(19, 13), [(1, 1)] * 4, adobe=transform)
        yield f"odd_adobe{transform}.jpg", jpeg(coloured(19, 13)[..., :3], [(1, 1)] * 3,
                                                adobe=transform)
    for width, height in [(1, 1), (17, 31), (34, 18)]:
        for sampling in (0, 1, 2):
            yield (f"progressive_{sampling}_{width}x{height}.jpg",
                   saved("RGB", coloured(width, height)[..., :3].copy(), "JPEG", quality=80,
                         progressive=True, subsampling=sampling))


def tolerated(rgb, whole, png_file):
    """Files that are not as they should be; Pillow reads some."""
    frame = whole.index(b"\xff\xc0")
    yield "junk_before_tables.jpg", after_start(whole, b"") [:20] + b"\1\2\3" + whole[20:]
    yield "junk_before_frame.jpg", whole[:frame] + b"junk\xff\0" + whole[frame:]
    yield "fill_bytes.jpg", whole[:frame] + b"\xff" * 9 + whole[frame:]
    yield "junk_behind.jpg", whole + b"these bytes belong to nobody"
    yield "no_end.jpg", whole[:-2]
    yield "early_end.jpg", whole[:-40] + b"\xff\xd9"
    yield "two_pictures.jpg", whole + saved("L", rgb[..., 0].copy(), "JPEG")
    yield "12_bits.jpg", jpeg(coloured(9, 9)[..., :1], [(1, 1)], precision=12)
    yield "two_channels.jpg", jpeg(coloured(9, 9)[..., :2], [(1, 1)] * 2)
    yield "short_length.jpg", after_start(whole, b"\xff\xec\0\1")
    yield "unknown_marker.jpg", after_start(whole, b"\xff\x02\0\4ab")
    mpo = io.BytesIO()
    Image.fromarray(rgb).save(mpo, "MPO", save_all=True, append_images=[Image.fromarray(255 - rgb)])
    yield "two_views.mpo", mpo.getvalue()

    end = png_file[-12:]
    text = chunk(b"tEXt", b"a\0b")
    wrong = text[:-1] + bytes([text[-1] ^ 1])
    raw = rows(rgb)
    split = zlib.compress(raw)
    header = png_file[:33]
    yield "no_end.png", png_file[:-12]
    yield "junk_behind.png", png_file + b"these bytes belong to nobody"
    yield "junk_for_end.png", png_file[:-12] + b"????" * 5
    yield "wrong_pixel_checksum.png", png_file[:-13] + bytes([png_file[-13] ^ 1]) + end
    yield "wrong_end_checksum.png", png_file[:-1] + bytes([png_file[-1] ^ 1])
    yield "wrong_header_checksum.png", header[:-1] + bytes([header[-1] ^ 1]) + png_file[33:]
    yield "wrong_text_checksum.png", header + wrong + png_file[33:]
    yield "wrong_text_checksum_behind.png", png_file[:-12] + wrong + end
    yield "text_cut_behind.png", png_file[:-12] + text[:-6]
    yield "parts.png", header + b"".join(chunk(b"IDAT", split[i:i + 99])
                                         for i in range(0, len(split), 99)) + end
    yield "parts_with_text_between.png", (header + chunk(b"IDAT", split[:200]) + text +
                                          chunk(b"IDAT", split[200:]) + end)
    yield "no_zlib_checksum.png", header + chunk(b"IDAT", split[:-4]) + end
    yield "wrong_zlib_checksum.png", header + chunk(b"IDAT", split[:-1] + b"?") + end
    yield "rows_missing.png", png(WIDTH, HEIGHT, 8, 2, raw[:5 * (3 * WIDTH + 1)])
    yield "half_row_missing.png", png(WIDTH, HEIGHT, 8, 2, raw[:-WIDTH])
    yield "rows_too_many.png", png(WIDTH, HEIGHT, 8, 2, raw + raw)
    yield "wrong_filter.png", png(WIDTH, HEIGHT, 8, 2, b"\7" + raw[1:])
    yield "no_palette.png", png(WIDTH, HEIGHT, 8, 3, rows(rgb[..., 0]))
    yield "unknown_kind.png", png(WIDTH, HEIGHT, 16, 3, rows(rgb[..., 0].astype(np.uint16)))
    yield "interlaced1.png", png(3, 2, 8, 2, adam7(rgb[:2, :3]), interlaced=1)
    animated = io.BytesIO()
    Image.fromarray(rgb).save(animated, "PNG", save_all=True,
                              append_images=[Image.fromarray(255 - rgb)])
    yield "animated.png", animated.getvalue()


def orientations(rgb, whole, png_file):
    for value in range(1, 9):
        order = "<>"[value % 2]
        yield (f"turned{value}.jpg",
               after_start(whole, segment(0xE1, b"Exif\0\0" + tiff(value, order))))
    outside = struct.pack("<HHII", 0x010F, 2, 99, 4000)
    inside = struct.pack("<HHII", 0x010F, 2, 5, 0)
    unknown = struct.pack("<HHII", 0x010F, 77, 5, 4000)
    blocks = {"long": tiff(6, kind=4), "nine": tiff(9), "zero": tiff(0), "text": tiff(0x36, kind=2),
              "behind_outside": tiff(6, before=outside), "behind_inside": tiff(6, before=inside),
              "behind_unknown": tiff(6, before=unknown), "cut": tiff(6)[:-6], "no_next": tiff(6)[:-4],
              "far": tiff(6, offset=9999), "mixed": b"IM*\0" + tiff(6)[4:], "short": b"II", "none": b"",
              "twice": b"Exif\0\0" + tiff(6)}
    for name, block in blocks.items():
        yield f"exif_{name}.jpg", after_start(whole, segment(0xE1, b"Exif\0\0" + block))
    joined = tiff(6)
    yield "exif_in_parts.jpg", after_start(whole, segment(0xE1, b"Exif\0\0" + joined[:15]) +
                                           segment(0xE1, b"Exif\0\0" + joined[15:]))
    packet = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(8))
    yield "xmp.jpg", after_start(whole, packet)
    yield "xmp_and_exif.jpg", after_start(whole, packet + segment(0xE1, b"Exif\0\0" + tiff(3)))
    header, rest = png_file[:33], png_file[33:]
    yield "exif_big_endian.png", header + chunk(b"eXIf", tiff(5, ">")) + rest
    yield "exif_behind.png", png_file[:-12] + chunk(b"eXIf", tiff(6)) + png_file[-12:]
    body = b"\0" * 2 + b"\0\0"
    yield "xmp.png", header + chunk(b"iTXt", b"XML:com.adobe.xmp\0" + body + xmp(3)) + rest
    yield "xmp_packed.png", header + chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp(7))) + rest
    profile = b"\nexif\n      26\n" + tiff(6).hex().encode() + b"\n"
    yield "raw_profile.png", header + chunk(b"zTXt", b"Raw profile type exif\0\0" +
                                            zlib.compress(profile)) + rest
    yield "oriented.webp", saved("RGB", rgb, "WEBP", lossless=True, exif=oriented(6))


def webps(rgb, rgba):
    yield "lossless.webp", saved("RGB", rgb, "WEBP", lossless=True)
    yield "lossless_alpha.webp", saved("RGBA", rgba, "WEBP", lossless=True, exact=True)
    yield "lossy.webp", saved("RGB", rgb, "WEBP", quality=70)
    yield "lossy_alpha.webp", saved("RGBA", rgba, "WEBP", quality=70)
    yield "odd.webp", saved("RGB", coloured(1, 19)[..., :3].copy(), "WEBP", quality=70)
    yield "animated.webp", saved("RGB", rgb, "WEBP", save_all=True, lossless=True,
                                 append_images=[Image.fromarray(255 - rgb)])
    yield "not_webp.webp", saved("RGB", rgb, "WEBP", lossless=True)[:12] + b"VP9 " + b"\0" * 40


def bmps(rgb, grey):
    def bmp(bits, data, width=WIDTH, height=HEIGHT, compression=0, masks=b"", palette=b"", header=40,
            colours=0):
        head = (struct.pack("<IiiHHIIIIII", header, width, height, 1, bits, compression, 0, 0, 0,
                            colours, 0) if header > 12 else
                struct.pack("<IHHHH", 12, width, height, 1, bits)) + masks
        begin = 14 + len(head) + len(palette)
        return b"BM" + struct.pack("<IHHI", begin + len(data), 0, 0, begin) + head + palette + data

    def padded(lines):
        return b"".join(line + b"\0" * (-len(line) % 4) for line in lines)

    wide = rgb.astype(np.uint32)
    five = (wide[..., 0] >> 3 << 10) | (wide[..., 1] >> 3 << 5) | wide[..., 2] >> 3
    six = (wide[..., 0] >> 3 << 11) | (wide[..., 1] >> 2 << 5) | wide[..., 2] >> 3
    masks = lambda *m: struct.pack(f"<{len(m)}I", *m)
    lines = lambda values, kind: padded(row.astype(kind).tobytes() for row in values[::-1])
    yield "five_bits.bmp", bmp(16, lines(five, "<u2"))
    yield "masks_555.bmp", bmp(16, lines(five, "<u2"), compression=3,
                               masks=masks(0x7C00, 0x3E0, 0x1F))
    yield "masks_565.bmp", bmp(16, lines(six, "<u2"), compression=3,
                               masks=masks(0xF800, 0x7E0, 0x1F))
    yield "masks_444.bmp", bmp(16, lines(five, "<u2"), compression=3, masks=masks(0xF00, 0xF0, 0xF))
    four = wide[..., 0] << 24 | wide[..., 1] << 16 | wide[..., 2] << 8
    yield "masks_upper.bmp", bmp(32, lines(four, "<u4"), compression=3, header=56,
                                 masks=masks(0xFF000000, 0xFF0000, 0xFF00, 0xFF))
    yield "rgbx.bmp", bmp(32, lines(four, "<u4"))
    ramp = b"".join(bytes([i * 3 % 256, i * 7 % 256, i, 0]) for i in range(16))
    index = grey % 16
    nibbles = [bytes((np.append(row, 0)[0::2] << 4 | np.append(row, 0)[1::2]).astype(np.uint8))
               for row in index[::-1]]
    yield "four_bits.bmp", bmp(4, padded(nibbles), palette=ramp)
    yield "few_colours.bmp", bmp(8, lines(index, "u1"), palette=ramp, colours=16)
    old = b"".join(bytes([i * 3 % 256, i * 7 % 256, i]) for i in range(256))
    yield "old_header.bmp", bmp(8, lines(grey, "u1"), palette=old, header=12)
    runs8 = b"".join(b"".join(bytes([1, v]) for v in row) + b"\0\0" for row in index[::-1])
    yield "rle8.bmp", bmp(8, runs8 + b"\0\1", palette=ramp, colours=16, compression=1)
    mixed = b"".join(bytes([0, WIDTH]) + row.tobytes() + b"\0" * (WIDTH % 2) + b"\0\0"
                     for row in index[::-1].astype(np.uint8))
    yield "rle8_as_they_stand.bmp", bmp(8, mixed + b"\0\1", palette=ramp, colours=16, compression=1)
    runs4 = b"".join(bytes([WIDTH, v << 4 | (v + 3) % 16]) + b"\0\0" for v in range(HEIGHT - 1))
    yield "rle4.bmp", bmp(4, runs4 + b"\0\2\3\0" + bytes([WIDTH, 0x5A]) + b"\0\1", palette=ramp,
                          compression=2)
    yield "rle_without_rows.bmp", bmp(8, runs8[:40] + b"\0\1", palette=ramp, colours=16,
                                      compression=1)


def files():
    grey, rgb, rgba = picture(1)[..., 0], picture(3), picture(4)
    wide = rgb.astype(np.uint16) * 257 + 3
    wide_alpha = rgba.astype(np.uint16) * 257
    palette = chunk(b"PLTE", bytes((37 * i) % 256 for i in range(48)))
    indices = grey % 16
    yield "grey.png", saved("L", grey, "PNG")
    yield "grey1.png", png(WIDTH, HEIGHT, 1, 0, packed(grey >> 7, 1))
    yield "grey2.png", png(WIDTH, HEIGHT, 2, 0, packed(grey >> 6, 2))
    yield "grey4.png", png(WIDTH, HEIGHT, 4, 0, packed(grey >> 4, 4))
    yield "grey16.png", png(WIDTH, HEIGHT, 16, 0, rows(grey.astype(np.uint16) * 3))
    yield "grey_alpha.png", saved("LA", rgba[..., 1:3].copy(), "PNG")
    yield "grey_alpha16.png", png(WIDTH, HEIGHT, 16, 4, rows(wide_alpha[..., :2].copy()))
    yield "rgb.png", saved("RGB", rgb, "PNG")
    yield "rgb_interlaced.png", png(WIDTH, HEIGHT, 8, 2, adam7(rgb), interlaced=1)
    yield "rgb16.png", png(WIDTH, HEIGHT, 16, 2, rows(wide))
    yield "rgb_colour_key.png", png(WIDTH, HEIGHT, 8, 2, rows(rgb),
                                    chunk(b"tRNS", struct.pack(">HHH", *map(int, rgb[2, 2]))))
    yield "rgba.png", saved("RGBA", rgba, "PNG")
    yield "rgba16.png", png(WIDTH, HEIGHT, 16, 6, rows(wide_alpha))
    yield "palette8.png", png(WIDTH, HEIGHT, 8, 3, rows(indices), palette)
    yield "palette4.png", png(WIDTH, HEIGHT, 4, 3, packed(indices, 4), palette)
    yield "palette1.png", png(WIDTH, HEIGHT, 1, 3, packed(grey >> 7, 1),
                              chunk(b"PLTE", bytes([200, 10, 20, 30, 40, 250])))
    yield "palette_transparent.png", png(WIDTH, HEIGHT, 8, 3, rows(indices),
                                         palette + chunk(b"tRNS", bytes([0, 90, 255])))
    yield "palette_too_short.png", png(WIDTH, HEIGHT, 8, 3, rows(indices),
                                       chunk(b"PLTE", bytes(range(100, 121))))
    yield "oriented.png", saved("RGB", rgb, "PNG", exif=oriented(8))

    yield "grey.jpg", saved("L", grey, "JPEG", quality=90)
    for name, sampling in [("444", 0), ("422", 1), ("420", 2)]:
        yield f"rgb_{name}.jpg", saved("RGB", rgb, "JPEG", quality=90, subsampling=sampling)
    yield "progressive.jpg", saved("RGB", rgb, "JPEG", quality=90, progressive=True)
    yield "restarts.jpg", saved("RGB", rgb, "JPEG", quality=90, restart_marker_blocks=1)
    yield "not_ycc.jpg", saved("RGB", rgb, "JPEG", quality=90, keep_rgb=True)
    yield "oriented.jpg", saved("RGB", rgb, "JPEG", quality=90, exif=oriented(6))
    cmyk = saved("CMYK", rgba, "JPEG", quality=95)
    yield "cmyk.jpg", cmyk
    yield "cmyk_unmarked.jpg", without_segment(cmyk, 0xEE)

    yield "rgb.bmp", saved("RGB", rgb, "BMP")
    yield "top_down.bmp", upside_down(saved("RGB", rgb, "BMP"))
    yield "rgba.bmp", saved("RGBA", rgba, "BMP")
    yield "grey.bmp", saved("L", grey, "BMP")
    yield "palette.bmp", saved("P", grey, "BMP")
    yield "one_bit.bmp", saved("1", grey > 127, "BMP")

    plain = saved("P", grey, "GIF", interlace=0)
    transparent = saved("P", grey, "GIF", transparency=5, interlace=0)
    yield "palette.gif", plain
    yield "interlaced.gif", saved("P", grey, "GIF", interlace=1)
    yield "transparent.gif", transparent
    yield "small_on_canvas.gif", larger_canvas(plain)
    yield "small_on_canvas_transparent.gif", larger_canvas(transparent)
    yield "animated.gif", saved("P", grey, "GIF", interlace=0, save_all=True,
                                append_images=[paletted(255 - grey)])


    whole = saved("RGB", rgb, "JPEG", quality=90)
    png_file = saved("RGB", rgb, "PNG")
    yield from samplings(rgb)
    yield from tolerated(rgb, whole, png_file)
    yield from orientations(rgb, whole, png_file)
    yield from webps(rgb, rgba)
    yield from bmps(rgb, grey)


def read(path, turned=False):
    """As transformers' load_image reads it if `turned`; None where Pillow refuses."""
    try:
        with Image.open(path) as image:
            rgb = (ImageOps.exif_transpose(image) if turned else image).convert("RGB")
            return image, rgb, zlib.crc32(rgb.tobytes())
    except Exception:  # Pillow has no common error.
        return None


def accepted_from(path, data):
    """The shortest cut that Pillow reads; it must read all longer ones, and as the same picture."""
    cut = path.with_name("cut" + path.suffix)
    whole, length = read(path)[2], len(data)
    while length > 0:
        cut.write_bytes(data[:length - 1])
        again = read(cut)
        if again is None:
            break
        if again[2] != whole:
            raise SystemExit(f"{path.name} cut to {length - 1} bytes is another picture")
        length -= 1
    cut.unlink()
    return length


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    expected = {}
    for name, data in files():
        path = FOLDER / name
        path.write_bytes(data)
        if (of_pillow := read(path)) is None:
            expected[name] = None
            continue
        image, rgb, crc = of_pillow
        orientation = image.getexif().get(0x0112)
        row = {"format": image.format.replace("MPO", "JPEG").replace("WEBP", "WebP"),
               "width": rgb.width, "height": rgb.height, "crc32": crc,
               "accepted_from": accepted_from(path, data)}
        if orientation in range(1, 9):
            row |= {"orientation": orientation, "turned": read(path, turned=True)[2]}
        elif read(path, turned=True)[2] != crc:
            raise SystemExit(f"{name} is turned by an orientation of {orientation}")
        expected[name] = row
    expected = {"made_with": f"Pillow {PIL.__version__}, libjpeg-turbo "
                             f"{features.version('libjpeg_turbo')}", "pictures": expected}
    lines = [f'"{name}": {json.dumps(row)}' for name, row in expected["pictures"].items()]
    (FOLDER / "expected.json").write_text(
        f'{{"made_with": {json.dumps(expected["made_with"])},\n"pictures": {{\n' +
        ",\n".join(lines) + "\n}}\n")
    print(len(expected["pictures"]), "pictures in", FOLDER)


if __name__ == "__main__":
    main()
