# SPDX-License-Identifier: MIT
"""Make tests/golden/llava: tiny LLaVA checkpoints and what eager transformers computes with them.

    OMP_NUM_THREADS=1 python make_llava_goldens.py [--output llava] [--check]

Every checkpoint is random but not idle: every tensor is drawn anew, so that norms, biases, class
and position embeddings all matter, attention is far from uniform and logits are far from flat. All
references are computed with the model read back from the written directory. The same machine and
versions give the same bytes; --check makes everything again and compares with what is there.
README.md beside this file documents the checkpoints, cases and tensors.
"""

import argparse
import collections
import filecmp
import json
import os
import pathlib
import shutil
import tempfile
from dataclasses import dataclass, field

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

import live_parity as eager

NEW_TOKENS = 12  # greedily generated per case
ANSWER = 4  # of them are the answer of a case that forces no text
CUTS = (0, 1, 2)
RENUMBERED_CUT = 1  # the one cut that is also made with renumbered positions
TOP_K = 2
NEW_TOKENS_AFTER_CUT = 6
MARGIN = 2e-3  # every greedy choice must win by this, so that rounding cannot flip it

# --------------------------------------------------------------------------------------------------
# -- pictures


def picture(width, height, seed):
    """Smooth colours: a few random waves per channel, so that resizing filters differ but nothing
    is noise.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    channels = []
    for _ in range(3):
        wave = np.zeros((height, width))
        for _ in range(4):
            fx, fy, phase = (
                rng.uniform(-0.25, 0.25),
                rng.uniform(-0.25, 0.25),
                rng.uniform(0, 2 * np.pi),
            )
            wave += rng.uniform(0.4, 1.0) * np.sin(fx * x + fy * y + phase)
        channels.append(127.5 + 60.0 * wave)
    return Image.fromarray(np.clip(np.stack(channels, -1), 0, 255).astype(np.uint8))


PICTURES = {"wide.png": (57, 34, 1), "tall.png": (23, 41, 2)}

# --------------------------------------------------------------------------------------------------
# -- tokenizer

CORPUS = eager.VICUNA_V1.replace("<image>\n{question} ", "") + (
    " USER: What is it? USER: Is there a dog? USER: Which one is red?"
    " Yes, a dog. No, it is not. It is the red one, not the blue one. Café: 3 of 4!"
)
SPECIAL = ("<unk>", "<s>", "</s>")
PIECES = 384  # with specials and bytes; <image> and <pad> come after them
VOCABULARY = (
    392  # rows of the embedding: more than the tokenizer knows, as in the hub's checkpoints
)


def train_pieces():
    """Byte-pair merges over words with ties broken by the pair itself, so that no thread or hash
    order enters.
    """
    words = collections.Counter(tuple("▁" + word) for word in CORPUS.split())
    vocabulary = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    vocabulary += sorted({character for word in words for character in word})
    merges = []
    while len(vocabulary) < PIECES:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        if "".join(best) not in vocabulary:
            vocabulary.append("".join(best))
        words = collections.Counter({merge(word, best): count for word, count in words.items()})
    return {piece: index for index, piece in enumerate(vocabulary)}, merges


def merge(word, pair):
    out, index = [], 0
    while index < len(word):
        step = 2 if word[index : index + 2] == pair else 1
        out.append("".join(word[index : index + step]))
        index += step
    return tuple(out)


def tokenizer_of(form):
    """A LLaMA-style tokenizer.json in one of the forms that are found in the wild; see README.md."""
    vocabulary, merges = train_pieces()
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True
        )
    )
    prefix_decoders = [
        decoders.Replace("▁", " "),
        decoders.ByteFallback(),
        decoders.Fuse(),
        decoders.Strip(" ", 1, 0),
    ]
    if form == "normalizer":
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    elif form == "metaspace-first":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
    elif form == "metaspace-legacy":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Sequence(prefix_decoders)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    added = [
        AddedToken(piece, normalized=False, special=True)
        for piece in (*SPECIAL, "<image>", "<pad>")
    ]
    tokenizer.add_special_tokens(added)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        extra_special_tokens={"image_token": "<image>"},
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def save_tokenizer(form, directory):
    tokenizer_of(form).save_pretrained(directory)
    path = directory / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    before = Tokenizer.from_file(str(path))
    if form == "metaspace-legacy":
        # What tokenizers before 0.15 wrote: no scheme, no split, and merges as "a b".
        content["pre_tokenizer"] = {
            "type": "Metaspace",
            "replacement": "▁",
            "add_prefix_space": True,
        }
        content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    write_json(path, content, indent=None)
    after = Tokenizer.from_file(str(path))
    for text in ("USER: <image>\nIs it? ASSISTANT:", " two  blanks", "Café ☃", ""):
        assert before.encode(text).ids == after.encode(text).ids, text
    assert len(content["model"]["vocab"]) == PIECES


# --------------------------------------------------------------------------------------------------
# -- checkpoints


@dataclass
class Checkpoint:
    """What makes one checkpoint differ; everything else is shared."""

    seed: int
    text: dict = field(default_factory=dict)
    vision: dict = field(default_factory=dict)
    llava: dict = field(default_factory=dict)
    dtype: torch.dtype = torch.float32
    tokenizer: str = "normalizer"
    dialect: str = "current"  # of config, preprocessing and tensor names: current, hub or openai
    shard_size: str = "5GB"
    stop: str = "never"  # how generation ends: never, </s> or a second stop id


CHECKPOINTS = {
    "plain": Checkpoint(seed=17),
    "grouped": Checkpoint(
        seed=24,
        text={
            "num_key_value_heads": 2,
            "head_dim": 16,
            "rms_norm_eps": 1e-6,
            "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0},
        },
        dtype=torch.bfloat16,
        tokenizer="metaspace-first",
        shard_size="60KB",
        stop="</s>",
    ),
    "tied": Checkpoint(
        seed=48,
        text={
            "tie_word_embeddings": True,
            "rms_norm_eps": 1e-6,
            "rope_parameters": {"rope_type": "default", "rope_theta": 20000.0},
        },
        llava={"tie_word_embeddings": True},
        dtype=torch.float16,
        tokenizer="metaspace-legacy",
        dialect="openai",
        stop="second",
    ),
    "full": Checkpoint(
        seed=44,
        vision={"image_size": 32, "patch_size": 8},
        llava={"vision_feature_select_strategy": "full", "vision_feature_layer": -1},
        dtype=torch.bfloat16,
        dialect="hub",
    ),
}


def config_of(checkpoint):
    text = LlamaConfig(
        **{
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "max_position_embeddings": 512,
            "rms_norm_eps": 1e-5,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "pad_token_id": PIECES + 1,
            **checkpoint.text,
        }
    )
    vision = CLIPVisionConfig(
        **{
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "projection_dim": 16,
            "image_size": 28,
            "patch_size": 14,
            **checkpoint.vision,
        }
    )
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=PIECES, **checkpoint.llava
    )
    config.image_seq_length = eager.image_token_count(config)
    return config


def spread(name, shape):
    """(mean, standard deviation) of one tensor's entries."""
    if name.endswith(".bias"):
        return 0.0, 0.1
    if "norm" in name or "layrnorm" in name:
        return 1.0, 0.1
    if "embedding" in name and "patch" not in name:
        return 0.0, 0.5
    if "embed_tokens" in name or "lm_head" in name:
        return 0.0, 0.35
    fan_in = int(np.prod(shape[1:]))
    # Queries and keys are larger: scores of a standard deviation near 2 give attention that is far
    # from uniform.
    gain = (
        1.5 if "q_proj" in name or "k_proj" in name else 0.5 if "patch_embedding" in name else 1.3
    )
    return 0.0, gain / fan_in**0.5


