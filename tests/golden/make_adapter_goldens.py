# SPDX-License-Identifier: MIT
"""Make tests/golden/adapters: what tokenizers, transformers and Pillow compute for the shared parts.

    python make_adapter_goldens.py [--output adapters]

Versions: tokenizers 0.23.3, transformers 5.23.0, pillow 12.3.0, numpy 2.4.6. Pillow 13 chooses the order
of its two passes by the sizes, so that some pictures differ in the last bit; models were trained on
pictures of the old order.

tokenizer_FORM.json   a small tokenizer in each of the forms that LLaMA checkpoints come in
texts.json            strings in many scripts, with odd blanks and special tokens inside
ids_FORM.json         {"ids", "decoded", "skipped"} of each text; "skipped" without special tokens
auto.json             tokenizer_config.json variants and what AutoTokenizer makes of them
resize.json           CRC-32 of Pillow's resized bytes for pictures of draw_picture()
images.json           image processor settings and CRC-32 of the float32 pixels before mean and std
"""

import argparse
import json
import pathlib
import random
import shutil
import tempfile
import zlib

import numpy as np
from PIL import Image
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoImageProcessor, AutoTokenizer
from transformers.utils import logging

logging.set_verbosity_error()

VOCABULARY = 720
SPECIAL = ("<unk>", "<s>", "</s>")
BYTES = [f"<0x{value:02X}>" for value in range(256)]
CORPUS = """
Is there a dog in the image? Yes, there is a small dog on the left. No, there is no dog in the picture.
What is the person in the photo doing? The person is riding a bicycle down the street near the river.
A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful,
detailed, and polite answers to the user's questions. USER: Please describe this image in detail. ASSISTANT:
Answer the question using a single word or phrase. Answer with the option's letter from the given choices.
Der Hund läuft über die Straße. Où est le château? ¿Dónde está el niño? Быстрая лиса прыгает через собаку.
图片里有一只狗。 这是什么？ 犬はどこにいますか。 사진에 무엇이 있나요? هل يوجد كلب في الصورة؟ क्या चित्र में कुत्ता है?
def main(args): return [x + 1 for x in range(10)] if (a == b) { std::cout << "hello world" << std::endl; }
"""


# --------------------------------------------------------------------------------------------------
# Tokenizers


def added(content, **flags):
    token = {
        "id": -1, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
        "normalized": False, "special": True,
    }  # fmt: skip
    return token | flags


def train():
    """The model of a small tokenizer of LLaMA's kind, as tokenizer.json writes it."""
    bpe = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    # Only while merges are learnt: no piece shall span words, digits or punctuation.
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n"), "removed"),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Punctuation(),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=[*SPECIAL, *BYTES], show_progress=False,
        initial_alphabet=list("▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,"),
    )  # fmt: skip
    lines = CORPUS.strip().split("\n") * 3 + ["  " * 8 + "a", "    b", "--- ---", "=== ==="] * 4
    bpe.train_from_iterator(lines, trainer)
    model = json.loads(bpe.to_str())["model"]
    # LLaMA's vocabulary has runs of blanks, which only stretches without splits can use.
    for run in ("▁▁", "▁▁▁▁"):
        model["vocab"][run] = len(model["vocab"])
        half = run[len(run) // 2 :]
        model["merges"].append([half, half])
    return model


def tokenizer(model, normalizer, pre_tokenizer, decoder, added_tokens, suffix=()):
    vocabulary = model["vocab"]
    fresh = len(vocabulary)
    for token in added_tokens:
        token["id"] = vocabulary.get(token["content"], fresh)
        fresh += token["id"] == fresh
    ids = {token["content"]: token["id"] for token in added_tokens}

    def special(name):
        return {"SpecialToken": {"id": name, "type_id": 0}}

    single = [special("<s>"), {"Sequence": {"id": "A", "type_id": 0}}, *map(special, suffix)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added_tokens,
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": [*single, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {
                name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ("<s>", *suffix)
            },
        },
        "decoder": decoder,
        "model": model,
    }


