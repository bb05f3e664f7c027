# SPDX-License-Identifier: MIT
"""Questions about a scene in the four families of the paper's benchmarks, with their answers.

yesno as in POPE, short as in TextVQA, choice as in ScienceQA, caption as in CHAIR.
"""

from dataclasses import dataclass

import numpy as np

from scenes import COLORS, SHAPES, Item, Scene

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
IMAGE_PREFIX = f"{SYSTEM} USER: <image>"  # LLaVA-1.5's vicuna_v1 template, up to the question
NUMBERS = ("zero", "one", "two", "three", "four")
COLOR_NAMES = tuple(COLORS)
SIDES = {  # a unit vector for every side; y grows downwards
    "to the left of": (-1, 0),
    "to the right of": (1, 0),
    "above": (0, -1),
    "below": (0, 1),
}
# Relations rarely fit a scene at the first try; these odds make them a third of what is asked.
CHOICE_KINDS = ("color", "shape", *["relation"] * 6, *["side"] * 2)
CLEARLY, CLEARLY_NOT = 12, -6  # pixels along a side's direction


@dataclass(frozen=True)
class Question:
    family: str
    kind: str
    text: str
    answer: str
    targets: tuple[Item, ...]  # what one has to look at; empty where the object is absent
    choices: tuple[str, ...] = ()

    @property
    def after_image(self) -> str:
        """The prompt from the image to the point where the answer starts."""
        return f"\n{self.text} ASSISTANT:"


def prompt(question: Question) -> str:
    return IMAGE_PREFIX + question.after_image


def article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def ask(family: str, scene: Scene, rng: np.random.Generator) -> Question:
    """A random question of the family; tries again where a kind does not fit the scene."""
    while True:
        question = FAMILIES[family](scene, rng)
        if question:
            return question


def yesno(scene: Scene, rng: np.random.Generator) -> Question | None:
    kind = _pick(rng, ("random", "popular", "adversarial", "adversarial", "shape", "sign"))
    present = rng.random() < 0.5
    if kind == "sign":
        if rng.random() < 0.5:
            return None  # half as many as of the other kinds
        present, name = scene.sign is not None, "sign"
        targets = [item for item in scene.items if item.is_sign]
    elif kind == "shape":
        shown = {item.shape for item in scene.shapes}
        name = _pick(rng, [s for s in SHAPES if (s in shown) == present])
        targets = [item for item in scene.shapes if item.shape == name]
    elif present:
        targets = [_pick(rng, scene.shapes)]
        name = targets[0].name
    else:
        name, targets = _absent(kind, scene, rng), []
    text = f"Is there {article(name)} in the image?"
    return Question("yesno", kind, text, "Yes" if present else "No", tuple(targets))


def _absent(kind: str, scene: Scene, rng: np.random.Generator) -> str:
    """POPE's three ways to ask for something that is not there."""
    while True:
        color, shape = _pick(rng, COLOR_NAMES), _pick(rng, SHAPES)
        if kind == "popular":
            color, shape = _pick(rng, COLOR_NAMES[:3]), _pick(rng, SHAPES[:3])
        if kind == "adversarial":  # a colour or a shape that is there, or both of different objects
            half = int(rng.integers(3))
            if half != 0:
                color = _pick(rng, scene.shapes).color
            if half != 1:
                shape = _pick(rng, scene.shapes).shape
        if f"{color} {shape}" not in {item.name for item in scene.items}:
            return f"{color} {shape}"


def short(scene: Scene, rng: np.random.Generator) -> Question | None:
    kind = _pick(rng, ("digits", "digits", "digits", "color", "color", "shape", "shape", "count"))
    if kind == "digits":
        if not scene.sign:
            return None
        text, answer = "What number is on the sign?", str(scene.sign.number)
        return Question("short", kind, text, answer, (scene.sign,))
    if kind == "count":
        answer = NUMBERS[len(scene.shapes)]
        return Question("short", kind, "How many shapes are there?", answer, tuple(scene.shapes))
    item = _unique(kind, scene, rng)
    return item and Question("short", kind, _attribute_text(kind, item), getattr(item, kind), (item,))


