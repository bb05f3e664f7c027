# SPDX-License-Identifier: MIT
"""Make tests/golden/qwen_vl: tiny Qwen-VL checkpoints and what the published source computes.

    OMP_NUM_THREADS=1 python make_qwen_vl_goldens.py --source FOLDER [--output qwen_vl] [--check]

FOLDER holds modeling_qwen.py, visual.py, tokenization_qwen.py, configuration_qwen.py and
qwen_generation_utils.py of the hub's Qwen/Qwen-VL-Chat. They are run as they are, with what
transformers 5 and a machine without a network lack put in from outside (see `Source`). Beyond
README.md's packages this needs einops and tiktoken. README.md documents cases and tensors.

Below the length it was trained at the decoder is also held against transformers' Qwen2, an
implementation of its own.
"""

import base64
import collections
import importlib
import importlib.util
import itertools
import math
import pathlib
import shutil
import sys
import tempfile
import types
import zlib
from unittest import mock

import numpy as np
import torch
import transformers  # before torchvision is put in from outside, or it would look for the real one
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

import reference_pass
from make_llava_goldens import relative, write_json
from reference_pass import Case, Reference, Tap

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)

# --------------------------------------------------------------------------------------------------
# -- the published source, and what it needs around it


class Source:
    """The published modules, imported as a package."""

    def __init__(self, folder):
        stand_ins = {name: mock.MagicMock() for name in (
            "torchvision", "torchvision.transforms", "requests", "matplotlib", "matplotlib.colors",
            "matplotlib.font_manager", "matplotlib.figure", "matplotlib.backends",
            "matplotlib.backends.backend_agg")}  # fmt: skip
        package = types.ModuleType("qwen_vl_source")
        package.__path__ = [str(folder)]
        with (
            mock.patch.dict(sys.modules, stand_ins),
            mock.patch.object(transformers.utils, "try_to_load_from_cache", return_value="a font"),
        ):
            sys.modules["qwen_vl_source"] = package
            for name in ("configuration_qwen", "qwen_generation_utils", "visual", "modeling_qwen",
                         "tokenization_qwen"):  # fmt: skip
                setattr(self, name, importlib.import_module(f"qwen_vl_source.{name}"))
        # Removed in transformers 5: no head is masked.
        self.modeling_qwen.QWenModel.get_head_mask = lambda self, mask, count, *_: [None] * count

    def model(self, config):
        return self.modeling_qwen.QWenLMHeadModel(config).eval().requires_grad_(False)

    def tokenizer(self, path):
        return self.tokenization_qwen.QWenTokenizer(str(path))


# --------------------------------------------------------------------------------------------------
# -- tokenizer

CORPUS = (
    "system user assistant You are a helpful assistant Picture : Is there a dog What is it? Which "
    "one is red? Answer: Answer: Is it? Yes, a red dog. No, it is not. Café: 3 of 4!"
)
MERGES = 28
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PIECES = 256 + MERGES
VOCABULARY = 504  # rows of the embedding: more than the 256 + 28 + 217 that the tokenizer knows


def ranked_bytes():
    """All bytes in an order in which none has its own value for a rank, as in the real file."""
    return [bytes([value]) for value in (*range(33, 127), *range(127, 256), *range(33))]


def train_ranks():
    """Byte-pair merges over words, ties broken by the pair itself."""
    words = collections.Counter()
    for index, word in enumerate(CORPUS.split()):
        words[tuple(bytes([b]) for b in ((" " if index else "") + word).encode())] += 1
    ranks = ranked_bytes()
    while len(ranks) < PIECES:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        ranks.append(b"".join(best))
        words = collections.Counter({merged(word, best): n for word, n in words.items()})
    return ranks


def merged(word, pair):
    out, index = [], 0
    while index < len(word):
        step = 2 if word[index : index + 2] == pair else 1
        out.append(b"".join(word[index : index + step]))
        index += step
    return tuple(out)


def save_ranks(path):
    lines = [f"{base64.b64encode(piece).decode()} {i}\n" for i, piece in enumerate(train_ranks())]
    path.write_text("".join(lines))


