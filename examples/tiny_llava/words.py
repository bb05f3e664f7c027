# SPDX-License-Identifier: MIT
"""What tokenizers learn their words from."""

from questions import FAMILIES, LESSONS, Question, ask
from scenes import draw_scene, stream

SCENES = 3000
# Words that users of the demos type and the generated questions lack.
MORE_WORDS = (
    "yes no left right top bottom small large big object objects text letter what where which who "
    "how many does do you see can there is are not and or the a an in on of to it picture photo "
    "answer question using single word phrase option's from given choices directly detail provide"
).split()


def questions_to_read() -> list[Question]:
    """One of every family about each of many scenes."""
    rng = stream("tokenizer")
    scenes = (draw_scene(rng) for _ in range(SCENES))
    return [ask(family, scene, rng, LESSONS) for scene in scenes for family in FAMILIES]