def random_model(checkpoint):
    model = LlavaForConditionalGeneration(config_of(checkpoint))
    generator = torch.Generator().manual_seed(checkpoint.seed)
    drawn = set()
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            mean, deviation = spread(name, parameter.shape)
            parameter.copy_(mean + deviation * torch.randn(parameter.shape, generator=generator))
            drawn.add(parameter.data_ptr())
            if "embed_tokens" in name or "lm_head" in name:
                parameter[PIECES:] *= 0.2  # <image>, <pad> and the unused rows are never said
    assert all(tensor.data_ptr() in drawn for tensor in model.state_dict().values())
    return model.to(checkpoint.dtype).to(torch.float32).eval()  # exactly what the files will hold


def hub_name(name):
    """The tensor names of the checkpoints on the hub, which are older than what transformers 5
    writes.
    """
    if name.startswith("vision_tower."):
        return "vision_tower.vision_model." + name.removeprefix("vision_tower.").removeprefix(
            "vision_model."
        )
    return name


def write_json(path, content, indent=2):
    separators = (",", ":") if indent is None else None
    text = json.dumps(content, indent=indent, separators=separators, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def clip_sizes(vision):
    """What older files say of a CLIP tower."""
    return {
        "hidden_size": vision.hidden_size,
        "image_size": vision.image_size,
        "intermediate_size": vision.intermediate_size,
        "model_type": "clip_vision_model",
        "num_attention_heads": vision.num_attention_heads,
        "num_hidden_layers": vision.num_hidden_layers,
        "patch_size": vision.patch_size,
    }


def old_config(config, dtype):
    """config.json as transformers 4.36 wrote it: only what differs from the classes' defaults,
    older keys.
    """
    text, vision = config.text_config, config.vision_config
    return {
        "architectures": ["LlavaForConditionalGeneration"],
        "ignore_index": -100,
        "image_token_index": config.image_token_index,
        "model_type": "llava",
        "pad_token_id": text.pad_token_id,
        "projector_hidden_act": "gelu",
        "text_config": {
            "architectures": ["LlamaForCausalLM"],
            "hidden_size": text.hidden_size,
            "intermediate_size": text.intermediate_size,
            "max_position_embeddings": text.max_position_embeddings,
            "model_type": "llama",
            "num_attention_heads": text.num_attention_heads,
            "num_hidden_layers": text.num_hidden_layers,
            "rope_scaling": None,
            "rope_theta": text.rope_parameters["rope_theta"],
            **({"rms_norm_eps": text.rms_norm_eps} if text.rms_norm_eps != 1e-6 else {}),
            **({"tie_word_embeddings": True} if text.tie_word_embeddings else {}),
            "torch_dtype": dtype,
            "vocab_size": text.vocab_size,
        },
        "torch_dtype": dtype,
        "transformers_version": "4.36.0.dev0",
        "vision_config": {
            **clip_sizes(vision),
            "projection_dim": vision.projection_dim,
            "vocab_size": 32000,
        },
        "vision_feature_layer": config.vision_feature_layer,
        "vision_feature_select_strategy": config.vision_feature_select_strategy,
        "vocab_size": text.vocab_size,
    }


def save_preprocessing(checkpoint, config, directory):
    size = config.vision_config.image_size
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": size}, crop_size={"height": size, "width": size}
    )
    if checkpoint.dialect == "openai":  # integers for sizes, and no processor_config.json at all
        write_json(
            directory / "preprocessor_config.json",
            {
                "crop_size": size,
                "do_center_crop": True,
                "do_normalize": True,
                "do_resize": True,
                "feature_extractor_type": "CLIPFeatureExtractor",
                "image_mean": list(processor.image_mean),
                "image_std": list(processor.image_std),
                "resample": 3,
                "size": size,
            },
        )
    elif checkpoint.dialect == "hub":
        write_json(
            directory / "preprocessor_config.json",
            {
                "crop_size": {"height": size, "width": size},
                "do_center_crop": True,
                "do_convert_rgb": True,
                "do_normalize": True,
                "do_rescale": True,
                "do_resize": True,
                "image_mean": list(processor.image_mean),
                "image_processor_type": "CLIPImageProcessor",
                "image_std": list(processor.image_std),
                "processor_class": "LlavaProcessor",
                "resample": 3,
                "rescale_factor": 1 / 255,
                "size": {"shortest_edge": size},
            },
        )
        write_json(
            directory / "processor_config.json",
            {
                "image_token": "<image>",
                "num_additional_image_tokens": 1,
                "patch_size": config.vision_config.patch_size,
                "processor_class": "LlavaProcessor",
                "vision_feature_select_strategy": config.vision_feature_select_strategy,
            },
        )
    else:
        LlavaProcessor(
            image_processor=processor,
            tokenizer=tokenizer_of(checkpoint.tokenizer),
            patch_size=config.vision_config.patch_size,
            vision_feature_select_strategy=config.vision_feature_select_strategy,
            num_additional_image_tokens=1,
        ).save_pretrained(directory)


