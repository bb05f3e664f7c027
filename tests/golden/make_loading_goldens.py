# SPDX-License-Identifier: MIT
"""Make tests/golden/loading: how transformers reads what configurations leave open.

    OMP_NUM_THREADS=1 python make_loading_goldens.py [--output loading] [--check]

No checkpoint of its own: each case is a change of a committed one (llava/plain, internvl/hf …), which the
tests make again. rope.json: the rotary frequencies of many configurations. tied.json: which stored tensor
becomes embedding and head. cases.json and cases.safetensors: what whole models then compute. README.md
beside this file documents them.
"""

import argparse
import copy
import itertools
import json
import pathlib
import shutil
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import (
    InternVLForConditionalGeneration,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaForConditionalGeneration,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
)
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.utils import logging

from make_llava_goldens import same_files, write_json

HERE = pathlib.Path(__file__).resolve().parent
NEW_TOKENS = 6

# --------------------------------------------------------------------------------------------------
# -- rotary frequencies

SIZES = {
    "model_type": "llama",
    "hidden_size": 64,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}
LINEAR = {"type": "linear", "factor": 2.5}
DYNAMIC = {"type": "dynamic", "factor": 2.0}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
YARN = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
ROPES = [
    {},
    {"rope_theta": 500.0},
    {"rope_scaling": None, "rope_theta": 500.0},
    {"rope_scaling": {}, "rope_parameters": {"rope_type": "default", "rope_theta": 77.0}},
    {"rope_parameters": {"rope_type": "default", "rope_theta": 300.0}, "rope_theta": 500.0},
    {"rope_parameters": {"rope_type": "default"}, "rope_theta": 500.0},
    {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}},
    {"partial_rotary_factor": 0.5},
    {"rope_scaling": LINEAR},
    {"rope_scaling": {"rope_type": "linear", "type": "dynamic", "factor": 2}},
    {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 200.0}},
    {"rope_scaling": LINEAR, "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
    {"rope_scaling": DYNAMIC},
    {"rope_scaling": DYNAMIC | {"factor": 0.5}},
    {"rope_parameters": {"rope_type": "dynamic", "factor": 3.0, "rope_theta": 200.0}},
    {"rope_scaling": LLAMA3},
    {"rope_scaling": LLAMA3, "rope_theta": 500000.0, "original_max_position_embeddings": 16},
    {"rope_parameters": {k: v for k, v in LLAMA3.items() if k != "original_max_position_embeddings"}},
    {"rope_scaling": YARN},
    {"rope_scaling": YARN, "rope_theta": 1000000.0},
    {"rope_scaling": YARN | {"factor": None}},
    {"rope_scaling": YARN | {"factor": 0.5}},
    {"rope_scaling": YARN | {"attention_factor": 0.75}},
    {"rope_scaling": YARN | {"mscale": 0.7, "mscale_all_dim": 1.2}},
    {"rope_scaling": YARN | {"mscale": 0.7}},
    {"rope_scaling": YARN | {"beta_fast": 4, "beta_slow": 2}},
    {"rope_scaling": YARN | {"beta_fast": 0, "truncate": False}},
    {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}, "head_dim": 8},
    {"rope_scaling": YARN, "original_max_position_embeddings": 8},
]
LENGTHS = (10, 64, 65, 130)


def rope_case(change):
    config = LlamaConfig.from_dict({**SIZES, **copy.deepcopy(change)})
    by_length = {}
    for length in LENGTHS:
        rotary = LlamaRotaryEmbedding(config)  # Anew: what was longer before would stay.
        rotary(torch.zeros(1), torch.arange(length)[None])
        by_length[str(length)] = rotary.inv_freq.tolist()
    if all(row == by_length["10"] for row in by_length.values()):
        by_length = {"10": by_length["10"]}
    return {
        "config": {**SIZES, **change},
        "inv_freq": by_length,
        "attention_scaling": float(rotary.attention_scaling),
    }


# --------------------------------------------------------------------------------------------------
# -- changed checkpoints


def merged(config, change):
    """`change` put into `config`, objects key by key; null takes a key away."""
    for key, value in change.items():
        if value is None:
            config.pop(key, None)
        elif isinstance(value, dict) and not key.startswith("rope_"):
            config[key] = merged(config.get(key, {}), value)
        else:
            config[key] = value
    return config


