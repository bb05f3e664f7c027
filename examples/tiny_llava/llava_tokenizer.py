# SPDX-License-Identifier: MIT
"""A small tokenizer of LLaMA's kind: BPE with byte fallback, spaces written as ▁, no pre-tokenizer."""

import json
import string
from collections.abc import Callable

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from questions import Question
from words import MORE_WORDS, questions_to_read

VOCABULARY = 640
SPECIAL = ("<unk>", "<s>", "</s>", "<pad>", "<image>")
UNK, BOS, EOS, PAD, IMAGE = range(len(SPECIAL))
BYTES = [f"<0x{value:02X}>" for value in range(256)]


def train_tokenizer(system: str, answered: Callable[[Question], str]) -> PreTrainedTokenizerFast:
    """`system`: the prompt up to the image; `answered`: from there to the end of the answer."""
    bpe = Tokenizer(models.BPE(unk_token=SPECIAL[UNK], fuse_unk=True, byte_fallback=True))
    # Only while merges are learnt: no token shall span words, lines, digits or punctuation.
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n"), "removed"),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never"),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Punctuation(),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*SPECIAL, *BYTES],
        initial_alphabet=list(string.ascii_letters + string.digits + ".,?!:;'\"()-/▁"),
        min_frequency=20,
        show_progress=False,
    )
    bpe.train_from_iterator(_corpus(system, answered), trainer)
    bpe.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", BOS)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_like_llama(bpe.to_str())),
        bos_token=SPECIAL[BOS],
        eos_token=SPECIAL[EOS],
        unk_token=SPECIAL[UNK],
        pad_token=SPECIAL[PAD],
        extra_special_tokens={"image_token": SPECIAL[IMAGE]},
        padding_side="left",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def _corpus(system: str, answered: Callable[[Question], str]) -> list[str]:
    asked = [answered(question) for question in questions_to_read()]
    return asked + [system] * 800 + [f" {word}" for word in MORE_WORDS] * 40


def _like_llama(text: str) -> str:
    """Gives the trained BPE the normaliser and decoder of LLaMA's tokenizer.json."""
    layout = json.loads(text)
    # Byte tokens stay in the vocabulary but must not be matched as text.
    layout["added_tokens"] = [t for t in layout["added_tokens"] if t["content"] in SPECIAL]
    layout["pre_tokenizer"] = None
    spaces = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    layout["normalizer"] = {
        "type": "Sequence",
        "normalizers": [{"type": "Prepend", "prepend": "▁"}, spaces],
    }
    layout["decoder"] = {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ],
    }
    return json.dumps(layout, ensure_ascii=False)