def generation_config(stop):
    return GenerationConfig(bos_token_id=1, eos_token_id=stop, pad_token_id=PIECES + 1)


def save_model(model, checkpoint, directory):
    model.generation_config = generation_config(stop=2)
    stored = model.to(checkpoint.dtype)
    stored.save_pretrained(directory, max_shard_size=checkpoint.shard_size)
    if checkpoint.dialect == "current":
        return
    write_json(
        directory / "config.json",
        old_config(model.config, str(checkpoint.dtype).removeprefix("torch.")),
    )
    path = directory / "model.safetensors"
    tensors = {hub_name(name): tensor for name, tensor in load_file(path).items()}
    if checkpoint.dialect == "hub":
        # Old files carry buffers that a reader has to ignore.
        positions = (
            model.config.vision_config.image_size // model.config.vision_config.patch_size
        ) ** 2 + 1
        tensors["vision_tower.vision_model.embeddings.position_ids"] = torch.arange(positions)[None]
        inverse = model.model.language_model.rotary_emb.inv_freq.float()
        for layer in range(model.config.text_config.num_hidden_layers):
            tensors[f"language_model.model.layers.{layer}.self_attn.rotary_emb.inv_freq"] = (
                inverse.clone()
            )
    save_file(tensors, path, metadata={"format": "pt"})


