# SPDX-License-Identifier: MIT
"""A Qwen-VL (2023) of 2.4 million weights and what prepares its inputs.

Transformers has no Qwen-VL. Its decoder is Qwen2's below the length it was trained at, so that one
is taken; the tower and the resampler are written down here. `save_pretrained` gives the tensors the
names and the order of rows of the published checkpoints.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F
from transformers import BatchFeature, GenerationConfig, Qwen2Config, Qwen2ForCausalLM
from transformers import PreTrainedTokenizerFast

import qwen_vl_tokenizer
from model import (
    DECODER_LAYERS,
    GRID,
    PATCH,
    WIDTH,
    ModelFamily,
    draw_weights,
    waves_over_the_grid,
)
from qwen_vl_tokenizer import END, IMAGE_START, PAD, VOCABULARY
from scenes import SIZE

PATCHES = 2 * GRID  # per side; four patches for one query, as in the published model
TOWER_LAYERS, TOWER_HEADS, TOWER_MLP = 4, 4, 3
DECODER_HEADS, DECODER_MLP = 4, 320
EPSILON = 1e-6
IMAGE = IMAGE_START + 2
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

CONFIG = {
    "architectures": ["QWenLMHeadModel"],
    "model_type": "qwen",
    "hidden_size": WIDTH,
    "intermediate_size": 2 * DECODER_MLP,  # the published files count both halves of the MLP
    "kv_channels": WIDTH // DECODER_HEADS,
    "layer_norm_epsilon": EPSILON,
    "max_position_embeddings": 1024,
    "no_bias": True,
    "num_attention_heads": DECODER_HEADS,
    "num_hidden_layers": DECODER_LAYERS,
    "rotary_emb_base": 10000,
    "rotary_pct": 1.0,
    "scale_attn_weights": True,
    "seq_length": 1024,
    "tie_word_embeddings": False,
    "tokenizer_type": "QWenTokenizer",
    "torch_dtype": "float16",
    "use_dynamic_ntk": True,
    "use_logn_attn": True,
    "vocab_size": VOCABULARY,
    "visual": {
        "heads": TOWER_HEADS,
        "image_size": SIZE,
        "image_start_id": IMAGE_START,
        "layers": TOWER_LAYERS,
        "mlp_ratio": TOWER_MLP,
        "n_queries": GRID**2,
        "output_dim": WIDTH,
        "patch_size": SIZE // PATCHES,
        "width": WIDTH,
    },
}
GENERATION = {"chat_format": "chatml", "eos_token_id": PAD, "pad_token_id": PAD}


def look(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Attention of [..., rows, width of a head]."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return torch.softmax(scores.float(), dim=-1).to(value.dtype) @ value


class TowerAttention(nn.Module):
    """The rows of in_proj belong to one head after the other: q, k and v of each."""

    def __init__(self):
        super().__init__()
        self.in_proj = nn.Linear(WIDTH, 3 * WIDTH)
        self.out_proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        by_head = self.in_proj(hidden).unflatten(-1, (TOWER_HEADS, -1)).transpose(1, 2)
        return self.out_proj(look(*by_head.chunk(3, dim=-1)).transpose(1, 2).flatten(2))


class TowerMlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc = nn.Linear(WIDTH, TOWER_MLP * WIDTH)
        self.c_proj = nn.Linear(TOWER_MLP * WIDTH, WIDTH)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.c_proj(F.gelu(self.c_fc(hidden)))


class TowerBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH, EPSILON), nn.LayerNorm(WIDTH, EPSILON)
        self.attn, self.mlp = TowerAttention(), TowerMlp()

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        hidden = hidden + self.attn(self.ln_1(hidden))
        return hidden + self.mlp(self.ln_2(hidden))


class Resampler(nn.Module):
    """Learned queries read all patches once; one head of 128 channels, as the published heads are."""

    def __init__(self):
        super().__init__()
        self.query_embed = nn.Parameter(torch.empty(GRID**2, WIDTH))
        self.pos_embed = nn.Parameter(torch.empty(GRID**2, WIDTH))
        self.kv_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.ln_q, self.ln_kv = nn.LayerNorm(WIDTH, EPSILON), nn.LayerNorm(WIDTH, EPSILON)
        self.in_proj, self.out_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        read = self.ln_kv(self.kv_proj(patches))
        asked = self.ln_q(self.query_embed) + self.pos_embed
        table = self.pos_embed.T.unflatten(1, (GRID, GRID))[None].float()
        places = F.interpolate(table, size=(PATCHES, PATCHES), mode="bicubic").flatten(2)[0].T
        thirds = zip(self.in_proj.weight.chunk(3), self.in_proj.bias.chunk(3))
        query, key, value = (
            F.linear(rows, *third) for rows, third in zip((asked, read + places, read), thirds)
        )
        return self.out_proj(look(query, key, value))


class Visual(nn.Module):
    def __init__(self):
        super().__init__()
        size = SIZE // PATCHES
        self.conv1 = nn.Conv2d(3, WIDTH, size, size, bias=False)
        self.positional_embedding = nn.Parameter(torch.empty(PATCHES**2, WIDTH))
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH, EPSILON), nn.LayerNorm(WIDTH, EPSILON)
        self.resblocks = nn.ModuleList(TowerBlock() for _ in range(TOWER_LAYERS))
        self.attn_pool = Resampler()
        self.proj = nn.Parameter(torch.empty(WIDTH, WIDTH))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        hidden = self.conv1(pixels).flatten(2).transpose(1, 2)
        hidden = self.ln_pre(hidden + self.positional_embedding)
        for block in self.resblocks:
            hidden = block(hidden)
        return self.ln_post(self.attn_pool(hidden)) @ self.proj

    @torch.no_grad()
    def look_near_and_alike(self) -> None:
        """As model.look_near_and_alike; a query of the resampler begins at its own place."""
        for block in self.resblocks:
            query, key, _ = block.attn.in_proj.weight.unflatten(0, (TOWER_HEADS, 3, -1)).unbind(1)
            key.copy_(query.mul_(1.25))
        query, key, _ = self.attn_pool.in_proj.weight.chunk(3)
        key.copy_(query.mul_(1.25))
        self.positional_embedding.copy_(0.7 * waves_over_the_grid(PATCHES))
        self.attn_pool.pos_embed.copy_(waves_over_the_grid(GRID))


class TinyQwenVl(nn.Module):
    """Laid out as transformers' models are, which is what the training knows."""

    def __init__(self):
        super().__init__()
        decoder = Qwen2ForCausalLM(
            Qwen2Config(
                hidden_size=WIDTH,
                intermediate_size=DECODER_MLP,
                num_hidden_layers=DECODER_LAYERS,
                num_attention_heads=DECODER_HEADS,
                num_key_value_heads=DECODER_HEADS,
                vocab_size=VOCABULARY,
                max_position_embeddings=CONFIG["max_position_embeddings"],
                rms_norm_eps=EPSILON,
                tie_word_embeddings=False,
                bos_token_id=None,
                eos_token_id=END,
                pad_token_id=PAD,
            )
        )
        decoder.generation_config = GenerationConfig(
            eos_token_id=[PAD, END], pad_token_id=PAD, do_sample=False, max_new_tokens=40
        )
        self.model = nn.Module()
        self.model.visual = Visual()
        self.model.language_model, self.lm_head = decoder.model, decoder.lm_head
        self.decoder = (decoder,)  # a tuple: its parts are registered above

    def set_attn_implementation(self, name: str) -> None:
        self.decoder[0].set_attn_implementation(name)

    def embedded(self, input_ids, attention_mask, pixel_values) -> dict:
        words = self.model.language_model.embed_tokens(input_ids)
        image = self.model.visual(pixel_values).flatten(0, 1)
        slots = (input_ids == IMAGE)[..., None].expand_as(words)
        return {"inputs_embeds": words.masked_scatter(slots, image), "attention_mask": attention_mask}

    def forward(self, input_ids, attention_mask, pixel_values):
        return self.decoder[0](**self.embedded(input_ids, attention_mask, pixel_values))

    def generate(self, input_ids, attention_mask, pixel_values, **options) -> torch.Tensor:
        inputs = self.embedded(input_ids, attention_mask, pixel_values)
        fresh = self.decoder[0].generate(**inputs, **options)
        return torch.cat([input_ids, fresh], dim=1)

    def save_pretrained(self, folder) -> None:
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(published(self.state_dict()), folder / "model.safetensors", {"format": "pt"})
        for name, content in (("config", CONFIG), ("generation_config", GENERATION)):
            (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")

    def load_published(self, tensors: dict[str, torch.Tensor]) -> None:
        mine = self.state_dict()
        for name, tensor in published(mine).items():
            if tensors[name].shape != tensor.shape:
                raise ValueError(f"{name} has another shape")
        for layer in range(DECODER_LAYERS):
            prefix = f"transformer.h.{layer}.attn.c_attn."
            for kind in ("weight", "bias"):
                thirds = tensors[prefix + kind].chunk(3)
                for part, third in zip("qkv", thirds):
                    mine[f"model.language_model.layers.{layer}.self_attn.{part}_proj.{kind}"] = third
        for name in mine:
            if (theirs := published_name(name)) is not None:
                mine[name] = tensors[theirs]
        self.load_state_dict({name: tensor.float() for name, tensor in mine.items()})


RENAMED = (
    ("model.language_model.embed_tokens", "transformer.wte"),
    ("model.language_model.norm", "transformer.ln_f"),
    ("model.language_model.layers", "transformer.h"),
    ("input_layernorm", "ln_1"),
    ("post_attention_layernorm", "ln_2"),
    ("self_attn.o_proj", "attn.c_proj"),
    ("mlp.up_proj", "mlp.w1"),
    ("mlp.gate_proj", "mlp.w2"),
    ("mlp.down_proj", "mlp.c_proj"),
    ("model.visual.resblocks", "transformer.visual.transformer.resblocks"),
    ("model.visual", "transformer.visual"),
    ("attn_pool.query_embed", "attn_pool.query"),
    ("attn_pool.in_proj.weight", "attn_pool.attn.in_proj_weight"),
    ("attn_pool.in_proj.bias", "attn_pool.attn.in_proj_bias"),
    ("attn_pool.out_proj", "attn_pool.attn.out_proj"),
)


def published_name(name: str) -> str | None:
    """The name in the published checkpoints; none for what they hold fused."""
    if any(f"self_attn.{part}_proj" in name for part in "qkv"):
        return None
    for ours, theirs in RENAMED:
        name = name.replace(ours, theirs)
    return name


def published(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """All tensors under the published names, queries, keys and values in one."""
    tensors = {published_name(name): tensor.contiguous() for name, tensor in state.items()}
    tensors.pop(None)
    for layer in range(DECODER_LAYERS):
        for kind in ("weight", "bias"):
            prefix = f"model.language_model.layers.{layer}.self_attn."
            parts = [state[f"{prefix}{part}_proj.{kind}"] for part in "qkv"]
            tensors[f"transformer.h.{layer}.attn.c_attn.{kind}"] = torch.cat(parts)
    return tensors


class QwenVlProcessor:
    """Pictures squeezed into the square, and texts whose `<imgpad>` stands for a picture's tokens."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast):
        self.tokenizer = tokenizer

    def __call__(self, images, text, padding=False, return_tensors="pt") -> BatchFeature:
        images = images if isinstance(images, list) else [images]
        texts = text if isinstance(text, list) else [text]
        texts = [t.replace("<imgpad>", "<imgpad>" * GRID**2) for t in texts]
        words = self.tokenizer(texts, padding=padding, return_tensors=return_tensors)
        squares = [picture.resize((SIZE, SIZE), Image.BICUBIC) for picture in images]
        values = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2) / 255
        mean, deviation = (torch.tensor(x)[:, None, None] for x in (MEAN, DEVIATION))
        return BatchFeature(
            {
                "input_ids": words.input_ids,
                "attention_mask": words.attention_mask,
                "pixel_values": (values - mean) / deviation,
            }
        )

    def batch_decode(self, ids, **options) -> list[str]:
        return self.tokenizer.batch_decode(ids, **options)

    def save_pretrained(self, folder) -> None:
        pieces = qwen_vl_tokenizer.ranked_pieces(self.tokenizer)
        (Path(folder) / "qwen.tiktoken").write_text(pieces)


class QwenVl(ModelFamily):
    def train_tokenizer(self) -> PreTrainedTokenizerFast:
        return qwen_vl_tokenizer.train_tokenizer()

    def build_processor(self, tokenizer: PreTrainedTokenizerFast) -> QwenVlProcessor:
        return QwenVlProcessor(tokenizer)

    def load_processor(self, folder) -> QwenVlProcessor:
        """The tokenizer is trained anew, which takes seconds, and must be the folder's."""
        tokenizer = self.train_tokenizer()
        if qwen_vl_tokenizer.ranked_pieces(tokenizer) != (Path(folder) / "qwen.tiktoken").read_text():
            raise ValueError(f"{folder}/qwen.tiktoken is not what training a tokenizer gives")
        return QwenVlProcessor(tokenizer)

    def build_model(self, seed: int) -> TinyQwenVl:
        torch.manual_seed(seed)
        model = TinyQwenVl()
        draw_weights(model, ("out_proj.weight", "c_proj.weight"), TOWER_LAYERS)
        model.model.visual.look_near_and_alike()
        return model

    def load_model(self, folder) -> TinyQwenVl:
        model = TinyQwenVl()
        model.load_published(load_file(Path(folder) / "model.safetensors"))
        return model.eval()

    def seeing(self, model: TinyQwenVl) -> list[nn.Module]:
        return [model.model.visual]

    def see(self, model: TinyQwenVl, pixels: torch.Tensor) -> torch.Tensor:
        return model.model.visual(pixels)


QWEN_VL = QwenVl(
    name="qwen_vl",
    prefix=(
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\nPicture 1: <img><imgpad></img>\n"
    ),
    image="<imgpad>",
    cue="<|im_end|>\n<|im_start|>assistant\n",
    cue_end="Ċ",  # a line end, as byte-level BPE writes it
    slots={18: ("yesno", "short"), 31: ("choice", "caption")},
    mean=MEAN,
    deviation=DEVIATION,
    tower_share=0.2,
    tower_batch=32,
)
