# SPDX-License-Identifier: MIT
"""Accuracy on held-out pictures through transformers alone: processor, generate, exact match.

Usage: evaluate.py [--family llava] [--items 1000]; writes evaluation.json and .md.
"""

import argparse
import json
import math
import time
from collections import defaultdict
from pathlib import Path

import torch
from PIL import Image

from model import ModelFamily
from model_families import MODEL_FAMILIES
from questions import FAMILIES, Question, ask
from scenes import SEEDS, draw_scene, stream

HERE = Path(__file__).parent
TARGETS = {"yesno": 0.95, "short": 0.95, "choice": 0.85, "caption": 0.80}
BATCH = 50


def held_out(items: int) -> dict[str, list[tuple[Image.Image, Question]]]:
    """So many questions of every family, one per picture, all families on the same pictures."""
    rng = stream("evaluation")
    asked = defaultdict(list)
    for _ in range(items):
        scene = draw_scene(rng)
        for family in FAMILIES:
            asked[family].append((Image.fromarray(scene.picture), ask(family, scene, rng)))
    return asked


@torch.inference_mode()
def answers(
    family: ModelFamily, model, processor, asked: list[tuple[Image.Image, Question]]
) -> list[str]:
    found = []
    for start in range(0, len(asked), BATCH):
        pictures, questions = zip(*asked[start : start + BATCH])
        texts = [family.prompt(question) for question in questions]
        inputs = processor(images=list(pictures), text=texts, padding=True, return_tensors="pt")
        tokens = model.generate(**inputs, do_sample=False, max_new_tokens=40)
        fresh = tokens[:, inputs.input_ids.shape[1] :]
        found += [t.strip() for t in processor.batch_decode(fresh, skip_special_tokens=True)]
    return found


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.959964, right / count
    middle = share + z * z / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - reach) / (1 + z * z / count), (middle + reach) / (1 + z * z / count)


def table(results: dict) -> str:
    lines = ["| questions | items | right | 95 % interval | target |", "|---|--:|--:|---|--:|"]
    for name, result in results.items():
        low, high = result["interval"]
        target = f"{TARGETS[name]:.0%}" if name in TARGETS else ""
        label = f"**{name}**" if name in TARGETS else f"&nbsp; {name.split('/')[1]}"
        share = result["right"] / result["items"]
        lines.append(f"| {label} | {result['items']} | {share:.1%} | {low:.1%} to {high:.1%} | {target} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=MODEL_FAMILIES, default="llava")
    parser.add_argument("--items", type=int, default=1000, help="per family")
    parser.add_argument("--checkpoint", type=Path, help="default: that of the family")
    parser.add_argument("--output", type=Path, help="default: examples/tiny_FAMILY")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    output = arguments.output or HERE.parent / f"tiny_{arguments.family}"
    checkpoint = arguments.checkpoint or HERE.parent / f"tiny_{arguments.family}/checkpoint"
    model_family = MODEL_FAMILIES[arguments.family]
    model = model_family.load_model(checkpoint)
    processor = model_family.load_processor(checkpoint)

    begin = time.monotonic()
    hits, wrong = defaultdict(list), []
    for family, asked in held_out(arguments.items).items():
        said = answers(model_family, model, processor, asked)
        for (_, question), answer in zip(asked, said, strict=True):
            hits[family].append(answer == question.answer)
            if question.kind != family:
                hits[f"{family}/{question.kind}"].append(answer == question.answer)
            if answer != question.answer:
                wrong.append({"question": question.text, "truth": question.answer, "said": answer})
        print(family, sum(hits[family]), "of", len(asked), flush=True)

    results = {}
    for family in FAMILIES:
        for name in sorted(name for name in hits if name.split("/")[0] == family):
            right, count = sum(hits[name]), len(hits[name])
            interval = [round(bound, 4) for bound in wilson(right, count)]
            results[name] = {"items": count, "right": right, "interval": interval}
    report = {"seed": SEEDS["evaluation"], "dtype": "float32", "results": results, "wrong": wrong[:40]}
    (output / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n")
    (output / "evaluation.md").write_text(table(results))
    print(table(results), f"{time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