def make_checkpoint(name, directory):
    """Write one checkpoint and give back the model that was read again from the files."""
    checkpoint = CHECKPOINTS[name]
    directory.mkdir(parents=True)
    model = random_model(checkpoint)
    config = model.config
    save_preprocessing(checkpoint, config, directory)
    save_tokenizer(checkpoint.tokenizer, directory)
    if checkpoint.stop == "</s>":
        teach_to_stop(model, checkpoint, directory)
    wanted = {key: value.clone() for key, value in model.state_dict().items()}
    save_model(model, checkpoint, directory)
    if checkpoint.stop == "second":
        choose_second_stop(directory)

    loaded = eager.load_model(directory)
    assert loaded.config.text_config.rope_parameters == config.text_config.rope_parameters
    for key, value in loaded.state_dict().items():
        assert torch.equal(value, wanted[key]), key
    return loaded


def prepared(model, directory, text, pictures):
    tokenizer, image_processor = eager.load_parts(directory)
    return eager.prepare(model, tokenizer, image_processor, text, pictures)


def teach_to_stop(model, checkpoint, directory):
    """Turn </s>'s output row towards what the model thinks after five tokens, so that greedy
    decoding ends there.
    """
    model.set_attn_implementation("eager")
    model.generation_config = generation_config(stop=None)
    prompt = prepared(model, directory, FIRST_PROMPT, [picture(*PICTURES["wide.png"])])
    answer = eager.generate(model, prompt, NEW_TOKENS)
    ids = torch.cat([prompt.ids, answer])[None]
    with torch.no_grad():
        out = model(input_ids=ids, pixel_values=prompt.pixels, output_hidden_states=True)
        last = len(prompt.ids) - 1 + 5
        thought, best = out.hidden_states[-1][0, last], out.logits[0, last].max()
        row = thought / thought.square().sum() * (best + 0.5)
        model.lm_head.weight[2] = row.to(checkpoint.dtype).float()