def changed(checkpoint, directory, change, tensors=None):
    """A copy of a committed checkpoint with config.json changed and `tensors` in place of its own."""
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(HERE / checkpoint, directory)
    path = directory / "config.json"
    write_json(path, merged(json.loads(path.read_text()), change))
    if tensors is not None:
        save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
    return directory


class ReleasedConfig(PreTrainedConfig):
    model_type = "internvl_chat"


class Released(PreTrainedModel):
    """What the authors' InternVLChatModel has to do with words: a decoder with a configuration of its own."""

    config_class = ReleasedConfig

    def __init__(self, config):
        super().__init__(config)
        self.language_model = Qwen2ForCausalLM(Qwen2Config(**config.llm_config))
        self.post_init()

    def get_input_embeddings(self):
        return self.language_model.get_input_embeddings()

    @property
    def lm_head(self):
        return self.language_model.lm_head


def original(directory, **settings):
    """A decoder with all its configuration at the top, as the original LLaVA code has it."""
    content = json.loads((directory / "config.json").read_text()) | {"model_type": "llama"}
    return LlamaForCausalLM.from_pretrained(
        directory, config=LlamaConfig.from_dict(content), **settings
    )


# Of a checkpoint: who reads it, where the decoder's configuration stands, names of embedding and head.
HEADS = {
    "llava/plain": (LlavaForConditionalGeneration.from_pretrained, "text_config", "language_model."),
    "internvl/hf": (InternVLForConditionalGeneration.from_pretrained, "text_config", "language_model."),
    "internvl/qwen2": (Released.from_pretrained, "llm_config", "language_model."),
    "internvl_chat_v1/fitting": (original, None, ""),
}


def tied_cases(checkpoint, folder):
    """Flags at both places × what is stored → where head and embedding come from; `null`: made up."""
    read, part, prefix = HEADS[checkpoint]
    names = {"embedding": f"{prefix}model.embed_tokens.weight", "head": f"{prefix}lm_head.weight"}
    tensors = {}
    for file in sorted((HERE / checkpoint).glob("*.safetensors")):
        tensors |= load_file(file)
    own = {key: tensors.pop(name) for key, name in names.items()}
    assert not torch.equal(own["embedding"], own["head"])
    cases = []
    for top, text in itertools.product((None, False, True), (None, False, True) if part else (None,)):
        for stored in (("embedding", "head"), ("embedding",), ("head",)):
            kept = tensors | {names[key]: own[key] for key in stored}
            flags = {"tie_word_embeddings": top} | ({part: {"tie_word_embeddings": text}} if part else {})
            model = read(changed(checkpoint, folder / "c", flags, kept), dtype=torch.float32)

            def source(weight):
                return next((k for k in own if torch.equal(own[k].float(), weight)), None)

            cases.append(
                {
                    "checkpoint": checkpoint,
                    "change": flags,
                    "stored": [names[key] for key in stored],
                    "embedding": source(model.get_input_embeddings().weight),
                    "head": source(model.lm_head.weight),
                }
            )
    return cases


# --------------------------------------------------------------------------------------------------
# -- whole models

def rope(parameters, **text):
    return {"text_config": {**text, "rope_parameters": None, "rope_scaling": parameters}}


def new_rope(parameters, **text):
    return {"text_config": {**text, "rope_parameters": parameters}}


CASES = {
    "linear": ("llava/plain", rope(LINEAR, rope_theta=500.0)),
    "llama3": ("llava/plain", new_rope(LLAMA3 | {"rope_theta": 500.0})),
    "yarn": ("llava/plain", rope(YARN, rope_theta=500.0)),
    # The prompt has 16 tokens: inside, beyond, and with the answer's third token as the first beyond.
    "dynamic_within": ("llava/plain", rope(DYNAMIC, rope_theta=500.0)),
    "dynamic_beyond": ("llava/plain", rope(DYNAMIC, rope_theta=500.0, max_position_embeddings=10)),
    "dynamic_crossing": (
        "llava/plain",
        new_rope(DYNAMIC | {"rope_theta": 500.0, "factor": 4.0}, max_position_embeddings=18),
    ),
    "hf_linear": ("internvl/hf", rope(LINEAR, rope_theta=500.0)),
    "hf_yarn": ("internvl/hf", new_rope(YARN | {"rope_theta": 500.0})),
    "hf_dynamic": ("internvl/hf", rope(DYNAMIC, rope_theta=500.0, max_position_embeddings=32)),
    "one_in_a_list": ("llava/plain", {"vision_feature_layer": [-2]}),
    "joined": ("llava/plain", {"vision_feature_layer": [-2, 0, -1]}),
    "joined_full": (
        "llava/plain",
        {"vision_feature_layer": [1, -3], "vision_feature_select_strategy": "full"},
    ),
}


