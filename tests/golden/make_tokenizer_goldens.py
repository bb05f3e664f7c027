# SPDX-License-Identifier: MIT
"""Make tests/golden/tokenizers: what the tokenizers library and AutoTokenizer compute on bytes.

    python make_tokenizer_goldens.py [--output tokenizers]

Versions: tokenizers 0.23.3, transformers 5.23.0, tiktoken 0.14.0, Python 3.11 (Unicode 14).

texts.json            the strings of token_texts.py
FORM.json             a small tokenizer.json in each form: "qwen2", "gpt2", "whole" (ignore_merges), "template"
FORM.ids.json         {"ids", "decoded"}: for each text the CRC-32 of its ids, written "1,2,3", and of what they
                      decode to, with special tokens + "|" + without; {"random"}: some ids, and both their texts;
                      {"streamed"}: for each text the CRC-32 of what the library's DecodeStream says after each of
                      its ids, joined by U+0001
qwen.tiktoken         a small vocabulary of tiktoken, bytes in mixed order; qwen.ids.json as FORM.ids.json
words.json            {pattern: CRC-32 of each text's pieces, joined by U+0001}, as the library's Split cuts them
auto_bytes.json       tokenizer_config.json beside qwen2.json, and what AutoTokenizer makes of the folder
auto_files.json       folders with some of tokenizer.json, vocab.json, merges.txt, tokenizer_config.json,
                      special_tokens_map.json and added_tokens.json, and the CRC-32 of what AutoTokenizer makes of
                      each text (ids | decoded | without special tokens), or null where it refuses the folder
"""

import argparse
import base64
import json
import pathlib
import random
import shutil
import tempfile
import unicodedata
import zlib

import tiktoken
from token_texts import SENTENCES, texts
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from tokenizers.decoders import DecodeStream
from transformers import AutoTokenizer
from transformers.utils import logging

logging.set_verbosity_error()

QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Of another family: up to three digits, possessive signs, categories of two letters, escapes in classes.
OTHER_WORDS = r"[^\r\n\p{L}\p{N}]?+[\p{Lu}\p{Lt}]*+[^\P{L}\p{Lu}\p{Lt}\-]+(?i:'s|'d)?|\p{N}{1,3}|(?:[^\s\p{L}\p{N}])++[\r\n/]*|\s++"

GPT2_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
NO_WORDS = r"x*|(?=\p{Lu})|[^\S\n]{2}|(?i:'re|ve|ks)\P{L}"  # matches of nothing, \S and \P, folds of k and s


def added(content, **flags):
    token = {
        "id": -1, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
        "normalized": False, "special": True,
    }  # fmt: skip
    return token | flags


