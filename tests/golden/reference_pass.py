# SPDX-License-Identifier: MIT
"""What every family's golden script shares: one traced pass of a reference model, in small steps.

A family fills in a `Reference`; make_case() then writes one case in the form that README.md beside
this file documents: the same tensors, names and entries of cases.json as in tests/golden/llava.
Everything goes the slow and plain way on purpose. The decoder's own layers are driven one after the
other over the whole sequence with a mask that is written out, and the result has to be what the
reference model's own forward pass gives.
"""

import argparse
import os
import pathlib
import shutil
import tempfile
from dataclasses import dataclass
from typing import NamedTuple

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers.utils import logging

from live_parity import (
    ANSWER,
    IMAGE,
    LAYER_SITES,
    SYSTEM,
    USER,
    VISION_SITES,
    Pass,
    Prompt,
    trace_tensors,
)
from make_llava_goldens import causal, picture, relative, same_files, top_k, write_json

NEW_TOKENS = 12  # greedily generated per case
ANSWER_TOKENS = 4  # of them are the answer of a case that forces no text
CUTS = (0, 1, 2)
RENUMBERED_CUT = 1  # the one cut that is also made with renumbered positions
TOP_K = 2
NEW_TOKENS_AFTER_CUT = 6
MARGIN = 2e-3  # every greedy choice must win by this, so that rounding cannot flip it
LOW_SITES = ("post_attention_norm", "block_input")

# --------------------------------------------------------------------------------------------------
# -- what a family fills in


class Tap(NamedTuple):
    """Where a site is read: the output of `module`, or its `columns` where weights are fused."""

    module: torch.nn.Module
    columns: slice = slice(None)


class Reference:
    """A reference model with its words; S rows, N image tokens of all pictures, C channels.

    Every tensor is without a batch dimension. `slot` is the id whose rows become image tokens,
    `stops` the ids that end an answer, `pieces` the first id that no answer should hold. `places` [S]
    is set before each layer: where its rows stand in the whole sequence, whatever a cut renumbers;
    and `dropped` before each cut: which of the whole sequence's rows it takes away.
    """

    slot: int
    stops: set
    pieces: int
    layer_count: int
    places: torch.Tensor
    dropped: torch.Tensor

    def question_text(self, question, image_count):
        """The family's prompt for one question, with a mark for every picture."""
        raise NotImplementedError

    def prepare(self, text, pictures):
        """A Prompt: ids [P] with one slot per image token, roles [P], pixels of all views."""
        raise NotImplementedError

    def encode_answer(self, text):
        """Ids of a text that continues a prompt."""
        raise NotImplementedError

    def decode(self, ids):
        raise NotImplementedError

    def in_bfloat16(self):
        """The same reference, loaded in bfloat16."""
        raise NotImplementedError

    def embed(self, ids):
        """Ids [S] -> rows [S, C]."""
        raise NotImplementedError

    def encode(self, pixels):
        """All views of all pictures -> the rows of site `encoder_last` [patches, C_v]."""
        raise NotImplementedError

    def project(self, patches):
        """Those rows -> image tokens [N, C]."""
        raise NotImplementedError

    def taps(self, layer):
        """{"input_norm": Tap, "v_proj": Tap, "post_attention_norm": Tap} of a decoder layer."""
        raise NotImplementedError

    def run_layer(self, layer, hidden, positions, mask):
        """Rows [S, C] at `positions` [S] under an additive mask [S, S] -> (rows, weights [H, S, S]).

        Sites are read by hooks, so the layer's own modules have to be called.
        """
        raise NotImplementedError

    def head(self, hidden):
        """Final norm and vocabulary: [S, C] -> [S, V]."""
        raise NotImplementedError

    def own_logits(self, ids, pixels):
        """[S, V] by the reference model's own forward pass."""
        raise NotImplementedError