def forms():
    """The four forms; between them every setting that the C++ code reads takes both its values."""
    model = train()
    as_pairs = model
    as_strings = model | {"merges": [" ".join(pair) for pair in model["merges"]]}
    as_strings.pop("ignore_merges", None)  # old files lack it
    blank = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    steps = [blank, {"type": "ByteFallback"}, {"type": "Fuse"}]
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    spaces = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    prepend = {"type": "Prepend", "prepend": "▁"}
    named = [added(content) for content in (*SPECIAL, "<image>", "<pad>")]

    yield "normalizer", tokenizer(
        as_pairs, {"type": "Sequence", "normalizers": [prepend, spaces]}, None,
        {"type": "Sequence", "decoders": [*steps, strip]}, [dict(token) for token in named],
    )  # fmt: skip
    yield "always", tokenizer(
        as_strings, None,
        {"type": "Metaspace", "replacement": "▁", "str_rep": "▁", "add_prefix_space": True},
        {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True},
        [dict(token) for token in named],
    )  # fmt: skip
    yield "first", tokenizer(
        as_pairs, None,
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        {"type": "Sequence", "decoders": [*steps, strip]},
        [dict(token) for token in named]
        + [added("<image", special=False), added("<image><pad>"), added("dog", special=False)],
    )  # fmt: skip
    # Not LLaMA's: no bytes for unknown characters, unknowns not fused, whole pieces first, EOS,
    # and an added token for every flag.
    bare = {k: v for k, v in model["vocab"].items() if not k.startswith("<0x") or k == "<0xC3>"}
    bare = {piece: i for i, piece in enumerate(bare)} | {"▁bicycles": len(bare)}
    letters = {"type": "Replace", "pattern": {"String": "or"}, "content": "0r"}
    yield "never", tokenizer(
        as_pairs | {"vocab": bare, "fuse_unk": False, "ignore_merges": True}, letters,
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True},
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True},
        [dict(token) for token in named]
        + [
            added("<left>", lstrip=True),
            added("<right>", rstrip=True, special=False),
            added("<both>", lstrip=True, rstrip=True),
            added("word", single_word=True, special=False),
            added("<norm>", normalized=True, special=False),
            added("or", normalized=True, special=False, single_word=True),
        ],
        suffix=("</s>",),
    )  # fmt: skip


FRAGMENTS = (
    " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u3000", "\u2009", "\u200b", "\ufeff", "\x00", "\x7f",
    "▁", "▁▁", "a", "The dog", " is", "is there", "Yes", "No", "bicycle", "bicycles", " bicycles", "photo", "photos",
    "word", "words", "password", "_word_", "dog", "dogs", "hotdog", ".", ",", "?", "!", "...", "--- ---", "===", "'s", "\"",
    "1", "42", "3.14159", "1,000,000", "0x7f", "<", ">", "</", "<0x41>", "<0xC3>", "<s>", "</s>", "<unk>", "<pad>", "<image>",
    "<image", "<image>\n", "<<image>>", "<image><pad>", "<image><image>", "<left>", "<right>", "<both>", "<norm>",
    "Straße", "naïve", "café", "cafe\u0301", "œuvre", "İstanbul", "ﬁ", "Ω", "Быстрая", "лиса", "собаку", "Ελλάδα", "עברית",
    "هل يوجد", "कुत्ता", "ภาษาไทย", "图片里有一只狗", "犬", "ですか。", "사진에", "한글", "𝔘𝔫𝔦", "𐍈", "😀", "👩‍👩‍👧", "🇩🇪", "❤️", "👍🏽", "\ufffd",
    "def f(x):\n    return x", "for (int i = 0; i < n; ++i) {", "std::vector<int>", "{\"a\": [1, 2]}", "https://a.b/c?d=e&f",
    "A chat between a curious user and an artificial intelligence assistant.", " USER: ", " ASSISTANT:", "\\n", "é" * 5, "ア" * 3,
)  # fmt: skip


def texts():
    rng = random.Random(5)
    fixed = [
        "", " ", "\n", "<image>", "<s>", "<s></s>", " <image> ", "USER: <image>\nWhat is it? ASSISTANT:",
        "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, "
        "detailed, and polite answers to the user's questions. USER: <image>\nIs there a dog in the image?\n"
        "Answer the question using a single word or phrase. ASSISTANT:",
        "word", " word ", "word.", "wordé", "éword", "日word本", "-word-", "word word", "a  <left>  b", "a  <right>  b",
        "a \u3000<both>\n\n b", "<right>  <left>", "<right>   <image>", "<both><both>", "x<norm>y", "<norm>y", "this or that", "this 0r that", "more",
        "ÿ\u0100", "ab\u0101cd", "\u0101\u0102", "é\u0101", "\u0101é", "\u0101é\u0102", "aaaa" * 20, "= " * 30, "ab" * 40,
    ]  # fmt: skip
    singles = [fragment for fragment in FRAGMENTS if fragment not in fixed]
    mixed = ["".join(rng.choices(FRAGMENTS, k=rng.randint(2, 7))) for _ in range(200)]
    return fixed + singles + mixed