def dump(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def train(size=256 + 420):
    """A byte-level model whose merges are learnt from the texts."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(QWEN2_WORDS), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    bpe.train_from_iterator([*SENTENCES * 8, *texts()], trainer)
    return json.loads(bpe.to_str())["model"]


def byte_level(add_prefix_space, use_regex):
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": False, "use_regex": use_regex}


def split(pattern, invert=False):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": invert}


def tokenizer(model, normalizer, pre_tokenizer, post_processor, added_tokens):
    for i, token in enumerate(added_tokens):
        token["id"] = len(model["vocab"]) + i
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added_tokens, "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": byte_level(False, False), "model": model,
    }  # fmt: skip


def forms():
    model = train()
    words = {"type": "Sequence", "pretokenizers": [split(QWEN2_WORDS), byte_level(False, False)]}
    qwen = [added(token) for token in ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>")]
    qwen.append(added("<plain>", special=False))
    yield "qwen2", tokenizer(model, {"type": "NFC"}, words, byte_level(False, False), qwen)
    yield "gpt2", tokenizer(model, None, byte_level(True, True), None, [added("<|endoftext|>", rstrip=True), added("é naïve", special=False)])
    # Tokens that no merge makes, and a merge that only whole pieces avoid.
    vocabulary = dict(model["vocab"])
    for piece in ("Ġdogs", "Ġbicycle", "åĽ¾çīĩ", "===", "1234"):
        vocabulary.setdefault(piece, len(vocabulary))
    other = {"type": "Sequence", "pretokenizers": [split(OTHER_WORDS, invert=True), byte_level(True, False)]}
    yield "whole", tokenizer(
        model | {"vocab": vocabulary, "ignore_merges": True, "merges": [" ".join(pair) for pair in model["merges"]]},
        {"type": "Sequence", "normalizers": [{"type": "NFC"}]}, other, None,
        [added("<|endoftext|>", normalized=True), added("<|im_end|>", normalized=True), added("か\u3099", normalized=True, special=False)],
    )  # fmt: skip
    template = {
        "type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [len(model["vocab"])], "tokens": ["<s>"]}},
    }  # fmt: skip
    yield "template", tokenizer(model, {"type": "NFC"}, byte_level(False, True), template, [added("<s>"), added("</s>")])


def crc(value):
    text = value if isinstance(value, str) else ",".join(map(str, value))
    return zlib.crc32(text.encode())


def reference(encode, decode, strings, size, seed):
    """CRCs of what encode and decode give for the strings, and decoded random ids below `size`."""
    rng = random.Random(seed)
    ids = [encode(text) for text in strings]
    drawn = [rng.choices(range(size), k=rng.randint(1, 6)) for _ in range(150)]
    return {
        "ids": [crc(row) for row in ids],
        "decoded": [crc(decode(row, False) + "|" + decode(row, True)) for row in ids],
        "random": [[row, decode(row, False), decode(row, True)] for row in drawn],
    }


# --------------------------------------------------------------------------------------------------
# tiktoken

QWEN_SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<|extra_{i}|>" for i in range(205)),
    "<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<img>", "</img>", "<imgpad>",
]  # fmt: skip


def byte_values():
    """GPT-2's alphabet: what byte each of its characters stands for."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


def ranks_of(vocabulary):
    """{bytes: rank} of a byte-level vocabulary {piece: id}."""
    values = byte_values()
    ordered = sorted(vocabulary, key=vocabulary.get)
    return {bytes(values[letter] for letter in piece): rank for rank, piece in enumerate(ordered)}


def tiktoken_lines(ranks):
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items())


def small_ranks(vocabulary):
    """Bytes in mixed order, then what they merge to; some tokens that no merge makes."""
    tokens = list(ranks_of(vocabulary))
    head = [token for token in tokens if len(token) == 1]
    random.Random(3).shuffle(head)
    tail = [token for token in tokens if len(token) > 1]
    cut = pre_tokenizers.Split(Regex(QWEN2_WORDS), "isolated").pre_tokenize_str
    words = sorted({piece.encode() for text in texts() for piece, _ in cut(unicodedata.normalize("NFC", text))})
    known = set(tokens)
    unreachable = [w for w in words if not any(w[:i] in known and w[i:] in known for i in range(len(w))) and w not in known]
    return {token: rank for rank, token in enumerate(head + tail + unreachable[::9])}


def qwen_reference(ranks, strings, seed):
    """What Qwen-VL's own tokenizer does with ids and texts: tiktoken behind normal form C."""
    special = {token: rank for rank, token in enumerate(QWEN_SPECIAL, len(ranks))}
    library = tiktoken.Encoding("qwen", pat_str=QWEN2_WORDS, mergeable_ranks=ranks, special_tokens=special)

    def encode(text):
        return library.encode(unicodedata.normalize("NFC", text), allowed_special="all", disallowed_special=())

    def decode(ids, skip):
        return library.decode([i for i in ids if not skip or i < len(ranks)], errors="replace")

    return reference(encode, decode, strings, library.n_vocab, seed)


# --------------------------------------------------------------------------------------------------


