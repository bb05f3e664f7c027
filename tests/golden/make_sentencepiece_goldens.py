# SPDX-License-Identifier: MIT
"""Make tests/golden/sentencepiece: what sentencepiece and the slow tokenizers on it compute.

    python make_sentencepiece_goldens.py --internlm2 FOLDER [--output sentencepiece]

FOLDER holds tokenization_internlm2.py, from OpenGVLab/InternVL (internvl_chat/internvl/model/internlm2).
Versions: sentencepiece 0.2.3, protobuf 7, transformers 4.46.3: the last whose LlamaTokenizer is the slow one. It
wants an environment of its own.

NAME.model         trained on the strings of token_texts.py: "llama" (bytes, prefix), "internlm2" (bytes, no prefix,
                   user-defined pieces), "unknown" (no bytes)
NAME.ids.json      {"ids", "decoded"}: CRC-32 for each of ../tokenizers/texts.json, as make_tokenizer_goldens.py
                   writes them; {"random"}: some ids, and the text that they decode to
folders.json       [{"name", "model", "files", "ids"}]: configurations beside a model, and the CRC-32 of the ids
                   that the slow class gives for every third text
"""

import argparse
import json
import pathlib
import random
import shutil
import sys
import tempfile
import zlib

import sentencepiece
from token_texts import SENTENCES, texts
from transformers import LlamaTokenizer
from transformers.utils import logging

logging.set_verbosity_error()

UNUSED = [f"[UNUSED_TOKEN_{i}]" for i in range(12)]


def dump(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def crc(value):
    text = value if isinstance(value, str) else ",".join(map(str, value))
    return zlib.crc32(text.encode())


def train(path, strings, **options):
    """A model as LLaMA's was trained, but for the size."""
    # Without the rarest letters: a small vocabulary shall lack many.
    lines = [line for text in [*SENTENCES * 8, *strings[:-300]] for line in text.split("\n") if "\0" not in line]
    defaults = {
        "model_type": "bpe", "normalization_rule_name": "identity", "remove_extra_whitespaces": False, "split_digits": True,
        "allow_whitespace_only_pieces": True, "byte_fallback": True, "character_coverage": 0.98, "vocab_size": 900,
        "minloglevel": 2, "num_threads": 1,
    }  # fmt: skip
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=path.open("wb"), **defaults | options
    )
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def model_reference(model, strings, seed):
    rng = random.Random(seed)
    ids = [model.encode(text) for text in strings]
    usable = [i for i in range(model.get_piece_size()) if not (model.is_control(i) or model.is_unknown(i))]
    drawn = [rng.choices(usable, k=rng.randint(1, 8)) for _ in range(200)]
    # Runs of bytes of which some are no character.
    first = model.piece_to_id("<0x00>")
    if model.is_byte(first):
        drawn += [[first + rng.choice((0x41, 0xC3, 0xA9, 0xE2, 0x96, 0x81, 0xF0, 0xFF)) for _ in range(rng.randint(1, 9))] for _ in range(100)]
    return {
        "ids": [crc(row) for row in ids],
        "decoded": [crc(model.decode(row)) for row in ids],
        "random": [[row, model.decode(row)] for row in drawn],
    }


