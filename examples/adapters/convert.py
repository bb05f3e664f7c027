# SPDX-License-Identifier: MIT
"""Turn a checkpoint of pickles into safetensors, an original LLaVA-1.5 into Hugging Face's form.

    python examples/adapters/convert.py INPUT OUTPUT
    python examples/adapters/convert.py INPUT OUTPUT --vision TOWER
    python examples/adapters/convert.py INPUT OUTPUT --vision TOWER --base LLAMA

Names and precision of the tensors stay, the files beside them are copied: so for Qwen-VL,
InternVL-Chat-1.0, LLaVA-1.6 and whatever else is published as pickles. An InternVL-Chat-1.0 needs TOWER, the
folder of its InternViT, only if the checkpoint holds none. LLaVA-1.5 of the original code
(liuhaotian/llava-v1.5-*) gets new names, configuration and tokenizer; it names its vision tower but
does not hold it, so TOWER is a folder with openai/clip-vit-large-patch14-336. A Shikra is published as
a difference to LLAMA, the first LLaMA-7B in Hugging Face's form, which stays in memory meanwhile, and
with a TOWER of its own, openai/clip-vit-large-patch14; where the authors' apply_delta.py has made the
sum already, --base is left away.

Needs torch and safetensors, for an original LLaVA-1.5 transformers too (with sentencepiece and
protobuf if INPUT has only a tokenizer.model). Pickles are read with weights_only=True: they can
hold tensors, not code. OUTPUT appears when all of it is written; what was killed before
that leaves a folder OUTPUT.unfinished-* to be removed.
"""

import argparse
import json
import pathlib
import re
import shutil
import sys
import tempfile
import zipfile

import torch
from safetensors.torch import load_file, save_file

SHARD_BYTES = 4_000_000_000
IGNORED = ("rotary_emb.inv_freq", "position_ids", "masked_bias")
COPIED = (".json", ".jinja", ".model", ".tiktoken", ".txt")
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
TEXT_KEYS = """
    attention_bias bos_token_id eos_token_id head_dim hidden_act hidden_size intermediate_size
    max_position_embeddings num_attention_heads num_hidden_layers num_key_value_heads rms_norm_eps
    rope_scaling rope_theta tie_word_embeddings vocab_size
""".split()
INTERN_VIT = ("intern_vit_6b", "internvit_6b", "internvit-6b", "internvit6b")
INTERN_VL = ("internvl_14b", "intern_vl_14b", "internvl-14b", "internvl14b")
TOWER = "model.vision_tower.vision_tower."
SHIKRA_TOWER = "model.vision_tower."
RENAMED = (  # The first prefix that fits counts.
    ("model.mm_projector.0.", "multi_modal_projector.linear_1."),
    ("model.mm_projector.2.", "multi_modal_projector.linear_2."),
    (TOWER, "vision_tower."),
    ("model.", "language_model.model."),
    ("lm_head.", "language_model.lm_head."),
)


def fail(where, what):
    sys.exit(f"{where}: {what}")


def refuse_pointer(path):
    with path.open("rb") as file:
        if file.read(40).startswith(b"version https://git-lfs.github.com/"):
            fail(path, "is a git-lfs pointer, not the file itself; run `git lfs pull` in its folder")


