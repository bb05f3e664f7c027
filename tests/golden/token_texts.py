# SPDX-License-Identifier: MIT
"""Strings that tell tokenizers apart: scripts, blanks, marks, digits, contractions, tokens inside.

Only characters that Unicode had by version 15, with one normal form in all versions: libraries differ in
the Unicode that they carry.
"""

import random
import unicodedata

WORDS = (
    "the", "The", "THE", "dog", "dogs", "bicycle", "Is there", "picture", "Yes", "No", "don", "we", "naïve", "Straße",
    "œuvre", "İstanbul", "ﬁne", "Быстрая", "лиса", "Ελλάδα", "ΣΊΣΥΦΟΣ", "עברית", "هل يوجد كلب", "कुत्ता है", "ภาษาไทย",
    "图片里有一只狗", "犬はどこ", "사진에", "한글", "ქართული", "አማርኛ", "ខ្មែរ", "ᏣᎳᎩ", "𝔘𝔫𝔦", "𐍈𐌰", "ǅ", "ª", "ʰ", "𠀋", "ﾊﾟ",
)  # fmt: skip
BLANKS = (
    " ", "  ", "   ", "    ", "\n", "\n\n", "\t", "\r\n", "\r", " \n", "\n ", "  \n  ", "\v", "\f", "\x1c", "\x1f", "\x85", "\u00a0",
    "\u1680", "\u2003", "\u200b", "\u2028", "\u2029", "\u202f", "\u3000", "\ufeff", "\u180e",
)  # fmt: skip
SIGNS = (
    ".", ",", "?", "!", "...", "--", "---", "===", "'", "''", "\"", "`", "(", ")", "[", "]", "{", "}", "<", ">", "</", "/>", "<|", "|>",
    "_", "__", "#", "##", "$", "€", "°", "±", "×", "«", "»", "“", "”", "—", "…", "。", "、", "！", "？", "・", "▁", "▁▁", "Ġ", "Ċ", "\\n", "\0", "\x7f",
    "+=", "->", "::", "&&", "//", "/*", "*/", "@", "%", "^", "~", "|", "\ufffd", "\u00ad", "\u2060", "\ue000", "\U000f0000", "\ufdd0",
)  # fmt: skip
NUMBERS = (
    "0", "1", "42", "007", "1234567", "3.14", "1,000", "0x7f", "1e-5", "²", "½", "Ⅳ", "٣", "४२", "三", "①", "𝟘", "௧௨", "㉓",
)  # fmt: skip
ENDINGS = (
    "'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'VE", "'m", "'M", "'ll", "'LL", "'lL", "'d", "'D", "'ſ", "'K", "'\u212a",
    "’s", "'st", "'sy", "' s", "'x", "'reach", "'1",
)  # fmt: skip
MARKS = (
    "e\u0301", "é", "e\u0301\u0323", "e\u0323\u0301", "\u0323\u0301", "a\u030a", "\u212b", "\u2126", "\u212a", "K", "\u1100\u1161\u11a8", "가", "\u0958", "क\u093c",
    "\u037e", "\u1fef", "\u2000", "\uf900", "\u0344", "\u0301", "o\u0308\u0304", "\u01d5", "q\u0307\u0323", ">\u0338", "=\u0338", "<\u0338", "\u2adc", "ﬁ", "\u1e9b\u0323",
    "\u0f73", "\u0f71\u0f72", "か\u3099", "が", "ハ\u309a", "\U0001d15e", "ά", "\u1f71",
)  # fmt: skip
EMOJI = ("😀", "👩‍👩‍👧", "🇩🇪", "🇩", "❤️", "❤", "👍🏽", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☃", "🫠")
CODE = (
    "def f(x):\n    return x + 1\n", "for (int i = 0; i < n; ++i) {\n\t", "std::vector<int>", "{\"a\": [1, 2.5]}", "https://a.b/c?d=e&f#g",
    "x_1 = y[0]", "CamelCaseWord", "snake_case", "\t\tif (a == b) {\n", "<div class=\"x\">", "SELECT * FROM t;", "        ", "#include <a.h>\n",
)  # fmt: skip
SENTENCES = (
    "Is there a dog in the image? Yes, there's a small dog on the left.",
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful answers.",
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n",
    "Picture 1: <img>a.png</img>\nIs there a dog in the image?<|im_end|>\n<|im_start|>assistant\n",
    "USER: <image>\nWhat is it?\nAnswer the question using a single word or phrase. ASSISTANT:",
    "Der Hund läuft über die Straße. Où est le château? ¿Dónde está el niño? Быстрая лиса прыгает.",
    "图片里有一只狗。这是什么？ 犬はどこにいますか。 사진에 무엇이 있나요? هل يوجد كلب في الصورة؟ क्या चित्र में कुत्ता है?",
)
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|extra_0|>", "<|extra_20|>", "<|extra_204|>", "<|extra_205|>", "<img>", "</img>",
    "<imgpad>", "<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<image>", "<IMG_CONTEXT>", "<s>", "</s>", "<unk>", "<0x41>",
    "<|im_start", "|im_end|>", "<|im_end|>\u0338", "<|im_end|>\u0301", "<plain>", "[INST]", "<|plugin|>",
)  # fmt: skip
POOLS = (WORDS, BLANKS, SIGNS, NUMBERS, ENDINGS, MARKS, EMOJI, CODE, SPECIAL)


def texts(count=2400):
    """Every part by itself, then `count` mixtures. The same list in every run."""
    rng = random.Random(11)
    alone = ["", *SENTENCES, *(part for pool in POOLS for part in pool)]
    alone += [" " + part for part in (*WORDS, *NUMBERS, *SIGNS)] + [word + end for word in ("we", "WE", "é", "1") for end in ENDINGS]
    alone += [" " * n + end for n in range(1, 12) for end in ("", "a", "1", "!", "\n", "\n a")]
    alone += ["a" * 40, "ab" * 30, "é" * 20, "1" * 12, "=" * 33, "\n" * 9, "\r\n" * 5, "字" * 9, "😀" * 5]
    mixed = []
    for _ in range(count):
        # Most texts have words with something between; every fifth takes from all pools alike.
        pools = rng.choices(POOLS, k=rng.randint(2, 7))
        if rng.random() < 0.8:
            pools = [pool for other in pools for pool in (WORDS, other, BLANKS)][: rng.randint(2, 12)]
        mixed.append("".join(rng.choice(pool) for pool in pools))
    # Letters of the whole of Unicode 13, which every library has.
    letters = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c))[0] in "LMNPSZ"]
    mixed += ["".join(rng.choices(letters, k=rng.randint(1, 6))) for _ in range(300)]
    return list(dict.fromkeys(alone + mixed))
