# SPDX-License-Identifier: MIT
"""Make the first inputs of every fuzz target from the project's fixtures and by hand.

    python make_corpus.py

Writes corpus/TARGET/NAME; what keep.py added there ("found-…") and old faults ("fault-…") stay. The standard
library is enough.
"""

import base64
import hashlib
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
EXAMPLES = HERE.parents[1] / "examples"
SEPARATOR = b"\n%%\n"


def write(target, name, *parts):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    data = [part.encode() if isinstance(part, str) else part for part in parts]
    while len(data) > 1 and not data[-1]:
        data.pop()
    (folder / name).write_bytes(SEPARATOR.join(data))


def read(path):
    return path.read_bytes() if path.exists() else b""


def compact(path):
    return json.dumps(json.loads(path.read_text("utf-8")), ensure_ascii=False, separators=(",", ":"))


def lines(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def safetensors():
    def file(header, data=b"", pad=0):
        text = json.dumps(header, separators=(",", ":")).encode() + b" " * pad
        return struct.pack("<Q", len(text)) + text + data

    def entry(dtype, shape, begin, end):
        return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}

    write("safetensors", "empty", file({}))
    write("safetensors", "metadata", file({"__metadata__": {"format": "pt"}, "a": entry("F32", [], 0, 4)}, bytes(4), 3))
    sizes = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
    header, end = {"none": entry("F32", [0, 3], 0, 0)}, 0
    for dtype, size in sizes.items():
        header[dtype.lower()] = entry(dtype, [2, 3], end, end + 6 * size)
        end += 6 * size
    write("safetensors", "types", file(header, bytes(end)))
    write("safetensors", "overlap", file({"a": entry("U8", [4], 0, 4), "b": entry("U8", [4], 2, 6)}, bytes(6)))
    write("safetensors", "overflow", file({"a": entry("F64", [1 << 62, 1 << 62], 0, 8)}, bytes(8)))
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    write("safetensors_index", "two", json.dumps({"metadata": {}, "weight_map": {"a": shards[0], "b": shards[1]}}))
    write("safetensors_index", "outside", json.dumps({"weight_map": {"a": "../model.safetensors"}}))
    write("safetensors_index", "absent", json.dumps({"weight_map": {"c": shards[0], "d": "e.safetensors"}}))


def configurations():
    families = {"llava": "llava_config", "qwen_vl": "qwen_vl_config", "internvl": "internvl_config"}
    families["internvl_chat_v1"] = "internvl_chat_v1_config"
    families["llava_next"] = "llava_next_config"
    families["shikra"] = "shikra_config"
    families["instructblip"] = "instructblip_config"
    families["qwen2_5_vl"] = "qwen2_5_vl_config"
    for family, target in families.items():
        for folder in sorted(path.parent for path in (GOLDEN / family).glob("*/config.json")):
            processors = [folder / name for name in ("processor_config.json", "preprocessor_config.json")]
            processor = next((json.loads(path.read_text()) for path in processors if path.exists()), None)
            processor = processor.get("image_processor", processor) if processor else None
            generation = folder / "generation_config.json"
            write(
                target, folder.name, compact(folder / "config.json"),
                compact(generation) if generation.exists() else "", json.dumps(processor) if processor else "",
            )  # fmt: skip


def smaller(tokenizer):
    """The same rules on the short pieces of the vocabulary alone: an input must be quick to read."""
    model = tokenizer["model"]
    special = {token["content"] for token in tokenizer["added_tokens"]}
    unknown = model.get("unk_token")
    kept = [p for p in model["vocab"] if len(p) <= 2 or p in special or p == unknown or p.startswith("<0x")]
    model["vocab"] = {piece: id for id, piece in enumerate(kept)}
    pairs = [merge if isinstance(merge, list) else merge.split(" ") for merge in model["merges"]]
    known = [
        (merge, pair)
        for merge, pair in zip(model["merges"], pairs)
        if all(p in model["vocab"] for p in (*pair, "".join(pair)))
    ]
    model["merges"] = [merge for merge, _ in known]
    extra = len(kept)
    for token in tokenizer["added_tokens"]:
        if token["content"] in model["vocab"]:
            token["id"] = model["vocab"][token["content"]]
        else:
            token["id"], extra = extra, extra + 1
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))


