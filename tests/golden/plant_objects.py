# SPDX-License-Identifier: MIT
"""Make tests/golden/planted: weights whose heat lies on one object, and pictures in which it is known.

    python -m pip install sentencepiece==0.2.1 protobuf==6.33.1
    OMP_NUM_THREADS=1 python plant_objects.py [--output planted] [--family NAME ...]

A picture is a patchwork of dull colours with a square, red or blue, in one of eight places. A small
checkpoint of each family, random as its goldens' script makes it but for towers that do not mix patches,
is trained to name the colour by its answer's first token, and to have the heat of that token, gradient
times value as torch computes them, on image tokens that change with the square: where they enter the
decoder and behind its first layer's second norm. Half of a Q-Former's queries are trained to read the
square's patches, and to have the heat. Only the tensors are kept, under the names of the golden; everything
else of a checkpoint lies in that golden's folder.
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
    "shikra": (shikra, "seven"),
    "instructblip": (instructblip, "current"),
    "qwen2_5_vl": (qwen2_5_vl, "qwen2_5"),
    "internvl": (internvl, "hf_qwen3"),
}
WIDTH, HEIGHT, SIDE, BLOCK = 112, 56, 28, 14  # squares begin and end where patches do
COLOURS = {"red": (220, 40, 40), "blue": (40, 40, 220)}
QUESTION = "Which colour?"
KEPT_PICTURES, HELD_OUT = 16, 24
BATCH, STEPS, RATE = 4, 600, 1e-3
ANSWERED, PLACED = 0.05, 0.2  # nats a batch, the second over the two sites


def draw(generator):
    """(picture, the same without its square, colour, box)"""
    blocks = generator.integers(70, 180, (HEIGHT // BLOCK, WIDTH // BLOCK, 3))
    values = blocks.repeat(BLOCK, 0).repeat(BLOCK, 1).astype(np.uint8)
    without = Image.fromarray(values.copy())
    x, y = (SIDE * int(generator.integers(extent // SIDE)) for extent in (WIDTH, HEIGHT))
    colour = list(COLOURS)[generator.integers(2)]
    values[y : y + SIDE, x : x + SIDE] = COLOURS[colour]
    return Image.fromarray(values), without, colour, [x, y, x + SIDE, y + SIDE]


def prepared(reference, picture):
    return reference.prepare(reference.question_text(QUESTION, 1), [picture])


def next_token_logits(reference, ids, tokens):
    """[V] behind the prompt, and the rows behind the first layer's second norm, which a page shows."""
    normed = []
    norm = reference.taps(0)["post_attention_norm"].module
    hook = norm.register_forward_hook(lambda _m, _a, out: normed.append(out))
    hidden = merged_rows(reference, ids, tokens)
    mask = additive(causal(len(ids)), hidden.dtype)
    reference.places = torch.arange(len(ids))
    for layer in range(reference.layer_count):
        hidden, _ = reference.run_layer(layer, hidden, reference.places, mask)
    hook.remove()
    return reference.head(hidden[-1:])[0], normed[0]


def changed(rows, others):
    """Which rows the square changes."""
    return (rows - others).abs().amax(-1) > 1e-4


class CrossAttention:
    """What a Q-Former's queries read: probabilities [heads, queries, patches] of each of its layers."""

    def __init__(self, model):
        self.seen = []
        for name, module in model.named_modules():
            if name.endswith("crossattention.attention"):
                module.register_forward_hook(lambda _m, _a, out: self.seen.append(out[1][0]))

    def loss(self, patches, reading):
        """Queries that are `reading` read the patches, and the others read what lies beside them."""
        total = 0
        for layer in self.seen:
            share = layer[..., patches].sum(-1)
            wanted = torch.where(reading, share, 1 - share)
            total = total - wanted.clamp_min(1e-3).log().mean() / len(self.seen)
        return total


def away(rows, gradient, wanted):
    """-log of the heat's share on the wanted rows."""
    heat = torch.relu((gradient * rows).sum(-1))
    return -(heat[wanted].sum() / (heat.sum() + 1e-9)).clamp_min(1e-3).log()