class TransformersDecoder(Reference):
    """The decoder half of a Reference for transformers' LLaMA and Qwen2 models (eager attention).

    `decoder` has embed_tokens, layers, rotary_emb and norm; `lm_head` is the model's.
    """

    def use_decoder(self, decoder, lm_head):
        self.decoder, self.lm_head = decoder, lm_head
        self.layer_count = len(decoder.layers)

    def embed(self, ids):
        return self.decoder.embed_tokens(ids)

    def taps(self, layer):
        module = self.decoder.layers[layer]
        return {
            "input_norm": Tap(module.input_layernorm),
            "v_proj": Tap(module.self_attn.v_proj),
            "post_attention_norm": Tap(module.post_attention_layernorm),
        }

    def run_layer(self, layer, hidden, positions, mask):
        module = self.decoder.layers[layer]
        weights = []
        hook = module.self_attn.register_forward_hook(lambda _m, _a, out: weights.append(out[1][0]))
        rotary = self.decoder.rotary_emb(hidden[None], position_ids=positions[None])
        out = module(hidden[None], attention_mask=mask[None, None], position_embeddings=rotary)
        hook.remove()
        return out[0], weights[0]

    def head(self, hidden):
        return self.lm_head(self.decoder.norm(hidden))


def with_roles(ids, slot, pixels):
    """A Prompt from its ids: everything before the first image token is the system's."""
    roles = torch.full((len(ids),), USER, dtype=torch.uint8)
    roles[: int((ids == slot).nonzero()[0])] = SYSTEM
    roles[ids == slot] = IMAGE
    return Prompt(ids, roles, pixels)


def randomise(model, seed, spread):
    """Draw every parameter anew; `spread(name, shape)` gives its mean and standard deviation."""
    generator = torch.Generator().manual_seed(seed)
    drawn = set()
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            mean, deviation = spread(name, parameter.shape)
            parameter.copy_(mean + deviation * torch.randn(parameter.shape, generator=generator))
            drawn.add(parameter.data_ptr())
    assert all(tensor.data_ptr() in drawn for tensor in model.state_dict().values())
    return model


# --------------------------------------------------------------------------------------------------
# -- one traced pass


def merged_rows(reference, ids, image_tokens):
    """Token embeddings with the image tokens put in place of the slots: [S, C]."""
    rows = reference.embed(ids)
    places = (ids == reference.slot)[:, None].expand_as(rows)
    return rows.masked_scatter(places, image_tokens.to(rows.dtype))


def additive(seen, dtype):
    """A mask [queries, keys] that is True for what is seen, as scores to add."""
    return torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)


def run(reference, prompt, answer):
    """One pass over prompt + answer and one backward of z = sum_i logits[P+i-1, answer_i].

    The rows that enter the projector are the leaf of the tape: nothing before them is needed, and
    every site depends on them, so that no weight has to require a gradient.
    """
    kept = {site: [] for site in (*LAYER_SITES, *VISION_SITES)}

    def keep(site, tensor, columns=slice(None)):
        tensor.retain_grad()
        kept[site].append((tensor, columns))
        return tensor

    def on_output(site, columns):
        return lambda _module, _args, output: keep(site, output, columns)

    with torch.no_grad():
        patches = reference.encode(prompt.pixels)
    leaf = keep("encoder_last", patches.detach().requires_grad_())
    tokens = keep("projector", reference.project(leaf))

    ids = torch.cat([prompt.ids, answer])
    hidden = merged_rows(reference, ids, tokens)
    rows = slice(len(prompt.ids) - 1, len(ids) - 1)
    mask = additive(causal(len(ids)), hidden.dtype)
    reference.places = torch.arange(len(ids))
    attention = []
    for layer in range(reference.layer_count):
        hooks = [
            tap.module.register_forward_hook(on_output(site, tap.columns))
            for site, tap in reference.taps(layer).items()
        ]
        keep("block_input", hidden)
        hidden, weights = reference.run_layer(layer, hidden, torch.arange(len(ids)), mask)
        # A new tensor, so that what one layer writes and the next one reads are two sites.
        hidden = keep("block_output", hidden).view_as(hidden)
        attention.append(weights[:, rows].detach())
        for hook in hooks:
            hook.remove()
    logits = reference.head(hidden)[rows]
    # Summed in float32 so that a low-precision model's target is not rounded before its gradient
    # starts.
    logits.float().gather(1, answer[:, None]).sum().backward()

    result = Pass(logits.detach(), torch.stack(attention))
    for site in LAYER_SITES:
        result.features[site] = torch.stack([value_of(*entry) for entry in kept[site]])
        result.gradients[site] = torch.stack([gradient_of(*entry) for entry in kept[site]])
    for site in VISION_SITES:
        result.features[site] = value_of(*kept[site][0])
        result.gradients[site] = gradient_of(*kept[site][0])
    return result


