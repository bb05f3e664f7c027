# SPDX-License-Identifier: MIT
"""Lay out published vocabularies as checkpoints' folders, with what the reference libraries make of texts.

    python make_vocabulary_references.py FOLDER       (called by fetch_vocabularies.sh)

FOLDER/packages/NAME   tokenizer.json and tokenizer_config.json, as fetched
FOLDER                 qwen.tiktoken, whose ordinary tokens are those of Qwen2.5
FOLDER/NAME            tokenizer.json for AutoTokenizer
FOLDER/qwen2_5_files   the same as vocab.json, merges.txt and added_tokens.json, as InternVL's releases on Qwen2 have it
FOLDER/NAME_pieces     tokenizer.model: the same pieces for sentencepiece, scored in the order of their merges

Each gets a reference.json: {"texts", "ids", "decoded"}, with CRC-32s as make_tokenizer_goldens.py writes them.
"""

import hashlib
import json
import pathlib
import shutil
import sys

import sentencepiece
from make_tokenizer_goldens import crc, dump, qwen_reference, ranks_of, tiktoken_lines
from sentencepiece import sentencepiece_model_pb2
from token_texts import texts
from transformers import AutoTokenizer

QWEN_SHA256 = "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186"


def write_reference(folder, strings, ids, decoded):
    dump(folder / "reference.json", {"texts": strings, "ids": list(map(crc, ids)), "decoded": list(map(crc, decoded))})
    print(f"{len(strings)} texts, {sum(map(len, ids))} ids in {folder}")


def qwen(folder, model, strings):
    """qwen.tiktoken as it was published: the digest says so."""
    ranks = ranks_of(model["vocab"])
    lines = tiktoken_lines(ranks)
    assert hashlib.sha256(lines).hexdigest() == QWEN_SHA256
    (folder / "qwen.tiktoken").write_bytes(lines)
    dump(folder / "tokenizer_config.json", {"tokenizer_class": "QWenTokenizer"})
    dump(folder / "reference.json", {"texts": strings} | qwen_reference(ranks, strings, seed=30))


def auto(folder, package, model_type, strings):
    folder.mkdir(exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(package / name, folder)
    write_auto_reference(folder, model_type, strings)


def older_files(folder, package, model, strings):
    folder.mkdir(exist_ok=True)
    config = json.loads((package / "tokenizer_config.json").read_text("utf-8"))
    decoder = config.pop("added_tokens_decoder")
    dump(folder / "tokenizer_config.json", config)
    dump(folder / "added_tokens.json", {token["content"]: int(i) for i, token in decoder.items()})
    dump(folder / "vocab.json", model["vocab"])
    lines = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines, ""]), encoding="utf-8")
    write_auto_reference(folder, "internvl_chat", strings)


def write_auto_reference(folder, model_type, strings):
    dump(folder / "config.json", {"model_type": model_type})
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = [tokenizer.encode(text) for text in strings]
    both = [
        tokenizer.decode(row) + "|" + tokenizer.decode(row, skip_special_tokens=True) for row in ids
    ]
    write_reference(folder, strings, ids, both)


def pieces(folder, model, dummy_prefix, strings):
    folder.mkdir(exist_ok=True)
    order = {}
    for merge in model["merges"]:
        order.setdefault("".join(merge.split(" ") if isinstance(merge, str) else merge), len(order))
    proto = sentencepiece_model_pb2.ModelProto()
    proto.trainer_spec.model_type = proto.trainer_spec.BPE
    proto.trainer_spec.byte_fallback = True
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.add_dummy_prefix = dummy_prefix
    proto.normalizer_spec.remove_extra_whitespaces = False
    kinds = proto.SentencePiece
    special = {"<unk>": kinds.UNKNOWN, "<s>": kinds.CONTROL, "</s>": kinds.CONTROL}
    for text in sorted(model["vocab"], key=model["vocab"].get):
        piece = proto.pieces.add(piece=text, score=-order.get(text, len(order)))
        if len(text) == 6 and text.startswith("<0x"):
            piece.type = kinds.BYTE
        elif text.startswith("[UNUSED"):
            piece.type = kinds.USER_DEFINED
        else:
            piece.type = special.get(text, kinds.NORMAL)
    (folder / "tokenizer.model").write_bytes(proto.SerializeToString())
    dump(folder / "tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": False})
    library = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    # The library knows nothing of tokens that stand in the text. And its newest version takes a piece of U+0000
    # for unused; before (0.1.99, when these models were made) it was a piece like any other, as it is here.
    unread = [*special, "\0"]
    strings = [text for text in strings if not any(token in text for token in unread)]
    ids = [library.encode(text) for text in strings]
    decoded = [library.decode(row) for row in ids]
    write_reference(folder, strings, ids, [text + "|" + text for text in decoded])


def main():
    folder = pathlib.Path(sys.argv[1])
    strings = texts()
    model = {
        name: json.loads((folder / "packages" / name / "tokenizer.json").read_text("utf-8"))["model"]
        for name in ("qwen2_5", "internlm2", "llama2")
    }
    qwen(folder, model["qwen2_5"], strings)
    auto(folder / "qwen2_5", folder / "packages/qwen2_5", "qwen2", strings)
    older_files(folder / "qwen2_5_files", folder / "packages/qwen2_5", model["qwen2_5"], strings)
    auto(folder / "internlm2", folder / "packages/internlm2", "internlm2", strings)
    auto(folder / "llama2", folder / "packages/llama2", "llama", strings)
    pieces(folder / "internlm2_pieces", model["internlm2"], False, strings)
    pieces(folder / "llama2_pieces", model["llama2"], True, strings)


if __name__ == "__main__":
    main()
