# SPDX-License-Identifier: MIT
"""Make tests/golden/qwen2_5_vl: tiny Qwen2-VL and Qwen2.5-VL, and what eager transformers makes of them.

    OMP_NUM_THREADS=1 python make_qwen2_5_vl_goldens.py [--output qwen2_5_vl] [--check]

The references are Qwen2_5_VLForConditionalGeneration and Qwen2VLForConditionalGeneration. README.md
beside this file documents cases and tensors. Beside these, sizes.json has what transformers'
smart_resize makes of many pictures, and positions.json position ids by its get_rope_index.
"""

import json
from dataclasses import dataclass, field

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken
from transformers import (
    AutoTokenizer,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
    Qwen2VLImageProcessorPil,
    smart_resize,
)
from transformers.vision_utils import get_vision_window_index

import make_internvl_goldens as internvl
import make_llava_goldens as llava
from make_llava_goldens import write_json
from reference_pass import (
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

# Cells are 8 × 8 pixels, and pictures have 1024 to 2048: 6 × 3 cells, 3 × 7 upright, 5 × 4
# (enlarged) and 6 × 5 (reduced). None is square; windows of 2 × 2 cells do not divide them.
PICTURES = {
    "wide.png": (45, 21, 1),
    "tall.png": (23, 53, 2),
    "small.png": (30, 26, 3),
    "large.png": (90, 75, 4),
}
PATCH, MERGE, FEWEST, MOST = 4, 2, 1024, 2048

# --------------------------------------------------------------------------------------------------
# -- prompts

SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
MARK = "<|vision_start|><|image_pad|><|vision_end|>"
# As the hub's checkpoints have it.
CHAT_TEMPLATE = (
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}"
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
    "{{ message['content'] }}<|im_end|>\n{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "{% set image_count.value = image_count.value + 1 %}{% if add_vision_id %}"
    "Picture {{ image_count.value }}: {% endif %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' or 'video' in content %}"
    "{% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}"
    "Video {{ video_count.value }}: {% endif %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = (
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)


def tokenizer_of_bytes():
    tokenizer = internvl.byte_tokenizer()
    tokens = [AddedToken(token, special=True, normalized=False) for token in SPECIAL]
    tokenizer.add_tokens(tokens, special_tokens=True)
    return tokenizer


# --------------------------------------------------------------------------------------------------
# -- checkpoints


@dataclass
class Checkpoint:
    """What makes one checkpoint differ; everything else is shared."""

    seed: int
    second: bool = True  # Qwen2.5-VL, else Qwen2-VL
    text: dict = field(default_factory=dict)
    vision: dict = field(default_factory=dict)
    whole: dict = field(default_factory=dict)
    hub: bool = False  # flat config.json and names as on the hub, else those of transformers
    dtype: torch.dtype = torch.float32
    shards: int = 1


CHECKPOINTS = {
    "qwen2_5": Checkpoint(seed=1),
    "qwen2_5_hub": Checkpoint(
        seed=7,
        text={"num_key_value_heads": 1, "tie_word_embeddings": True},
        vision={"fullatt_block_indexes": [0, 2], "window_size": 24},
        whole={"tie_word_embeddings": True},
        hub=True,
        dtype=torch.bfloat16,
        shards=2,
    ),
    "qwen2": Checkpoint(seed=7, second=False, hub=True, dtype=torch.float16),
}
VOCABULARY = 400  # rows of the embedding: more than the tokenizer knows
HIDDEN = 48


def config_of(checkpoint):
    tokenizer = tokenizer_of_bytes()
    ids = tokenizer.convert_tokens_to_ids
    text = {
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "intermediate_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-6,
        # 6 frequencies of heads of 12 channels.
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5000.0,
            "mrope_section": [1, 2, 3],
        },
        "bos_token_id": ids("<|endoftext|>"),
        "eos_token_id": ids("<|im_end|>"),
        "pad_token_id": ids("<|endoftext|>"),
        **checkpoint.text,
    }
    vision = {"depth": 4, "num_heads": 2, "patch_size": PATCH, "spatial_merge_size": MERGE}
    if checkpoint.second:
        vision |= {
            "hidden_size": 24,
            "intermediate_size": 20,
            "out_hidden_size": HIDDEN,
            "window_size": 16,
            "fullatt_block_indexes": [1, 3],
        }
    else:
        vision |= {"embed_dim": 24, "hidden_size": HIDDEN, "mlp_ratio": 2, "depth": 3}
    whole = {
        "text_config": text,
        "vision_config": vision | checkpoint.vision,
        "image_token_id": ids("<|image_pad|>"),
        "video_token_id": ids("<|video_pad|>"),
        "vision_start_token_id": ids("<|vision_start|>"),
        "vision_end_token_id": ids("<|vision_end|>"),
        "tie_word_embeddings": False,
        **checkpoint.whole,
    }
    return (Qwen2_5_VLConfig if checkpoint.second else Qwen2VLConfig)(**whole)


