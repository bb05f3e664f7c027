# SPDX-License-Identifier: MIT
"""A small tokenizer of Qwen-VL's kind: ranked byte pieces as tiktoken reads them, and the special
tokens of the published one behind them, in its order."""

import base64

from transformers import PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import bytes_to_unicode

from byte_tokenizer import train_bytes

PIECES = 601
SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    *(f"<|extra_{i}|>" for i in range(205)),
    *("<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<img>", "</img>", "<imgpad>"),
)
PAD, _, END = range(PIECES, PIECES + 3)
IMAGE_START = PIECES + SPECIAL.index("<img>")
VOCABULARY = PIECES + len(SPECIAL) + 6  # rows of the embedding: a multiple of eight
TEMPLATE_WORDS = ["system", "user", "assistant", "You are a helpful assistant.", "Picture 1: "]


def train_tokenizer() -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=train_bytes(PIECES, SPECIAL, TEMPLATE_WORDS),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def ranked_pieces(tokenizer: PreTrainedTokenizerFast) -> str:
    """qwen.tiktoken: a piece's bytes in base64, and its rank, which is its id."""
    byte_of = {character: byte for byte, character in bytes_to_unicode().items()}
    ids = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=False)
    pieces = sorted(ids, key=ids.get)[:PIECES]
    as_bytes = (bytes(byte_of[character] for character in piece) for piece in pieces)
    return "".join(f"{base64.b64encode(b).decode()} {rank}\n" for rank, b in enumerate(as_bytes))
