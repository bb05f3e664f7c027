# SPDX-License-Identifier: MIT
"""Questions about a scene in the four families of the paper's benchmarks, with their answers.

yesno as in POPE, short as in TextVQA, choice as in ScienceQA, caption as in CHAIR.
"""

from dataclasses import dataclass

import numpy as np

from scenes import COLORS, SHAPES, SIZE, Item, Scene

NUMBERS = ("zero", "one", "two", "three", "four")
COLOR_NAMES = tuple(COLORS)
PLACES = ("top left", "top right", "bottom left", "bottom right")
CLEARLY = 10  # pixels by which two objects' places must differ to be compared
OFF_CENTER = 5  # pixels from the middle of the picture, where a place is asked for
# How often each kind is asked for, where the scene allows it.
KINDS = {
    "yesno": {"random": 2, "popular": 2, "adversarial": 4, "shape": 2, "sign": 1},
    "short": {"digits": 3, "color": 2, "shape": 2, "count": 1},
    "choice": {"color": 1, "shape": 1, "place": 1, "side": 1},
    "caption": {"caption": 1},
}
# The same in training. There, places and sides are also asked for with words as answers, so that
# seeing them can be learnt apart from the letters.
LESSONS = KINDS | {"short": KINDS["short"] | {"place": 2, "side": 3}}
TRIES = 10  # to make a question of one kind, before another kind's turn


@dataclass(frozen=True)
class Question:
    family: str
    kind: str
    text: str
    answer: str
    targets: tuple[Item, ...]  # what one has to look at; empty where the object is absent
    choices: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The question without its options."""
        return self.text.split("\n")[0]


def article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def ask(family: str, scene: Scene, rng: np.random.Generator, kinds=KINDS) -> Question:
    """A random question of the family; another kind's turn where one does not fit the scene."""
    names = list(kinds[family])
    odds = np.array([kinds[family][name] for name in names], float)
    while True:
        kind = names[rng.choice(len(names), p=odds / odds.sum())]
        for _ in range(TRIES):
            if question := FAMILIES[family](kind, scene, rng):
                return question


def yesno(kind: str, scene: Scene, rng: np.random.Generator) -> Question:
    present = rng.random() < 0.5
    if kind == "sign":
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


def short(kind: str, scene: Scene, rng: np.random.Generator) -> Question | None:
    if kind == "digits":
        if not scene.sign:
            return None
        text, answer = "What number is on the sign?", str(scene.sign.number)
        return Question("short", kind, text, answer, (scene.sign,))
    if kind == "count":
        answer = NUMBERS[len(scene.shapes)]
        return Question("short", kind, "How many shapes are there?", answer, tuple(scene.shapes))
    if not (found := POSERS[kind](kind, scene, rng)):
        return None
    text, answer, _, targets = found
    return Question("short", kind, text, answer, targets)


def choice(kind: str, scene: Scene, rng: np.random.Generator) -> Question | None:
    """Two to four options in random order."""
    if not (found := POSERS[kind](kind, scene, rng)):
        return None
    text, right, wrong, targets = found
    count = int(rng.integers(1, min(3, len(wrong)) + 1))
    choices = [wrong[i] for i in rng.permutation(len(wrong))[:count]]
    place = int(rng.integers(count + 1))
    choices.insert(place, right)
    lines = "".join(f"\n{letter}. {option}" for letter, option in zip("ABCD", choices))
    return Question("choice", kind, text + lines, "ABCD"[place], targets, tuple(choices))


# What follows poses questions of one kind: text, right answer, wrong ones, what to look at. None
# where the scene (or this try) does not allow it.


def _attribute(kind: str, scene: Scene, rng: np.random.Generator):
    """The color or the shape of what can be named by the other of the two."""
    handle = "shape" if kind == "color" else "color"
    handles = [getattr(item, handle) for item in scene.shapes]
    candidates = [item for item in scene.shapes if handles.count(getattr(item, handle)) == 1]
    if not candidates:
        return None
    item = _pick(rng, candidates)
    right = getattr(item, kind)
    wrong = [value for value in (COLOR_NAMES if kind == "color" else SHAPES) if value != right]
    if kind == "color":
        return f"What color is the {item.shape}?", right, wrong, (item,)
    return f"What shape is the {item.color} object?", right, wrong, (item,)


def _place(kind: str, scene: Scene, rng: np.random.Generator):
    """In which quarter of the picture an object is."""
    item = _pick(rng, scene.items)
    right, down = item.x - SIZE // 2, item.y - SIZE // 2
    if min(abs(right), abs(down)) < OFF_CENTER:
        return None
    place = f"{'bottom' if down > 0 else 'top'} {'right' if right > 0 else 'left'}"
    return f"Where is the {item.name}?", place, [p for p in PLACES if p != place], (item,)


def _side(kind: str, scene: Scene, rng: np.random.Generator):
    """On which side of another object an object is."""
    if len(scene.items) < 2:
        return None
    target, other = (scene.items[i] for i in rng.permutation(len(scene.items))[:2])
    if rng.random() < 0.5:
        distance, sides, of = target.x - other.x, ("left", "right"), " of"
    else:
        distance, sides, of = target.y - other.y, ("above", "below"), ""
    if abs(distance) < CLEARLY:
        return None
    right, wrong = sides if distance < 0 else sides[::-1]
    text = f"Is the {target.name} {sides[0]} or {sides[1]}{of} the {other.name}?"
    return text, right, [wrong], (target, other)


def caption(kind: str, scene: Scene, rng: np.random.Generator) -> Question:
    """All objects from left to right."""
    items = tuple(sorted(scene.items, key=lambda item: item.x))
    phrases = [article(item.name) + _inscription(item) for item in items]
    text = " and ".join(filter(None, (", ".join(phrases[:-1]), phrases[-1])))
    return Question("caption", kind, "Describe the image.", f"{text}.", items)


def _inscription(item: Item) -> str:
    return f" with the number {item.number}" if item.is_sign else ""


def _pick(rng: np.random.Generator, options):
    return options[int(rng.integers(len(options)))]


POSERS = {"color": _attribute, "shape": _attribute, "place": _place, "side": _side}
FAMILIES = {"yesno": yesno, "short": short, "choice": choice, "caption": caption}
