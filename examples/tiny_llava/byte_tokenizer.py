# SPDX-License-Identifier: MIT
"""Small tokenizers of Qwen's kind: BPE on bytes, words cut out by a pattern, no first token."""

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from words import MORE_WORDS, questions_to_read

# Qwen2's, and Qwen's: contractions, words with what precedes them, single digits, signs, line ends, spaces.
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train_bytes(pieces: int, special: tuple[str, ...], template_words: list[str]) -> Tokenizer:
    """`pieces` tokens of bytes, and the special ones behind them in their order."""
    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.NFC()
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(_corpus(template_words), trainer)
    bpe.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    if bpe.token_to_id(special[-1]) != pieces + len(special) - 1:
        raise ValueError(f"the corpus has too few words for {pieces} tokens")
    return bpe


def _corpus(template_words: list[str]) -> list[str]:
    asked = [part for question in questions_to_read() for part in (question.text, question.answer)]
    words = [form for word in MORE_WORDS for form in (f" {word}", word, word.capitalize())]
    return asked + template_words * 400 + words * 40