def added(content, **flags):
    token = {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return token | flags


def folder_cases(internlm2_class, directory, output, strings):
    named = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    llama = named | {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "sp_model_kwargs": {}}
    typed = {key: {"__type": "AddedToken", **added(value, normalized=True)} for key, value in named.items()}
    for token in typed.values():
        del token["special"]
    intern = named | {"tokenizer_class": "InternLM2Tokenizer", "sp_model_kwargs": None, "pad_token": "</s>"}
    size = {name: sentencepiece.SentencePieceProcessor(model_file=str(output / f"{name}.model")).get_piece_size() for name in ("llama", "internlm2")}
    llama_decoder = {"0": added("<unk>"), "1": added("<s>"), "2": added("</s>")}
    image = {str(size["llama"]): added("<image>"), str(size["llama"] + 1): added("<plain>")}
    plain = {str(size["llama"] + 3): added("<image>", special=False), str(size["llama"] + 4): added("<plain>", special=False)}
    # InternLM2 calls some of its unused pieces by other names; InternVL adds more behind them.
    last = size["internlm2"]
    renamed = {str(last - 3): added("<|plugin|>"), str(last - 2): added("<|im_end|>"), str(last - 1): added("<|im_start|>")}
    more = {str(last): added("<img>"), str(last + 1): added("</img>"), str(last + 2): added("<IMG_CONTEXT>", special=False)}
    decoder = {str(i): added(token) for i, token in enumerate(("<unk>", "<s>", "</s>"))}
    for name, model, files in [
        ("no configuration", "llama", {}),
        ("llama", "llama", {"tokenizer_config": llama}),
        ("legacy", "llama", {"tokenizer_config": llama | {"legacy": True, "added_tokens_decoder": llama_decoder}}),
        ("vicuna", "llama", {"tokenizer_config": typed | {"tokenizer_class": "LlamaTokenizer", "legacy": False, "pad_token": None},
                             "special_tokens_map": named | {"pad_token": "<unk>"}}),
        ("legacy false with an image token", "llama", {"tokenizer_config": llama | {"legacy": False, "added_tokens_decoder": llama_decoder | image}}),
        ("legacy false with an extra token", "llama", {"tokenizer_config": llama | {
            "legacy": False, "added_tokens_decoder": llama_decoder | image, "additional_special_tokens": ["<image>"]}}),
        ("legacy false without prefix", "llama", {"tokenizer_config": llama | {"legacy": False, "add_prefix_space": False}}),
        ("an image token", "llama", {"tokenizer_config": llama | {"added_tokens_decoder": llama_decoder | image}}),
        ("plain tokens, with a gap", "llama", {"tokenizer_config": llama | {"added_tokens_decoder": llama_decoder | plain, "pad_token": "[INST]"}}),
        ("added_tokens.json", "llama", {"tokenizer_config": llama, "added_tokens": {"<image>": size["llama"] + 1, "<plain>": size["llama"]},
                                        "special_tokens_map": named | {"pad_token": "[INST]", "additional_special_tokens": ["<plain>"]}}),
        ("a pad token", "llama", {"tokenizer_config": llama | {"pad_token": "[INST]", "additional_special_tokens": ["<img>", "</img>"]}}),
        ("bos is eos", "llama", {"tokenizer_config": llama | {"bos_token": "</s>", "unk_token": "</s>"}}),
        ("eos, no bos", "llama", {"tokenizer_config": llama | {"add_bos_token": False, "add_eos_token": True}}),
        ("no prefix in the model", "internlm2", {"tokenizer_config": llama}),
        ("no prefix in the model, legacy false", "internlm2", {"tokenizer_config": llama | {"legacy": False}}),
        ("internlm2", "internlm2", {"tokenizer_config": intern | {"added_tokens_decoder": decoder | renamed}}),
        ("internvl", "internlm2", {"tokenizer_config": intern | {"added_tokens_decoder": decoder | renamed | more, "add_eos_token": True}}),
        ("internvl, added_tokens.json", "internlm2", {"tokenizer_config": intern, "added_tokens": {token["content"]: int(i) for i, token in (renamed | more).items()}}),
        ("internlm2 with a prefix", "llama", {"tokenizer_config": intern | {"legacy": False, "bos_token": "</s>"}}),
    ]:  # fmt: skip
        folder = directory / name
        folder.mkdir()
        shutil.copy(output / f"{model}.model", folder / "tokenizer.model")
        for file, content in files.items():
            dump(folder / f"{file}.json", content)
        kind = internlm2_class if "intern" in name else LlamaTokenizer
        tokenizer = kind.from_pretrained(folder)
        yield {"name": name, "model": model, "files": files, "ids": [crc(tokenizer.encode(text)) for text in strings]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--internlm2", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent / "sentencepiece")
    arguments = parser.parse_args()
    output = arguments.output
    sys.path.insert(0, str(arguments.internlm2))
    from tokenization_internlm2 import InternLM2Tokenizer

    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    strings = texts()
    models = {
        "llama": train(output / "llama.model", strings),
        "internlm2": train(output / "internlm2.model", strings, add_dummy_prefix=False, user_defined_symbols=["▁▁▁", "dog", "do", *UNUSED]),
        "unknown": train(output / "unknown.model", strings, byte_fallback=False, vocab_size=500),
    }  # fmt: skip
    for seed, (name, model) in enumerate(models.items()):
        dump(output / f"{name}.ids.json", model_reference(model, strings, seed))
    with tempfile.TemporaryDirectory() as scratch:
        dump(output / "folders.json", list(folder_cases(InternLM2Tokenizer, pathlib.Path(scratch), output, strings[::3])))
    total = sum(path.stat().st_size for path in output.iterdir())
    assert total < 600_000, total
    print(f"{len(strings)} texts, {total} bytes in {output}")


if __name__ == "__main__":
    main()
