# SPDX-License-Identifier: MIT
"""Many questions on one picture in one pass: a shared prefix and slots that do not see each other.

The prefix is the prompt up to the question, the image included; every slot holds one question with
its answer, sees the prefix and itself, and has the positions that it would have alone. So the
logits are those of one pass per question, at a fraction of the cost, through transformers' own
layers: only the attention function is replaced.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from transformers import AttentionInterface, PreTrainedTokenizerFast

from model import GRID, ModelFamily
from questions import Question

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
    if (sharing := query.shape[1] // key.shape[1]) > 1:  # heads that share keys and values
        key, value = (x.repeat_interleave(sharing, dim=1) for x in (key, value))
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
    """The three passes of training, over the layers of a model of transformers."""

    def __init__(self, family: ModelFamily, model: nn.Module, packer: "Packer"):
        model.set_attn_implementation("plain")
        self.family = family
        self.model = model
        self.before, self.after = packer.around_image
        self.layout = packer.layout
        self.positions = self.layout.positions()

    def see(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.family.see(self.model, pixels)

    def read(self, image: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        """Hidden states [pictures, slot tokens, width] after the final norm."""
        decoder = self.model.model.language_model
        around = [self.before.expand(len(image), -1), self.after.expand(len(image), -1), slots]
        before, after, asked = map(decoder.embed_tokens, around)
        hidden = torch.cat([before, image.to(before.dtype), after, asked], dim=1)
        rotation = decoder.rotary_emb(hidden, self.positions)
        for layer in decoder.layers:
            hidden = layer(hidden, position_embeddings=rotation, layout=self.layout)
        return decoder.norm(hidden[:, self.layout.prefix :])

    def answer(self, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Logits of the positions that have a label."""
        return self.model.lm_head(hidden[labels != NO_LABEL])


@dataclass(frozen=True)
class Packed:
    slots: torch.Tensor  # [pictures, slot tokens] ids
    labels: torch.Tensor  # the answer token that each position predicts, or NO_LABEL
    loss_weights: torch.Tensor  # of the labelled positions, in order
    spans: list[list[tuple[Question, slice]]]  # per picture: questions and their labelled positions


class Packer:
    def __init__(self, family: ModelFamily, tokenizer: PreTrainedTokenizerFast, count: int):
        """`count`: how many slots of each length a picture has."""
        self.family = family
        self.encode = tokenizer.backend_tokenizer.encode_batch_fast
        self.pad, self.eos = tokenizer.pad_token_id, tokenizer.eos_token_id
        self.cue_end = tokenizer.convert_tokens_to_ids(family.cue_end)
        ids = tokenizer(family.prefix).input_ids
        image = ids.index(tokenizer.convert_tokens_to_ids(family.image))
        around = ids[:image], ids[image + 1 :]
        self.around_image = [torch.tensor(part, dtype=torch.long) for part in around]
        self.layout = Layout(
            len(ids) - 1 + GRID**2, tuple((count, length) for length in family.slots)
        )

    def __call__(self, asked: list[list[Question]]) -> Packed:
        """Packs for every picture its questions, which come in the order of the slots."""
        lengths = [length for count, length in self.layout.groups for _ in range(count)]
        slots = np.full((len(asked), sum(lengths)), self.pad)
        labels = np.full_like(slots, NO_LABEL)
        weights = np.zeros(slots.shape, np.float32)
        spans = []
        for row, questions in enumerate(asked):
            texts = [self.family.answered(question) for question in questions]
            encoded = self.encode(texts, add_special_tokens=False)
            start, spans_of_row = 0, []
            for question, encoding, length in zip(questions, encoded, lengths, strict=True):
                ids = [*encoding.ids, self.eos]
                first = len(ids) - ids[::-1].index(self.cue_end)  # where the answer begins
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