def class_of(checkpoint):
    return (
        Qwen2_5_VLForConditionalGeneration if checkpoint.second else Qwen2VLForConditionalGeneration
    )


def spread(name, shape):
    """(mean, standard deviation) of one tensor's entries."""
    if name.endswith(".bias"):
        return 0.0, 0.1
    if "norm" in name or "ln_q" in name:
        return 1.0, 0.1
    if "embed_tokens" in name or "lm_head" in name:
        return 0.0, 0.35
    fan_in = int(np.prod(shape[1:]))
    # Queries and keys are larger, so that attention is far from uniform.
    gain = 1.6 if "q_proj" in name or "k_proj" in name or "qkv" in name else 1.3
    return 0.0, gain / fan_in**0.5


def random_model(checkpoint):
    model = randomise(class_of(checkpoint)(config_of(checkpoint)), checkpoint.seed, spread)
    with torch.no_grad():
        for tensor in {model.lm_head.weight, model.model.language_model.embed_tokens.weight}:
            tensor[internvl.BYTE_PIECES :] *= 0.2  # special tokens are never said
    return model.to(checkpoint.dtype).to(torch.float32).eval()  # exactly what files will hold


def make_checkpoint(name, directory):
    """Write one checkpoint and give back a Reference that was read again from the files."""
    checkpoint = CHECKPOINTS[name]
    directory.mkdir(parents=True)
    model = random_model(checkpoint)
    wanted = {key: value.clone() for key, value in model.state_dict().items()}
    tokenizer = tokenizer_of_bytes()
    tokenizer.save_pretrained(directory)
    model = model.to(checkpoint.dtype)
    save_tensors(checkpoint, model, directory)
    save_configuration(checkpoint, model.config, directory)
    images = Qwen2VLImageProcessorPil(
        patch_size=PATCH, merge_size=MERGE, size={"shortest_edge": FEWEST, "longest_edge": MOST}
    )
    images.save_pretrained(directory)
    if checkpoint.hub:
        use_older_processor(directory)
    write_json(
        directory / "generation_config.json",
        {"eos_token_id": tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])},
    )
    write_json(directory / "chat_template.json", {"chat_template": CHAT_TEMPLATE})
    if name == "qwen2":
        choose_second_stop(checkpoint, directory)
    reference = Qwen2_5VLReference(checkpoint, directory)
    for key, value in reference.model.state_dict().items():
        assert torch.equal(value, wanted[key]), key
    return reference


def save_tensors(checkpoint, model, directory):
    """The names of the hub's files, or those that transformers' modules have."""
    tensors = {}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and checkpoint.whole.get("tie_word_embeddings"):
            continue
        if checkpoint.hub:
            name = name.replace("model.visual.", "visual.")
            name = name.replace("model.language_model.", "model.")
        tensors[name] = tensor
    internvl.save_shards(tensors, directory, checkpoint.shards)


def save_configuration(checkpoint, config, directory):
    config.dtype = checkpoint.dtype
    config.architectures = [class_of(checkpoint).__name__]
    config.save_pretrained(directory)
    if not checkpoint.hub:
        return
    path = directory / "config.json"
    nested = json.loads(path.read_text())
    flat = nested | nested.pop("text_config")
    for key in ("text_config", "dtype", "layer_types", "transformers_version"):
        flat.pop(key, None)
    rope = flat.pop("rope_parameters")
    flat |= {
        "model_type": nested["model_type"],
        "rope_theta": rope["rope_theta"],
        "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]},
        "torch_dtype": str(checkpoint.dtype).removeprefix("torch."),
        "tie_word_embeddings": nested["tie_word_embeddings"],
    }
    vision = flat["vision_config"]
    for key in ("dtype", "rope_parameters", "model_type", "initializer_range", "in_channels"):
        vision.pop(key, None)
    vision |= {"in_chans": 3, "spatial_patch_size": PATCH}
    write_json(path, flat)


def use_older_processor(directory):
    """The keys of the hub's preprocessor_config.json."""
    path = directory / "preprocessor_config.json"
    write_json(
        path,
        {
            "min_pixels": FEWEST,
            "max_pixels": MOST,
            "patch_size": PATCH,
            "temporal_patch_size": 2,
            "merge_size": MERGE,
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2_5_VLProcessor",
        },
    )


