# SPDX-License-Identifier: MIT
"""Make tests/golden/planted: weights that answer by one object, and pictures in which it is known.

    python -m pip install sentencepiece==0.2.1 protobuf==6.33.1
    OMP_NUM_THREADS=1 python plant_objects.py [--output planted] [--family NAME ...]

A picture is grey noise with one square, red or blue, at any place. A small checkpoint of each family,
random as its goldens' script makes it, is trained to name the colour by its answer's first token, until
it does so on pictures that it has not seen. Only its tensors are kept, under the names of its golden;
everything else of a checkpoint lies in that golden's folder.
"""

import argparse
import json
import pathlib
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers.utils import logging

import make_instructblip_goldens as instructblip
import make_internvl_goldens as internvl
import make_llava_next_goldens as llava_next
import make_qwen2_5_vl_goldens as qwen2_5_vl
import make_shikra_goldens as shikra
from make_llava_goldens import causal
from reference_pass import additive, merged_rows

FAMILIES = {  # the script that makes a golden, and the golden
    "llava_next": (llava_next, "vicuna"),
    "shikra": (shikra, "last"),
    "instructblip": (instructblip, "current"),
    "qwen2_5_vl": (qwen2_5_vl, "qwen2_5"),
    "internvl": (internvl, "hf_qwen3"),
}
WIDTH, HEIGHT, SIDE = 112, 56, 30
COLOURS = {"red": (220, 40, 40), "blue": (40, 40, 220)}
QUESTION = "Which colour?"
KEPT_PICTURES, HELD_OUT = 16, 24
BATCH, STEPS, RATE = 8, 600, 2e-3
ENOUGH = 0.02  # nats a batch, five times in turn


def draw(generator):
    """(picture, colour, box)"""
    noise = generator.integers(100, 156, (HEIGHT, WIDTH, 1)).repeat(3, 2)
    x, y = int(generator.integers(WIDTH - SIDE + 1)), int(generator.integers(HEIGHT - SIDE + 1))
    colour = list(COLOURS)[generator.integers(2)]
    noise[y : y + SIDE, x : x + SIDE] = COLOURS[colour]
    return Image.fromarray(noise.astype(np.uint8)), colour, [x, y, x + SIDE, y + SIDE]


def next_token_logits(reference, picture):
    """[V], with a tape through all weights."""
    prompt = reference.prepare(reference.question_text(QUESTION, 1), [picture])
    tokens = reference.project(reference.encode(prompt.pixels))
    hidden = merged_rows(reference, prompt.ids, tokens)
    count = len(prompt.ids)
    mask = additive(causal(count), hidden.dtype)
    reference.places = torch.arange(count)
    for layer in range(reference.layer_count):
        hidden, _ = reference.run_layer(layer, hidden, reference.places, mask)
    return reference.head(hidden[-1:])[0]


def train(reference, model, answers):
    optimiser = torch.optim.AdamW(model.requires_grad_(True).parameters(), RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0.05, STEPS)
    generator = np.random.default_rng(1)
    calm = 0
    for step in range(STEPS):
        total = 0.0
        for _ in range(BATCH):
            picture, colour, _ = draw(generator)
            logits = next_token_logits(reference, picture)
            loss = torch.nn.functional.cross_entropy(logits, answers[colour]) / BATCH
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        if step % 20 == 0:
            print(f"  step {step}: {total:.3f}", flush=True)
        calm = calm + 1 if total < ENOUGH else 0
        if calm == 5:
            break
    model.requires_grad_(False)


@torch.no_grad()
def right_answers(reference, answers):
    generator = np.random.default_rng(2)
    right = 0
    for _ in range(HELD_OUT):
        picture, colour, _ = draw(generator)
        right += int(next_token_logits(reference, picture).argmax() == answers[colour])
    return right / HELD_OUT


def plant(family, output):
    script, name = FAMILIES[family]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / name
        reference = script.make_checkpoint(name, folder)
        model = reference.parts if family == "shikra" else reference.model
        # Every tensor is random, so its values tell which parameter a name in the file stands for.
        parameters = {
            key: next(p for p in model.state_dict().values() if torch.equal(p, tensor))
            for key, tensor in load_file(folder / "model.safetensors").items()
        }
        answers = {c: torch.tensor(reference.encode_answer(c)[0]) for c in COLOURS}
        assert answers["red"] != answers["blue"]
        train(reference, model, answers)
        right = right_answers(reference, answers)
    print(f"{family}: {right:.0%} right of {HELD_OUT} unseen pictures", flush=True)
    assert right >= 0.95
    (output / family).mkdir(parents=True, exist_ok=True)
    tensors = {key: value.contiguous() for key, value in parameters.items()}
    save_file(tensors, output / family / "model.safetensors", {"format": "pt"})


def keep_pictures(output):
    generator = np.random.default_rng(3)
    rows = []
    (output / "pictures").mkdir(parents=True, exist_ok=True)
    for index in range(KEPT_PICTURES):
        picture, colour, box = draw(generator)
        picture.save(output / "pictures" / f"{index:02}.png", optimize=True)
        row = {"image": f"{index:02}.png", "question": QUESTION, "boxes": [box], "answer": colour}
        rows.append(json.dumps(row))
    (output / "questions.jsonl").write_text("\n".join(rows) + "\n")


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=pathlib.Path, default=here / "planted")
    parser.add_argument("--family", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    keep_pictures(arguments.output)
    for family in arguments.family:
        plant(family, arguments.output)


if __name__ == "__main__":
    main()