def tokenizers():
    text = "<s>Is it 12\n a  c\u00e9f\u00e9 \u56fe? don't</s><image>"
    paths = [GOLDEN / "tokenizers" / f"{name}.json" for name in ("gpt2", "qwen2", "template", "whole")]
    paths += [GOLDEN / "adapters" / f"tokenizer_{name}.json" for name in ("always", "first", "never", "normalizer")]
    paths += [EXAMPLES / name / "checkpoint/tokenizer.json" for name in ("tiny_llava", "tiny_internvl")]
    for path in paths:
        name = path.parts[-3] if path.stem == "tokenizer" else path.stem
        write("tokenizer_json", name, smaller(json.loads(path.read_text("utf-8"))), text)
    for name in ("llama", "internlm2", "unknown"):
        write("sentencepiece", name, read(GOLDEN / "sentencepiece" / f"{name}.model"))
    folders = json.loads((GOLDEN / "sentencepiece/folders.json").read_text("utf-8"))
    for number, folder in enumerate(folders[:12]):
        files = [
            folder["files"].get(f"{name}", "") for name in ("tokenizer_config", "added_tokens", "special_tokens_map")
        ]
        write("tokenizer_config", f"slow-{number:02}", *(json.dumps(file) if file else "" for file in files))
    for family in ("internvl/hf", "internvl/qwen2", "llava/full"):
        config = GOLDEN / family / "tokenizer_config.json"
        write("tokenizer_config", family.replace("/", "-"), compact(config), "", "", '{"model_type": "qwen2"}')
    tokens = [b"ab", b"the", " \u56fe".encode(), b"\xff\xfe"]
    ranks = "".join(f"{base64.b64encode(token).decode()} {256 + i}\n" for i, token in enumerate(tokens))
    write("tiktoken", "four", ranks)
    write("tiktoken", "gap", "YWI= 300\n")
    write("tiktoken", "twice", "YWI= 256\r\nYWI= 257\n")


def pictures():
    """Some of the fixtures; run.sh starts from all of them."""
    names = "cmyk.jpg progressive.jpg restarts.jpg odd_411_17x31.jpg oriented.jpg two_channels.jpg animated.gif"
    names += " interlaced.gif small_on_canvas.gif grey16.png palette4.png palette_too_short.png rgb_interlaced.png"
    names += " rgba16.png parts.png no_end.png oriented.png masks_565.bmp rle8.bmp old_header.bmp top_down.bmp"
    names += " lossy_alpha.webp lossless.webp oriented.webp"
    for name in names.split():
        write("picture", name, (GOLDEN / "io" / name).read_bytes())


def benchmarks():
    pope = [
        {"question_id": i, "image": "a.jpg", "text": f"Is there a {x} in the image?", "label": y}
        for i, x, y in ((1, "cup", "yes"), (2, "cat", "no"))
    ]
    write("benchmark_data", "pope", "pope", lines(*pope))
    problem = {"question": "Q?", "choices": ["x", "y"], "answer": 1, "hint": "h", "image": "image.png", "split": "test"}
    write(
        "benchmark_data",
        "scienceqa",
        "scienceqa",
        json.dumps({"1": problem, "2": {**problem, "image": None}}),
        '{"test": ["1", "2"]}',
    )
    human = {
        "from": "human",
        "value": "<image>\nContext: h\nQ?\nA. x\nB. y\nAnswer with the option's letter from the given choices directly.",
    }
    write(
        "benchmark_data",
        "scienceqa-llava",
        "scienceqa",
        json.dumps([{"id": "1", "image": "1/image.png", "conversations": [human, {"from": "gpt", "value": "B"}]}]),
    )
    text = {"question_id": 1, "image_id": "a", "question": "What?", "answers": ["x"] * 8 + ["y", "2"]}
    ocr = {
        "question_id": "a",
        "image": "a.jpg",
        "text": "What?\nReference OCR token: X, Y\nAnswer the question using a single word or phrase.",
    }
    write("benchmark_data", "textvqa", "textvqa", json.dumps({"dataset_type": "val", "data": [text]}), lines(ocr))
    instances = {
        "annotations": [{"segmentation": [[1.5, 2]], "image_id": 7, "category_id": 17, "id": 1}],
        "categories": [{"id": 17, "name": "cat"}],
    }
    captions = {
        "images": [{"id": 7, "file_name": "COCO_val2014_000000000007.jpg"}],
        "annotations": [{"image_id": 7, "id": 1, "caption": "A dog."}],
    }
    write("benchmark_data", "chair", "chair", json.dumps(instances), json.dumps(captions))
    write(
        "benchmark_data",
        "chair-list",
        "chair-list",
        lines({"categories": ["cat", "cup", "dog"]}, [7, 0, 1], [8]),
        "cat, kitten\ncup, mug\ndog, puppy\n",
    )
    write(
        "benchmark_data",
        "vqa",
        "vqa",
        lines(
            {"image": "a.png", "question": "What?", "answers": ["Cup", "a cup"]},
            {"id": 7, "question": "W?", "choices": ["left", "right"], "answer": "right", "family": "choice"},
        ),
    )
    # Answers in the forms that evaluations write.
    write(
        "answers",
        "pope",
        "pope",
        "",
        lines(
            {"question_id": 1, "prompt": "Is there a cup in the image?\nAnswer …", "text": "Yes"},
            {"question_id": 2, "text": "No, none."},
        ),
    )
    write(
        "answers",
        "pope-questions",
        "pope",
        "llava",
        lines(
            {"question": "is there a cup in the image?", "answer": "yes"},
            {"question": "is there a cat in the image?", "answer": "no"},
        ),
    )
    sample = {
        "doc_id": 1,
        "target": "yes",
        "filtered_resps": [["No"]],
        "pope_accuracy": {"question_id": "2", "score": 1.0},
        "input": "Is there …",
    }
    write("answers", "samples", "pope", "lmms-eval", lines(sample, {**sample, "doc_id": 0}))
    write(
        "answers",
        "scienceqa",
        "scienceqa",
        "original",
        json.dumps({"acc": 1, "outputs": {"1": "The answer is B.", "2": "A"}}),
    )
    write(
        "answers",
        "textvqa",
        "textvqa",
        "m4c",
        lines(
            {"question_id": "a", "prompt": "What?\nAnswer the question using a single word or phrase.", "text": "X."},
            {"question_id": 2, "answer": "two"},
        ),
    )
    write(
        "answers",
        "chair",
        "chair",
        "",
        json.dumps({"imgToEval": {"7": {"image_id": 7, "caption": "A cat with two cups and a hot dog."}}}),
    )
    write("answers", "vqa", "vqa", "", lines({"id": 1, "answer": "Two"}, {"id": "2", "text": "A. left"}))
    write("answers", "vqa-list", "vqa", "", json.dumps([{"answer": "x"}, {"answer": "(B) right"}], indent=1))


