# SPDX-License-Identifier: MIT
"""Turn a checkpoint of Python pickles into safetensors, and one of the original LLaVA code into Hugging Face's form.

    python examples/adapters/convert.py INPUT OUTPUT
    python examples/adapters/convert.py INPUT OUTPUT --vision CLIP     # original LLaVA-1.5 (liuhaotian/llava-v1.5-*)

CLIP is a folder with openai/clip-vit-large-patch14-336, which the original checkpoints name but do not hold. Needs torch,
safetensors and, for the original form, transformers (with sentencepiece and protobuf if INPUT has only a tokenizer.model).
Pickles are read with weights_only=True: they can hold tensors, not code.
"""

import argparse
import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file

SHARD_BYTES = 4_000_000_000
IGNORED = ("rotary_emb.inv_freq", "position_ids", "masked_bias")
TEXT_KEYS = (
    "attention_bias", "eos_token_id", "bos_token_id", "head_dim", "hidden_act", "hidden_size", "intermediate_size",
    "max_position_embeddings", "num_attention_heads", "num_hidden_layers", "num_key_value_heads", "rms_norm_eps",
    "rope_scaling", "rope_theta", "tie_word_embeddings", "vocab_size",
)  # fmt: skip
RENAMED = (  # The first prefix that fits counts.
    ("model.mm_projector.0.", "multi_modal_projector.linear_1."),
    ("model.mm_projector.2.", "multi_modal_projector.linear_2."),
    ("model.vision_tower.vision_tower.", "vision_tower."),
    ("model.", "language_model.model."),
    ("lm_head.", "language_model.lm_head."),
)


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def weight_files(folder):
    """The files of weights: safetensors if there are any, else the shards of pytorch_model, else all pickles."""
    for pattern in ("model*.safetensors", "pytorch_model*.bin", "*.bin", "*.pt", "*.pth"):
        if files := sorted(folder.glob(pattern)):
            return files
    sys.exit(f"{folder}: no weights (.safetensors, .bin, .pt, .pth)")


def tensors_of(folder):
    """Name and tensor of all weights, one file in memory at a time."""
    for path in weight_files(folder):
        if path.suffix == ".safetensors":
            content = load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
            content = content.get("state_dict", content)
        for name, tensor in content.items():
            if isinstance(tensor, torch.Tensor) and not name.endswith(IGNORED):
                yield name, tensor


class ShardWriter:
    """Writes tensors as they come, in shards named as Hugging Face names them."""

    def __init__(self, folder):
        self.folder, self.shards, self.pending, self.size = folder, [], {}, 0

    def add(self, name, tensor):
        self.pending[name] = tensor.clone().contiguous()  # a copy: tied tensors share memory
        self.size += tensor.numel() * tensor.element_size()
        if self.size >= SHARD_BYTES:
            self.flush()

    def flush(self):
        if self.pending:
            path = self.folder / f"shard-{len(self.shards)}.safetensors"
            save_file(self.pending, path, metadata={"format": "pt"})
            self.shards.append((path, list(self.pending)))
        self.pending, self.size = {}, 0

    def finish(self):
        self.flush()
        count = len(self.shards)
        if count == 1:
            self.shards[0][0].rename(self.folder / "model.safetensors")
            return
        weight_map = {}
        for i, (path, names) in enumerate(self.shards, 1):
            name = f"model-{i:05}-of-{count:05}.safetensors"
            path.rename(self.folder / name)
            weight_map |= dict.fromkeys(names, name)
        write_json(self.folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})


def hub_name(name):
    for old, new in RENAMED:
        if name.startswith(old):
            return new + name.removeprefix(old)
    sys.exit(f"a tensor {name} has no place in LLaVA-1.5")


def convert_llava(source, output, vision, config):
    """An original LLaVA-1.5: other names, the vision tower from its own folder, configuration and tokenizer written anew."""
    from transformers import AddedToken, LlamaTokenizer

    if vision is None:
        sys.exit(f"{source} is of the original LLaVA code: give --vision with a folder of {config['mm_vision_tower']}")
    if config.get("mm_projector_type") != "mlp2x_gelu":
        sys.exit(f"mm_projector_type {config.get('mm_projector_type')} is not LLaVA-1.5's mlp2x_gelu")
    writer = ShardWriter(output)
    names = set()
    for name, tensor in tensors_of(source):
        if (new := hub_name(name)) not in names:  # mm_projector.bin repeats the projector
            names.add(new)
            writer.add(new, tensor)
    for name, tensor in tensors_of(vision):
        if name.startswith("vision_model.") and f"vision_tower.{name}" not in names:
            writer.add(f"vision_tower.{name}", tensor)
    writer.finish()

    tokenizer = LlamaTokenizer.from_pretrained(source, legacy=True)
    tokenizer.add_tokens([AddedToken("<image>", special=True, normalized=False)], special_tokens=True)
    tokenizer.save_pretrained(output)
    clip = read_json(vision / "config.json")
    vision_config = clip.get("vision_config", clip) | {"model_type": "clip_vision_model"}
    whole = config.get("mm_vision_select_feature", "patch") == "cls_patch"
    write_json(output / "config.json", {
        "architectures": ["LlavaForConditionalGeneration"],
        "model_type": "llava",
        "image_token_index": tokenizer.convert_tokens_to_ids("<image>"),
        "projector_hidden_act": "gelu",
        "vision_feature_layer": config.get("mm_vision_select_layer", -2),
        "vision_feature_select_strategy": "full" if whole else "default",
        "text_config": {"model_type": "llama"} | {key: config[key] for key in TEXT_KEYS if config.get(key) is not None},
        "vision_config": vision_config,
    })  # fmt: skip
    ids = {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id") if key in config}
    write_json(output / "generation_config.json", ids)
    pads = config.get("image_aspect_ratio") == "pad"
    processor = {"image_processor_type": "LlavaImageProcessor", "do_pad": pads}
    write_json(output / "preprocessor_config.json", read_json(vision / "preprocessor_config.json") | processor)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("input", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--vision", type=pathlib.Path, help="folder of the CLIP tower, for original LLaVA checkpoints")
    options = parser.parse_args()
    if not (options.input / "config.json").is_file():
        sys.exit(f"{options.input}: no config.json")
    if options.output.exists() and any(options.output.iterdir()):
        sys.exit(f"{options.output} is not empty")
    options.output.mkdir(parents=True, exist_ok=True)
    config = read_json(options.input / "config.json")
    if "mm_vision_tower" in config:
        convert_llava(options.input, options.output, options.vision, config)
        return
    writer = ShardWriter(options.output)
    for name, tensor in tensors_of(options.input):
        writer.add(name, tensor)
    writer.finish()
    for pattern in ("*.json", "*.tiktoken", "*.model"):
        for path in options.input.glob(pattern):
            if not path.name.endswith(".index.json"):
                shutil.copy(path, options.output)


if __name__ == "__main__":
    main()