def _unique(kind: str, scene: Scene, rng: np.random.Generator) -> Item | None:
    """A shape that can be named by the attribute which is not asked for."""
    handle = "shape" if kind == "color" else "color"
    handles = [getattr(item, handle) for item in scene.shapes]
    candidates = [item for item in scene.shapes if handles.count(getattr(item, handle)) == 1]
    return _pick(rng, candidates) if candidates else None


def _attribute_text(kind: str, item: Item) -> str:
    if kind == "color":
        return f"What color is the {item.shape}?"
    return f"What shape is the {item.color} object?"


def choice(scene: Scene, rng: np.random.Generator) -> Question | None:
    """Kinds: color, shape, relation (which object lies there), side (where does an object lie).

    In "relation" the right option is always the leftmost (topmost, ...) of those in the picture, so
    the reference could be ignored; "side" names both objects and cannot be answered that way.
    """
    kind = _pick(rng, CHOICE_KINDS)
    if kind in ("color", "shape"):
        item = _unique(kind, scene, rng)
        if not item:
            return None
        right = getattr(item, kind)
        wrong = [v for v in (COLOR_NAMES if kind == "color" else SHAPES) if v != right]
        return _lettered(kind, _attribute_text(kind, item), right, wrong, (item,), rng)
    if len(scene.items) < 2:
        return None
    reference, target = (scene.items[i] for i in rng.permutation(len(scene.items))[:2])
    if kind == "relation":
        side = _pick(rng, tuple(SIDES))
        if _along(side, reference, target) < CLEARLY:
            return None
        others = [item for item in scene.items if item is not reference]
        wrong = [i.name for i in others if _along(side, reference, i) <= CLEARLY_NOT]
        if not wrong or rng.random() < 0.3:
            stranger = f"{_pick(rng, COLOR_NAMES)} {_pick(rng, SHAPES)}"
            if stranger in {item.name for item in scene.items}:
                return None
            wrong.append(stranger)
        text = f"Which object is {side} the {reference.name}?"
        return _lettered(kind, text, target.name, wrong, (target,), rng)
    sides = [side for side in SIDES if _along(side, reference, target) >= CLEARLY]
    if not sides:
        return None
    wrong = [side for side in SIDES if _along(side, reference, target) <= CLEARLY_NOT]
    text = f"Where is the {target.name} relative to the {reference.name}?"
    shorter = {side: side.split()[-2] if " " in side else side for side in SIDES}  # "left", "above"
    right, wrong = shorter[_pick(rng, sides)], [shorter[side] for side in wrong]
    return _lettered(kind, text, right, wrong, (target, reference), rng)


def _along(side: str, reference: Item, item: Item) -> int:
    """How far the item lies from the reference in the direction of a side, in pixels."""
    x, y = SIDES[side]
    return x * (item.x - reference.x) + y * (item.y - reference.y)


def _lettered(kind, text, right, wrong, targets, rng) -> Question:
    """Two to four options in random order."""
    count = int(rng.integers(1, min(3, len(wrong)) + 1))
    choices = [wrong[i] for i in rng.permutation(len(wrong))[:count]]
    place = int(rng.integers(count + 1))
    choices.insert(place, right)
    lines = "".join(f"\n{letter}. {option}" for letter, option in zip("ABCD", choices))
    return Question("choice", kind, text + lines, "ABCD"[place], targets, tuple(choices))


def caption(scene: Scene, rng: np.random.Generator) -> Question:
    """All objects from left to right."""
    items = tuple(sorted(scene.items, key=lambda item: item.x))
    phrases = [article(item.name) + _inscription(item) for item in items]
    text = " and ".join(filter(None, (", ".join(phrases[:-1]), phrases[-1])))
    return Question("caption", "caption", "Describe the image.", f"{text}.", items)


def _inscription(item: Item) -> str:
    return f" with the number {item.number}" if item.is_sign else ""


def _pick(rng: np.random.Generator, options):
    return options[int(rng.integers(len(options)))]


FAMILIES = {"yesno": yesno, "short": short, "choice": choice, "caption": caption}