def journals():
    identity = {
        "data": "d",
        "items": 4,
        "model": "m",
        "policy": "drop-all",
        "prompt": "p",
        "seed": 0,
        "settings": {"dtype": "f"},
        "version": "0.1.0",
    }
    digest = hashlib.sha256(json.dumps(identity, separators=(",", ":")).encode()).hexdigest()
    run = {"policy": "drop-all", "cut_layer": 0, "answer": "Yes", "statistics": [1.0, 1.0], "agrees": True}
    run |= dict.fromkeys(
        ("kl", "kl_first", "reference_probability", "image_tokens", "flops", "prefill_flops", "kv_bytes", "seconds"),
        0.5,
    )
    items = [
        {
            "id": str(i),
            "image": f"{i}.png",
            "group": "g",
            "runs": [run, {**run, "cut_layer": 1}],
            "image_share": [0.5],
            "cam_mass": [],
            "image_fraction": 0.25,
        }
        for i in (1, 2, 3)
    ]
    header = {"infoflow_journal": 1, "fingerprint": digest, "run": identity, "shard": "1/2"}
    write("journal", "whole", lines(header, *items), lines(items[0]), lines(items[1]))
    skipped = {"id": "4", "skipped": "the picture is damaged"}
    write("journal", "skipped", lines(header, skipped, items[0]), lines(skipped), lines(*items))
    write("journal", "doubled", lines(header), lines(*items), lines(items[0]))
    write("journal", "torn", lines(header, items[0])[:-20], lines(items[0])[:-9], lines({**items[0], "group": "h"}))


def small_files():
    files = [
        {"policy": "drop-all", "cut_layer": 18, "score": "before", "positions": "keep", "model": "m", "note": "n"},
        {"policy": "top-k:64", "cut_layer": 2}, {"policy": "pyramid:4=0.5,8=0.25"}, {"policy": "top-p:0.9", "cut_layer": 1},
    ]  # fmt: skip
    for number, file in enumerate(files):
        write("policy", f"file-{number}", json.dumps(file))
    for name in (
        "drop-all",
        "random:8",
        "uniform:0.5",
        "keep:0-4,9",
        "inverse:4",
        "fastv:0.5",
        "pyramid:8=0.5,16=0.25",
    ):
        write("policy", "name-" + name.split(":")[0], name)
    rows = [
        {"id": "a", "family": "f", "image": "a.png", "question": "?", "boxes": [[0, 0, 4.5, 8], [1, 2, 3, 4]]},
        {"image": "b/c.png", "question": "?", "boxes": []},
    ]
    write("point_data", "rows", lines(*rows))
    write("point_data", "outside", lines({**rows[0], "image": "../a.png"}))
    write("point_data", "fault-long-name", lines({**rows[0], "image": "a" * 5000}))
    write("point_data", "list", json.dumps(rows))


def fonts():
    for path in sorted((HERE.parent / "figure/fonts").iterdir()):
        write("font", path.name, path.read_bytes())


if __name__ == "__main__":
    for make in (safetensors, configurations, tokenizers, pictures, benchmarks, journals, small_files, fonts):
        make()
