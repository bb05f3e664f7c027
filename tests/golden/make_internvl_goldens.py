# SPDX-License-Identifier: MIT
"""Make tests/golden/internvl: tiny InternVL checkpoints and what eager transformers computes with them.

    OMP_NUM_THREADS=1 python make_internvl_goldens.py [--output internvl] [--check]
    OMP_NUM_THREADS=1 python make_internvl_goldens.py --check --source DIR

Three checkpoints are in transformers' format `internvl`, three in the released format `internvl_chat`.
The reference of all six is InternVLForConditionalGeneration, for the released ones after renaming.
With --source, the folder internvl_chat of the OpenGVLab/InternVL repository, the vision tower, the
InternLM2 decoder, the pixel shuffle and the tiling of the authors' code have to agree with it, too
(that code needs the package einops). README.md beside this file documents cases and tensors.
"""

import ast
import importlib
import json
import pathlib
import sys
import types
from dataclasses import dataclass, field

import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    AutoTokenizer,
    GenerationConfig,
    GotOcr2ImageProcessorPil,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLVisionConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

import make_llava_goldens as llava
from make_llava_goldens import relative, write_json
from reference_pass import (
    IMAGE,
    Case,
    TransformersDecoder,
    greedy,
    make_cases,
    make_folder,
    make_pictures,
    randomise,
    script_arguments,
    with_roles,
)

# With tiles of 28 pixels: two tiles and a thumbnail, the same upright, one tile alone, four tiles
# and a thumbnail.
PICTURES = {
    "wide.png": (57, 34, 1),
    "tall.png": (23, 41, 2),
    "small.png": (30, 26, 3),
    "large.png": (60, 55, 4),
}
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# --------------------------------------------------------------------------------------------------
# -- prompts

SYSTEM_1 = (
    "你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，英文名叫InternVL, "
    "是一个有用无害的人工智能助手。"
)
SYSTEM_2_5 = (
    "你是书生·万象，英文名是InternVL，是由上海人工智能实验室、清华大学及多家合作单位联合开发的"
    "多模态大语言模型。"
)
# The hub's format needs no system text; the releases name a template, which ends a turn with or
# without a line end.
TEMPLATES = {
    "": "<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n",
    "internlm2-chat": (
        f"<|im_start|>system\n{SYSTEM_1}<|im_end|>"
        "<|im_start|>user\n{text}<|im_end|><|im_start|>assistant\n"
    ),
    "internvl2_5": (
        f"<|im_start|>system\n{SYSTEM_2_5}<|im_end|>\n"
        "<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
    ),
}
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<IMG_CONTEXT>\n' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

# --------------------------------------------------------------------------------------------------
# -- tokenizers: BPE on bytes as Qwen2's, and on characters as InternLM2's

ROLES = ("<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>")
BYTE_SPECIAL = ("<|endoftext|>", *ROLES, "<video>")
BYTE_PIECES = 320
VOCABULARY = 400  # rows of the embedding: more than any of the tokenizers knows
QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_tokenizer():
    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.NFC()
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=BYTE_PIECES,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator([llava.CORPUS] * 2 + ["system\nuser\nassistant\n"] * 9, trainer)
    assert bpe.get_vocab_size() == BYTE_PIECES
    bpe.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in BYTE_SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens={
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>",
            "video_token": "<video>",
        },
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def character_tokenizer():
    vocabulary, merges = llava.train_pieces()
    bpe = Tokenizer(
        models.BPE(
            vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True
        )
    )
    bpe.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    bpe.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    bpe.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    bpe.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t in (*llava.SPECIAL, *ROLES)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="</s>",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def save_tokenizer(checkpoint, directory):
    """The released Qwen2 models name the class that the hub's tokenizers have."""
    tokenizer_of(checkpoint).save_pretrained(directory)
    if checkpoint.template != "internvl2_5":
        return
    path = directory / "tokenizer_config.json"
    write_json(path, json.loads(path.read_text()) | {"tokenizer_class": "Qwen2Tokenizer"})
    tokenizer = AutoTokenizer.from_pretrained(directory)
    assert type(tokenizer).__name__ == "Qwen2Tokenizer"
    for text in (FIRST_PROMPT, TEMPLATES["internvl2_5"], "  two blanks\n\n Café ☃ 12"):
        assert tokenizer(text).input_ids == tokenizer_of(checkpoint)(text).input_ids