def choose_second_stop(checkpoint, directory):
    """Make the first token that greedy decoding says only late a stop id."""
    path = directory / "generation_config.json"
    content = json.loads(path.read_text())
    reference = Qwen2_5VLReference(checkpoint, directory)
    reference.stops = set()
    picture = llava.picture(*PICTURES["wide.png"])
    said = greedy(reference, reference.prepare(FIRST_PROMPT, [picture])).tolist()
    content["eos_token_id"].append(
        next(t for i, t in enumerate(said) if i >= 6 and t not in said[:i])
    )
    write_json(path, content)


# --------------------------------------------------------------------------------------------------
# -- the reference


class Qwen2_5VLReference(TransformersDecoder):
    """`position_ids` [3, S] are those of the sequence that was embedded last."""

    def __init__(self, checkpoint, directory, dtype=torch.float32):
        self.checkpoint, self.directory = checkpoint, directory
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.model = class_of(checkpoint).from_pretrained(directory, dtype=dtype)
        self.model.set_attn_implementation("eager")
        self.model.eval().requires_grad_(False)
        self.use_decoder(self.model.model.language_model, self.model.lm_head)
        self.slot = self.model.config.image_token_id
        self.pieces = internvl.BYTE_PIECES
        self.stops = set(
            json.loads((directory / "generation_config.json").read_text())["eos_token_id"]
        )

    def question_text(self, question, image_count):
        parts = [{"type": "image"}] * image_count + [{"type": "text", "text": question}]
        chat = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": parts}],
            chat_template=CHAT_TEMPLATE,
            add_generation_prompt=True,
            tokenize=False,
        )
        text = f"{SYSTEM}<|im_start|>user\n{'<image>' * image_count}{question}<|im_end|>\n"
        text += "<|im_start|>assistant\n"
        assert chat == text.replace("<image>", MARK)
        return text

    def prepare(self, text, pictures):
        images = Qwen2VLImageProcessorPil.from_pretrained(self.directory)
        inputs = images(pictures, return_tensors="pt")
        self.grids = inputs["image_grid_thw"]
        for grid in self.grids:
            slots = "<|image_pad|>" * (int(grid.prod()) // MERGE**2)
            text = text.replace("<image>", f"<|vision_start|>{slots}<|vision_end|>", 1)
        ids = torch.tensor(self.tokenizer(text)["input_ids"])
        return with_roles(ids, self.slot, inputs["pixel_values"])

    def encode_answer(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def decode(self, ids):
        return self.tokenizer.decode(ids)

    def in_bfloat16(self):
        low = Qwen2_5VLReference(self.checkpoint, self.directory, torch.bfloat16)
        low.grids = self.grids
        return low

    def encode(self, pixels):
        """Of the tower's rows those of each cell one after the other, cells row by row."""
        visual = self.model.model.visual
        rows = visual(pixels, grid_thw=self.grids).last_hidden_state
        if not self.checkpoint.second:
            return rows
        window, _ = get_vision_window_index(
            self.grids, MERGE, visual.config.window_size, visual.config.patch_size
        )
        cells = rows.view(-1, MERGE**2, rows.shape[-1])
        return cells[window.argsort()].flatten(0, 1)

    def project(self, patches):
        return self.model.model.visual.merger(patches)

    def embed(self, ids):
        self.position_ids = self.rope_index(ids)
        return super().embed(ids)

    def rope_index(self, ids):
        """[3, S] by transformers."""
        kinds = (ids == self.slot).int()[None]
        grids = self.grids if kinds.any() else None
        return self.model.model.get_rope_index(ids[None], kinds, image_grid_thw=grids)[0][:, 0]

    def run_layer(self, layer, hidden, positions, mask):
        module = self.decoder.layers[layer]
        ids = self.position_ids
        if not torch.equal(positions, self.places):
            ids = closed_up(ids, self.dropped)
        weights = []
        hook = module.self_attn.register_forward_hook(lambda _m, _a, out: weights.append(out[1][0]))
        rotary = self.decoder.rotary_emb(hidden[None], position_ids=ids[:, None, self.places])
        out = module(hidden[None], attention_mask=mask[None, None], position_embeddings=rotary)
        hook.remove()
        return out[0], weights[0]

    @torch.no_grad()
    def own_logits(self, ids, pixels):
        return self.model(
            input_ids=ids[None],
            pixel_values=pixels,
            image_grid_thw=self.grids,
            mm_token_type_ids=(ids == self.slot).int()[None],
        ).logits[0]


def closed_up(ids, dropped):
    """Position ids [3, S] less, each, the smaller numbers that only dropped tokens [S] have."""
    given_up, kept = (set(ids[:, of].flatten().tolist()) for of in (dropped, ~dropped))
    return ids - sum(((ids > number).long() for number in given_up - kept), torch.zeros_like(ids))


def check_closed_up(reference):
    """Without any image token the rest is numbered as if there had been no picture."""
    picture = llava.picture(*PICTURES["tall.png"])
    prompt = reference.prepare(TWO_IMAGES, [picture, llava.picture(*PICTURES["wide.png"])])
    image = prompt.ids == reference.slot
    ids = closed_up(reference.rope_index(prompt.ids), image)
    assert torch.equal(ids[:, ~image], reference.rope_index(prompt.ids[~image]))


# --------------------------------------------------------------------------------------------------
# -- cases

FIRST_PROMPT = "<|im_start|>user\n<image>What is it?<|im_end|>\n<|im_start|>assistant\n"
TWO_IMAGES = FIRST_PROMPT.replace("<image>", "<image> or <image>")
ALL_PARTS = ("sites", "cuts", "bfloat16")
CASES = {
    "qwen2_5": Case("qwen2_5", ("wide.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "qwen2_5_forced": Case("qwen2_5", ("large.png",), FIRST_PROMPT, answer="Yes, a red dog."),
    "qwen2_5_two": Case("qwen2_5", ("tall.png", "small.png"), TWO_IMAGES, parts=("cuts",)),
    "qwen2_5_hub": Case("qwen2_5_hub", ("tall.png",), FIRST_PROMPT, parts=("cuts", "bfloat16")),
    "qwen2_5_hub_question": Case("qwen2_5_hub", ("large.png",), question="Is there a dog?"),
    "qwen2": Case("qwen2", ("tall.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "qwen2_question": Case("qwen2", ("wide.png", "large.png"), question="Which is red?"),
}

# --------------------------------------------------------------------------------------------------
# -- sizes and positions


def sizes():
    """[least and most pixels, width, height, and these resized]."""
    random = np.random.default_rng(5)
    pictures = [(640, 480), (500, 375), (336, 336), (1920, 1080), (1, 1), (28, 5600)]
    pictures += [(14, 14), (42, 70)]  # halves of a cell are rounded to even
    pictures += [tuple(int(side) for side in random.integers(1, 3000, 2)) for _ in range(300)]
    pictures = [p for p in pictures if max(p) <= 200 * min(p)]
    limits = [(56 * 56, 28 * 28 * 1280), (4 * 28 * 28, 16384 * 28 * 28), (200_000, 400_000)]
    rows = []
    for fewest, most in limits:
        for width, height in pictures:
            high, wide = smart_resize(height, width, 28, fewest, most)
            rows.append([fewest, most, width, height, wide, high])
    return rows


def positions(reference):
    """Prompts of spans with their grids, and the ids of all tokens, by get_rope_index."""
    rows = []
    prompts = (
        [3, (3, 5), 3],
        [1, (4, 2), (2, 6), 1],
        [2, (1, 1), 0],
        [5],
        [0, (7, 3), 2, (2, 2), 4],
    )
    for spans in prompts:
        ids, grids = [], []
        for span in spans:
            if isinstance(span, int):
                ids += [5] * span
            else:
                ids += [reference.slot] * (span[0] * span[1])
                grids.append([1, span[0] * MERGE, span[1] * MERGE])
                ids += [6]  # Pictures never touch: a mark ends each.
        reference.grids = torch.tensor(grids)
        rows.append(
            {
                "grids": [grid[1:] for grid in grids],
                "image": [int(id == reference.slot) for id in ids],
                "ids": reference.rope_index(torch.tensor(ids)).tolist(),
            }
        )
    return rows


# --------------------------------------------------------------------------------------------------
# -- all


def main():
    arguments = script_arguments(__doc__, "qwen2_5_vl").parse_args()

    def make_all(root):
        make_pictures(root, PICTURES)
        references = {name: make_checkpoint(name, root / name) for name in CHECKPOINTS}
        check_closed_up(references["qwen2_5"])
        (root / "sizes.json").write_text(json.dumps(sizes()) + "\n")
        (root / "positions.json").write_text(json.dumps(positions(references["qwen2_5"])) + "\n")
        make_cases(root, CASES, references)

    make_folder(arguments, make_all)


if __name__ == "__main__":
    main()