def without_batch(tensor, columns):
    return tensor.detach().reshape(-1, tensor.shape[-1])[:, columns]


def value_of(tensor, columns):
    return without_batch(tensor, columns)


def gradient_of(tensor, columns):
    return without_batch(torch.zeros_like(tensor) if tensor.grad is None else tensor.grad, columns)


def winner(row):
    best = row.topk(2)
    assert (
        best.values[0] - best.values[1] > MARGIN
    ), "a greedy choice is too close; take another seed"
    return int(best.indices[0])


@torch.no_grad()
def greedy(reference, prompt, count=NEW_TOKENS):
    """Greedy ids, each from a whole new pass of the model itself; a stop token is the last."""
    said = []
    while len(said) < count and not (said and said[-1] in reference.stops):
        ids = torch.cat([prompt.ids, torch.tensor(said, dtype=torch.int64)])
        said.append(winner(reference.own_logits(ids, prompt.pixels)[-1]))
    return torch.tensor(said)


def without_stop(reference, ids):
    """The answer proper: the stop token is not part of it."""
    return ids[:-1] if len(ids) and int(ids[-1]) in reference.stops else ids


# --------------------------------------------------------------------------------------------------
# -- cuts


@torch.no_grad()
def layers_by_hand(reference, hidden, plan):
    """Run the layers on rows [S, C]; `plan(layer)` gives (rows to go on with, positions, seen).

    The rows are indices into the rows of the layer before. Returns the logits of what is left.
    """
    reference.places = torch.arange(len(hidden))
    for layer in range(reference.layer_count):
        keep, positions, seen = plan(layer)
        reference.places = reference.places[keep]
        hidden, _ = reference.run_layer(
            layer, hidden[keep], positions, additive(seen, hidden.dtype)
        )
    return reference.head(hidden)


def cut_by_dropping(reference, rows, dropped, cut, renumbered):
    """The rows of `dropped` [S] leave before layer `cut`; the others keep their positions or close
    the gap.
    """
    everyone, kept = torch.arange(len(rows)), (~dropped).nonzero()[:, 0]
    places = torch.arange(len(kept)) if renumbered else kept

    def plan(layer):
        if layer < cut:
            return everyone, everyone, causal(len(rows))
        return kept if layer == cut else torch.arange(len(kept)), places, causal(len(kept))

    return layers_by_hand(reference, rows, plan)


def cut_by_masking(reference, rows, dropped, cut, renumbered):
    """The same by hiding: nobody is left out, but from layer `cut` on only a dropped row itself
    sees its key.
    """
    everyone = torch.arange(len(rows))
    places = torch.where(dropped, everyone, (~dropped).cumsum(0) - 1) if renumbered else everyone
    own = torch.eye(len(rows), dtype=torch.bool)
    hidden_keys = causal(len(rows)) & (~dropped[None, :] | own)

    def plan(layer):
        return everyone, *((everyone, causal(len(rows))) if layer < cut else (places, hidden_keys))

    return layers_by_hand(reference, rows, plan)[~dropped]


@torch.no_grad()
def cut_logits(reference, prompt, answer, kept_image, cut, renumbered):
    """Logits of the rows that predict the answer [T, V] with only `kept_image` of the image from
    layer `cut` on.
    """
    ids = torch.cat([prompt.ids, answer])
    dropped = ids == reference.slot
    dropped[kept_image] = False
    reference.dropped = dropped
    rows = merged_rows(reference, ids, reference.project(reference.encode(prompt.pixels)))
    logits = cut_by_dropping(reference, rows, dropped, cut, renumbered)
    masked = cut_by_masking(reference, rows, dropped, cut, renumbered)
    assert relative(masked, logits) < 1e-5, "masking and dropping disagree"
    return logits[-len(answer) - 1 : -1]