def choose_second_stop(directory):
    """Make the first token that greedy decoding says only late a second stop id."""
    model = eager.load_model(directory)
    model.generation_config.eos_token_id = None
    prompt = prepared(model, directory, FIRST_PROMPT, [picture(*PICTURES["wide.png"])])
    said = eager.generate(model, prompt, NEW_TOKENS).tolist()
    second = next(
        token for index, token in enumerate(said) if index >= 6 and token not in said[:index]
    )
    path = directory / "generation_config.json"
    content = json.loads(path.read_text())
    content["eos_token_id"] = [2, second]
    write_json(path, content)


# --------------------------------------------------------------------------------------------------
# -- cuts


@torch.no_grad()
def merged_embeddings(model, prompt, ids):
    """Token embeddings with the image rows put in by index: [S, C]."""
    rows = model.model.language_model.embed_tokens(ids)
    features = model.model.get_image_features(prompt.pixels, return_dict=True).pooler_output
    rows[ids == model.config.image_token_index] = torch.cat(list(features))
    return rows


@torch.no_grad()
def layers_by_hand(model, rows, plan):
    """Run the decoder's own layers on rows [S, C]; `plan(layer)` gives (rows to go on with,
    positions, mask).

    The rows are indices into the rows of the layer before; a mask is [queries, keys] with True for
    what is seen. Returns the logits of the rows that are left.
    """
    decoder = model.model.language_model
    hidden = rows[None]
    for index, layer in enumerate(decoder.layers):
        keep, positions, seen = plan(index)
        hidden = hidden[:, keep]
        mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
        hidden = layer(
            hidden,
            attention_mask=mask[None, None],
            position_embeddings=decoder.rotary_emb(hidden, position_ids=positions[None]),
        )
    return model.lm_head(decoder.norm(hidden))[0]


def causal(count):
    return torch.ones(count, count, dtype=torch.bool).tril()


def cut_by_dropping(model, rows, dropped, cut, renumbered):
    """The rows of `dropped` [S] leave before layer `cut`; the others keep their positions or close
    the gap.
    """
    count = len(rows)
    kept = (~dropped).nonzero()[:, 0]
    places = torch.arange(len(kept)) if renumbered else kept

    def plan(layer):
        if layer < cut:
            return torch.arange(count), torch.arange(count), causal(count)
        return kept if layer == cut else torch.arange(len(kept)), places, causal(len(kept))

    return layers_by_hand(model, rows, plan)


def cut_by_masking(model, rows, dropped, cut, renumbered):
    """The same by hiding: nobody is left out, but from layer `cut` on only a dropped row itself
    sees its key.
    """
    count = len(rows)
    everyone = torch.arange(count)
    places = torch.where(dropped, everyone, (~dropped).cumsum(0) - 1) if renumbered else everyone
    hidden_keys = causal(count) & (~dropped[None, :] | torch.eye(count, dtype=torch.bool))

    def plan(layer):
        return (
            (everyone, everyone, causal(count)) if layer < cut else (everyone, places, hidden_keys)
        )

    return layers_by_hand(model, rows, plan)[~dropped]


def relative(a, b):
    scale = b.float().abs().max()
    return float((a.float() - b.float()).abs().max() / (scale if scale > 0 else 1.0))


def top_k(attention, image, cut):
    """Positions of the best image tokens by row P-1's head mean, layer cut-1 (layer 0 at the
    first); ties go low.
    """
    scores = attention[max(cut - 1, 0), :, 0].mean(0)
    positions = image.nonzero()[:, 0]
    order = sorted(positions.tolist(), key=lambda position: (-float(scores[position]), position))
    return torch.tensor(sorted(order[:TOP_K]))