# --------------------------------------------------------------------------------------------------
# -- checkpoints


@dataclass
class Checkpoint:
    """What makes one checkpoint differ; everything else is shared."""

    seed: int
    text: dict = field(default_factory=dict)
    vision: dict = field(default_factory=dict)
    whole: dict = field(default_factory=dict)
    language: str = "qwen2"  # or "qwen3", or "internlm2", which is LLaMA under other names
    template: str = ""  # of a release; without one: transformers' own format
    tile: int = 28
    most_tiles: int = 4
    shuffle: str = "v2"
    dtype: torch.dtype = torch.float32
    shard_size: str = "5GB"


PLAIN_TOWER = {"norm_type": "rms_norm", "use_qk_norm": True, "attention_bias": False}
CHECKPOINTS = {
    "hf": Checkpoint(seed=7),
    "hf_rms": Checkpoint(
        seed=5,
        text={"tie_word_embeddings": True, "num_key_value_heads": 1},
        vision=PLAIN_TOWER,
        whole={"vision_feature_layer": -2, "tie_word_embeddings": True},
        most_tiles=6,
        dtype=torch.bfloat16,
        shard_size="60KB",
    ),
    "internlm2": Checkpoint(
        # The first seed that passes is 8. There one entry of transformers' bfloat16 attention is by
        # luck so near to float32 that twice its error is less than one rounding costs.
        seed=28,
        text={
            "rms_norm_eps": 1e-5,
            "rope_parameters": {"rope_type": "default", "rope_theta": 20000.0},
        },
        language="internlm2",
        template="internlm2-chat",
        tile=42,  # on a table of positions for 28
        most_tiles=3,
        dtype=torch.bfloat16,
        shard_size="60KB",
    ),
    "qwen2": Checkpoint(
        seed=1, vision=PLAIN_TOWER, template="internvl2_5", shuffle="v1", dtype=torch.float16
    ),
    "hf_qwen3": Checkpoint(
        seed=7, text={"head_dim": 12, "attention_bias": True}, language="qwen3", most_tiles=2
    ),
    "qwen3": Checkpoint(
        seed=2,
        text={"head_dim": 16, "num_key_value_heads": 1},
        language="qwen3",
        template="internvl2_5",
        most_tiles=2,
        dtype=torch.bfloat16,
    ),
}
CLASSES = {"qwen2": Qwen2Config, "qwen3": Qwen3Config, "internlm2": LlamaConfig}


def tokenizer_of(checkpoint):
    return character_tokenizer() if checkpoint.language == "internlm2" else byte_tokenizer()