def prompt_of(checkpoint):
    """Ids [P] and pixels of the golden case that is named as the checkpoint is, and its place in cases.json."""
    folder, name = checkpoint.split("/")
    with safe_open(HERE / folder / f"{name}.safetensors", "pt") as file:
        ids, roles = file.get_tensor("input_ids"), file.get_tensor("roles")
        return ids[roles != 3], file.get_tensor("pixel_values")


def with_class_token(ids, model):
    """One more image token in front, where the class token stays."""
    if getattr(model.config, "vision_feature_select_strategy", "default") == "default":
        return ids
    at = int((ids == model.config.image_token_id).nonzero()[0])
    return torch.cat([ids[:at], ids[at : at + 1], ids[at:]])


@torch.no_grad()
def make_case(name, folder, tensors):
    """Greedy tokens, and the logits that chose each of them."""
    checkpoint, change = CASES[name]
    weights = load_file(HERE / checkpoint / "model.safetensors")
    layers = change.get("vision_feature_layer", [0])
    if len(layers) > 1:
        generator = torch.Generator().manual_seed(len(layers))
        key = "multi_modal_projector.linear_1.weight"
        rows, columns = weights[key].shape
        weights[key] = torch.randn(rows, columns * len(layers), generator=generator) / 6
        tensors[f"{name}.linear_1"] = weights[key].clone()
    read = HEADS[checkpoint][0]
    model = read(changed(checkpoint, folder / "c", change, weights), dtype=torch.float32).eval()
    model.set_attn_implementation("eager")
    ids, pixels = prompt_of(checkpoint)
    ids = with_class_token(ids, model)
    out = model.generate(
        input_ids=ids[None],
        attention_mask=torch.ones_like(ids)[None],
        pixel_values=pixels,
        do_sample=False,
        max_new_tokens=NEW_TOKENS,
        output_logits=True,
        return_dict_in_generate=True,
    )
    logits = torch.cat(out.logits)
    best = logits.topk(2).values
    assert ((best[:, 0] - best[:, 1]) > 2e-3).all(), f"{name}: a greedy choice is too close"
    assert len(logits) == NEW_TOKENS, f"{name}: the answer ends early"
    tensors[f"{name}.input_ids"] = ids
    tensors[f"{name}.generated_ids"] = out.sequences[0, len(ids) :].clone()
    tensors[f"{name}.logits"] = logits.clone()
    return {"name": name, "checkpoint": checkpoint, "change": change}


def make_all(root):
    root.mkdir(parents=True)
    write_json(root / "rope.json", [rope_case(change) for change in ROPES], indent=None)
    tensors = {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        tied = [case for name in HEADS for case in tied_cases(name, scratch)]
        write_json(root / "tied.json", tied, indent=None)
        cases = [make_case(name, scratch, tensors) for name in CASES]
    for one, other in itertools.combinations(CASES, 2):
        if CASES[one][0] == CASES[other][0]:
            different = not torch.equal(*(tensors[f"{name}.logits"] for name in (one, other)))
            assert different, f"{one} and {other} compute the same"
    write_json(root / "cases.json", cases)
    save_file(tensors, root / "cases.safetensors")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=pathlib.Path, default=HERE / "loading", help="replaced as a whole"
    )
    parser.add_argument(
        "--check", action="store_true", help="only compare with what is in --output already"
    )
    arguments = parser.parse_args()
    logging.set_verbosity_error()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder) / "loading"
        make_all(made)
        if arguments.check:
            different = same_files(made, arguments.output)
            raise SystemExit("not the same: " + ", ".join(different) if different else 0)
        shutil.rmtree(arguments.output, ignore_errors=True)
        shutil.copytree(made, arguments.output)


if __name__ == "__main__":
    main()