def auto_cases(form, directory):
    """AutoTokenizer on the same tokenizer.json beside different configurations."""
    samples = ["a <|im_start|> dog's cafe\u0301 12", "<extra>b  c <|endoftext|> d", "<img>\u0338 e <y><x> f", "  <plain>  x"]
    plain = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "bos_token": None, "unk_token": None, "add_bos_token": False}
    qwen = plain | {"tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, "errors": "replace"}
    size = len(form["model"]["vocab"])
    decoder = {
        str(size): added("<|endoftext|>", lstrip=True), str(size + 1): added("<|im_start|>", rstrip=True, special=False),
        str(size + 7): added("<x>", special=False, normalized=True), str(size + 6): added("<y>"),
    }  # fmt: skip
    for token in decoder.values():
        del token["id"]
    words = json.loads(json.dumps(form["pre_tokenizer"]))
    words["pretokenizers"][0]["pattern"]["Regex"] = r"\p{L}+"
    bos = {"bos_token": "<|im_start|>", "add_bos_token": True}
    for name, model_type, config, changes in [
        ("qwen2", "qwen2", qwen, {}),
        ("internvl", "internvl", qwen, {}),
        ("fast in internvl", "internvl", qwen | {"tokenizer_class": "Qwen2TokenizerFast"}, {}),
        ("no class in internvl", "internvl", plain, {"pre_tokenizer": words}),
        ("no class in qwen2_5_vl", "qwen2_5_vl", plain, {"pre_tokenizer": words}),
        ("no class, no type", None, plain, {"pre_tokenizer": words}),
        ("no class in llama", "llama", plain, {"pre_tokenizer": words}),
        ("backend in internvl", "internvl", plain | {"tokenizer_class": "TokenizersBackend"}, {"pre_tokenizer": words}),
        ("backend in qwen2", "qwen2", plain | {"tokenizer_class": "TokenizersBackend"}, {"pre_tokenizer": words}),
        ("llama in qwen2", "qwen2", plain | {"tokenizer_class": "LlamaTokenizerFast"}, {"pre_tokenizer": words}),
        ("llama that is no llama", "internvl", plain | {"tokenizer_class": "LlamaTokenizer"}, {"pre_tokenizer": words}),
        ("qwen2 in llava", "llava", qwen, {"pre_tokenizer": words}),
        ("qwen2 in internvl_chat", "internvl_chat", qwen, {"pre_tokenizer": words, "normalizer": None}),
        ("built anew", "qwen2", qwen, {"pre_tokenizer": words, "normalizer": None, "decoder": None}),
        ("no post processor", "qwen2", qwen, {"post_processor": None}),
        ("prefix", "qwen2", qwen | {"add_prefix_space": True}, {}),
        ("decoder", "qwen2", qwen | {"added_tokens_decoder": decoder}, {}),
        ("decoder in llava", "llava", qwen | {"added_tokens_decoder": decoder}, {}),
        ("defaults", "qwen2", {"tokenizer_class": "Qwen2Tokenizer"}, {"added_tokens": []}),
        ("extra list", "internvl", qwen | {"extra_special_tokens": ["<y>", "<x>"]}, {}),
        ("extra dict", "internvl", qwen | {"extra_special_tokens": {"context_image_token": "<x>", "start_image_token": "<img>"}}, {}),
        ("additional", "qwen2", qwen | {"additional_special_tokens": ["<extra>", "<|im_end|>"]}, {}),
        ("bos", "qwen2", qwen | bos, {}),
        ("bos, no post processor", "qwen2", qwen | bos, {"post_processor": None}),
        ("bos in llava", "llava", qwen | bos, {"post_processor": None}),
    ]:  # fmt: skip
        folder = directory / name
        folder.mkdir()
        dump(folder / "tokenizer.json", form | changes)
        dump(folder / "tokenizer_config.json", config)
        if model_type:
            dump(folder / "config.json", {"model_type": model_type})
        auto = AutoTokenizer.from_pretrained(folder)
        ids = [auto.encode(sample) for sample in samples]
        yield {
            "name": name,
            "model_type": model_type,
            "config": config,
            "changes": changes,
            "texts": samples,
            "ids": ids,
            "skipped": [auto.decode(row, skip_special_tokens=True) for row in ids],
        }


FILE_TEXTS = (
    "a <|im_start|> dog's cafe\u0301 12", "<extra>b  c <|endoftext|> d", "<img>\u0338 e <y> <x> f <z>", "  <plain>  x<img></img>",
    "a <image> dog <s> c </s>d é<pad> <y><x>e",
)  # fmt: skip
FILE_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<plain>", "<x>", "<y>", "<z>", "<s>", "</s>", "<unk>",
               "<pad>", "<image>", "dog", "<extra>")  # fmt: skip