# --------------------------------------------------------------------------------------------------
# -- checkpoints

SHARED = {
    "architectures": ["QWenLMHeadModel"],
    "model_type": "qwen",
    "attn_dropout_prob": 0.0,
    "emb_dropout_prob": 0.0,
    "bf16": False,
    "fp16": False,
    "fp32": False,
    "initializer_range": 0.02,
    "kv_channels": 64,
    "layer_norm_epsilon": 1e-06,
    "no_bias": True,
    "num_hidden_layers": 3,
    "onnx_safe": None,
    "rotary_emb_base": 10000,
    "rotary_pct": 1.0,
    "scale_attn_weights": True,
    "tie_word_embeddings": False,
    "tokenizer_type": "QWenTokenizer",
    "torch_dtype": "bfloat16",
    "transformers_version": "4.31.0",
    "use_cache": True,
    "use_dynamic_ntk": True,
    "use_flash_attn": False,
    "use_logn_attn": True,
    "vocab_size": VOCABULARY,
}
IMAGE_START = PIECES + 214  # after 3 + 205 specials and the six of boxes
VISUAL = {"heads": 4, "image_start_id": IMAGE_START, "layers": 2, "mlp_ratio": 1.47,
          "n_queries": 16, "width": 32}  # fmt: skip

# `chat` is written as convert.py leaves the published one: bfloat16 in shards. `raw` has two heads
# in its resampler, which takes too many weights to be committed: its tensors follow a recipe.
CONFIGS = {
    "chat": SHARED | {
        "hidden_size": 128, "intermediate_size": 32, "num_attention_heads": 2, "seq_length": 48,
        "max_position_embeddings": 512,
        "visual": VISUAL | {"image_size": 42, "patch_size": 6, "output_dim": 128},
    },
    "raw": SHARED | {
        "hidden_size": 256, "intermediate_size": 128, "num_attention_heads": 4, "seq_length": 1024,
        "max_position_embeddings": 2048, "rotary_emb_base": 5000,
        "visual": VISUAL | {"image_size": 54, "patch_size": 3, "output_dim": 256},
    },
}  # fmt: skip
SEEDS = {"chat": 1, "raw": 1}
GENERATION = {
    "chat": {"chat_format": "chatml", "eos_token_id": PIECES, "pad_token_id": PIECES,
             "max_window_size": 6144, "transformers_version": "4.31.0"},
    "raw": {"chat_format": "raw", "eos_token_id": PIECES, "pad_token_id": PIECES,
            "transformers_version": "4.31.0"},
}  # fmt: skip
STOPS = {"chat": {PIECES, PIECES + 1, PIECES + 2}, "raw": {PIECES}}


def spread(name, shape):
    """(mean, standard deviation) of one tensor's entries."""
    if name.endswith("bias"):
        return 0.0, 0.1
    if any(norm in name for norm in ("ln_", "ln_f")):
        return 1.0, 0.1
    if "wte" in name or "lm_head" in name:
        return 0.0, 0.3 if "wte" in name else 0.4
    if any(table in name for table in ("positional_embedding", "pos_embed", "query")):
        return 0.0, 0.7
    fan_in = shape[0] if name.endswith("visual.proj") else int(np.prod(shape[1:]))
    # Queries and keys share a matrix with values: scores of a standard deviation near 2 come from
    # all three being larger.
    gains = {"c_attn": 1.4, "in_proj": 1.5, "conv1": 0.8}
    gain = next((gains[part] for part in gains if part in name), 1.2)
    return 0.0, gain / fan_in**0.5