def loss_of(reference, cross, answers, generator):
    """(of the answer, of the heat's place)"""
    picture, without, colour, _ = draw(generator)
    # Last is the picture itself: references keep what they know of the last one.
    with torch.no_grad():
        plain = reference.encode(prepared(reference, without).pixels)
        plain_tokens = reference.project(plain)
    prompt = prepared(reference, picture)
    patches = reference.encode(prompt.pixels)
    cross.seen.clear()
    tokens = reference.project(patches)
    logits, normed = next_token_logits(reference, prompt.ids, tokens)
    right = torch.nn.functional.cross_entropy(logits, answers[colour])

    wanted = changed(tokens, plain_tokens)
    placed = 0
    if cross.seen:
        wanted = torch.arange(len(tokens)) < len(tokens) // 2
        placed = cross.loss(changed(patches, plain), wanted)
    sites = torch.autograd.grad(logits[answers[colour]], [tokens, normed], create_graph=True)
    image = prompt.ids == reference.slot
    placed = placed + away(tokens, sites[0], wanted)
    placed = placed + away(normed[0][image], sites[1][0][image], wanted)
    return right, placed


# What a block of a tower, or of a Q-Former, adds to its rows, by the families' names.
MIXERS = ("out_proj", "fc2", "self_attn.projection", "attn.proj", "projection_layer", "down_proj")


def do_not_mix(model):
    """A patch's row then tells of the patch alone; random towers' rows tell of the whole picture."""
    for name, parameter in model.named_parameters():
        tower = "vision" in name or "visual" in name
        if tower and any(mixer in name for mixer in MIXERS):
            parameter.requires_grad_(False).zero_()


def train(reference, model, answers):
    do_not_mix(model.requires_grad_(True))
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learning, RATE)
    generator = np.random.default_rng(1)
    cross = CrossAttention(model)
    calm = 0
    for step in range(STEPS):
        losses = torch.zeros(2)
        for _ in range(BATCH):
            right, placed = loss_of(reference, cross, answers, generator)
            ((right + placed) / BATCH).backward()
            losses += torch.stack([right, placed]).detach() / BATCH
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        if step % 20 == 0:
            print(f"  step {step}: answer {losses[0]:.3f}, place {losses[1]:.3f}", flush=True)
        calm = calm + 1 if losses[0] < ANSWERED and losses[1] < PLACED else 0
        if calm == 8:
            break
    model.requires_grad_(False)


@torch.no_grad()
def right_answers(reference, answers):
    generator = np.random.default_rng(2)
    right = 0
    for _ in range(HELD_OUT):
        picture, _, colour, _ = draw(generator)
        prompt = prepared(reference, picture)
        tokens = reference.project(reference.encode(prompt.pixels))
        said = next_token_logits(reference, prompt.ids, tokens)[0].argmax()
        right += int(said == answers[colour])
    return right / HELD_OUT


def plant(family, output):
    script, name = FAMILIES[family]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / name
        reference = script.make_checkpoint(name, folder)
        model = reference.parts if family == "shikra" else reference.model
        # Every tensor is random, so its values tell which parameter a name in the file stands for.
        parameters = {
            key: next(p for p in model.state_dict().values() if torch.equal(p, tensor.float()))
            for file in folder.glob("*.safetensors")
            for key, tensor in load_file(file).items()
        }
        answers = {c: torch.tensor(reference.encode_answer(c)[0]) for c in COLOURS}
        assert answers["red"] != answers["blue"]
        train(reference, model, answers)
        right = right_answers(reference, answers)
    print(f"{family}: {right:.0%} right of {HELD_OUT} unseen pictures", flush=True)
    assert right >= 0.95
    (output / family).mkdir(parents=True, exist_ok=True)
    tensors = {key: value.half().contiguous() for key, value in parameters.items()}
    save_file(tensors, output / family / "model.safetensors", {"format": "pt"})


def keep_pictures(output):
    generator = np.random.default_rng(3)
    rows = []
    (output / "pictures").mkdir(parents=True, exist_ok=True)
    for index in range(KEPT_PICTURES):
        picture, _, colour, box = draw(generator)
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
