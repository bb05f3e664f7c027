# SPDX-License-Identifier: MIT
"""Many questions on one picture in one pass: a shared prefix and slots that do not see each other.

The prefix is the system prompt and the image; every slot holds one question with its answer, sees
the prefix and itself, and has the positions that it would have alone. So the logits are those of
one pass per question, at a fraction of the cost, through transformers' own layers: only the
attention function is replaced.
"""

from dataclasses import dataclass

import numpy as np
import torch
from transformers import AttentionInterface, LlavaForConditionalGeneration, PreTrainedTokenizerFast

from model import GRID
from questions import IMAGE_PREFIX, Question
from tokenizer import EOS, IMAGE, PAD

SLOTS = {17: ("yesno", "short"), 31: ("choice", "caption")}  # tokens per slot: families in it
NO_LABEL = -100


@dataclass(frozen=True)
class Layout:
    """`prefix` shared tokens, then per group `count` slots of `length` tokens."""

    prefix: int
    groups: tuple[tuple[int, int], ...]  # (count, length)

    def positions(self) -> torch.Tensor:
        parts = [torch.arange(self.prefix)]
        for count, length in self.groups:
            parts.append((self.prefix + torch.arange(length)).repeat(count))
        return torch.cat(parts)[None]


def plain_attention(module, query, key, value, attention_mask, scaling, layout=None, **_):
    """Attention as transformers' interface wants it: [batch, heads, tokens, width] in,
    [batch, tokens, heads, width] out. Without a layout every token sees every token."""
    if layout is None:
        scores = scaling * query @ key.transpose(2, 3)
        return (_weights(scores) @ value).transpose(1, 2), None
    parts = [slice(0, layout.prefix)]
    for count, length in layout.groups:
        parts.append(slice(parts[-1].stop, parts[-1].stop + count * length))
    prefix_key, prefix_value = key[:, :, parts[0]], value[:, :, parts[0]]
    scores = scaling * query[:, :, parts[0]] @ prefix_key.transpose(2, 3)
    outputs = [_weights(scores + _causal(layout.prefix)) @ prefix_value]
    for part, (count, length) in zip(parts[1:], layout.groups):
        apart = [x[:, :, part].unflatten(2, (count, length)) for x in (query, key, value)]
        slot_query, slot_key, slot_value = apart
        to_prefix = scaling * query[:, :, part] @ prefix_key.transpose(2, 3)
        to_slot = scaling * slot_query @ slot_key.transpose(3, 4) + _causal(length)
        weights = _weights(torch.cat([to_prefix.unflatten(2, (count, length)), to_slot], dim=-1))
        on_prefix, on_slot = weights.split([layout.prefix, length], dim=-1)
        from_slot = (on_slot @ slot_value).flatten(2, 3)
        outputs.append(on_prefix.flatten(2, 3) @ prefix_value + from_slot)
    return torch.cat(outputs, dim=2).transpose(1, 2), None


def _weights(scores: torch.Tensor) -> torch.Tensor:
    return torch.softmax(scores.float(), dim=-1).to(scores.dtype)


def _causal(length: int) -> torch.Tensor:
    return torch.full((length, length), -1e4, dtype=torch.bfloat16).triu(1)


AttentionInterface.register("plain", plain_attention)


class PackedModel:
    """The three passes of training, over the layers of a LlavaForConditionalGeneration."""

    def __init__(self, model: LlavaForConditionalGeneration, prefix: torch.Tensor, layout: Layout):
        model.set_attn_implementation("plain")
        self.llava = model.model
        self.head = model.lm_head
        self.prefix = prefix  # ids up to the image
        self.layout = layout
        self.positions = layout.positions()

    def see(self, pixels: torch.Tensor) -> torch.Tensor:
        """Image tokens as get_image_features makes them, without the tower's unused last layer."""
        tower = self.llava.vision_tower
        hidden = tower.pre_layrnorm(tower.embeddings(pixels))
        for layer in tower.encoder.layers[:-1]:
            hidden = layer(hidden, attention_mask=None)
        return self.llava.multi_modal_projector(hidden[:, 1:])

    def read(self, image: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        """Hidden states [pictures, slot tokens, width] after the final norm."""
        decoder = self.llava.language_model
        system = decoder.embed_tokens(self.prefix).expand(len(image), -1, -1)
        hidden = torch.cat([system, image.to(system.dtype), decoder.embed_tokens(slots)], dim=1)
        rotation = decoder.rotary_emb(hidden, self.positions)
        for layer in decoder.layers:
            hidden = layer(hidden, position_embeddings=rotation, layout=self.layout)
        return decoder.norm(hidden[:, self.layout.prefix :])

    def answer(self, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Logits of the positions that have a label."""
        return self.head(hidden[labels != NO_LABEL])


@dataclass(frozen=True)
class Packed:
    slots: torch.Tensor  # [pictures, slot tokens] ids
    labels: torch.Tensor  # the answer token that each position predicts, or NO_LABEL
    loss_weights: torch.Tensor  # of the labelled positions, in order
    spans: list[list[tuple[Question, slice]]]  # per picture: questions and their labelled positions


class Packer:
    def __init__(self, tokenizer: PreTrainedTokenizerFast, slots: dict[int, int]):
        """`slots`: how many slots of each length (a key of SLOTS) a picture has."""
        self.encode = tokenizer.backend_tokenizer.encode_batch_fast
        self.colon = tokenizer.convert_tokens_to_ids(":")
        ids = tokenizer(IMAGE_PREFIX).input_ids
        assert ids[-1] == IMAGE
        self.prefix = torch.tensor(ids[:-1])
        self.layout = Layout(
            len(ids) - 1 + GRID**2, tuple((count, length) for length, count in slots.items())
        )

    def __call__(self, asked: list[list[Question]]) -> Packed:
        """Packs for every picture its questions, which come in the order of the slots."""
        lengths = [length for count, length in self.layout.groups for _ in range(count)]
        slots = np.full((len(asked), sum(lengths)), PAD)
        labels = np.full_like(slots, NO_LABEL)
        weights = np.zeros(slots.shape, np.float32)
        spans = []
        for row, questions in enumerate(asked):
            texts = [f"{question.after_image} {question.answer}" for question in questions]
            encoded = self.encode(texts, add_special_tokens=False)
            start, spans_of_row = 0, []
            for question, encoding, length in zip(questions, encoded, lengths, strict=True):
                ids = [*encoding.ids, EOS]
                first = len(ids) - ids[::-1].index(self.colon)  # the answer begins after "ASSISTANT:"
                if len(ids) - 1 <= length:  # a rare question is too long and left out
                    slots[row, start : start + len(ids) - 1] = ids[:-1]
                    span = slice(start + first - 1, start + len(ids) - 1)
                    labels[row, span] = ids[first:]
                    # Between one vote per answer (captions' tokens would starve) and one per token.
                    weights[row, span] = (len(ids) - first) ** -0.5
                    spans_of_row.append((question, span))
                start += length
            spans.append(spans_of_row)
        return Packed(
            torch.from_numpy(slots),
            torch.from_numpy(labels),
            torch.from_numpy(weights[labels != NO_LABEL]),
            spans,
        )