def uniform(name, shape, seed):
    """Numbers in [-1, 1) that any language can make again: splitmix64 of the name's CRC-32."""
    with np.errstate(over="ignore"):
        golden = np.uint64(0x9E3779B97F4A7C15)
        key = np.uint64(zlib.crc32(name.encode()) | seed << 32)
        x = key + np.arange(1, math.prod(shape) + 1, dtype=np.uint64) * golden
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    values = (x >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - np.float32(1)
    return torch.from_numpy(values).reshape(shape)


def randomise(model, checkpoint, recipe):
    """Draw every tensor anew; `recipe` receives what it takes to do so."""
    drawn = set()
    for name, parameter in sorted(model.named_parameters()):
        mean, deviation = spread(name, parameter.shape)
        scale = float(np.float32(deviation * 3**0.5))
        values = uniform(name, tuple(parameter.shape), SEEDS[checkpoint]) * scale + mean
        if "lm_head" in name:
            values[PIECES:] *= 0.125  # specials and unused rows are never said
        if checkpoint == "chat":
            values = values.to(torch.bfloat16).float()  # exactly what the files will hold
        parameter.copy_(values)
        recipe[name] = {"shape": list(parameter.shape), "scale": scale, "mean": mean}
        drawn.add(parameter.data_ptr())
    buffers = {tensor.data_ptr() for tensor in model.buffers()}
    assert all(t.data_ptr() in drawn | buffers for t in model.state_dict().values())


def config_of(source, checkpoint, precision="fp32"):
    return source.configuration_qwen.QWenConfig(**CONFIGS[checkpoint] | {precision: True})


@torch.no_grad()
def make_checkpoint(source, checkpoint, directory):
    """Write one checkpoint and give back its Reference."""
    directory.mkdir(parents=True)
    write_json(directory / "config.json", CONFIGS[checkpoint])
    write_json(directory / "generation_config.json", GENERATION[checkpoint])
    save_ranks(directory / "qwen.tiktoken")
    model, recipe = source.model(config_of(source, checkpoint)), {}
    randomise(model, checkpoint, recipe)
    reference = QwenVl(source, checkpoint, directory, model)
    if checkpoint == "chat":
        teach_to_stop(reference)
        save_as_published(model, directory)
    else:
        write_json(directory / "recipe.json", {
            "seed": SEEDS[checkpoint],
            "quiet_rows": {"tensor": "lm_head.weight", "from": PIECES, "factor": 0.125},
            "tensors": recipe,
        }, indent=None)  # fmt: skip
    return reference


def save_as_published(model, directory):
    """Pickled shards in bfloat16, turned into safetensors by convert.py."""
    tensors = {
        name: tensor.to(torch.bfloat16)
        for name, tensor in sorted(model.state_dict().items())
        if not name.endswith("masked_bias")
    }
    script = pathlib.Path(__file__).resolve().parents[2] / "examples" / "adapters" / "convert.py"
    spec = importlib.util.spec_from_file_location("convert", script)
    convert = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(convert)
    convert.SHARD_BYTES = 400_000
    with tempfile.TemporaryDirectory() as folder:
        pickles = pathlib.Path(folder) / "pickles"
        shutil.copytree(directory, pickles)
        names = list(tensors)
        for index in range(2):
            half = {name: tensors[name] for name in names[index::2]}
            torch.save(half, pickles / f"pytorch_model-{index + 1:05}-of-00002.bin")
        shutil.rmtree(directory)
        with mock.patch.object(sys, "argv", ["convert.py", str(pickles), str(directory)]):
            convert.main()


# --------------------------------------------------------------------------------------------------
# -- the reference


class QwenVl(Reference):
    """The published model. Its slots all hold `<imgpad>`, where the published tokenizer writes the
    path: they are overwritten either way.

    The rotary base depends on the prompt's length: `prepare` remembers it.
    """

    def __init__(self, source, checkpoint, directory, model):
        self.source, self.checkpoint, self.directory, self.model = (
            source, checkpoint, directory, model)  # fmt: skip
        self.tokenizer = source.tokenizer(directory / "qwen.tiktoken")
        self.slot = self.tokenizer.img_pad_id
        self.stops, self.pieces = STOPS[checkpoint], PIECES
        self.layer_count = model.config.num_hidden_layers
        self.queries = model.config.visual["n_queries"]
        self.visual = model.transformer.visual
        self.prompt_length = 0
        assert self.tokenizer.img_start_id == model.config.visual["image_start_id"]

    # -- words

    def question_text(self, question, image_count):
        """The published prompts, with a mark for every picture in place of its path."""
        if self.checkpoint == "raw":
            return "<image>" * image_count + question + " Answer:"
        pictures = [{"image": "<image>"}] * image_count
        query = self.tokenizer.from_list_format([*pictures, {"text": question}])
        text, ids = self.source.qwen_generation_utils.make_context(
            self.tokenizer, query, system="You are a helpful assistant.", chat_format="chatml"
        )
        self.published_ids = self.with_slots(ids)
        return text.replace("<img><image></img>", "<image>")

    def with_slots(self, ids):
        """The published tokenizer's ids, 256 slots a picture, with as many as this model reads."""
        out = []
        for index, group in itertools.groupby(ids, key=self.inside_picture()):
            out += [self.slot] * self.queries if index else list(group)
        return out

    def inside_picture(self):
        state = {"inside": False}

        def key(token):
            if token == self.tokenizer.img_end_id:
                state["inside"] = False
            inside = state["inside"]
            if token == self.tokenizer.img_start_id:
                state["inside"] = True
            return inside

        return key

    def prepare(self, text, pictures):
        written = text.replace("<image>", "<img>x</img>")
        ids = self.with_slots(self.tokenizer.encode(written))
        if text.startswith("<|im_start|>"):
            assert ids == self.published_ids, "one string is not tokenised as make_context does"
        self.prompt_length = len(ids)
        return reference_pass.with_roles(torch.tensor(ids), self.slot, self.pixels(pictures))

    def pixels(self, pictures):
        """torchvision's Resize on a PIL picture, ToTensor and Normalize: without torchvision."""
        size = self.model.config.visual["image_size"]
        resized = [picture.resize((size, size), Image.BICUBIC) for picture in pictures]
        values = torch.stack([torch.from_numpy(np.array(p)).permute(2, 0, 1) for p in resized])
        mean, std = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)
        return (values.float() / 255 - mean) / std

    def encode_answer(self, text):
        """Behind "Answer:" an answer begins with a blank, as the published evaluation has it."""
        return self.tokenizer.encode((" " if self.checkpoint == "raw" else "") + text)

    def decode(self, ids):
        text = self.tokenizer.decode(ids.tolist())
        return text.removeprefix(" ") if self.checkpoint == "raw" else text

    # -- vision

    def encode(self, pixels):
        """The published forward, stopped where it enters the resampler."""
        seen = []
        pool = self.visual.attn_pool
        hook = pool.register_forward_pre_hook(lambda _m, args: seen.append(args[0]))
        self.visual(pixels)
        hook.remove()
        return seen[0].flatten(0, 1)

    def project(self, patches):
        per_picture = math.prod(self.visual.grid_size)
        pooled = self.visual.attn_pool(patches.view(-1, per_picture, patches.shape[-1]))
        return (self.visual.ln_post(pooled) @ self.visual.proj).flatten(0, 1)

    def soft_map(self, patches):
        """The resampler's attention, mean over heads: [N, patches of one picture]."""
        per_picture = math.prod(self.visual.grid_size)
        kept = []

        def keep(module, args, kwargs):
            weights = torch.nn.MultiheadAttention.forward(
                module, *args, need_weights=True, average_attn_weights=True)[1]
            kept.append(weights)

        hook = self.visual.attn_pool.attn.register_forward_pre_hook(keep, with_kwargs=True)
        self.visual.attn_pool(patches.view(-1, per_picture, patches.shape[-1]))
        hook.remove()
        return kept[0].flatten(0, 1)

    # -- decoder

    def in_bfloat16(self):
        model = self.source.model(config_of(self.source, self.checkpoint, "bf16"))
        model.load_state_dict(self.model.state_dict())
        low = QwenVl(self.source, self.checkpoint, self.directory, model.to(torch.bfloat16))
        low.prompt_length = self.prompt_length
        return low

    def embed(self, ids):
        return self.model.transformer.wte(ids)

    def taps(self, layer):
        block = self.model.transformer.h[layer]
        values = slice(2 * block.attn.split_size, 3 * block.attn.split_size)
        return {
            "input_norm": Tap(block.ln_1),
            "v_proj": Tap(block.attn.c_attn, values),
            "post_attention_norm": Tap(block.ln_2),
        }

    def ntk_alpha(self):
        ratio = self.prompt_length / self.model.config.seq_length
        return max(2 ** math.ceil(math.log(ratio, 2) + 1) - 1, 1)

    def run_layer(self, layer, hidden, positions, mask):
        """The published block takes rotary angles and log-n factors by row: give it those of the
        places.
        """
        block = self.model.transformer.h[layer]
        angles = self.model.transformer.rotary_emb(1024, ntk_alpha=self.ntk_alpha())
        factors = torch.tensor([
            math.log(place + 1, self.model.config.seq_length)
            if place + 1 > self.model.config.seq_length else 1.0
            for place in self.places.tolist()
        ])  # fmt: skip
        block.attn.logn_tensor = factors[None, :, None, None].to(hidden.dtype)
        out, weights = block(
            hidden[None],
            rotary_pos_emb=[angle[:, positions] for angle in angles],
            attention_mask=mask[None, None],
            output_attentions=True,
        )
        return out[0], weights[0]

    def head(self, hidden):
        return self.model.lm_head(self.model.transformer.ln_f(hidden))

    @torch.no_grad()
    def own_logits(self, ids, pixels):
        """The prompt at once and what follows token by token: with its cache the model keeps the
        rotary base of the prompt.
        """
        self.visual.encode = lambda _paths: self.visual(pixels)
        self.restore_log_n()
        logits, past = [], None
        for begin, end in [(0, self.prompt_length), *itertools.pairwise(
            range(self.prompt_length, len(ids) + 1))]:  # fmt: skip
            out = self.model(
                input_ids=ids[None, begin:end],
                attention_mask=torch.ones(1, end),
                past_key_values=past,
                use_cache=True,
                return_dict=True,
            )
            logits.append(out.logits[0])
            past = out.past_key_values
        return torch.cat(logits)

    def restore_log_n(self):
        fresh = self.source.modeling_qwen.QWenAttention(self.model.config).logn_tensor
        for block in self.model.transformer.h:
            block.attn.logn_tensor = fresh


