# SPDX-License-Identifier: MIT
"""Checks that packed training computes what transformers computes question by question.

Usage: check_packing.py [--family llava]
"""

import argparse

import torch
from PIL import Image

from model import ModelFamily
from model_families import MODEL_FAMILIES
from packing import PackedModel, Packer
from scenes import draw_scene, stream
from train import SLOTS_PER_PICTURE, evenly, pixels

TOLERANCE = 1e-5  # float32, of the largest logit


@torch.inference_mode()
def largest_difference(family: ModelFamily, pictures: int = 2) -> float:
    model = family.build_model(seed=0).eval()
    processor = family.build_processor(family.train_tokenizer())
    packer = Packer(family, processor.tokenizer, SLOTS_PER_PICTURE)
    packed_model = PackedModel(family, model, packer)
    rng = stream("validation")
    scenes = [draw_scene(rng) for _ in range(pictures)]
    packed = packer([evenly(family, scene, rng) for scene in scenes])
    image = packed_model.see(pixels(family, scenes))
    together = model.lm_head(packed_model.read(image, packed.slots))

    model.set_attn_implementation("eager")
    difference = 0.0
    for scene, logits, spans in zip(scenes, together, packed.spans, strict=True):
        picture = Image.fromarray(scene.picture)
        for question, span in spans:
            start = family.prompt(question).removesuffix(family.rest(question))
            text = start + family.answered(question)
            alone = model(**processor(images=picture, text=text, return_tensors="pt")).logits[0]
            rows = alone[-(span.stop - span.start) :]
            difference = max(difference, (rows - logits[span]).abs().max().item())
    return difference / together.abs().max().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=MODEL_FAMILIES, default="llava")
    found = largest_difference(MODEL_FAMILIES[parser.parse_args().family])
    print(f"largest difference {found:.1e} of the largest logit, allowed {TOLERANCE:.0e}")
    if found > TOLERANCE:
        raise SystemExit("packed training differs from transformers")
