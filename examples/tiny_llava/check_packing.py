# SPDX-License-Identifier: MIT
"""Checks that packed training computes what transformers computes question by question."""

import torch
from PIL import Image

from model import build_model, build_processor
from packing import PackedModel, Packer
from questions import prompt
from scenes import draw_scene, stream
from tokenizer import train_tokenizer
from train import SLOTS_PER_PICTURE, evenly, pixels

TOLERANCE = 1e-5  # float32, of the largest logit


@torch.inference_mode()
def largest_difference(pictures: int = 2) -> float:
    model = build_model(seed=0).eval()
    processor = build_processor(train_tokenizer())
    packer = Packer(processor.tokenizer, SLOTS_PER_PICTURE)
    packed_model = PackedModel(model, packer.prefix, packer.layout)
    rng = stream("validation")
    scenes = [draw_scene(rng) for _ in range(pictures)]
    packed = packer([evenly(scene, rng) for scene in scenes])
    together = model.lm_head(packed_model.read(packed_model.see(pixels(scenes)), packed.slots))

    model.set_attn_implementation("eager")
    difference = 0.0
    for scene, logits, spans in zip(scenes, together, packed.spans, strict=True):
        picture = Image.fromarray(scene.picture)
        for question, span in spans:
            text = f"{prompt(question)} {question.answer}"
            alone = model(**processor(images=picture, text=text, return_tensors="pt")).logits[0]
            rows = alone[-(span.stop - span.start) :]
            difference = max(difference, (rows - logits[span]).abs().max().item())
    return difference / together.abs().max().item()


if __name__ == "__main__":
    found = largest_difference()
    print(f"largest difference {found:.1e} of the largest logit, allowed {TOLERANCE:.0e}")
    if found > TOLERANCE:
        raise SystemExit("packed training differs from transformers")