def teach_to_stop(reference):
    """Turn the row of <|im_end|> towards what the model thinks after five tokens of one question,
    so that its answer ends there.
    """
    stops, reference.stops = reference.stops, set()
    case = CASES["chat_stops"]
    pictures = [reference_pass.picture(*PICTURES[image]) for image in case.images]
    text = case.prompt or reference.question_text(case.question, len(pictures))
    prompt = reference.prepare(text, pictures)
    said = reference_pass.greedy(reference, prompt, 6)
    thoughts = []
    hook = reference.model.lm_head.register_forward_pre_hook(lambda _m, a: thoughts.append(a[0][0]))
    logits = reference.own_logits(torch.cat([prompt.ids, said[:5]]), prompt.pixels)
    hook.remove()
    thought = thoughts[-1][-1]
    row = thought / thought.square().sum() * (logits[-1].max() + 0.5)
    reference.model.lm_head.weight[PIECES + 2] = row.to(torch.bfloat16).float()
    reference.stops = stops


@torch.no_grad()
def check_against_qwen2(reference):
    """The decoder of `reference` and transformers' Qwen2 agree where nothing is stretched."""
    config = reference.model.config
    heads, half = config.num_attention_heads, config.intermediate_size // 2
    other = Qwen2ForCausalLM(Qwen2Config(
        vocab_size=config.vocab_size, hidden_size=config.hidden_size, intermediate_size=half,
        num_hidden_layers=config.num_hidden_layers, num_attention_heads=heads,
        num_key_value_heads=heads, rms_norm_eps=config.layer_norm_epsilon, use_sliding_window=False,
        rope_parameters={"rope_type": "default", "rope_theta": float(config.rotary_emb_base)},
        tie_word_embeddings=False,
    )).eval()  # fmt: skip
    tensors = {}
    for name, tensor in reference.model.state_dict().items():
        if "visual" in name or "masked_bias" in name:
            continue
        name = name.replace("transformer.", "model.").replace("model.h.", "model.layers.")
        name = name.replace("wte", "embed_tokens").replace("ln_f", "norm")
        name = name.replace("ln_1", "input_layernorm").replace("ln_2", "post_attention_layernorm")
        name = name.replace("mlp.w1", "mlp.up_proj").replace("mlp.w2", "mlp.gate_proj")
        name = name.replace("mlp.c_proj", "mlp.down_proj")
        name = name.replace("attn.c_proj", "self_attn.o_proj")
        if "attn.c_attn" in name:
            for part, rows in zip("qkv", tensor.chunk(3)):
                tensors[name.replace("attn.c_attn", f"self_attn.{part}_proj")] = rows
        else:
            tensors[name] = tensor
    other.load_state_dict(tensors)
    ids = torch.arange(7, 7 + min(config.seq_length, 40))
    reference.prompt_length = len(ids)
    reference.restore_log_n()
    ours = reference.model(input_ids=ids[None], use_cache=False, return_dict=True).logits
    assert relative(other(input_ids=ids[None]).logits, ours) < 1e-5, "Qwen2 says something else"