def config_of(checkpoint):
    tokenizer = tokenizer_of(checkpoint)
    text = CLASSES[checkpoint.language](
        **{
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 512,
            "rms_norm_eps": 1e-6,
            "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0},
            "tie_word_embeddings": False,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            **checkpoint.text,
        }
    )
    vision = InternVLVisionConfig(
        **{
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "image_size": [28, 28],
            "patch_size": [7, 7],
            "norm_type": "layer_norm",
            "attention_bias": True,
            **checkpoint.vision,
        }
    )
    return InternVLConfig(
        **{
            "vision_config": vision,
            "text_config": text,
            "image_token_id": tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
            "image_seq_length": (checkpoint.tile // 7 // 2) ** 2,
            "downsample_ratio": 0.5,
            "tie_word_embeddings": False,
            **checkpoint.whole,
        }
    )


def first_special(checkpoint):
    return llava.PIECES if checkpoint.language == "internlm2" else BYTE_PIECES


def spread(name, shape):
    """(mean, standard deviation) of one tensor's entries."""
    if name.endswith(".bias"):
        return 0.0, 0.1
    if "self_attn" in name and "norm" in name:
        return 1.6, 0.4  # queries and keys have this size, however large their matrices are
    if "norm" in name or "lambda" in name:
        return 1.0, 0.1
    if "cls_token" in name or "position_embeddings" in name:
        return 0.0, 0.5
    if "embed_tokens" in name or "lm_head" in name:
        return 0.0, 0.35
    fan_in = int(np.prod(shape[1:]))
    # Queries and keys are larger, so that attention is far from uniform.
    gain = 1.5 if "q_proj" in name or "k_proj" in name else 0.5 if "patch_emb" in name else 1.3
    return 0.0, gain / fan_in**0.5


def random_model(checkpoint):
    model = randomise(
        InternVLForConditionalGeneration(config_of(checkpoint)), checkpoint.seed, spread
    )
    with torch.no_grad():
        for tensor in {model.lm_head.weight, model.model.language_model.embed_tokens.weight}:
            tensor[first_special(checkpoint) :] *= 0.2  # special tokens are never said
    return model.to(checkpoint.dtype).to(torch.float32).eval()  # exactly what files will hold


def make_checkpoint(name, directory):
    """Write one checkpoint and give back a Reference that was read again from the files."""
    checkpoint = CHECKPOINTS[name]
    directory.mkdir(parents=True)
    model = random_model(checkpoint)
    wanted = {key: value.clone() for key, value in model.state_dict().items()}
    save_tokenizer(checkpoint, directory)
    save = save_released if checkpoint.template else save_in_transformers_format
    save(checkpoint, model.to(checkpoint.dtype), directory)
    if name == "hf_rms":
        use_older_dialect(checkpoint, directory)
        choose_second_stop(checkpoint, directory)
    reference = InternVLReference(checkpoint, directory)
    for key, value in reference.model.state_dict().items():
        assert torch.equal(value, wanted[key]), key
    return reference


def save_in_transformers_format(checkpoint, model, directory):
    model.generation_config = GenerationConfig(
        eos_token_id=model.config.text_config.eos_token_id, pad_token_id=BYTE_PIECES
    )
    model.save_pretrained(directory, max_shard_size=checkpoint.shard_size)
    images = GotOcr2ImageProcessorPil(
        size={"height": checkpoint.tile, "width": checkpoint.tile},
        max_patches=checkpoint.most_tiles,
        image_mean=list(MEAN),
        image_std=list(DEVIATION),
    )
    InternVLProcessor(
        images, tokenizer_of(checkpoint), model.config.image_seq_length, CHAT_TEMPLATE
    ).save_pretrained(directory)


def use_older_dialect(checkpoint, directory):
    """The keys and files of transformers 4.52, which the checkpoints on the hub have."""
    path = directory / "config.json"
    config = json.loads(path.read_text())
    config["torch_dtype"] = config.pop("dtype")
    for part in ("text_config", "vision_config"):
        config[part].pop("dtype", None)
    config["text_config"]["rope_theta"] = config["text_config"].pop("rope_parameters")["rope_theta"]
    config["text_config"]["rope_scaling"] = {"factor": 2.0, "type": "dynamic"}
    del config["tie_word_embeddings"]
    write_json(path, config)
    (directory / "processor_config.json").write_text(
        json.dumps({"image_seq_length": 4, "processor_class": "InternVLProcessor"}) + "\n"
    )
    write_json(
        directory / "preprocessor_config.json",
        {
            "crop_size": None,
            "crop_to_patches": False,  # the processor asks for tiles all the same
            "data_format": "channels_first",
            "default_to_square": True,
            "do_center_crop": None,
            "do_convert_rgb": True,
            "do_normalize": True,
            "do_rescale": True,
            "do_resize": True,
            "image_mean": list(MEAN),
            "image_processor_type": "GotOcr2ImageProcessorFast",
            "image_std": list(DEVIATION),
            "max_patches": checkpoint.most_tiles,
            "min_patches": 1,
            "processor_class": "InternVLProcessor",
            "resample": 3,
            "rescale_factor": 1 / 255,
            "size": {"height": checkpoint.tile, "width": checkpoint.tile},
        },
    )


def choose_second_stop(checkpoint, directory):
    """Make the first token that greedy decoding says only late a second stop id."""
    path = directory / "generation_config.json"
    content = json.loads(path.read_text())
    reference = InternVLReference(checkpoint, directory)
    reference.stops = set()
    picture = llava.picture(*PICTURES["wide.png"])
    said = greedy(reference, reference.prepare(FIRST_PROMPT, [picture])).tolist()
    second = next(t for i, t in enumerate(said) if i >= 6 and t not in said[:i])
    content["eos_token_id"] = [content["eos_token_id"], second]
    write_json(path, content)


# --------------------------------------------------------------------------------------------------
# -- the released format

RENAMED = (  # transformers' names and those of the release
    ("vision_tower.embeddings.cls_token", "vision_model.embeddings.class_embedding"),
    ("vision_tower.embeddings.position_embeddings", "vision_model.embeddings.position_embedding"),
    (
        "vision_tower.embeddings.patch_embeddings.projection",
        "vision_model.embeddings.patch_embedding",
    ),
    ("vision_tower.encoder.layer.", "vision_model.encoder.layers."),
    ("attention.projection_layer", "attn.proj"),
    (".attention.q_norm", ".attn.q_norm"),
    (".attention.k_norm", ".attn.k_norm"),
    ("layernorm_before", "norm1"),
    ("layernorm_after", "norm2"),
    ("lambda_1", "ls1"),
    ("lambda_2", "ls2"),
    ("multi_modal_projector.layer_norm", "mlp1.0"),
    ("multi_modal_projector.linear_1", "mlp1.1"),
    ("multi_modal_projector.linear_2", "mlp1.3"),
)
RENAMED_INTERNLM2 = (
    ("language_model.lm_head", "language_model.output"),
    ("model.embed_tokens", "model.tok_embeddings"),
    ("self_attn.o_proj", "attention.wo"),
    ("mlp.gate_proj", "feed_forward.w1"),
    ("mlp.down_proj", "feed_forward.w2"),
    ("mlp.up_proj", "feed_forward.w3"),
    ("input_layernorm", "attention_norm"),
    ("post_attention_layernorm", "ffn_norm"),
)


def released_names(checkpoint):
    return RENAMED + (RENAMED_INTERNLM2 if checkpoint.language == "internlm2" else ())


def released_tensors(checkpoint, model):
    """The weights under the release's names, with the matrices that it fuses."""
    state = dict(model.state_dict())
    tensors = {}
    for key, value in state.items():
        name = key.removeprefix("model.")
        if name.startswith("language_model."):
            name = name.replace("language_model.", "language_model.model.", 1)
        elif name.startswith("lm_head."):
            name = "language_model." + name
        for ours, theirs in released_names(checkpoint):
            name = name.replace(ours, theirs)
        tensors[name] = value
    fuse(tensors, "attention.{}_proj", "attn.qkv", "vision_model.", torch.cat)
    if checkpoint.language == "internlm2":
        head = model.config.text_config.head_dim
        fuse(
            tensors,
            "self_attn.{}_proj",
            "attention.wqkv",
            "language_model.",
            lambda parts: grouped(parts, model.config.text_config.num_key_value_heads, head),
        )
    return tensors


def fuse(tensors, parts, whole, prefix, join):
    """Replace the three tensors of each query, key and value by one."""
    for name in [name for name in tensors if name.startswith(prefix) and parts.format("q") in name]:
        three = [name.replace(parts.format("q"), parts.format(part)) for part in "qkv"]
        fused = join([tensors.pop(part) for part in three])
        tensors[name.replace(parts.format("q"), whole)] = fused


def grouped(parts, key_heads, head):
    """InternLM2's order: for each key head its query heads, then the key, then the value."""
    blocks = [part.view(key_heads, -1, head, *part.shape[1:]) for part in parts]
    return torch.cat(blocks, 1).flatten(0, 2)


def from_released(checkpoint, tensors, config):
    """The other way, written anew: what the release's files hold, as transformers' model wants it."""
    text = config.text_config
    state = {}
    for name, value in tensors.items():
        for ours, theirs in released_names(checkpoint):
            name = name.replace(theirs, ours)
        if name.startswith("language_model.model."):
            name = "model.language_model." + name.removeprefix("language_model.model.")
        elif name.startswith("language_model."):
            name = name.removeprefix("language_model.")
        else:
            name = "model." + name
        if "attn.qkv" in name:
            for part, piece in zip("qkv", value.chunk(3)):
                state[name.replace("attn.qkv", f"attention.{part}_proj")] = piece
        elif "attention.wqkv" in name:
            heads = value.view(text.num_key_value_heads, -1, text.head_dim, *value.shape[1:])
            for part, piece in zip("qkv", (heads[:, :-2], heads[:, -2], heads[:, -1])):
                wide = piece.reshape(-1, *value.shape[1:])
                state[name.replace("attention.wqkv", f"self_attn.{part}_proj")] = wide
        else:
            state[name] = value
    return state


def released_config(checkpoint, config):
    """config.json as the releases have it."""
    text, vision = config.text_config, config.vision_config
    internlm2 = checkpoint.language == "internlm2"
    classes = {"qwen2": "Qwen2", "qwen3": "Qwen3", "internlm2": "InternLM2"}
    dtype = str(checkpoint.dtype).removeprefix("torch.")
    llm = {
        "architectures": [classes[checkpoint.language] + "ForCausalLM"],
        "bos_token_id": text.bos_token_id,
        "eos_token_id": text.eos_token_id,
        "hidden_act": "silu",
        "hidden_size": text.hidden_size,
        "intermediate_size": text.intermediate_size,
        "max_position_embeddings": text.max_position_embeddings,
        "model_type": checkpoint.language,
        "num_attention_heads": text.num_attention_heads,
        "num_hidden_layers": text.num_hidden_layers,
        "num_key_value_heads": text.num_key_value_heads,
        "pad_token_id": text.pad_token_id,
        "rms_norm_eps": text.rms_norm_eps,
        "rope_scaling": {"factor": 2.0, "type": "dynamic"} if internlm2 else None,
        "rope_theta": text.rope_parameters["rope_theta"],
        "tie_word_embeddings": not internlm2,  # the code of the release never ties
        "torch_dtype": dtype,
        "vocab_size": text.vocab_size,
    }
    if internlm2:
        llm |= {"attn_implementation": "eager", "bias": False}
    if checkpoint.language == "qwen3":
        llm |= {"attention_bias": False, "head_dim": text.head_dim}
    return {
        "architectures": ["InternVLChatModel"],
        "downsample_ratio": config.downsample_ratio,
        "dynamic_image_size": True,
        "force_image_size": checkpoint.tile,
        "llm_config": llm,
        "max_dynamic_patch": checkpoint.most_tiles,
        "min_dynamic_patch": 1,
        "model_type": "internvl_chat",
        "pad2square": False,
        "ps_version": checkpoint.shuffle,
        "select_layer": config.vision_feature_layer,
        "template": checkpoint.template,
        "torch_dtype": dtype,
        "transformers_version": None,
        "use_backbone_lora": 0,
        "use_llm_lora": 0,
        "use_thumbnail": True,
        "vision_config": {
            "architectures": ["InternVisionModel"],
            "attention_dropout": 0.0,
            "hidden_act": "gelu",
            "hidden_size": vision.hidden_size,
            "image_size": vision.image_size[0],
            "intermediate_size": vision.intermediate_size,
            "layer_norm_eps": vision.layer_norm_eps,
            "model_type": "intern_vit_6b",
            "norm_type": vision.norm_type,
            "num_attention_heads": vision.num_attention_heads,
            "num_channels": 3,
            "num_hidden_layers": vision.num_hidden_layers,
            "patch_size": vision.patch_size[0],
            "qk_normalization": vision.use_qk_norm,
            "qkv_bias": vision.attention_bias,
            "use_flash_attn": True,
        },
    }


def save_released(checkpoint, model, directory):
    config = model.config
    write_json(directory / "config.json", released_config(checkpoint, config))
    if checkpoint.language == "internlm2":
        ids = tokenizer_of(checkpoint).convert_tokens_to_ids(["<|im_end|>", "<|im_start|>"])
        write_json(directory / "generation_config.json", {"eos_token_id": ids})
    tensors = released_tensors(checkpoint, model)
    save_shards(tensors, directory, parts=2 if checkpoint.language == "internlm2" else 1)


def save_shards(tensors, directory, parts):
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    if parts == 1:
        save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
        return
    names = list(tensors)
    index = {}
    for part in range(parts):
        file = f"model-{part + 1:05}-of-{parts:05}.safetensors"
        own = {name: tensors[name] for name in names[part::parts]}
        save_file(own, directory / file, metadata={"format": "pt"})
        index |= dict.fromkeys(own, file)
    write_json(
        directory / "model.safetensors.index.json",
        {"metadata": {}, "weight_map": dict(sorted(index.items()))},
    )


def load_released(checkpoint, directory, dtype):
    config = config_of(checkpoint)
    tensors = {}
    for file in sorted(directory.glob("*.safetensors")):
        tensors |= load_file(file)
    model = InternVLForConditionalGeneration(config)
    model.load_state_dict(from_released(checkpoint, tensors, config))
    return model.to(dtype)


# --------------------------------------------------------------------------------------------------
# -- the reference


class InternVLProcessor(transformers.InternVLProcessor):
    """Transformers' own without the part for videos, which needs torchvision."""

    def __init__(self, image_processor, tokenizer, image_seq_length=256, chat_template=None):
        super().__init__(
            image_processor,
            tokenizer,
            image_seq_length=image_seq_length,
            chat_template=chat_template,
        )


def shuffle_transposed(self, features, scale_factor=0.5):
    """The pixel shuffle "v1": the same vectors, rows and columns changed over."""
    shuffled = type(self).pixel_shuffle(self, features, scale_factor)
    return shuffled.transpose(1, 2).contiguous()


class InternVLReference(TransformersDecoder):
    def __init__(self, checkpoint, directory, dtype=torch.float32):
        self.checkpoint, self.directory = checkpoint, directory
        self.released = bool(checkpoint.template)
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        if self.released:
            self.model = load_released(checkpoint, directory, dtype)
        else:
            self.model = InternVLForConditionalGeneration.from_pretrained(directory, dtype=dtype)
        if checkpoint.shuffle == "v1":
            self.model.model.pixel_shuffle = types.MethodType(shuffle_transposed, self.model.model)
        self.model.set_attn_implementation("eager")
        self.model.eval().requires_grad_(False)
        self.use_decoder(self.model.model.language_model, self.model.lm_head)
        self.slot = self.model.config.image_token_id
        self.pieces = first_special(checkpoint)
        self.stops = self.stop_ids()

    def stop_ids(self):
        """Of generation_config.json; a release stops at the end of its template's turn, too."""
        path = self.directory / "generation_config.json"
        ids = json.loads(path.read_text())["eos_token_id"] if path.exists() else []
        ids = {ids} if isinstance(ids, int) else set(ids)
        return ids | {self.tokenizer.convert_tokens_to_ids("<|im_end|>")}

    def question_text(self, question, image_count):
        text = TEMPLATES[self.checkpoint.template].replace(
            "{text}", "<image>\n" * image_count + question
        )
        if not self.released:
            parts = [{"type": "image"}] * image_count + [{"type": "text", "text": question}]
            chat = self.processor().apply_chat_template(
                [{"role": "user", "content": parts}], add_generation_prompt=True
            )
            assert chat == text.replace("<image>", "<IMG_CONTEXT>")
        return text

    def processor(self):
        if self.released:
            return InternVLProcessor(
                GotOcr2ImageProcessorPil(
                    size={"height": self.checkpoint.tile, "width": self.checkpoint.tile},
                    max_patches=self.checkpoint.most_tiles,
                    image_mean=list(MEAN),
                    image_std=list(DEVIATION),
                ),
                byte_tokenizer(),  # for its names of tokens; the text is tokenised by prepare
            )
        # AutoImageProcessor would give the torch backend where it is installed.
        images = GotOcr2ImageProcessorPil.from_pretrained(self.directory)
        return InternVLProcessor(
            images, self.tokenizer, self.model.config.image_seq_length, CHAT_TEMPLATE
        )

    def prepare(self, text, pictures):
        if not self.released:
            inputs = self.processor()(
                images=pictures, text=text.replace("<image>", "<IMG_CONTEXT>"), return_tensors="pt"
            )
            return with_roles(inputs["input_ids"][0], self.slot, inputs["pixel_values"])
        images = self.processor().image_processor
        views = [images(p, crop_to_patches=True, return_tensors="pt") for p in pictures]
        for view in views:
            slots = "<IMG_CONTEXT>" * (
                self.model.config.image_seq_length * int(view["num_patches"])
            )
            text = text.replace("<image>", f"<img>{slots}</img>", 1)
        ids = torch.tensor(self.tokenizer(text)["input_ids"])
        return with_roles(ids, self.slot, torch.cat([view["pixel_values"] for view in views]))

    def encode_answer(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def decode(self, ids):
        return self.tokenizer.decode(ids)

    def in_bfloat16(self):
        return InternVLReference(self.checkpoint, self.directory, torch.bfloat16)

    def encode(self, pixels):
        tower = self.model.model.vision_tower
        out = tower(pixels, output_hidden_states=True)
        features = out.hidden_states[self.model.config.vision_feature_layer]
        return features[:, 1:].flatten(0, 1)

    def project(self, patches):
        side = self.checkpoint.tile // self.model.config.vision_config.patch_size[0]
        grid = patches.view(-1, side, side, patches.shape[-1])
        shuffled = self.model.model.pixel_shuffle(grid, self.model.config.downsample_ratio)
        return self.model.model.multi_modal_projector(shuffled.flatten(1, 2)).flatten(0, 1)

    @torch.no_grad()
    def own_logits(self, ids, pixels):
        return self.model(input_ids=ids[None], pixel_values=pixels).logits[0]


# --------------------------------------------------------------------------------------------------
# -- cases

FIRST_PROMPT = "<|im_start|>user\n<image>\nWhat is it?<|im_end|>\n<|im_start|>assistant\n"
TWO_IMAGES = FIRST_PROMPT.replace("<image>\n", "<image>\nor <image>\n")
ALL_PARTS = ("sites", "cuts", "bfloat16")
CASES = {
    "hf": Case("hf", ("wide.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "hf_forced": Case("hf", ("small.png",), FIRST_PROMPT, answer="Yes, a red dog."),
    "hf_question": Case("hf", ("large.png",), question="Is there a dog?"),
    "hf_two_images": Case("hf", ("tall.png", "small.png"), TWO_IMAGES, parts=("cuts",)),
    "hf_rms": Case("hf_rms", ("wide.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "hf_rms_forced": Case("hf_rms", ("large.png",), FIRST_PROMPT, answer="Café ☃"),
    "internlm2": Case("internlm2", ("small.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "internlm2_forced": Case("internlm2", ("tall.png",), FIRST_PROMPT, answer="It is the red one."),
    "internlm2_question": Case("internlm2", ("small.png",), question="Which one is red?"),
    "qwen2": Case("qwen2", ("tall.png",), FIRST_PROMPT, parts=("sites",)),
    "qwen2_forced": Case("qwen2", ("large.png",), FIRST_PROMPT, answer="No"),
    "qwen2_question": Case("qwen2", ("small.png", "wide.png"), question="Which one is red?"),
    "hf_qwen3": Case("hf_qwen3", ("tall.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "hf_qwen3_two_images": Case("hf_qwen3", ("small.png", "wide.png"), TWO_IMAGES),
    "qwen3": Case("qwen3", ("wide.png",), FIRST_PROMPT, parts=("cuts", "bfloat16")),
    "qwen3_question": Case("qwen3", ("tall.png", "wide.png"), question="Is it red?"),
}

# --------------------------------------------------------------------------------------------------
# -- the authors' own code as a second reference


def check_with_source(source, references):
    """Tower, decoder, pixel shuffle and tiling of the release's code give the same."""
    modules = import_source(source)
    for name, reference in references.items():
        if not reference.released:
            continue
        tensors = {}
        for file in sorted(reference.directory.glob("*.safetensors")):
            tensors |= load_file(file)
        config = json.loads((reference.directory / "config.json").read_text())
        picture = llava.picture(*PICTURES["wide.png"])
        prompt = reference.prepare(FIRST_PROMPT, [picture])
        rows = check_tower(modules, config, tensors, reference, prompt)
        check_shuffle(modules, config, reference, rows)
        if reference.checkpoint.language == "internlm2":
            check_internlm2(modules, config, tensors, reference, prompt)
        check_tiles(source, reference)
        print(f"{name}: the authors' code agrees")


def import_source(source):
    """The modules of the release that run without its training code."""
    drop_path = types.ModuleType("timm.models.layers")
    drop_path.DropPath = torch.nn.Identity
    for name in ("timm", "timm.models"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["timm.models.layers"] = drop_path
    for package in ("internvl", "internvl.model", "internvl.model.internvl_chat"):
        stub = types.ModuleType(package)
        stub.__path__ = [str(pathlib.Path(source, *package.split(".")))]
        sys.modules[package] = stub
    return types.SimpleNamespace(
        vit_config=importlib.import_module("internvl.model.internvl_chat.configuration_intern_vit"),
        vit=importlib.import_module("internvl.model.internvl_chat.modeling_intern_vit"),
        chat=pathlib.Path(source, "internvl/model/internvl_chat/modeling_internvl_chat.py"),
        llm_config=importlib.import_module("internvl.model.internlm2.configuration_internlm2"),
        llm=importlib.import_module("internvl.model.internlm2.modeling_internlm2"),
    )


def strip(tensors, prefix):
    return {n.removeprefix(prefix): t.float() for n, t in tensors.items() if n.startswith(prefix)}


@torch.no_grad()
def check_tower(modules, config, tensors, reference, prompt):
    settings = {**config["vision_config"], "use_flash_attn": False}
    settings.pop("model_type"), settings.pop("architectures")
    tower = modules.vit.InternVisionModel(modules.vit_config.InternVisionConfig(**settings)).eval()
    tower.load_state_dict(strip(tensors, "vision_model."))
    theirs = tower(pixel_values=prompt.pixels).last_hidden_state[:, 1:]
    assert relative(theirs.flatten(0, 1), reference.encode(prompt.pixels)) < 1e-5
    return theirs


def check_shuffle(modules, config, reference, rows):
    text = modules.chat.read_text(encoding="utf-8")
    chat = next(n for n in ast.parse(text).body if getattr(n, "name", "") == "InternVLChatModel")
    chat.bases, chat.decorator_list = [], []
    chat.body = [n for n in chat.body if getattr(n, "name", "") == "pixel_shuffle"]
    space = {"warnings": types.SimpleNamespace(warn=lambda _text: None)}
    exec(compile(ast.Module([chat], []), "pixel_shuffle", "exec"), space)
    shuffler = space["InternVLChatModel"]()
    shuffler.ps_version = config["ps_version"]
    side = int(rows.shape[1] ** 0.5)
    shuffled = shuffler.pixel_shuffle(rows.view(-1, side, side, rows.shape[-1]), 0.5).flatten(1, 2)
    theirs = reference.model.model.multi_modal_projector(shuffled).flatten(0, 1)
    assert relative(theirs, reference.project(rows.flatten(0, 1))) < 1e-6


@torch.no_grad()
def check_internlm2(modules, config, tensors, reference, prompt):
    settings = {**config["llm_config"], "rope_scaling": None}
    settings.pop("model_type"), settings.pop("architectures")
    llm_config = modules.llm_config.InternLM2Config(**settings)
    llm_config.rope_scaling = config["llm_config"]["rope_scaling"]
    llm_config.tie_word_embeddings = False
    llm = modules.llm.InternLM2ForCausalLM(llm_config).eval()
    llm.load_state_dict(strip(tensors, "language_model."), strict=False)
    ids = prompt.ids[prompt.roles != IMAGE]
    theirs = llm(input_ids=ids[None], use_cache=False).logits[0]
    ours = reference.lm_head(
        reference.decoder(inputs_embeds=reference.embed(ids)[None]).last_hidden_state
    )[0]
    assert relative(theirs, ours) < 1e-5


def check_tiles(source, reference):
    """The release's dynamic_preprocess gives the same views as transformers' image processor."""
    text = pathlib.Path(source, "internvl/train/dataset.py").read_text(encoding="utf-8")
    wanted = ("find_closest_aspect_ratio", "dynamic_preprocess")
    body = [n for n in ast.parse(text).body if getattr(n, "name", "") in wanted]
    space = {}
    exec(compile(ast.Module(body, []), "tiles", "exec"), space)
    for settings in PICTURES.values():
        picture = llava.picture(*settings)
        views = space["dynamic_preprocess"](
            picture,
            max_num=reference.checkpoint.most_tiles,
            image_size=reference.checkpoint.tile,
            use_thumbnail=True,
        )
        theirs = torch.stack([torch.tensor(np.asarray(v)).permute(2, 0, 1) / 255 for v in views])
        mean, deviation = (torch.tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
        theirs = (theirs - mean) / deviation
        assert relative(theirs, reference.prepare("<image>", [picture]).pixels) < 1e-6


# --------------------------------------------------------------------------------------------------
# -- all


def main():
    parser = script_arguments(__doc__, "internvl")
    parser.add_argument("--source", help="the authors' folder internvl_chat, to compare with")
    arguments = parser.parse_args()

    def make_all(root):
        make_pictures(root, PICTURES)
        references = {name: make_checkpoint(name, root / name) for name in CHECKPOINTS}
        if arguments.source:
            check_with_source(arguments.source, references)
        make_cases(root, CASES, references)

    make_folder(arguments, make_all)


if __name__ == "__main__":
    main()
