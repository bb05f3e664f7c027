# SPDX-License-Identifier: MIT
"""Tries examples/adapters/convert.py on golden checkpoints put into pickles, and on hostile ones.

    python convert_pickles.py REPOSITORY [unittest's arguments]

Prints INFOFLOW_NOT_RUN where this Python lacks what the script needs.
"""

import importlib.util
import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

REPOSITORY = pathlib.Path(sys.argv[1])
SCRIPT = REPOSITORY / "examples/adapters/convert.py"
GOLDEN = REPOSITORY / "tests/golden"
CONFIG = {"model_type": "qwen"}


def import_script():
    spec = importlib.util.spec_from_file_location("convert", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tensors_in(folder):
    tensors = {}
    for file in sorted(folder.glob("*.safetensors")):
        content = load_file(file)
        assert not tensors.keys() & content.keys()
        tensors |= content
    return tensors


def write(folder, shards, config=CONFIG, index=None):
    """A checkpoint of pickles: {file: {name: tensor}}, with the index if there are several."""
    folder.mkdir(parents=True)
    for file, tensors in shards.items():
        torch.save(tensors, folder / file)
    if index is None and len(shards) > 1:
        index = {name: file for file, tensors in shards.items() for name in tensors}
    if index is not None:
        content = json.dumps({"metadata": {}, "weight_map": index})
        (folder / "pytorch_model.bin.index.json").write_text(content)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def as_pickles(golden, folder, parts):
    """A golden checkpoint as it is published: in pickles, with buffers that nobody reads."""
    tensors = tensors_in(golden)
    names = list(tensors)
    shards = {
        f"pytorch_model-{i + 1:05}-of-{parts:05}.bin": {n: tensors[n] for n in names[i::parts]}
        for i in range(parts)
    }
    shards[next(iter(shards))]["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    write(folder, shards)
    for path in golden.iterdir():
        if path.suffix != ".safetensors" and not path.name.endswith(".index.json"):
            (folder / path.name).write_bytes(path.read_bytes())
    return tensors


class Runs:
    """What unpickling this would call."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


class Conversion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.source, self.output = self.folder / "source", self.folder / "output"
        self.script = import_script()

    def convert(self, *options):
        arguments = ["convert.py", str(self.source), str(self.output), *map(str, options)]
        with mock.patch.object(sys, "argv", arguments):
            self.script.main()

    def refused(self, says, *options):
        """One line that says so, and nothing left behind."""
        with self.assertRaises(SystemExit) as caught:
            self.convert(*options)
        self.assertIsInstance(caught.exception.code, str)
        self.assertNotIn("\n", caught.exception.code)
        self.assertIn(says, caught.exception.code)
        self.assertFalse(self.output.exists() and any(self.output.iterdir()))
        self.assertEqual([p.name for p in self.folder.iterdir() if "unfinished" in p.name], [])

    def same_tensors(self, wanted):
        found = tensors_in(self.output)
        self.assertEqual(found.keys(), wanted.keys())
        for name, tensor in wanted.items():
            self.assertEqual(found[name].dtype, tensor.dtype, name)
            self.assertTrue(torch.equal(found[name], tensor), name)

    # -- whole checkpoints

    def test_every_family_keeps_names_precision_values_and_files(self):
        checkpoints = ("qwen_vl/chat", "internvl/internlm2", "internvl_chat_v1/stretched")
        for golden in (*checkpoints, "llava_next/hermes"):
            for parts in (1, 3):
                with self.subTest(golden=golden, parts=parts):
                    name = f"{golden.replace('/', '_')}_{parts}"
                    self.source, self.output = self.folder / name, self.folder / f"{name}_out"
                    wanted = as_pickles(GOLDEN / golden, self.source, parts)
                    self.convert()
                    self.same_tensors(wanted)
                    for path in (GOLDEN / golden).iterdir():
                        if path.suffix != ".safetensors" and "index" not in path.name:
                            copy = self.output / path.name
                            self.assertEqual(copy.read_bytes(), path.read_bytes())
                    self.assertFalse((self.output / "pytorch_model.bin.index.json").exists())
                    self.assertEqual(self.output.stat().st_mode & 0o055, 0o055)

    def test_what_is_large_is_written_in_shards_with_an_index(self):
        wanted = as_pickles(GOLDEN / "qwen_vl/chat", self.source, 2)
        self.script.SHARD_BYTES = 40_000
        self.convert()
        self.same_tensors(wanted)
        files = sorted(file.name for file in self.output.glob("*.safetensors"))
        self.assertGreater(len(files), 2)
        self.assertEqual(files[0], f"model-00001-of-{len(files):05}.safetensors")
        index = json.loads((self.output / "model.safetensors.index.json").read_text())
        size = sum(t.numel() * t.element_size() for t in wanted.values())
        self.assertEqual(index["metadata"]["total_size"], size)
        self.assertEqual(index["weight_map"].keys(), wanted.keys())
        for name, file in index["weight_map"].items():
            self.assertIn(name, load_file(self.output / file))

    def test_tied_tensors_and_views_are_written_in_full(self):
        table = torch.randn(6, 4)
        tensors = {"embedding": table, "lm_head": table, "turned": table.t()}
        write(self.source, {"pytorch_model.bin": tensors})
        self.convert()
        self.same_tensors(tensors)

    def test_pickles_of_old_torch_and_state_dicts_are_read(self):
        tensors = {"a": torch.randn(3, 2, dtype=torch.float16)}
        write(self.source, {"pytorch_model.bin": tensors})
        torch.save(
            {"state_dict": tensors, "epoch": 3},
            self.source / "pytorch_model.bin",
            _use_new_zipfile_serialization=False,
        )
        self.convert()
        self.same_tensors(tensors)

    def test_an_empty_output_folder_is_filled_and_a_full_one_is_not(self):
        write(self.source, {"pytorch_model.bin": {"a": torch.ones(2)}})
        self.output.mkdir()
        self.convert()
        before = sorted(self.output.iterdir())
        with self.assertRaisesRegex(SystemExit, "is not empty"):
            self.convert()
        self.assertEqual(sorted(self.output.iterdir()), before)

    def test_an_internvl_chat_gets_the_tower_that_it_lacks(self):
        golden = GOLDEN / "internvl_chat_v1/fitting"
        prefix = "model.vision_tower.vision_tower."
        wanted = as_pickles(golden, self.source, 1)
        file = self.source / "pytorch_model-00001-of-00001.bin"
        torch.save({n: t for n, t in wanted.items() if not n.startswith(prefix)}, file)
        config = json.loads((golden / "config.json").read_text())
        tower = config.pop("vision_config")
        (self.source / "config.json").write_text(json.dumps(config))
        own = {n.removeprefix(prefix): t for n, t in wanted.items() if n.startswith(prefix)}
        write(self.folder / "tower", {"pytorch_model.bin": own}, tower)
        self.convert("--vision", self.folder / "tower")
        self.same_tensors(wanted)
        written = json.loads((self.output / "config.json").read_text())
        self.assertEqual(written, config | {"vision_config": tower})

        (self.source / "tokenizer.json").rename(self.source / "tokenizer.model")
        self.output = self.folder / "again"
        self.convert("--vision", self.folder / "tower")
        self.assertTrue((self.output / "tokenizer.model").is_file())
        self.assertFalse((self.output / "tokenizer.json").exists())

    def test_an_original_llava_becomes_what_the_hub_has(self):
        golden, prefix = GOLDEN / "llava/full", "vision_tower.vision_model."
        wanted = {
            n: t for n, t in tensors_in(golden).items() if not n.endswith(self.script.IGNORED)
        }
        hub = json.loads((golden / "config.json").read_text())
        clip = {n.removeprefix("vision_tower."): t for n, t in wanted.items() if prefix in n}
        rest = {n: t for n, t in wanted.items() if prefix not in n}
        for old, new in self.script.RENAMED:
            rest = {
                old + n.removeprefix(new) if n.startswith(new) else n: t for n, t in rest.items()
            }
        original = {
            "model_type": "llava",
            "mm_vision_tower": "openai/clip",
            "mm_projector_type": "mlp2x_gelu",
            "mm_vision_select_layer": -1,
            "mm_vision_select_feature": "cls_patch",
            "image_aspect_ratio": "pad",
            "eos_token_id": 2,
        }
        write(self.source, {"pytorch_model.bin": rest}, hub["text_config"] | original)
        chat = GOLDEN / "internvl_chat_v1/fitting"  # a Vicuna's words, without <image>
        for file in ("tokenizer.json", "tokenizer_config.json"):
            (self.source / file).write_bytes((chat / file).read_bytes())
        tower = write(self.folder / "clip", {"pytorch_model.bin": clip}, hub["vision_config"])
        settings = (golden / "preprocessor_config.json").read_bytes()
        (tower / "preprocessor_config.json").write_bytes(settings)
        self.convert("--vision", tower)
        self.same_tensors(wanted)
        written = json.loads((self.output / "config.json").read_text())
        for key in ("model_type", "image_token_index", "vision_feature_layer"):
            self.assertEqual(written[key], hub[key])
        self.assertEqual(written["vision_feature_select_strategy"], "full")
        self.assertTrue(
            json.loads((self.output / "preprocessor_config.json").read_text())["do_pad"]
        )

    def test_a_shikra_is_the_sum_of_difference_and_base_with_its_tower(self):
        golden, prefix = GOLDEN / "shikra/seven", "model.vision_tower."
        whole = tensors_in(golden)
        config = json.loads((golden / "config.json").read_text())
        clip = {n.removeprefix(prefix): t for n, t in whole.items() if n.startswith(prefix)}
        clip["text_model.final_layer_norm.bias"] = torch.ones(2)
        sizes = {"vision_config": config.pop("vision_config")}
        tower = write(self.folder / "clip", {"pytorch_model.bin": clip}, sizes)
        torch.manual_seed(1)
        llama, wanted = {}, {}
        delta = {n: t for n, t in whole.items() if not n.startswith(prefix)}
        for name in [name for name in delta if "mm_projector" not in name]:
            rows = 384 if "embed_tokens" in name or "lm_head" in name else len(delta[name])
            near = delta[name][:rows].float() + 0.01 * torch.randn(delta[name][:rows].shape)
            llama[name] = near.half()
            delta[name] = delta[name].clone()
            delta[name][:rows] -= llama[name]
            wanted[name] = delta[name].clone()
            wanted[name][:rows] = (delta[name][:rows].float() + llama[name].float()).half()
        wanted = whole | wanted
        base = write(self.folder / "llama", {"pytorch_model.bin": llama}, {"model_type": "llama"})
        names = list(delta)
        shards = {f"{i}.bin": {n: delta[n] for n in names[i::2]} for i in range(2)}
        write(self.source, shards, config)
        (self.source / "added_tokens.json").write_text("{}")

        self.refused("give --vision with a folder of openai/clip", "--base", base)
        self.refused("give --base", "--vision", tower)
        self.convert("--vision", tower, "--base", base)
        self.same_tensors(wanted)
        written = json.loads((self.output / "config.json").read_text())
        self.assertEqual(written, config | sizes)
        self.assertTrue((self.output / "added_tokens.json").is_file())

        self.output = self.folder / "again"
        wrong = llama | {"model.norm.weight": torch.ones(3)}
        wrong = write(self.folder / "wrong", {"a.bin": wrong})
        self.refused("the base is another model", "--vision", tower, "--base", wrong)
        other = write(self.folder / "other", {"a.bin": {"a": torch.ones(1)}})
        self.refused("the base has not", "--vision", tower, "--base", other)
        self.source = write(self.folder / "whole", {"a.bin": wanted}, config)
        self.refused("stands in two files", "--vision", tower)  # Its tower is there already.
        self.source = other
        self.refused("leave --base away", "--base", base)

    def test_a_shikra_that_was_added_up_already_only_gets_its_tower(self):
        golden, prefix = GOLDEN / "shikra/seven", "model.vision_tower."
        whole = tensors_in(golden)
        config = json.loads((golden / "config.json").read_text())
        clip = {n.removeprefix(prefix): t for n, t in whole.items() if n.startswith(prefix)}
        tower = write(self.folder / "clip", {"a.bin": clip}, config.pop("vision_config"))
        rest = {n: t for n, t in whole.items() if not n.startswith(prefix)}
        write(self.source, {"a.bin": rest}, config)
        self.convert("--vision", tower)
        self.same_tensors(whole)

    # -- hostile and broken input

    def test_a_pickle_that_runs_code_is_refused_before_it_runs(self):
        marker = self.folder / "ran"
        write(self.source, {"pytorch_model.bin": {"a": torch.ones(1)}})
        bomb = {"a": Runs(f"touch {marker}")}
        torch.save(bomb, self.source / "pytorch_model.bin")
        self.refused("no file of tensors alone")
        torch.save(bomb, self.source / "pytorch_model.bin", _use_new_zipfile_serialization=False)
        self.refused("no file of tensors alone")
        (self.source / "pytorch_model.bin").write_bytes(pickle.dumps(bomb))
        self.refused("no file of tensors alone")
        self.assertFalse(marker.exists())

    def test_what_is_no_pickle_of_tensors_is_refused(self):
        write(self.source, {"pytorch_model.bin": {"a": torch.ones(1)}})
        file = self.source / "pytorch_model.bin"
        whole = file.read_bytes()
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
        for content in (b"", b"\0", b"PK", whole[: len(whole) // 2]):
            file.write_bytes(content)
            self.refused("no file of tensors alone")
        file.write_bytes(pointer)
        self.refused("is a git-lfs pointer")
        for content in ([torch.ones(1)], {}, {"epoch": 1}, {3: torch.ones(1)}, torch.ones(1)):
            torch.save(content, file)
            self.refused("holds no tensors by name")
        torch.save({"a": torch.ones(2, 2).to_sparse()}, file)
        self.refused("sparse, quantised or complex")
        torch.save({"a": torch.ones(2, dtype=torch.complex64)}, file)
        self.refused("sparse, quantised or complex")

    def test_a_small_file_cannot_claim_a_large_tensor(self):
        huge = torch.ones(1).expand(1 << 20, 1 << 20)
        write(self.source, {"pytorch_model.bin": {"a": huge}})
        self.refused("claims tensors of 4398046511104 bytes")
        table = torch.randn(1000)
        torch.save({f"t{i}": table for i in range(9)}, self.source / "pytorch_model.bin")
        self.refused("claims tensors of 36000 bytes")

    def test_a_lying_index_is_refused(self):
        shards = {"x.bin": {"a": torch.ones(1)}, "y.bin": {"b": torch.ones(1)}}
        lies = {
            "has no tensor c": {"a": "x.bin", "b": "y.bin", "c": "y.bin"},
            "has no tensor b": {"a": "x.bin", "b": "x.bin"},
            "shard z.bin is missing": {"a": "z.bin"},
            "names no tensors": {},
            "stands in two files": {"a": "x.bin", "b": "y.bin", "b2": "w.bin"},
        }
        write(self.folder / "elsewhere", {"secret.bin": {"a": torch.ones(1)}})
        outside = (
            "../elsewhere/secret.bin",
            str(self.folder / "elsewhere/secret.bin"),
            "..",
            "",
            3,
        )
        cases = [*lies.items(), *(("lies outside", {"a": file}) for file in outside)]
        for number, (says, index) in enumerate(cases):
            with self.subTest(says=says, index=index):
                self.source = self.folder / f"source{number}"
                more = {"w.bin": {"b": torch.ones(1), "b2": torch.ones(1)}}
                write(self.source, shards | more, index=index)
                self.refused(says)

    def test_shards_that_are_missing_are_missed_without_an_index_too(self):
        write(self.source, {"pytorch_model-00001-of-00003.bin": {"a": torch.ones(1)}})
        self.refused("1 of 3 shards")

    def test_what_there_is_nothing_to_do_for_is_said(self):
        write(self.source, {"pytorch_model.bin": {"a": torch.ones(1)}})
        self.refused("leave --vision away", "--vision", self.folder)
        tiles = '{"mm_vision_tower": "openai/clip", "image_aspect_ratio": "anyres"}'
        (self.source / "config.json").write_text(tiles)
        self.refused("leave --vision away", "--vision", self.folder)
        (self.source / "config.json").write_text("[1]")
        self.refused("is no JSON object")
        (self.source / "config.json").write_text("{")
        self.refused("cannot be read as JSON")
        (self.source / "config.json").unlink()
        self.refused("no config.json")
        self.source = GOLDEN / "internvl/qwen2"
        self.refused("holds safetensors already")
        self.source = self.folder / "bare"
        self.source.mkdir()
        (self.source / "config.json").write_text("{}")
        self.refused("no weights")
        (self.source / "config.json").write_text('{"mm_vision_tower": "openai/clip"}')
        self.refused("give --vision with a folder of openai/clip")
        (self.source / "config.json").write_text('{"mm_vision_tower": "internlm/clip"}')
        self.refused("give --vision with a folder of internlm/clip")
        (self.source / "config.json").write_text('{"mm_vision_tower": "x/InternVL-14B-224px"}')
        self.refused("InternVL-14B for its tower")

    # -- interruptions

    def test_what_is_stopped_half_way_leaves_no_checkpoint(self):
        wanted = as_pickles(GOLDEN / "qwen_vl/chat", self.source, 3)
        self.script.SHARD_BYTES = 40_000
        save, calls = self.script.save_file, []

        def stops(*arguments, **options):
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            save(*arguments, **options)

        self.script.save_file = stops
        with self.assertRaises(KeyboardInterrupt):
            self.convert()
        self.assertEqual([p.name for p in self.folder.iterdir()], ["source"])
        self.script.save_file = save
        self.convert()
        self.same_tensors(wanted)

    def test_what_is_killed_half_way_leaves_no_checkpoint(self):
        wanted = as_pickles(GOLDEN / "qwen_vl/chat", self.source, 3)
        killed = (
            "import os, signal, sys; sys.argv[1:1] = []; sys.path.insert(0, sys.argv.pop())\n"
            "import convert\n"
            "convert.SHARD_BYTES, save, calls = 40000, convert.save_file, []\n"
            "def dies(*a, **k):\n"
            "    calls.append(1)\n"
            "    save(*a, **k)\n"
            "    if len(calls) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
            "convert.save_file = dies\n"
            "convert.main()\n"
        )
        finished = subprocess.run(
            [sys.executable, "-c", killed, self.source, self.output, SCRIPT.parent]
        )
        self.assertEqual(finished.returncode, -signal.SIGKILL)
        self.assertFalse(self.output.exists())
        self.convert()
        self.same_tensors(wanted)


if __name__ == "__main__":
    needed = ("torch", "safetensors", "transformers")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        print("INFOFLOW_NOT_RUN: this Python lacks", ", ".join(missing))
        sys.exit(0)
    import torch
    from safetensors.torch import load_file

    torch.set_num_threads(1)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