def cut_logits(model, prompt, answer, kept_image, cut, renumbered):
    """Logits of the rows that predict the answer [T, V] with only `kept_image` of the image from
    layer `cut` on.
    """
    ids = torch.cat([prompt.ids, answer])
    dropped = ids == model.config.image_token_index
    dropped[kept_image] = False
    rows = merged_embeddings(model, prompt, ids)
    logits = cut_by_dropping(model, rows, dropped, cut, renumbered)
    masked = cut_by_masking(model, rows, dropped, cut, renumbered)
    assert relative(masked, logits) < 1e-5, "masking and dropping disagree"
    return logits[-len(answer) - 1 : -1]


def generate_after_cut(model, prompt, kept_image, cut, renumbered):
    """Greedy ids of the cut model, each token from a whole new pass; a stop token is the last."""
    said = []
    while len(said) < NEW_TOKENS_AFTER_CUT and not (said and said[-1] in eager.stop_ids(model)):
        ids = torch.tensor([*said, 0])  # the last one's row is not read
        row = cut_logits(model, prompt, ids, kept_image, cut, renumbered)[-1]
        said.append(winner(row))
    return torch.tensor(said)


def winner(row):
    best = row.topk(2)
    assert (
        best.values[0] - best.values[1] > MARGIN
    ), "a greedy choice is too close; take another seed"
    return int(best.indices[0])


def cut_tensors(model, prompt, answer, attention):
    """Every cut's references; see README.md for the names."""
    tensors = {}
    image = (
        torch.cat([prompt.roles, torch.full((len(answer),), eager.ANSWER, dtype=torch.uint8)])
        == eager.IMAGE
    )
    untouched = cut_logits(model, prompt, answer, image.nonzero()[:, 0], len(attention), False)
    tensors["untouched"] = untouched
    for cut in CUTS:
        best = top_k(attention, image, cut)
        tensors[f"cut.top2.{cut}.positions"] = best
        for policy, kept in (("drop_all", best[:0]), ("top2", best)):
            for positions in ("kept", "renumbered") if cut == RENUMBERED_CUT else ("kept",):
                renumbered = positions == "renumbered"
                prefix = f"cut.{policy}.{positions}.{cut}"
                tensors[f"{prefix}.logits"] = cut_logits(
                    model, prompt, answer, kept, cut, renumbered
                )
                tensors[f"{prefix}.generated_ids"] = generate_after_cut(
                    model, prompt, kept, cut, renumbered
                )
    return tensors


# --------------------------------------------------------------------------------------------------
# -- cases

FIRST_PROMPT = "USER: <image>\nWhat is it? ASSISTANT:"


@dataclass
class Case:
    """One prompt with its pictures and answer on one checkpoint; `parts` says what is stored beyond
    the trace.
    """

    checkpoint: str
    images: tuple
    prompt: str = ""
    question: str = ""
    answer: str = ""  # text to force; empty: what the model says
    parts: tuple = ()


CASES = {
    "plain": Case("plain", ("wide.png",), FIRST_PROMPT, parts=("sites", "cuts", "bfloat16")),
    "plain_forced": Case("plain", ("wide.png",), FIRST_PROMPT, answer="Yes, a red dog."),
    "plain_question": Case("plain", ("tall.png",), question="Is there a dog?"),
    "plain_two_images": Case(
        "plain",
        ("wide.png", "tall.png"),
        "USER: <image>\nor <image>\nWhich one is red? ASSISTANT:",
        parts=("cuts",),
    ),
    "grouped": Case("grouped", ("wide.png",), FIRST_PROMPT, parts=("sites", "cuts", "bfloat16")),
    "grouped_forced": Case(
        "grouped", ("tall.png",), "USER: <image>\nIs there a dog? ASSISTANT:", answer="No"
    ),
    "tied": Case("tied", ("wide.png",), FIRST_PROMPT),
    "tied_forced": Case("tied", ("tall.png",), FIRST_PROMPT, answer="Café ☃"),
    "full": Case("full", ("tall.png",), FIRST_PROMPT, parts=("sites",)),
    "full_forced": Case("full", ("wide.png",), FIRST_PROMPT, answer="It is the red one."),
}