def auto_cases(form, directory):
    """AutoTokenizer on the same tokenizer.json beside different configurations."""
    samples = ["a <image> dog", "<extra>b", "<s> c </s>d", "é<pad> <y><x>e"]
    plain = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    decoder = {
        "1": added("<s>", lstrip=True), "4": added("<image>", rstrip=True, special=False),
        "700": added("<x>", special=False, normalized=True), "699": added("<y>"),
    }  # fmt: skip
    decoder["1"]["id"] = decoder["4"]["id"] = decoder["700"]["id"] = decoder["699"]["id"] = None
    decoder = {key: {k: v for k, v in token.items() if k != "id"} for key, token in decoder.items()}
    for name, model_type, config in [
        ("no class", "llava", plain),
        ("backend", "llava", plain | {"tokenizer_class": "TokenizersBackend", "legacy": True}),
        ("llama in llava", "llava", plain | {"tokenizer_class": "LlamaTokenizer", "legacy": False}),
        ("fast", "llava", plain | {"tokenizer_class": "PreTrainedTokenizerFast"}),
        ("add_bos false", "llava", plain | {"add_bos_token": False, "add_eos_token": True}),
        ("llama", "llama", plain | {"tokenizer_class": "LlamaTokenizer"}),
        ("llama legacy", "llama", plain | {"tokenizer_class": "LlamaTokenizerFast", "legacy": True}),
        ("llama new", None, plain | {"tokenizer_class": "LlamaTokenizerFast", "legacy": False}),
        ("llama no prefix", "llama", {"tokenizer_class": "LlamaTokenizer", "add_prefix_space": False}),
        ("llama decoder", "llama", {"tokenizer_class": "LlamaTokenizer", "added_tokens_decoder": decoder}),
        ("decoder", "llava", plain | {"added_tokens_decoder": decoder}),
        ("extra list", "llava", plain | {"extra_special_tokens": ["<y>", "<x>"], "image_token": "<image>"}),
        ("extra dict", "llava", plain | {"extra_special_tokens": {"extra_token": "<extra>"}}),
        ("additional", "llava", plain | {"additional_special_tokens": ["<extra>", "<pad>"]}),
        ("typed", "llava", plain | {"bos_token": {"__type": "AddedToken", **added("<s>", rstrip=True)}}),
        ("unknown bos", "llava", plain | {"bos_token": "<extra>"}),
    ]:  # fmt: skip
        if isinstance(config.get("bos_token"), dict):
            config["bos_token"].pop("id")
        folder = directory / name
        folder.mkdir()
        dump(folder / "tokenizer.json", form)
        dump(folder / "tokenizer_config.json", config)
        if model_type:
            dump(folder / "config.json", {"model_type": model_type})
        reference = AutoTokenizer.from_pretrained(folder)
        ids = [reference.encode(sample) for sample in samples]
        yield {
            "name": name,
            "model_type": model_type,
            "config": config,
            "texts": samples,
            "ids": ids,
            "skipped": [reference.decode(row, skip_special_tokens=True) for row in ids],
        }


# --------------------------------------------------------------------------------------------------
# Pictures


