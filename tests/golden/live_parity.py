# SPDX-License-Identifier: MIT
"""Run eager transformers on a LLaVA-1.5 checkpoint and write what `infoflow trace` writes.

    python live_parity.py --model DIR --image FILE... --question TEXT --output reference.safetensors
    infoflow trace        --model DIR --image FILE... --question TEXT --output ours.safetensors
    python compare_trace.py ours.safetensors reference.safetensors

The functions here are also what make_llava_goldens.py records its references with, so a live
comparison and a committed golden mean the same thing. They go the slow and plain way on purpose:
one full forward pass with eager attention, every activation kept by a hook, one backward pass.
README.md beside this file documents each tensor.
"""

import argparse
import contextlib
import os
import sys
from dataclasses import dataclass, field

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import (
    AutoImageProcessor,
    AutoTokenizer,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

VICUNA_V1 = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions. "
    "USER: <image>\n{question} ASSISTANT:"
)
SYSTEM, IMAGE, USER, ANSWER = range(4)
LAYER_SITES = ("post_attention_norm", "input_norm", "v_proj", "block_input", "block_output")
VISION_SITES = ("projector", "encoder_last")


@dataclass
class Prompt:
    """Token ids [P] with one placeholder per image token, roles [P] and the pixels of the pictures."""

    ids: torch.Tensor
    roles: torch.Tensor
    pixels: torch.Tensor


@dataclass
class Pass:
    """One teacher-forced pass over prompt + answer; a site has [L, P+T, C] or [N_img, C]."""

    logits: torch.Tensor  # [T, V], row i predicts answer token i
    attention: torch.Tensor  # [L, H, T, P+T], the rows of those predictions
    features: dict = field(default_factory=dict)
    gradients: dict = field(default_factory=dict)


def load_model(directory, dtype=torch.float32, device="cpu"):
    model = LlavaForConditionalGeneration.from_pretrained(
        directory, dtype=dtype, attn_implementation="eager", device_map=None
    )
    return model.to(device).eval().requires_grad_(False)


def load_parts(directory):
    """The tokenizer and the picture preprocessing (on Pillow: the other backends round
    differently).
    """
    return AutoTokenizer.from_pretrained(directory), AutoImageProcessor.from_pretrained(
        directory, backend="pil"
    )


def question_text(directory, question, images):
    """In the checkpoint's own chat template; in vicuna_v1, the evaluation's, if it has none."""
    processor = LlavaProcessor.from_pretrained(directory)
    asker = processor if processor.chat_template is not None else processor.tokenizer
    if asker.chat_template is None:
        return VICUNA_V1.replace("<image>\n", "<image>\n" * images).replace("{question}", question)
    content = [{"type": "image"}] * images + [{"type": "text", "text": question}]
    message = {"role": "user", "content": content}
    return asker.apply_chat_template([message], tokenize=False, add_generation_prompt=True)


def image_token_count(config):
    vision = config.vision_config
    patches = (vision.image_size // vision.patch_size) ** 2
    return patches + (1 if config.vision_feature_select_strategy == "full" else 0)


def prepare(model, tokenizer, image_processor, text, images):
    """Expand every `<image>` of `text` to its placeholders, then tokenize as the tokenizer's own
    pipeline does.
    """
    if text.count("<image>") != len(images):
        raise SystemExit(
            f"the prompt has {text.count('<image>')} <image>, but {len(images)} pictures were given"
        )
    placeholder = model.config.image_token_index
    expanded = text.replace("<image>", "<image>" * image_token_count(model.config))
    ids = torch.tensor(tokenizer(expanded)["input_ids"])
    if not (ids == placeholder).any():
        raise SystemExit(f"the tokenizer does not map <image> to image_token_index {placeholder}")

    roles = torch.full((len(ids),), USER, dtype=torch.uint8)
    roles[: int((ids == placeholder).nonzero()[0])] = SYSTEM
    roles[ids == placeholder] = IMAGE
    pixels = image_processor([picture.convert("RGB") for picture in images], return_tensors="pt")[
        "pixel_values"
    ]
    return Prompt(ids, roles, pixels.to(model.dtype))


def stop_ids(model):
    ids = model.generation_config.eos_token_id
    return set() if ids is None else {ids} if isinstance(ids, int) else set(ids)


@torch.no_grad()
def generate(model, prompt, max_new_tokens):
    """Greedy new ids as transformers returns them: a stop token, if one came, is the last."""
    ids = prompt.ids[None].to(model.device)
    out = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        pixel_values=prompt.pixels.to(model.device),
        max_new_tokens=max_new_tokens,
        do_sample=False,
        num_beams=1,
    )
    return out[0, ids.shape[1] :].cpu()


def without_stop(model, ids):
    """The answer proper: the stop token is not part of it."""
    stops = stop_ids(model)
    return ids[:-1] if len(ids) and int(ids[-1]) in stops else ids