def make_case(name, root, model):
    case = CASES[name]
    directory = root / case.checkpoint
    tokenizer, image_processor = eager.load_parts(directory)
    text = case.prompt or eager.VICUNA_V1.replace("{question}", case.question)
    pictures = [Image.open(root / "pictures" / image) for image in case.images]
    prompt = eager.prepare(model, tokenizer, image_processor, text, pictures)
    check_processor(directory, text, pictures, prompt)

    generated = eager.generate(model, prompt, NEW_TOKENS)
    spoken = eager.without_stop(model, generated)
    assert (
        len(set(spoken.tolist())) > len(spoken) // 2 and spoken.max() < PIECES
    ), "the model repeats itself"
    if case.answer:
        answer = torch.tensor(tokenizer(case.answer, add_special_tokens=False)["input_ids"])
    else:
        answer = spoken[:ANSWER]
        assert len(answer) == ANSWER, "the model stops too early"
    result = eager.run(model, prompt, answer)
    tensors = eager.trace_tensors(prompt, answer, result)
    check_lively(result, tensors, strict="sites" in case.parts)

    tensors["pixel_values"] = prompt.pixels
    tensors["generated_ids"] = generated
    tensors["attention_heads"] = result.attention
    tensors["image_features"] = result.features["projector"]
    image = prompt.roles == eager.IMAGE
    for site in (*eager.LAYER_SITES, *eager.VISION_SITES):
        tensors[f"{site}.cam"] = eager.trace_tensors(prompt, answer, result, site)["cam"]
    if "sites" in case.parts:
        for site in eager.LAYER_SITES:
            tensors[f"{site}.features"] = result.features[site][:, : len(prompt.ids)]
            tensors[f"{site}.gradients"] = result.gradients[site][:, : len(prompt.ids)]
        for site in eager.VISION_SITES:
            tensors[f"{site}.features"] = result.features[site]
            tensors[f"{site}.gradients"] = result.gradients[site]
    if "cuts" in case.parts:
        cuts = cut_tensors(model, prompt, answer, result.attention)
        assert (
            relative(cuts.pop("untouched"), result.logits) < 1e-6
        ), "the layers by hand are not the model"
        tensors |= cuts
    errors = {}
    if "bfloat16" in case.parts:
        low = low_precision(directory, prompt, answer, image)
        errors = {key: relative(low[key], low_reference(tensors, key, image)) for key in low}
        assert max(errors.values()) < 0.15, "a yardstick that long would let anything pass"
        tensors |= {f"bfloat16.{key}": tensor for key, tensor in low.items()}

    check_greedy(model, prompt, generated)
    own = {
        key: tensor.clone(memory_format=torch.contiguous_format) for key, tensor in tensors.items()
    }
    save_file(own, root / f"{name}.safetensors")
    stop = int(generated[-1]) if len(spoken) < len(generated) else None
    return {
        "name": name,
        "checkpoint": case.checkpoint,
        "images": [f"pictures/{image}" for image in case.images],
        **({"question": case.question} if case.question else {"prompt": text}),
        "answer": case.answer or None,
        "answer_text": tokenizer.decode(answer),
        "stop_id": stop,
        "parts": list(case.parts),
        "bfloat16_error": errors,
    }


LOW_SITES = ("post_attention_norm", "block_input")


def low_precision(directory, prompt, answer, image):
    """What transformers itself gives in bfloat16: the yardstick for anyone else's bfloat16."""
    model = eager.load_model(directory, torch.bfloat16)
    prompt = eager.Prompt(prompt.ids, prompt.roles, prompt.pixels.to(torch.bfloat16))
    result = eager.run(model, prompt, answer)
    trace = eager.trace_tensors(prompt, answer, result)
    low = {
        "logits": result.logits,
        "image_features": result.features["projector"],
        "attention_rows": trace["attention_rows"],
        "attention_share": trace["attention_share"],
        "cam": trace["cam"],
    }
    for site in LOW_SITES:
        low[f"{site}.features"] = result.features[site][:, : len(prompt.ids)][:, image]
        low[f"{site}.gradients"] = result.gradients[site][:, : len(prompt.ids)][:, image]
    return low