def drawn_roles(rng, typed):
    """What a configuration (typed) or a special_tokens_map.json names; keys in order, as it matters little."""
    roles = {}
    for role in ("bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "image_token"):
        if rng.random() < 0.7:
            continue
        roles[role] = rng.choice(FILE_TOKENS)
        if rng.random() < 0.4:
            # Never normalised: of tokens whose flag changes the library decodes the form that it had first.
            flags = {flag: rng.random() < 0.2 for flag in ("lstrip", "rstrip", "single_word")} | {"normalized": False}
            roles[role] = {"content": roles[role]} | flags | ({"__type": "AddedToken", "special": rng.random() < 0.7} if typed else {})
    for key in ("additional_special_tokens", "extra_special_tokens"):
        if rng.random() < 0.25:
            roles[key] = rng.sample(FILE_TOKENS, rng.randint(0, 3))
    return dict(sorted(roles.items()))


def drawn_files(rng, size, is_llama):
    """Small files for a vocabulary of `size` pieces, some of which contradict each other."""
    names = ["LlamaTokenizer", "TokenizersBackend"] if is_llama else ["Qwen2Tokenizer", "Qwen2TokenizerFast", "PreTrainedTokenizerFast"]
    files = {}
    model_type = rng.choice(["llava", "llama"] if is_llama else ["internvl_chat", "internvl", "qwen2", "llava"])
    files["config.json"] = {"model_type": model_type} if rng.random() < 0.9 else {}
    if rng.random() < 0.85:
        config = drawn_roles(rng, typed=True)
        if rng.random() < 0.8:
            config["tokenizer_class"] = rng.choice(names)
        for flag in ("add_bos_token", "add_eos_token", "add_prefix_space"):
            if rng.random() < 0.25:
                config[flag] = rng.random() < 0.5
        if rng.random() < 0.3:
            tokens = rng.sample(FILE_TOKENS, rng.randint(0, 5))
            ids = sorted(rng.sample(range(size, size + 20), len(tokens)))
            config["added_tokens_decoder"] = {
                str(i): {key: value for key, value in added(token, special=rng.random() < 0.6, rstrip=rng.random() < 0.2).items() if key != "id"}
                for i, token in zip(ids, tokens)
            }  # fmt: skip
        files["tokenizer_config.json"] = config
    elif rng.random() < 0.5:
        files["config.json"]["tokenizer_class"] = rng.choice(names)
    if rng.random() < 0.6:
        files["special_tokens_map.json"] = drawn_roles(rng, typed=False)
    if rng.random() < 0.6:
        tokens = rng.sample(FILE_TOKENS, rng.randint(1, 8))
        ids = list(range(size, size + len(tokens)))
        if rng.random() < 0.4:
            rng.shuffle(ids)
        files["added_tokens.json"] = dict(zip(tokens, ids))
    return files


def published_files(size):
    """What InternVL's releases on Qwen2 have in place of a tokenizer.json, whole and with files missing."""
    tokens = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>", "<x>")
    numbers = {token: size + i for i, token in enumerate(tokens)}
    decoder = {str(i): {key: value for key, value in added(token).items() if key != "id"} for token, i in numbers.items()}
    config = {
        "add_prefix_space": False, "additional_special_tokens": ["<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>"],
        "bos_token": None, "clean_up_tokenization_spaces": False, "eos_token": "<|im_end|>", "errors": "replace",
        "pad_token": "<|endoftext|>", "split_special_tokens": False, "tokenizer_class": "Qwen2Tokenizer", "unk_token": None,
    }  # fmt: skip
    roles = {"additional_special_tokens": config["additional_special_tokens"], "eos_token": added("<|im_end|>"), "pad_token": added("<|endoftext|>")}
    for role in ("eos_token", "pad_token"):
        del roles[role]["id"], roles[role]["special"]
    whole = {
        "config.json": {"model_type": "internvl_chat"}, "tokenizer_config.json": config | {"added_tokens_decoder": decoder},
        "special_tokens_map.json": roles, "added_tokens.json": numbers,
    }  # fmt: skip
    bare = {"tokenizer_class": "Qwen2Tokenizer"}
    yield whole
    yield whole | {"tokenizer_config.json": config}
    yield whole | {"tokenizer_config.json": bare}
    yield {name: content for name, content in whole.items() if name != "special_tokens_map.json"}
    yield {name: content for name, content in whole.items() if name != "added_tokens.json"}
    yield {name: content for name, content in whole.items() if name != "tokenizer_config.json"}
    yield {"config.json": whole["config.json"], "tokenizer_config.json": bare, "added_tokens.json": numbers}
    yield {"config.json": whole["config.json"], "tokenizer_config.json": bare, "special_tokens_map.json": roles}
    yield {"config.json": whole["config.json"], "tokenizer_config.json": bare}
    yield {"config.json": {"model_type": "internvl"}, "added_tokens.json": numbers}
    yield {"tokenizer_config.json": config, "added_tokens.json": numbers}
    bos = {"bos_token": "<|im_start|>", "add_bos_token": True, "add_eos_token": True}
    yield whole | {"tokenizer_config.json": config | bos}


def file_cases(qwen, llama, directory):
    """AutoTokenizer on folders with the older small files, with and without a tokenizer.json."""
    rng = random.Random(8)
    size = len(qwen["model"]["vocab"])
    cases = [(form, files) for form in ("vocab", "qwen2") for files in published_files(size)]
    for _ in range(140):
        form = rng.choice(["vocab", "vocab", "qwen2", "llama"])
        cases.append((form, drawn_files(rng, len((llama if form == "llama" else qwen)["model"]["vocab"]), form == "llama")))
    for number, (form, files) in enumerate(cases):
        folder = directory / f"files {number}"
        folder.mkdir()
        if form == "vocab":
            dump(folder / "vocab.json", qwen["model"]["vocab"])
            lines = [" ".join(pair) for pair in qwen["model"]["merges"]]
            (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines, ""]), encoding="utf-8")
        else:
            dump(folder / "tokenizer.json", llama if form == "llama" else qwen)
        for name, content in files.items():
            dump(folder / name, content)
        try:
            auto = AutoTokenizer.from_pretrained(folder)
        except (ValueError, TypeError, KeyError):
            yield {"form": form, "files": files, "crcs": None}
            continue
        rows = [auto.encode(text) for text in FILE_TEXTS]
        texts = [",".join(map(str, row)) + "|" + auto.decode(row) + "|" + auto.decode(row, skip_special_tokens=True) for row in rows]
        yield {"form": form, "files": files, "crcs": list(map(crc, texts))}


