# SPDX-License-Identifier: MIT
"""A LLaVA of two and a half million weights, built from transformers' own classes, and its processor."""

import math

import torch
from torch import nn
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from scenes import SIZE
from tokenizer import BOS, EOS, IMAGE, PAD, VOCABULARY

PATCH = 12
GRID = SIZE // PATCH
WIDTH = 128
TOWER_LAYERS = 5  # LLaVA reads the last but one, so that four of them count
DECODER_LAYERS = 8


def build_model(seed: int) -> LlavaForConditionalGeneration:
    torch.manual_seed(seed)
    vision = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=TOWER_LAYERS,
        num_attention_heads=4,
        image_size=SIZE,
        patch_size=PATCH,
        projection_dim=WIDTH,
    )
    text = LlamaConfig(
        hidden_size=WIDTH,
        intermediate_size=320,
        num_hidden_layers=DECODER_LAYERS,
        num_attention_heads=4,
        vocab_size=VOCABULARY,
        max_position_embeddings=512,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=IMAGE,
        image_seq_length=GRID**2,
        tie_word_embeddings=False,
    )
    model = LlavaForConditionalGeneration(config)
    _initialise(model)
    model.generation_config = GenerationConfig(
        bos_token_id=BOS, eos_token_id=EOS, pad_token_id=PAD, do_sample=False, max_new_tokens=40
    )
    return model


def build_processor(tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
    images = CLIPImageProcessor(
        size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE}
    )
    return LlavaProcessor(
        images,
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,  # the tower's class token, which "default" drops again
        image_token="<image>",
    )


def _initialise(model: LlavaForConditionalGeneration) -> None:
    """CLIP's own initialisation is scaled for large towers and hardly learns at this width."""
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(weight)
        elif "embed" in name and weight.ndim == 2:
            nn.init.normal_(weight, std=0.05)
        elif weight.ndim >= 2:
            nn.init.normal_(weight, std=0.8 / math.sqrt(weight[0].numel()))
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            weight.data /= math.sqrt(2 * DECODER_LAYERS)
        if name.endswith(("out_proj.weight", "fc2.weight")):
            weight.data /= math.sqrt(2 * TOWER_LAYERS)
    tower = model.model.vision_tower
    tower.embeddings.position_embedding.weight.data[1:] = 0.7 * _waves_over_the_grid()
    for layer in tower.encoder.layers:
        # Equal queries and keys let every patch start by looking at patches near and like it;
        # from independent ones the tower sits on a long plateau.
        attention = layer.self_attn
        attention.q_proj.weight.data *= 1.25
        attention.k_proj.weight.data.copy_(attention.q_proj.weight.data)


def _waves_over_the_grid() -> torch.Tensor:
    """Sines and cosines of row and column, [patches, WIDTH]."""
    count = WIDTH // 4
    frequency = math.pi / 2 * GRID ** -(torch.arange(count) / count)
    row, column = torch.meshgrid(torch.arange(GRID), torch.arange(GRID), indexing="ij")
    angles = [place.flatten()[:, None] * frequency for place in (row, column)]
    return torch.cat([wave(angle) for angle in angles for wave in (torch.sin, torch.cos)], dim=1)