def low_reference(tensors, key, image):
    return tensors[key][:, image] if key.startswith(LOW_SITES) else tensors[key]


def check_processor(directory, text, pictures, prompt):
    """LlavaProcessor, where the checkpoint has one, must prepare the very same ids and pixels."""
    if not (directory / "processor_config.json").exists():
        return
    tokenizer, image_processor = eager.load_parts(directory)
    settings = json.loads((directory / "processor_config.json").read_text())
    processor = LlavaProcessor(
        image_processor=image_processor,
        tokenizer=tokenizer,
        patch_size=settings["patch_size"],
        vision_feature_select_strategy=settings["vision_feature_select_strategy"],
        num_additional_image_tokens=settings["num_additional_image_tokens"],
    )
    inputs = processor(images=[p.convert("RGB") for p in pictures], text=text, return_tensors="pt")
    assert torch.equal(inputs["input_ids"][0], prompt.ids)
    assert torch.equal(inputs["pixel_values"], prompt.pixels)


def check_lively(result, tensors, strict):
    """A reference that is flat, uniform or zero would let wrong code pass."""
    rows = tensors["attention_rows"]
    width = rows.shape[-1]
    heads = result.attention
    entropy = -(heads * heads.clamp_min(1e-30).log()).sum(-1)
    assert entropy.mean() < 0.85 * np.log(width), "attention is too even"
    assert result.logits.std(-1).min() > 0.5, "logits are too flat"
    assert (tensors["attention_share"][:, 1] > 0.02).all(), "the image is not looked at"
    cam = tensors["cam"]
    lively = (cam[:-1] > 0.01).any(-1)
    assert (lively.all() if strict else lively.any()) and (
        cam[-1] == 0
    ).all(), "CAM lives in all but the last layer"
    image = tensors["roles"] == eager.IMAGE
    assert result.gradients["post_attention_norm"][-1, image].abs().max() == 0
    for site in (*eager.LAYER_SITES, *eager.VISION_SITES):
        assert (
            result.features[site].isfinite().all() and result.gradients[site].abs().max() > 1e-3
        ), site


@torch.no_grad()
def check_greedy(model, prompt, generated):
    """Every greedy choice by one full pass: `generate` with its cache says the same, and by a clear
    margin.
    """
    ids = torch.cat([prompt.ids, generated])[None]
    logits = model(input_ids=ids, pixel_values=prompt.pixels).logits[0, len(prompt.ids) - 1 : -1]
    assert [winner(row) for row in logits] == generated.tolist()


# --------------------------------------------------------------------------------------------------
# -- all


def make_all(root):
    (root / "pictures").mkdir(parents=True)
    for name, settings in PICTURES.items():
        picture(*settings).save(root / "pictures" / name, optimize=True)
    loaded = {name: make_checkpoint(name, root / name) for name in CHECKPOINTS}
    cases = [make_case(name, root, loaded[case.checkpoint]) for name, case in CASES.items()]
    write_json(
        root / "cases.json",
        {
            "top_k": TOP_K,
            "cuts": list(CUTS),
            "new_tokens": NEW_TOKENS,
            "new_tokens_after_cut": NEW_TOKENS_AFTER_CUT,
            "cases": cases,
        },
    )


def same_files(one, other):
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    return [str(name) for name in names if not filecmp.cmp(one / name, other / name, shallow=False)]


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=pathlib.Path, default=here / "llava", help="replaced as a whole"
    )
    parser.add_argument(
        "--check", action="store_true", help="only compare with what is in --output already"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    logging.set_verbosity_error()
    logging.disable_progress_bar()

    with tempfile.TemporaryDirectory() as temporary:
        fresh = pathlib.Path(temporary) / "llava"
        make_all(fresh)
        if arguments.check:
            different = same_files(fresh, arguments.output)
            raise SystemExit(f"different: {', '.join(different)}" if different else 0)
        shutil.rmtree(arguments.output, ignore_errors=True)
        shutil.copytree(fresh, arguments.output)


if __name__ == "__main__":
    main()