def generate_after_cut(reference, prompt, kept_image, cut, renumbered):
    """Greedy ids of the cut model, each token from a whole new pass; a stop token is the last."""
    said = []
    while len(said) < NEW_TOKENS_AFTER_CUT and not (said and said[-1] in reference.stops):
        ids = torch.tensor([*said, 0])  # the last one's row is not read
        said.append(winner(cut_logits(reference, prompt, ids, kept_image, cut, renumbered)[-1]))
    return torch.tensor(said)


def cut_tensors(reference, prompt, answer, attention):
    """Every cut's references; see README.md for the names."""
    tensors = {}
    image = torch.cat([prompt.roles == IMAGE, torch.zeros(len(answer), dtype=torch.bool)])
    for cut in CUTS:
        best = top_k(attention, image, cut)
        tensors[f"cut.top2.{cut}.positions"] = best
        for policy, kept in (("drop_all", best[:0]), ("top2", best)):
            for positions in ("kept", "renumbered") if cut == RENUMBERED_CUT else ("kept",):
                how = (prompt, kept, cut, positions == "renumbered")
                prefix = f"cut.{policy}.{positions}.{cut}"
                tensors[f"{prefix}.logits"] = cut_logits(reference, prompt, answer, *how[1:])
                tensors[f"{prefix}.generated_ids"] = generate_after_cut(reference, *how)
    return tensors


# --------------------------------------------------------------------------------------------------
# -- low precision


def low_precision(reference, prompt, answer):
    """What the reference itself gives in bfloat16: the yardstick for anyone else's bfloat16."""
    low = reference.in_bfloat16()
    prompt = Prompt(prompt.ids, prompt.roles, prompt.pixels.to(torch.bfloat16))
    return low_tensors(prompt, answer, run(low, prompt, answer))


def low_tensors(prompt, answer, result):
    """The tensors that are compared in bfloat16, the sites at image positions only."""
    trace = trace_tensors(prompt, answer, result)
    tensors = {
        "logits": result.logits,
        "image_features": result.features["projector"],
        "attention_rows": trace["attention_rows"],
        "attention_share": trace["attention_share"],
        "cam": trace["cam"],
    }
    image = trace["roles"] == IMAGE
    for site in LOW_SITES:
        tensors[f"{site}.features"] = result.features[site][:, image]
        tensors[f"{site}.gradients"] = result.gradients[site][:, image]
    return tensors


# --------------------------------------------------------------------------------------------------
# -- cases


@dataclass
class Case:
    """One prompt with its pictures and answer on one checkpoint; `parts` says what is stored beyond
    the trace: sites, cuts, bfloat16.
    """

    checkpoint: str
    images: tuple
    prompt: str = ""
    question: str = ""
    answer: str = ""  # text to force; empty: what the model says
    parts: tuple = ()


def make_case(root, name, case, reference):
    """Write `root`/name.safetensors and give back the entry of cases.json."""
    pictures = [Image.open(root / "pictures" / image).convert("RGB") for image in case.images]
    text = case.prompt or reference.question_text(case.question, len(pictures))
    prompt = reference.prepare(text, pictures)
    generated = greedy(reference, prompt)
    answer = answer_of(case, reference, generated)
    result = run(reference, prompt, answer)
    own = reference.own_logits(torch.cat([prompt.ids, answer]), prompt.pixels)
    rows = slice(len(prompt.ids) - 1, -1)
    assert relative(result.logits, own[rows]) < 1e-5, "the layers by hand are not the model"

    tensors = trace_tensors(prompt, answer, result)
    check_lively(result, tensors, strict="sites" in case.parts)
    tensors["pixel_values"] = prompt.pixels
    tensors["generated_ids"] = generated
    tensors["attention_heads"] = result.attention
    tensors["image_features"] = result.features["projector"]
    for site in (*LAYER_SITES, *VISION_SITES):
        tensors[f"{site}.cam"] = trace_tensors(prompt, answer, result, site)["cam"]
    if "sites" in case.parts:
        for site in LAYER_SITES:
            tensors[f"{site}.features"] = result.features[site][:, : len(prompt.ids)]
            tensors[f"{site}.gradients"] = result.gradients[site][:, : len(prompt.ids)]
        for site in VISION_SITES:
            tensors[f"{site}.features"] = result.features[site]
            tensors[f"{site}.gradients"] = result.gradients[site]
    if "cuts" in case.parts:
        tensors |= cut_tensors(reference, prompt, answer, result.attention)
    errors = {}
    if "bfloat16" in case.parts:
        low, high = low_precision(reference, prompt, answer), low_tensors(prompt, answer, result)
        errors = {key: relative(low[key], high[key]) for key in low}
        assert max(errors.values()) < 0.15, "a yardstick that long would let anything pass"
        tensors |= {f"bfloat16.{key}": tensor for key, tensor in low.items()}

    stored = {
        key: tensor.clone(memory_format=torch.contiguous_format) for key, tensor in tensors.items()
    }
    save_file(stored, root / f"{name}.safetensors")
    stopped = len(without_stop(reference, generated)) < len(generated)
    return {
        "name": name,
        "checkpoint": case.checkpoint,
        "images": [f"pictures/{image}" for image in case.images],
        **({"question": case.question} if case.question else {"prompt": text}),
        "answer": case.answer or None,
        "answer_text": reference.decode(answer),
        "stop_id": int(generated[-1]) if stopped else None,
        "parts": list(case.parts),
        "bfloat16_error": errors,
    }