def streamed(library, ids):
    stream = DecodeStream(skip_special_tokens=False)
    return "\x01".join(stream.step(library, i) or "" for i in ids)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent / "tokenizers")
    output = parser.parse_args().output
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    strings = texts()
    dump(output / "texts.json", strings)
    by_name = dict(forms())
    for seed, (name, form) in enumerate(by_name.items()):
        dump(output / f"{name}.json", form)
        library = Tokenizer.from_str(json.dumps(form))
        rows = reference(
            lambda text: library.encode(text).ids,
            lambda ids, skip: library.decode(ids, skip_special_tokens=skip),
            strings, library.get_vocab_size(), seed,
        )  # fmt: skip
        rows["streamed"] = [crc(streamed(library, library.encode(text).ids)) for text in strings]
        dump(output / f"{name}.ids.json", rows)
    ranks = small_ranks(by_name["qwen2"]["model"]["vocab"])
    (output / "qwen.tiktoken").write_bytes(tiktoken_lines(ranks))
    dump(output / "qwen.ids.json", qwen_reference(ranks, strings, seed=20))
    words = {}
    for pattern in (QWEN2_WORDS, GPT2_WORDS, OTHER_WORDS, NO_WORDS):
        cut = pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str
        words[pattern] = [crc("\x01".join(piece for piece, _ in cut(text))) for text in strings]
    dump(output / "words.json", words)
    with tempfile.TemporaryDirectory() as scratch:
        dump(output / "auto_bytes.json", list(auto_cases(by_name["qwen2"], pathlib.Path(scratch))))
        llama = json.loads((output / "../adapters/tokenizer_normalizer.json").read_text("utf-8"))
        cases = {"texts": FILE_TEXTS, "cases": list(file_cases(by_name["qwen2"], llama, pathlib.Path(scratch)))}
        dump(output / "auto_files.json", cases)
    total = sum(path.stat().st_size for path in output.iterdir())
    assert total < 1_100_000, total
    print(f"{len(strings)} texts, {total} bytes in {output}")


if __name__ == "__main__":
    main()
