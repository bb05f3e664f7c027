#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the small picture files of tests/golden/io and what Pillow decodes them to.

    python tests/golden/make_io_goldens.py

Needs numpy and Pillow. Written are one file per kind of picture and expected.json: per file its
format, size, EXIF orientation and the bytes of Image.open(file).convert("RGB") in hexadecimal.
"""
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, features

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


def main():
    FOLDER.mkdir(exist_ok=True)
    expected = {}
    for name, data in files():
        (FOLDER / name).write_bytes(data)
        image = Image.open(io.BytesIO(data))
        rgb = image.convert("RGB")
        expected[name] = {"format": image.format.replace("MPO", "JPEG"), "width": rgb.width,
                          "height": rgb.height, "orientation": image.getexif().get(0x0112),
                          "rgb": rgb.tobytes().hex()}
    expected = {"made_with": f"Pillow {PIL.__version__}, libjpeg-turbo "
                             f"{features.version('libjpeg_turbo')}", "pictures": expected}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")
    print(len(expected["pictures"]), "pictures in", FOLDER)


if __name__ == "__main__":
    main()
