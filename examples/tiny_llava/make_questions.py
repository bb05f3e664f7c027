# SPDX-License-Identifier: MIT
"""Writes the held-out pictures and question sets that ship beside the checkpoint.

One JSONL per family; every line has id, image, family, kind, question (as it goes into the prompt,
lettered options included), answer and boxes: [x0, y0, x1, y1] in pixels, x1 and y1 exclusive, of
what one has to look at. Absent objects have no box. Choices have a stem, too (the question without
its options), and the choices; their answer is a letter.
Usage: make_questions.py [--output .]
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from PIL import Image

from questions import FAMILIES, Question, ask
from scenes import Scene, draw_scene, stream

HERE = Path(__file__).parent
PICTURES = 400
PER_PICTURE = {"yesno": 4, "short": 2, "choice": 2, "caption": 1}  # at most


def questions_about(scene: Scene, rng) -> list[Question]:
    """No question twice, as many Yes as No; a simple scene has fewer different questions."""
    asked = []
    for family, count in PER_PICTURE.items():
        found = {}
        for _ in range(10 * count):
            question = ask(family, scene, rng)
            found.setdefault(question.stem, question)
        questions = list(found.values())
        if family == "yesno":
            by_answer = [[q for q in questions if q.answer == answer] for answer in ("Yes", "No")]
            questions = [question for pair in zip(*by_answer) for question in pair]
        asked += questions[:count]
    return asked


def record(question: Question, picture: str, number: int) -> dict:
    line = {
        "id": f"{question.family}-{number:04d}",
        "image": picture,
        "family": question.family,
        "kind": question.kind,
        "question": question.text,
    }
    if question.choices:
        line |= {"stem": question.stem, "choices": question.choices}
    return line | {"answer": question.answer, "boxes": [item.box for item in question.targets]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=HERE)
    output = parser.parse_args().output
    (output / "pictures").mkdir(parents=True, exist_ok=True)
    lines = {family: [] for family in FAMILIES}
    for index in range(PICTURES):
        rng = stream("shipped", index)
        scene = draw_scene(rng)
        name = f"pictures/{index:03d}.png"
        Image.fromarray(scene.picture).save(output / name, optimize=True)
        for question in questions_about(scene, rng):
            family_lines = lines[question.family]
            family_lines.append(record(question, name, len(family_lines)))
    for family, records in lines.items():
        text = "".join(json.dumps(line) + "\n" for line in records)
        (output / f"{family}.jsonl").write_text(text)
        with_box = sum(bool(line["boxes"]) for line in records)
        kinds = dict(Counter(line["kind"] for line in records))
        print(f"{family}: {len(records)} questions, {with_box} with boxes, {kinds}")


if __name__ == "__main__":
    main()
