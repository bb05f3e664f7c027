# SPDX-License-Identifier: MIT
"""What the model families share, and what each has to say about itself."""

import math
from dataclasses import dataclass

import torch
from torch import nn
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast, ProcessorMixin

from questions import Question
from scenes import SIZE

PATCH = 12  # pixels per side that one image token stands for
GRID = SIZE // PATCH
WIDTH = 128
DECODER_LAYERS = 8


@dataclass(frozen=True)
class ModelFamily:
    """Prompts, model, tokenizer and processor of one family; training knows no other difference."""

    name: str
    prefix: str  # of every prompt, up to the question; holds `image` once
    image: str  # the token that image features replace
    cue: str  # between question and answer
    cue_end: str  # its last token, which no answer contains
    slots: dict[int, tuple[str, ...]]  # tokens per packed question: families of questions it holds
    mean: tuple[float, float, float]  # of the processor's normalisation
    deviation: tuple[float, float, float]
    tower_share: float  # of the training time, for the tower alone
    tower_batch: int  # pictures per step meanwhile

    def rest(self, question: Question) -> str:
        """The prompt from `prefix` to the point where the answer starts."""
        return question.text + self.cue

    def prompt(self, question: Question) -> str:
        """What transformers' processor turns into tokens."""
        return self.prefix + self.rest(question)

    def answered(self, question: Question) -> str:
        """`rest` and the answer, without the token that ends it."""
        return self.rest(question) + question.answer

    def train_tokenizer(self) -> PreTrainedTokenizerFast:
        raise NotImplementedError

    def build_processor(self, tokenizer: PreTrainedTokenizerFast) -> ProcessorMixin:
        raise NotImplementedError

    def load_processor(self, folder) -> ProcessorMixin:
        raise NotImplementedError

    def build_model(self, seed: int) -> nn.Module:
        raise NotImplementedError

    def load_model(self, folder) -> nn.Module:
        return AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)

    def seeing(self, model: nn.Module) -> list[nn.Module]:
        """What makes image tokens, as far as it has an effect: the tower and the projector."""
        raise NotImplementedError

    def see(self, model: nn.Module, pixels: torch.Tensor) -> torch.Tensor:
        """Image tokens [pictures, GRID², WIDTH], row by row, as get_image_features makes them."""
        raise NotImplementedError


def draw_weights(model: nn.Module, tower_outputs: tuple[str, str], tower_layers: int) -> None:
    """Towers' own initialisation is scaled for large ones and hardly learns at this width.

    `tower_outputs`: how the matrices are named that write into the tower's residual stream."""
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(weight)
        elif "embed" in name and weight.ndim == 2:
            nn.init.normal_(weight, std=0.05)
        elif weight.ndim >= 2:
            nn.init.normal_(weight, std=0.8 / math.sqrt(weight[0].numel()))
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            weight.data /= math.sqrt(2 * DECODER_LAYERS)
        if name.endswith(tower_outputs):
            weight.data /= math.sqrt(2 * tower_layers)


def look_near_and_alike(attention: nn.Module) -> None:
    """Equal queries and keys let every patch start by looking at patches near and like it; from
    independent ones the tower sits on a long plateau."""
    attention.q_proj.weight.data *= 1.25
    attention.k_proj.weight.data.copy_(attention.q_proj.weight.data)


def waves_over_the_grid(side: int) -> torch.Tensor:
    """Sines and cosines of row and column, [side², WIDTH]."""
    count = WIDTH // 4
    frequency = math.pi / 2 * side ** -(torch.arange(count) / count)
    row, column = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    angles = [place.flatten()[:, None] * frequency for place in (row, column)]
    return torch.cat([wave(angle) for angle in angles for wave in (torch.sin, torch.cos)], dim=1)
