# SPDX-License-Identifier: MIT
"""Run eager transformers on an InternVL checkpoint of its own format and write what `infoflow trace`
writes; the same options as live_parity.py, which does it for LLaVA-1.5.
"""

import argparse
import pathlib

import torch
from PIL import Image
from safetensors.torch import save_file

from live_parity import LAYER_SITES, VISION_SITES, trace_tensors
from make_internvl_goldens import Checkpoint, InternVLReference
from reference_pass import run, without_stop


@torch.no_grad()
def greedy(reference, prompt, count):
    """The likeliest ids, each from a whole new pass; a stop token is the last."""
    said = []
    while len(said) < count and not (said and said[-1] in reference.stops):
        ids = torch.cat([prompt.ids, torch.tensor(said, dtype=torch.int64)])
        said.append(int(reference.own_logits(ids, prompt.pixels)[-1].argmax()))
    return torch.tensor(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--image", required=True, nargs="+")
    text = parser.add_mutually_exclusive_group(required=True)
    text.add_argument("--question")
    text.add_argument("--prompt")
    parser.add_argument("--answer", help="text to force; without it the greedy answer is used")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument(
        "--cam-site", default="post_attention_norm", choices=LAYER_SITES + VISION_SITES
    )
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()

    reference = InternVLReference(Checkpoint(seed=0), arguments.model)
    reference.checkpoint.tile = reference.model.config.vision_config.image_size[0]
    pictures = [Image.open(path).convert("RGB") for path in arguments.image]
    prompt = reference.prepare(
        arguments.prompt or reference.question_text(arguments.question, len(pictures)), pictures
    )
    if arguments.answer is None:
        said = greedy(reference, prompt, arguments.max_new_tokens)
        answer = without_stop(reference, said)
    else:
        answer = torch.tensor(reference.encode_answer(arguments.answer))
    tensors = trace_tensors(prompt, answer, run(reference, prompt, answer), arguments.cam_site)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, arguments.output)


if __name__ == "__main__":
    main()