# --------------------------------------------------------------------------------------------------
# -- cases

PICTURES = {"wide.png": (57, 34, 1), "tall.png": (23, 41, 2)}
SHORT = "<image>Is it? Answer:"

# Prompts against the 48 positions that `chat` was trained at: `chat` 24, `chat_crossing` 44 and 12
# generated, `chat_long` 53, `chat_question` 83, `chat_two_images` 112.
CASES = {
    "chat": Case("chat", ("wide.png",), SHORT, parts=("sites", "cuts", "bfloat16")),
    "chat_forced": Case("chat", ("tall.png",), SHORT, answer=" Yes, a red dog."),
    "chat_crossing": Case(
        "chat", ("tall.png",), "<image>What is it?\nWhich one is red? No? Answer:"
    ),
    "chat_long": Case(
        "chat", ("tall.png", "wide.png"), "<image>or <image>Which one is red? Answer:",
        parts=("cuts", "bfloat16"),
    ),
    "chat_question": Case("chat", ("wide.png",), question="Is there a dog?"),
    "chat_two_images": Case(
        "chat", ("wide.png", "tall.png"), question="Which one is red?", parts=("cuts",)
    ),
    "chat_stops": Case("chat", ("tall.png",), question="What is it?", answer="Café ☃"),
    "raw": Case("raw", ("tall.png",), question="What is it?", parts=("cuts",)),
    "raw_two_images": Case(
        "raw", ("wide.png", "tall.png"), question="Which one is red?", answer="a dog"
    ),
}  # fmt: skip


def add_soft_maps(root, references):
    """Store the cross-attention of cases with cuts beside what every family stores."""
    for name, case in CASES.items():
        if "cuts" not in case.parts:
            continue
        reference = references[case.checkpoint]
        pictures = [Image.open(root / "pictures" / image).convert("RGB") for image in case.images]
        path = root / f"{name}.safetensors"
        tensors = load_file(path)
        with torch.no_grad():
            patches = reference.encode(reference.pixels(pictures))
            tensors["soft_map"] = reference.soft_map(patches).clone()
        save_file(tensors, path)


def make_all(root, source):
    reference_pass.make_pictures(root, PICTURES)
    references = {name: make_checkpoint(source, name, root / name) for name in CONFIGS}
    for reference in references.values():
        check_against_qwen2(reference)
    reference_pass.make_cases(root, CASES, references)
    add_soft_maps(root, references)


def main():
    parser = reference_pass.script_arguments(__doc__, "qwen_vl")
    parser.add_argument("--source", type=pathlib.Path, required=True, help="the published code")
    arguments = parser.parse_args()
    source = Source(arguments.source)
    reference_pass.make_folder(arguments, lambda root: make_all(root, source))


if __name__ == "__main__":
    main()