def answer_of(case, reference, generated):
    spoken = without_stop(reference, generated)
    assert (
        len(set(spoken.tolist())) > len(spoken) // 2 and spoken.max() < reference.pieces
    ), "the model repeats itself"
    if case.answer:
        return torch.tensor(reference.encode_answer(case.answer))
    assert len(spoken) >= ANSWER_TOKENS, "the model stops too early"
    return spoken[:ANSWER_TOKENS]


def check_lively(result, tensors, strict):
    """A reference that is flat, uniform or zero would let wrong code pass."""
    heads = result.attention
    entropy = -(heads * heads.clamp_min(1e-30).log()).sum(-1)
    assert entropy.mean() < 0.85 * np.log(heads.shape[-1]), "attention is too even"
    assert result.logits.std(-1).min() > 0.5, "logits are too flat"
    assert (tensors["attention_share"][:, 1] > 0.02).all(), "the image is not looked at"
    cam = tensors["cam"]
    lively = (cam[:-1] > 0.01).any(-1)
    assert (lively.all() if strict else lively.any()) and (
        cam[-1] == 0
    ).all(), "CAM lives in all but the last layer"
    image = tensors["roles"] == IMAGE
    assert result.gradients["post_attention_norm"][-1, image].abs().max() == 0
    for site in (*LAYER_SITES, *VISION_SITES):
        assert (
            result.features[site].isfinite().all() and result.gradients[site].abs().max() > 1e-3
        ), site


def make_cases(root, cases, references):
    """Write all cases and cases.json; `references` maps a checkpoint's name to its Reference."""
    entries = [
        make_case(root, name, case, references[case.checkpoint]) for name, case in cases.items()
    ]
    write_json(
        root / "cases.json",
        {
            "top_k": TOP_K,
            "cuts": list(CUTS),
            "new_tokens": NEW_TOKENS,
            "new_tokens_after_cut": NEW_TOKENS_AFTER_CUT,
            "cases": entries,
        },
    )


def make_pictures(root, pictures):
    """{"wide.png": (width, height, seed)} as files in `root`/pictures."""
    (root / "pictures").mkdir(parents=True)
    for name, settings in pictures.items():
        picture(*settings).save(root / "pictures" / name, optimize=True)


# --------------------------------------------------------------------------------------------------
# -- the script around it


def script_arguments(description, family):
    """A parser with --output and --check; a family may add its own."""
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=pathlib.Path, default=here / family, help="replaced as a whole"
    )
    parser.add_argument(
        "--check", action="store_true", help="only compare with what is in --output already"
    )
    return parser


def make_folder(arguments, make_all):
    """Call make_all(folder) on an empty folder, then replace or compare --output with it."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as temporary:
        fresh = pathlib.Path(temporary) / arguments.output.name
        make_all(fresh)
        if arguments.check:
            different = same_files(fresh, arguments.output)
            raise SystemExit(f"different: {', '.join(different)}" if different else 0)
        shutil.rmtree(arguments.output, ignore_errors=True)
        shutil.copytree(fresh, arguments.output)