def read_json(path):
    if path.is_file():
        refuse_pointer(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fail(path, f"cannot be read as JSON ({error})")
    if not isinstance(content, dict):
        fail(path, "is no JSON object")
    return content


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


# --------------------------------------------------------------------------------------------------
# -- reading weights


def weight_files(folder):
    """The files of weights, each with the names that an index promises: those of an index, else
    safetensors, else the shards of pytorch_model, else all pickles.
    """
    for index in INDEXES:
        if (folder / index).is_file():
            return indexed_files(folder / index)
    for pattern in ("model*.safetensors", "pytorch_model*.bin", "*.bin", "*.pt", "*.pth"):
        if files := sorted(folder.glob(pattern)):
            require_all_shards(folder, files)
            return [(file, set()) for file in files]
    fail(folder, "no weights (.safetensors, .bin, .pt, .pth)")


def indexed_files(index):
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        fail(index, "names no tensors; fetch it anew")
    promised = {}
    for name, file in weight_map.items():
        if not isinstance(file, str) or file in ("", ".", "..") or re.search(r"[/\\:]", file):
            fail(index, f"shard {file!r} lies outside the folder")
        if not (index.parent / file).is_file():
            fail(index, f"shard {file} is missing; fetch it")
        promised.setdefault(index.parent / file, set()).add(name)
    return sorted(promised.items())


def require_all_shards(folder, files):
    """Of files numbered "-00001-of-00003" all have to be there, also where no index names them."""
    for file in files:
        if numbered := re.search(r"-of-(\d{1,6})\.\w+$", file.name):
            if len(files) != int(numbered[1]):
                fail(folder, f"{len(files)} of {int(numbered[1])} shards; fetch the others")


def tensors_of(folder):
    """Name and tensor of all weights, one file in memory at a time."""
    for path, promised in weight_files(folder):
        tensors = read_tensors(path)
        if missing := promised - tensors.keys():
            fail(path, f"has no tensor {min(missing)}, which the index promises; fetch both anew")
        for name, tensor in tensors.items():
            if not name.endswith(IGNORED):
                yield name, tensor


def read_tensors(path):
    """{name: tensor} of one file, each with its own place in it."""
    refuse_pointer(path)
    try:
        if path.suffix == ".safetensors":
            content = load_file(path)
        else:
            mapped = zipfile.is_zipfile(path)  # what torch before 1.6 wrote cannot be
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except Exception as error:  # whatever a broken or hostile file provokes
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        fail(path, f"is no file of tensors alone, or a broken one ({reason})")
    if isinstance(content, dict):
        content = content.get("state_dict", content)
    if not isinstance(content, dict):
        fail(path, "holds no tensors by name")
    tensors = {
        name: tensor
        for name, tensor in content.items()
        if isinstance(name, str) and isinstance(tensor, torch.Tensor)
    }
    if not tensors:
        fail(path, "holds no tensors by name")
    require_plain(path, tensors)
    return tensors


def require_plain(path, tensors):
    """Views and tied tensors are written in full: a few bytes must not become a terabyte so."""
    for name, tensor in tensors.items():
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
        if not plain or tensor.is_quantized or tensor.is_complex():
            fail(path, f"tensor {name} is sparse, quantised or complex")
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if size > 2 * path.stat().st_size:
        fail(path, f"claims tensors of {size} bytes in a file of {path.stat().st_size}")


# --------------------------------------------------------------------------------------------------
# -- writing a checkpoint


class ShardWriter:
    """Writes tensors as they come, in shards named as Hugging Face names them."""

    def __init__(self, folder):
        self.folder, self.names = folder, set()
        self.shards, self.pending, self.size, self.total = [], {}, 0, 0

    def add(self, name, tensor):
        if name in self.names:
            fail(name, "stands in two files; keep one of them")
        self.names.add(name)
        # Tied ones share memory.
        self.pending[name] = tensor.clone(memory_format=torch.contiguous_format)
        self.size += tensor.numel() * tensor.element_size()
        if self.size >= SHARD_BYTES:
            self.flush()

    def flush(self):
        if self.pending:
            path = self.folder / f"shard-{len(self.shards)}.safetensors"
            save_file(self.pending, path, metadata={"format": "pt"})
            self.shards.append((path, list(self.pending)))
        self.total += self.size
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
        index = {"metadata": {"total_size": self.total}, "weight_map": weight_map}
        write_json(self.folder / INDEXES[0], index)


def copy_other_files(source, output):
    for path in sorted(source.iterdir()):
        if path.is_file() and path.suffix in COPIED and not path.name.endswith(".index.json"):
            shutil.copy(path, output)


def make_tokenizer(source):
    """Vicuna's from its tokenizer.model or tokenizer.json, every text beginning with a blank."""
    from transformers import LlamaTokenizer

    if not any((source / file).is_file() for file in ("tokenizer.json", "tokenizer.model")):
        fail(source, "has neither tokenizer.json nor tokenizer.model")
    return LlamaTokenizer.from_pretrained(source, legacy=True)


# --------------------------------------------------------------------------------------------------
# -- families


def tower_has(config, parts):
    tower = str(config.get("mm_vision_tower", "")).lower()
    return any(part in tower for part in parts)


def has_tiles(config):
    """A LLaVA-1.6: it holds its tower, which was trained further, and is read as it is."""
    return str(config.get("image_aspect_ratio", "")).startswith("anyres")


def convert_as_it_is(source, output):
    if all(file.suffix == ".safetensors" for file, _promised in weight_files(source)):
        fail(source, "holds safetensors already; there is nothing to convert")
    writer = ShardWriter(output)
    for name, tensor in tensors_of(source):
        writer.add(name, tensor)
    writer.finish()
    copy_other_files(source, output)


def convert_internvl_chat_v1(source, output, vision, config):
    """InternVL-Chat-1.0: as it is, with a tower where it has none."""
    if vision is None:
        return convert_as_it_is(source, output)
    writer = ShardWriter(output)
    for folder, prefix in ((source, ""), (vision, TOWER)):
        for name, tensor in tensors_of(folder):
            if folder is source or prefix + name not in writer.names:
                writer.add(prefix + name, tensor)
    writer.finish()
    copy_other_files(source, output)
    tower = read_json(vision / "config.json")
    given = {"vision_config": tower.get("vision_config", tower)}
    write_json(output / "config.json", config | given)


def hub_name(name):
    for old, new in RENAMED:
        if name.startswith(old):
            return new + name.removeprefix(old)
    fail(name, "is a tensor that has no place in LLaVA-1.5")


def convert_llava(source, output, vision, config):
    """An original LLaVA-1.5: other names, the vision tower from its own folder, configuration and
    tokenizer written anew.
    """
    from transformers import AddedToken

    if vision is None:
        tower = config["mm_vision_tower"]
        fail(source, f"is of the original LLaVA code: give --vision with a folder of {tower}")
    if (projector := config.get("mm_projector_type")) != "mlp2x_gelu":
        fail(source, f"mm_projector_type {projector} is not LLaVA-1.5's mlp2x_gelu")
    writer = ShardWriter(output)
    for name, tensor in tensors_of(source):
        if (new := hub_name(name)) not in writer.names:  # mm_projector.bin repeats the projector
            writer.add(new, tensor)
    for name, tensor in tensors_of(vision):
        if name.startswith("vision_model.") and f"vision_tower.{name}" not in writer.names:
            writer.add(f"vision_tower.{name}", tensor)
    writer.finish()

    tokenizer = make_tokenizer(source)
    image = AddedToken("<image>", special=True, normalized=False)
    tokenizer.add_tokens([image], special_tokens=True)
    tokenizer.save_pretrained(output)
    clip = read_json(vision / "config.json")
    vision_config = clip.get("vision_config", clip) | {"model_type": "clip_vision_model"}
    whole = config.get("mm_vision_select_feature", "patch") == "cls_patch"
    text = {key: config[key] for key in TEXT_KEYS if config.get(key) is not None}
    write_json(
        output / "config.json",
        {
            "architectures": ["LlavaForConditionalGeneration"],
            "model_type": "llava",
            "image_token_index": tokenizer.convert_tokens_to_ids("<image>"),
            "projector_hidden_act": "gelu",
            "vision_feature_layer": config.get("mm_vision_select_layer", -2),
            "vision_feature_select_strategy": "full" if whole else "default",
            "text_config": {"model_type": "llama"} | text,
            "vision_config": vision_config,
        },
    )
    roles = ("bos_token_id", "eos_token_id", "pad_token_id")
    ids = {key: config[key] for key in roles if key in config}
    write_json(output / "generation_config.json", ids)
    pads = config.get("image_aspect_ratio") == "pad"
    processor = {"image_processor_type": "LlavaImageProcessor", "do_pad": pads}
    settings = read_json(vision / "preprocessor_config.json")
    write_json(output / "preprocessor_config.json", settings | processor)


def with_base(name, delta, base):
    """The sum of a difference and its base, in float16 as the authors' apply_delta.py makes it; where
    the difference has more rows, these have no base.
    """
    if name.startswith("model.mm_projector."):
        return delta
    if name not in base:
        fail(name, "is a tensor that the base has not: is it a LLaMA-7B in Hugging Face's form?")
    summand, whole = base[name].half(), delta.half().clone()
    grown = name in ("model.embed_tokens.weight", "lm_head.weight") and len(summand) <= len(whole)
    if summand.shape[grown:] != whole.shape[grown:]:
        shapes = f"{tuple(whole.shape)} here and {tuple(summand.shape)} in the base"
        fail(name, f"has the shape {shapes}: the base is another model")
    whole[: len(summand)] += summand
    return whole


def convert_shikra(source, output, vision, base, config):
    """A Shikra: the sum with its base, and its tower beside it."""
    if vision is None:
        tower = config.get("mm_vision_tower")
        fail(source, f"holds no vision tower: give --vision with a folder of {tower}")
    summands = dict(tensors_of(base)) if base else {}
    writer = ShardWriter(output)
    for name, tensor in tensors_of(source):
        if base is None and name == "model.norm.weight" and tensor.abs().mean() < 0.1:
            fail(source, "is a difference: give --base with a folder of the first LLaMA-7B")
        writer.add(name, with_base(name, tensor, summands) if base else tensor)
    clip = read_json(vision / "config.json")
    for name, tensor in tensors_of(vision):
        if name.startswith("vision_model."):
            writer.add(SHIKRA_TOWER + name, tensor)
    writer.finish()
    copy_other_files(source, output)
    given = {"vision_config": clip.get("vision_config", clip) | {"model_type": "clip_vision_model"}}
    write_json(output / "config.json", config | given)


def convert(source, output, vision, base=None):
    config = read_json(source / "config.json")
    if base is not None and config.get("model_type") != "shikra":
        fail(source, "is no difference to another model; leave --base away")
    if config.get("model_type") == "shikra":
        convert_shikra(source, output, vision, base, config)
    elif tower_has(config, INTERN_VIT):
        convert_internvl_chat_v1(source, output, vision, config)
    elif tower_has(config, INTERN_VL):
        fail(source, "has an InternVL-14B for its tower, which is another model")
    elif "mm_vision_tower" in config and not has_tiles(config):
        convert_llava(source, output, vision, config)
    elif vision is not None:
        fail(source, "holds its vision tower itself; leave --vision away")
    else:
        convert_as_it_is(source, output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("input", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    vision_help = "folder of the vision tower, where the checkpoint has none"
    parser.add_argument("--vision", type=pathlib.Path, help=vision_help)
    base_help = "folder of the model that the checkpoint is a difference to"
    parser.add_argument("--base", type=pathlib.Path, help=base_help)
    options = parser.parse_args()
    if not (options.input / "config.json").is_file():
        fail(options.input, "no config.json")
    output = options.output
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        fail(output, "is not empty; give a new folder")
    output.parent.mkdir(parents=True, exist_ok=True)
    prefix = f"{output.name}.unfinished-"
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=prefix) as unfinished:
        finished = pathlib.Path(unfinished) / "checkpoint"
        finished.mkdir()
        convert(options.input, finished, options.vision, options.base)
        if output.exists():
            output.rmdir()
        finished.rename(output)


if __name__ == "__main__":
    main()
