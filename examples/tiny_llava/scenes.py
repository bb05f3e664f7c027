# SPDX-License-Identifier: MIT
"""Pictures of a small world: coloured shapes and numbered signs on textured ground, with their boxes."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SIZE = 96  # pixels per side
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
COLORS = {
    "red": (214, 38, 38),
    "green": (34, 160, 60),
    "blue": (36, 78, 214),
    "yellow": (240, 216, 48),
    "purple": (142, 46, 190),
    "orange": (244, 134, 24),
    "white": (244, 244, 244),
    "black": (16, 16, 16),
}
# Uneven on purpose: POPE's "popular" negatives need some objects to be more common than others.
SHAPE_ODDS = np.array([0.22, 0.20, 0.18, 0.16, 0.13, 0.11])
COLOR_ODDS = np.array([0.19, 0.17, 0.15, 0.13, 0.10, 0.10, 0.09, 0.07])

MAX_OBJECTS = 4
RADII = range(10, 18)
TURNS = np.linspace(-0.27, 0.27, 7)  # radians; larger ones would make a square a diamond
MIN_X_DISTANCE = 8  # captions go from left to right, so that order must be visible

SIGN_WIDTH, SIGN_HEIGHT = 31, 21
# Five by seven dots per digit, one row after the other.
DIGITS = (
    "01110 10001 10011 10101 11001 10001 01110",
    "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111",
    "11110 00001 00001 01110 00001 00001 11110",
    "00010 00110 01010 10010 11111 00010 00010",
    "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110",
    "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110",
    "01110 10001 10001 01111 00001 00010 01100",
)

# One stream of random numbers per purpose; what is measured on is never trained on.
SEEDS = {"training": 1, "validation": 2, "evaluation": 3, "shipped": 4, "tokenizer": 5}


def stream(purpose: str, *index: int) -> np.random.Generator:
    """The random numbers of one purpose (a key of SEEDS) and index, independent of all others."""
    return np.random.default_rng([SEEDS[purpose], *index])


@dataclass(frozen=True)
class Item:
    """One thing in a picture; `shape` is "sign" and `color` is empty for a sign."""

    shape: str
    color: str
    number: int | None
    x: int
    y: int
    mask: np.ndarray  # opacity in [0, 1], odd number of rows and columns, centred at (x, y)

    @property
    def is_sign(self) -> bool:
        return self.shape == "sign"

    @property
    def name(self) -> str:
        return "sign" if self.is_sign else f"{self.color} {self.shape}"

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the picture that the mask covers."""
        height, width = self.mask.shape
        top, left = self.y - height // 2, self.x - width // 2
        return slice(top, top + height), slice(left, left + width)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Tight box (x0, y0, x1, y1) in pixels, x1 and y1 exclusive."""
        rows = np.flatnonzero((self.mask > 0.5).any(axis=1))
        columns = np.flatnonzero((self.mask > 0.5).any(axis=0))
        top, left = self.window[0].start, self.window[1].start
        return tuple(
            int(v)
            for v in (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
        )


@dataclass(frozen=True)
class Scene:
    picture: np.ndarray  # [SIZE, SIZE, 3] uint8
    items: tuple[Item, ...]

    @property
    def shapes(self) -> list[Item]:
        return [item for item in self.items if not item.is_sign]

    @property
    def sign(self) -> Item | None:
        return next((item for item in self.items if item.is_sign), None)


def draw_scene(rng: np.random.Generator) -> Scene:
    """One to four objects, at most one of them a sign, none touching another."""
    items: list[Item] = []
    has_sign = rng.random() < 0.45
    for index in range(int(rng.integers(1 + has_sign, MAX_OBJECTS + 1))):
        for _ in range(40):
            item = _random_sign(rng) if has_sign and index == 0 else _random_shape(rng)
            if all(_compatible(item, other) for other in items):
                items.append(item)
                break
    picture = _ground(rng)
    for item in items:
        _paint(picture, item, rng)
    return Scene(np.clip(picture, 0, 255).astype(np.uint8), tuple(items))


def _compatible(a: Item, b: Item) -> bool:
    apart_x = abs(a.x - b.x) > (a.mask.shape[1] + b.mask.shape[1]) // 2
    apart_y = abs(a.y - b.y) > (a.mask.shape[0] + b.mask.shape[0]) // 2
    return (apart_x or apart_y) and abs(a.x - b.x) >= MIN_X_DISTANCE and a.name != b.name


def _random_shape(rng: np.random.Generator) -> Item:
    shape = SHAPES[np.searchsorted(SHAPE_ODDS.cumsum(), rng.random() * 0.999)]
    color = list(COLORS)[np.searchsorted(COLOR_ODDS.cumsum(), rng.random() * 0.999)]
    mask = _shape_mask(shape, int(rng.choice(RADII)), int(rng.integers(len(TURNS))))
    return Item(shape, color, None, *_random_place(rng, mask), mask)


def _random_sign(rng: np.random.Generator) -> Item:
    mask = np.ones((SIGN_HEIGHT, SIGN_WIDTH), np.float32)
    return Item("sign", "", int(rng.integers(10, 100)), *_random_place(rng, mask), mask)


def _random_place(rng: np.random.Generator, mask: np.ndarray) -> tuple[int, int]:
    half_height, half_width = mask.shape[0] // 2, mask.shape[1] // 2
    return (
        int(rng.integers(half_width, SIZE - half_width)),
        int(rng.integers(half_height, SIZE - half_height)),
    )


def _ground(rng: np.random.Generator) -> np.ndarray:
    """A grey-ish colour with soft stains and a little grain."""
    color = rng.uniform(95, 165) + rng.uniform(-12, 12, 3)
    stretch = _stretch(int(rng.integers(3, 9)))
    stains = stretch @ rng.standard_normal((stretch.shape[1],) * 2) @ stretch.T
    grain = rng.standard_normal((SIZE, SIZE), np.float32) * rng.uniform(0.3, 2)
    return (color + (stains * rng.uniform(0, 14) + grain)[:, :, None]).astype(np.float32)


@lru_cache
def _stretch(points: int) -> np.ndarray:
    """[SIZE, points] matrix that interpolates linearly between so many values."""
    place = np.linspace(0, points - 1, SIZE)[:, None]
    return np.clip(1 - np.abs(place - np.arange(points)), 0, 1)


def _paint(picture: np.ndarray, item: Item, rng: np.random.Generator) -> None:
    window = picture[item.window]
    if item.is_sign:
        window[:] = _sign_face(item.number, rng) + 0.3 * (window - window.mean(axis=(0, 1)))
    else:
        color = np.array(COLORS[item.color]) + rng.uniform(-14, 14, 3)
        surface = color + 0.5 * (window - window.mean(axis=(0, 1)))
        window += item.mask[:, :, None] * (surface - window)


def _sign_face(number: int, rng: np.random.Generator) -> np.ndarray:
    """A bright card with a dark rim and two digits, each dot two by two pixels."""
    face = np.empty((SIGN_HEIGHT, SIGN_WIDTH, 3), np.float32)
    face[:] = 40
    face[1:-1, 1:-1] = rng.uniform(222, 255, 3)
    ink = rng.uniform(0, 50, 3)
    top, left = (3 + int(v) for v in rng.integers(0, 2, 2))
    for digit in divmod(number, 10):
        face[top : top + 14, left : left + 10][_digit_dots(digit)] = ink
        left += 13
    return face


@lru_cache
def _digit_dots(digit: int) -> np.ndarray:
    dots = np.array([[c == "1" for c in row] for row in DIGITS[digit].split()])
    return np.kron(dots, np.ones((2, 2), bool))


@lru_cache(maxsize=None)
def _shape_mask(shape: str, radius: int, turn: int) -> np.ndarray:
    """Opacity of a shape, each pixel averaged over four by four samples."""
    fine, pixels = 4, 2 * radius + 3
    axis = (np.arange(pixels * fine) + 0.5) / fine - pixels / 2
    y, x = np.meshgrid(axis, axis, indexing="ij")
    c, s = np.cos(TURNS[turn]), np.sin(TURNS[turn])
    inside = _inside(shape, (c * x + s * y) / radius, (c * y - s * x) / radius)
    return inside.reshape(pixels, fine, pixels, fine).mean((1, 3)).astype(np.float32)


def _inside(shape: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Whether points (u right, v down, in radii) belong to the shape."""
    distance = np.hypot(u, v)
    if shape == "circle":
        return distance <= 0.94
    if shape == "ring":
        return (distance <= 1) & (distance >= 0.57)
    if shape == "square":
        return (abs(u) <= 0.8) & (abs(v) <= 0.8)
    if shape == "triangle":
        return (v <= 0.62) & (v >= 1.72 * abs(u) - 1)
    if shape == "cross":
        return (np.minimum(abs(u), abs(v)) <= 0.3) & (np.maximum(abs(u), abs(v)) <= 1)
    # A star repeats every fifth of a turn: fold the angle there and compare with the straight edge
    # from a tip (radius 1.05) to a notch (radius 0.47).
    fifth = 2 * np.pi / 5
    angle = np.abs((np.arctan2(u, -v) + fifth / 2) % fifth - fifth / 2)
    notch_x, notch_y = 0.47 * np.cos(fifth / 2), 0.47 * np.sin(fifth / 2)
    x, y = distance * np.cos(angle) - 1.05, distance * np.sin(angle)
    return (notch_x - 1.05) * y - notch_y * x >= 0