@contextlib.contextmanager
def recorded_sites(model, keep):
    """Keep every site's activation, grouped by site in layer order, with its gradient retained.

    The features that enter the projector become the leaf of the tape: nothing before them is
    needed, and every later site depends on them, so that no weight has to require a gradient.
    """
    handles = []

    def remember(site, tensor):
        tensor.retain_grad()
        keep.setdefault(site, []).append(tensor)

    def start_tape(_module, args):
        leaf = args[0].detach().requires_grad_()
        remember("encoder_last", leaf)
        return (leaf, *args[1:])

    def on_output(site):
        return lambda _module, _args, output: remember(site, output)

    projector = model.model.multi_modal_projector
    handles.append(projector.register_forward_pre_hook(start_tape))
    handles.append(projector.register_forward_hook(on_output("projector")))
    for layer in model.model.language_model.layers:
        handles.append(
            layer.register_forward_pre_hook(lambda _m, args: remember("block_input", args[0]))
        )
        handles.append(layer.input_layernorm.register_forward_hook(on_output("input_norm")))
        handles.append(layer.self_attn.v_proj.register_forward_hook(on_output("v_proj")))
        handles.append(
            layer.post_attention_layernorm.register_forward_hook(on_output("post_attention_norm"))
        )
        handles.append(layer.register_forward_hook(on_output("block_output")))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def run(model, prompt, answer):
    """One pass over prompt + answer and one backward of z = sum_i logits[P+i-1, answer_i]."""
    length, count = len(prompt.ids), len(answer)
    ids = torch.cat([prompt.ids, answer])[None].to(model.device)
    kept = {}
    with recorded_sites(model, kept):
        out = model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            pixel_values=prompt.pixels.to(model.device),
            output_attentions=True,
            use_cache=False,
        )
    rows = slice(length - 1, length - 1 + count)
    logits = out.logits[0, rows]
    # Summed in float32 so that a low-precision model's target is not rounded before its gradient
    # starts.
    logits.float().gather(1, answer[:, None].to(model.device)).sum().backward()

    result = Pass(
        logits=logits.detach().cpu(),
        attention=torch.stack([layer[0, :, rows] for layer in out.attentions]).detach().cpu(),
    )
    for site in LAYER_SITES:
        result.features[site] = torch.stack([t[0] for t in kept[site]]).detach().cpu()
        result.gradients[site] = torch.stack(
            [torch.zeros_like(t[0]) if t.grad is None else t.grad[0] for t in kept[site]]
        ).cpu()
    for site in VISION_SITES:
        result.features[site] = kept[site][0].detach().flatten(0, 1).cpu()
        result.gradients[site] = kept[site][0].grad.flatten(0, 1).cpu()
    return result


def class_activation(features, gradients):
    """Eq. 3 at image positions: [..., N, C] twice -> relu(sum_k mean_n(G)_k A_nk) [..., N]."""
    features, gradients = features.float(), gradients.float()
    return (features * gradients.mean(-2, keepdim=True)).sum(-1).relu()


def attention_share(rows, roles):
    """Head-mean rows [L, T, P+T] -> share of system, image, user and answer [L, 4], mean over
    answer tokens.
    """
    return torch.stack([rows[..., roles == role].sum(-1).mean(-1) for role in range(4)], dim=-1)


def trace_tensors(prompt, answer, result, site="post_attention_norm"):
    """The tensors of `infoflow trace` for one pass on the clean pictures."""
    roles = torch.cat([prompt.roles, torch.full((len(answer),), ANSWER, dtype=torch.uint8)])
    rows = result.attention.float().mean(1)
    features, gradients = result.features[site], result.gradients[site]
    if site in LAYER_SITES:
        features, gradients = features[:, roles == IMAGE], gradients[:, roles == IMAGE]
    else:
        features, gradients = features[None], gradients[None]
    return {
        "input_ids": torch.cat([prompt.ids, answer]),
        "roles": roles,
        "answer_ids": answer,
        "logits": result.logits.float(),
        "attention_share": attention_share(rows, roles),
        "attention_rows": rows,
        "cam": class_activation(features, gradients),
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True)
    parser.add_argument("--image", required=True, nargs="+")
    text = parser.add_mutually_exclusive_group(required=True)
    text.add_argument("--question")
    text.add_argument("--prompt")
    parser.add_argument("--answer", help="text to force; without it the greedy answer is used")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument(
        "--cam-site", default="post_attention_norm", choices=LAYER_SITES + VISION_SITES
    )
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "float16"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()

    model = load_model(arguments.model, getattr(torch, arguments.dtype), arguments.device)
    tokenizer, image_processor = load_parts(arguments.model)
    images = [Image.open(path) for path in arguments.image]
    prompt_text = arguments.prompt or question_text(
        arguments.model, arguments.question, len(arguments.image)
    )
    prompt = prepare(model, tokenizer, image_processor, prompt_text, images)

    if arguments.answer is None:
        answer = without_stop(model, generate(model, prompt, arguments.max_new_tokens))
    else:
        answer = torch.tensor(
            tokenizer(arguments.answer, add_special_tokens=False)["input_ids"], dtype=torch.int64
        )
    if not len(answer):
        raise SystemExit(
            "the answer has no token, so there is nothing to compare: force one with --answer"
        )

    tensors = trace_tensors(prompt, answer, run(model, prompt, answer), arguments.cam_site)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, arguments.output)
    print(
        f"{tokenizer.decode(answer)!r}: {len(prompt.ids)} prompt and {len(answer)} answer tokens",
        file=sys.stderr,
    )


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