def draw_picture(width, height, seed):
    """Smooth ramps, edges and noise, by integer arithmetic that the C++ test repeats."""
    y, x, c = np.indices((height, width, 3), dtype=np.uint32)
    noise = (x * 73856093) ^ (y * 19349663) ^ ((c + np.uint32(seed)) * 83492791)
    noise = (noise * np.uint32(2654435761)) >> 24
    ramp = (x * 5 + y * (3 + c) + np.uint32(seed)) % 256
    edge = (((x // 7) + (y // 5) + c) % 2) * 255
    kind = (np.uint32(seed) + (x // 16)) % 3
    return np.choose(kind, [noise, ramp, edge]).astype(np.uint8)


def crc(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def resize_cases():
    rng = random.Random(11)
    sizes = [
        (1, 1, 5, 3), (5, 3, 1, 1), (2, 2, 2, 2), (40, 30, 40, 17), (40, 30, 19, 30), (1, 50, 9, 9),
        (300, 7, 28, 28), (7, 300, 336, 336), (640, 480, 448, 336), (17, 13, 336, 257),
        (3, 387, 22, 7), (2, 201, 9, 90), (3, 300, 5, 30), (2, 261, 3, 300),  # around a hundred times as high
    ]  # fmt: skip
    for _ in range(120):
        sizes.append(tuple(int(2 ** rng.uniform(0, 7.2)) for _ in range(4)))
    for i, (width, height, to_width, to_height) in enumerate(sizes):
        for resample in (3,) if i % 4 else (1, 2, 3, 4, 5):
            picture = Image.fromarray(draw_picture(width, height, i))
            resized = picture.resize((to_width, to_height), resample=resample)
            yield [width, height, i, to_width, to_height, resample, crc(np.asarray(resized))]


def image_cases(directory):
    mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    old = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 28, "crop_size": 28, "resample": 3,
           "do_resize": True, "do_center_crop": True, "do_normalize": True, "image_mean": mean, "image_std": std}  # fmt: skip
    new = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    llava = new | {"image_processor_type": "LlavaImageProcessor", "image_mean": mean, "image_std": std}
    settings = [
        ("old", old), ("new", new), ("fast", new | {"image_processor_type": "CLIPImageProcessorFast"}),
        ("nulls", new | {"do_center_crop": None}),
        ("exact", new | {"size": {"height": 20, "width": 45}, "crop_size": {"height": 18, "width": 31}}),
        ("crop pads", new | {"size": {"shortest_edge": 15}, "crop_size": {"height": 32, "width": 33}}),
        ("no crop", new | {"do_center_crop": False, "size": {"height": 24, "width": 24}}),
        ("no resize", new | {"do_resize": False}),
        ("bilinear", new | {"resample": 2}), ("lanczos", new | {"resample": 1}),
        ("factor", new | {"rescale_factor": 0.00390625}),
        ("pad", llava | {"do_pad": True}), ("llava no pad", llava),
        ("pad other mean", llava | {"do_pad": True, "image_mean": [0.5, 0.25, 0.1], "image_std": [0.5, 0.5, 0.2]}),
    ]  # fmt: skip
    jpeg_files = ["odd_422_34x18.jpg", "odd_420_17x31.jpg", "odd_411_34x18.jpg", "odd_440_17x31.jpg",
                  "odd_cmyk_adobe2.jpg", "progressive_2_34x18.jpg", "odd_grey.jpg", "rgb_422.jpg"]  # fmt: skip
    sizes = [(28, 28), (50, 37), (37, 50), (31, 33), (100, 9), (8, 90), (16, 16), (33, 200)]
    for name, config in settings:
        folder = directory / name
        folder.mkdir()
        nested = name in ("new", "pad", "exact")
        if nested:
            dump(folder / "processor_config.json", {"image_processor": config, "patch_size": 14})
        else:
            dump(folder / "preprocessor_config.json", config)
        reference = AutoImageProcessor.from_pretrained(folder, use_fast=False)
        rows = []
        for seed, (width, height) in enumerate(sizes):
            picture = Image.fromarray(draw_picture(width, height, seed))
            pixels = reference(picture, do_normalize=False, return_tensors="np")["pixel_values"][0]
            pixels = pixels.transpose(1, 2, 0).astype(np.float32)
            rows.append([width, height, seed, pixels.shape[1], pixels.shape[0], crc(pixels)])
        files = []
        for file in jpeg_files:
            picture = Image.open(pathlib.Path(__file__).parent / "io" / file).convert("RGB")
            pixels = reference(picture, do_normalize=False, return_tensors="np")["pixel_values"][0]
            pixels = pixels.transpose(1, 2, 0).astype(np.float32)
            files.append([file, pixels.shape[1], pixels.shape[0], crc(pixels)])
        yield {
            "name": name,
            "nested": nested,
            "config": config,
            "files": files,
            "mean": list(reference.image_mean),
            "std": list(reference.image_std),
            "pictures": rows,
        }


# --------------------------------------------------------------------------------------------------


def dump(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent / "adapters")
    output = parser.parse_args().output
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    all_texts = texts()
    dump(output / "texts.json", all_texts)
    by_name = dict(forms())
    for name, form in by_name.items():
        dump(output / f"tokenizer_{name}.json", form)
        reference = Tokenizer.from_str(json.dumps(form))
        ids = [reference.encode(text).ids for text in all_texts]
        decoded = [reference.decode(row, skip_special_tokens=False) for row in ids]
        skipped = [reference.decode(row, skip_special_tokens=True) for row in ids]
        dump(output / f"ids_{name}.json", {"ids": ids, "decoded": decoded, "skipped": skipped})
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "auto").mkdir()
        (scratch / "images").mkdir()
        dump(output / "auto.json", list(auto_cases(by_name["normalizer"], scratch / "auto")))
        dump(output / "images.json", list(image_cases(scratch / "images")))
    dump(output / "resize.json", list(resize_cases()))
    total = sum(path.stat().st_size for path in output.iterdir())
    assert total < 300_000, total
    print(f"{len(all_texts)} texts, {total} bytes in {output}")


if __name__ == "__main__":
    main()
