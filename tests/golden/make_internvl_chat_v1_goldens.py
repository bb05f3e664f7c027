# SPDX-License-Identifier: MIT
"""Make tests/golden/internvl_chat_v1: tiny InternVL-Chat-1.0 checkpoints and what transformers computes.

    OMP_NUM_THREADS=1 python make_internvl_chat_v1_goldens.py [--output internvl_chat_v1] [--check]
    OMP_NUM_THREADS=1 python make_internvl_chat_v1_goldens.py --check --source DIR

The checkpoints are in the dialect of the original LLaVA code. Their reference is transformers' LLaVA
with its InternVL tower, after renaming. With --source, the folder internvl_chat_llava of the
OpenGVLab/InternVL repository, the authors' own tower, prompt, tokenisation and picture preparation
have to agree with it, too (that code needs the package einops). README.md beside this file documents
cases and tensors.
"""

import ast
import importlib
import json
import pathlib
import sys
import types
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
from transformers import (
    AutoTokenizer,
    CLIPImageProcessorPil,
    InternVLVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
)

import make_llava_goldens as llava
from live_parity import VICUNA_V1
from make_llava_goldens import relative, write_json
from reference_pass import (
    Case,
    TransformersDecoder,
    greedy,
    make_cases,
    make_folder,
    make_pictures,
    randomise,
    script_arguments,
    with_roles,
)

PICTURES = {"wide.png": (57, 34, 1), "tall.png": (23, 41, 2), "square.png": (30, 30, 3)}
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SLOT = -200  # what the original code writes where a picture stands
PATCH = 7
TABLE = 28  # pixels a side that the table of positions is for

# --------------------------------------------------------------------------------------------------
# -- checkpoints


@dataclass
class Checkpoint:
    """What makes one checkpoint differ; everything else is shared."""

    seed: int
    size: int  # pixels a side that the tower is given
    layers: int = 5
    select: int = -4
    aspect: str = "pad"
    text: dict = field(default_factory=dict)
    dtype: torch.dtype = torch.float32
    shards: int = 1
    stops: bool = False  # whether greedy decoding meets its stop token


CHECKPOINTS = {
    "stretched": Checkpoint(seed=28, size=42, dtype=torch.bfloat16, shards=2, stops=True),
    "fitting": Checkpoint(
        seed=10,
        size=28,
        layers=4,
        select=-2,
        aspect="square",
        text={"num_key_value_heads": 2, "rms_norm_eps": 1e-6},
    ),
}


def tokenizer():
    """Vicuna's: pieces of characters, bytes as a way out, and no token for pictures."""
    vocabulary, merges = llava.train_pieces()
    bpe = Tokenizer(
        models.BPE(
            vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True
        )
    )
    bpe.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    bpe.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    bpe.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    bpe.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in llava.SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<unk>",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def config_of(checkpoint):
    """Transformers' configuration of the same model; its slot is the last row of the vocabulary."""
    text = LlamaConfig(
        **{
            "vocab_size": llava.VOCABULARY,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "max_position_embeddings": 512,
            "rms_norm_eps": 1e-5,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "pad_token_id": 0,
            **checkpoint.text,
        }
    )
    vision = InternVLVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=checkpoint.layers,
        num_attention_heads=4,
        image_size=[TABLE, TABLE],
        patch_size=[PATCH, PATCH],
        norm_type="rms_norm",
        use_qk_norm=True,
        attention_bias=False,
    )
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=llava.VOCABULARY - 1,
        vision_feature_layer=checkpoint.select,
        image_seq_length=(checkpoint.size // PATCH) ** 2,
    )


def spread(name, shape):
    """(mean, standard deviation) of one tensor's entries."""
    if name.endswith(".bias"):
        return 0.0, 0.1
    if "norm" in name or "lambda" in name:
        return 1.0, 0.1
    if "cls_token" in name or "position_embeddings" in name:
        return 0.0, 0.5
    if "embed_tokens" in name or "lm_head" in name:
        return 0.0, 0.35
    fan_in = int(np.prod(shape[1:]))
    # Queries and keys are larger, so that attention is far from uniform.
    gain = 1.5 if "q_proj" in name or "k_proj" in name else 0.5 if "patch_emb" in name else 1.3
    return 0.0, gain / fan_in**0.5


def random_model(checkpoint):
    model = randomise(
        LlavaForConditionalGeneration(config_of(checkpoint)), checkpoint.seed, spread
    )
    with torch.no_grad():
        for tensor in (model.lm_head.weight, model.model.language_model.embed_tokens.weight):
            tensor[llava.PIECES :] *= 0.2  # rows that no token has are never said
    return model.to(checkpoint.dtype).to(torch.float32).eval()  # exactly what files will hold


def make_checkpoint(name, directory):
    """Write one checkpoint and give back a Reference that was read again from the files."""
    checkpoint = CHECKPOINTS[name]
    directory.mkdir(parents=True)
    model = random_model(checkpoint)
    tokenizer().save_pretrained(directory)
    write_json(directory / "config.json", original_config(checkpoint, model.config))
    write_json(
        directory / "generation_config.json",
        {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0},
    )
    tensors = {key: value.to(checkpoint.dtype) for key, value in original_tensors(model).items()}
    save_shards(tensors, directory, checkpoint.shards)
    if checkpoint.stops:
        choose_second_stop(checkpoint, directory)
    reference = ChatReference(checkpoint, directory)
    wanted = model.state_dict()
    for key, value in reference.model.state_dict().items():
        assert torch.equal(value, wanted[key]), key
    return reference


def choose_second_stop(checkpoint, directory):
    """Make the first token that greedy decoding says only late a second stop id."""
    reference = ChatReference(checkpoint, directory)
    reference.stops = set()
    prompt = reference.prepare(FIRST_PROMPT, [llava.picture(*PICTURES["wide.png"])])
    said = greedy(reference, prompt).tolist()
    second = next(t for i, t in enumerate(said) if i >= 6 and t not in said[:i])
    path = directory / "generation_config.json"
    write_json(path, json.loads(path.read_text()) | {"eos_token_id": [2, second]})


# --------------------------------------------------------------------------------------------------
# -- the original dialect

RENAMED = (  # transformers' names and the original's, longer parts first
    ("model.vision_tower.embeddings.cls_token", "{tower}embeddings.class_embedding"),
    ("model.vision_tower.embeddings.position_embeddings", "{tower}embeddings.position_embedding"),
    (
        "model.vision_tower.embeddings.patch_embeddings.projection",
        "{tower}embeddings.patch_embedding",
    ),
    ("model.vision_tower.encoder.layer.", "{tower}encoder.layers."),
    ("attention.projection_layer", "attn.proj"),
    ("attention.q_norm", "attn.q_norm"),
    ("attention.k_norm", "attn.k_norm"),
    ("layernorm_before", "norm1"),
    ("layernorm_after", "norm2"),
    ("lambda_1", "ls1"),
    ("lambda_2", "ls2"),
    ("model.multi_modal_projector.linear_1", "model.mm_projector.0"),
    ("model.multi_modal_projector.linear_2", "model.mm_projector.2"),
    ("model.language_model.", "model."),
)
TOWER = "model.vision_tower.vision_tower."


def original_tensors(model):
    """The weights under the original's names, with queries, keys and values in one matrix."""
    tensors = {}
    for name, value in model.state_dict().items():
        for ours, theirs in RENAMED:
            name = name.replace(ours, theirs.format(tower=TOWER))
        tensors[name] = value
    for name in [name for name in tensors if "attention.q_proj" in name]:
        parts = [tensors.pop(name.replace("q_proj", f"{part}_proj")) for part in "qkv"]
        tensors[name.replace("attention.q_proj", "attn.qkv")] = torch.cat(parts)
    return tensors


def from_original(tensors):
    """The other way: what the files hold, as transformers' model wants it."""
    state = {}
    for name, value in tensors.items():
        if not name.startswith((TOWER, "model.mm_projector.", "lm_head.")):
            state[name.replace("model.", "model.language_model.", 1)] = value
            continue
        for ours, theirs in RENAMED[:-1]:
            name = name.replace(theirs.format(tower=TOWER), ours)
        if "attn.qkv" in name:
            for part, piece in zip("qkv", value.chunk(3)):
                state[name.replace("attn.qkv", f"attention.{part}_proj")] = piece
        else:
            state[name] = value
    return state


def original_config(checkpoint, config):
    """config.json as the releases have it, and the tower's sizes, which are not the release's."""
    text, vision = config.text_config, config.vision_config
    return {
        "_name_or_path": "tiny",
        "architectures": ["LlavaLlamaForCausalLM"],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "force_image_size": checkpoint.size,
        "freeze_mm_mlp_adapter": False,
        "hidden_act": "silu",
        "hidden_size": text.hidden_size,
        "image_aspect_ratio": checkpoint.aspect,
        "image_grid_pinpoints": None,
        "initializer_range": 0.02,
        "intermediate_size": text.intermediate_size,
        "max_position_embeddings": text.max_position_embeddings,
        "mm_hidden_size": vision.hidden_size,
        "mm_projector_type": "mlp2x_gelu",
        "mm_use_im_patch_token": False,
        "mm_use_im_start_end": False,
        "mm_vision_select_feature": "patch",
        "mm_vision_select_layer": checkpoint.select,
        "mm_vision_tower": "tiny/InternViT-6B-224px",
        "model_type": "llava",
        "num_attention_heads": text.num_attention_heads,
        "num_hidden_layers": text.num_hidden_layers,
        "num_key_value_heads": text.num_key_value_heads,
        "pad_token_id": 0,
        "pretraining_tp": 1,
        "rms_norm_eps": text.rms_norm_eps,
        "rope_scaling": None,
        "tie_word_embeddings": False,
        "torch_dtype": str(checkpoint.dtype).removeprefix("torch."),
        "transformers_version": "4.31.0",
        "tune_mm_mlp_adapter": False,
        "use_cache": True,
        "use_mm_proj": True,
        "vision_config": {
            "architectures": ["InternVisionModel"],
            "hidden_act": "gelu",
            "hidden_size": vision.hidden_size,
            "image_size": TABLE,
            "intermediate_size": vision.intermediate_size,
            "layer_norm_eps": vision.layer_norm_eps,
            "model_type": "intern_vit_6b",
            "num_attention_heads": vision.num_attention_heads,
            "num_channels": 3,
            "num_hidden_layers": vision.num_hidden_layers,
            "patch_size": PATCH,
            "qk_normalization": True,
            "qkv_bias": False,
        },
        "vocab_size": text.vocab_size,
    }


def save_shards(tensors, directory, parts):
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    if parts == 1:
        save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
        return
    names, index = list(tensors), {}
    for part in range(parts):
        file = f"model-{part + 1:05}-of-{parts:05}.safetensors"
        own = {name: tensors[name] for name in names[part::parts]}
        save_file(own, directory / file, metadata={"format": "pt"})
        index |= dict.fromkeys(own, file)
    write_json(
        directory / "model.safetensors.index.json",
        {"metadata": {}, "weight_map": dict(sorted(index.items()))},
    )


def load_tensors(directory):
    tensors = {}
    for file in sorted(directory.glob("*.safetensors")):
        tensors |= load_file(file)
    return tensors


# --------------------------------------------------------------------------------------------------
# -- the reference


def on_square(picture):
    """A picture in the middle of a square of the mean colour; a half pixel goes below and right."""
    side = max(picture.size)
    canvas = Image.new("RGB", (side, side), tuple(int(255 * mean) for mean in MEAN))
    canvas.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return canvas


class ChatReference(TransformersDecoder):
    slot = SLOT
    pieces = llava.PIECES

    def __init__(self, checkpoint, directory, dtype=torch.float32):
        self.checkpoint, self.directory = checkpoint, directory
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.model = LlavaForConditionalGeneration(config_of(checkpoint))
        self.model.load_state_dict(from_original(load_tensors(directory)))
        self.model.to(dtype).set_attn_implementation("eager")
        self.model.eval().requires_grad_(False)
        self.use_decoder(self.model.model.language_model, self.model.lm_head)
        stops = json.loads((directory / "generation_config.json").read_text())["eos_token_id"]
        self.stops = {stops} if isinstance(stops, int) else set(stops)

    def question_text(self, question, image_count):
        return VICUNA_V1.replace("<image>\n", "<image>\n" * image_count).format(question=question)

    def prepare(self, text, pictures):
        """Text between pictures is tokenised piece by piece; one <s> stands before it all."""
        ids = [self.tokenizer.bos_token_id]
        for index, piece in enumerate(text.split("<image>")):
            if index > 0:
                ids += [SLOT] * self.model.config.image_seq_length
            if piece:
                ids += self.tokenizer(piece).input_ids[1:]
        return with_roles(torch.tensor(ids), SLOT, self.pixels(pictures))

    def pixels(self, pictures):
        size = self.checkpoint.size
        clip = CLIPImageProcessorPil(
            size={"shortest_edge": size},
            crop_size={"height": size, "width": size},
            image_mean=list(MEAN),
            image_std=list(DEVIATION),
        )
        if self.checkpoint.aspect == "pad":
            pictures = [on_square(picture) for picture in pictures]
        return clip(pictures, return_tensors="pt")["pixel_values"]

    def encode_answer(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def decode(self, ids):
        return self.tokenizer.decode(ids)

    def in_bfloat16(self):
        return ChatReference(self.checkpoint, self.directory, torch.bfloat16)

    def embed(self, ids):
        return super().embed(self.known(ids))

    def known(self, ids):
        return torch.where(ids == SLOT, self.model.config.image_token_id, ids)

    def encode(self, pixels):
        states = self.model.model.vision_tower(pixels, output_hidden_states=True).hidden_states
        return states[self.checkpoint.select][:, 1:].flatten(0, 1)

    def project(self, patches):
        return self.model.model.multi_modal_projector(patches)

    @torch.no_grad()
    def own_logits(self, ids, pixels):
        return self.model(input_ids=self.known(ids)[None], pixel_values=pixels).logits[0]


# --------------------------------------------------------------------------------------------------
# -- cases

FIRST_PROMPT = "USER: <image>\nWhat is it? ASSISTANT:"
TWO_IMAGES = "USER: <image>\nor <image> What is it? ASSISTANT:"
NO_TEXT_BEFORE = "<image><image>\nWhich one is red? ASSISTANT:"
ALL_PARTS = ("sites", "cuts", "bfloat16")
CASES = {
    "stretched": Case("stretched", ("wide.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "stretched_question": Case("stretched", ("tall.png",), question="Is there a dog?"),
    "stretched_two": Case("stretched", ("square.png", "tall.png"), TWO_IMAGES, answer="Café ☃"),
    "fitting": Case("fitting", ("tall.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "fitting_two": Case("fitting", ("wide.png", "tall.png"), NO_TEXT_BEFORE, answer="Yes, a dog."),
}

# --------------------------------------------------------------------------------------------------
# -- the authors' own code as a second reference


def check_with_source(source, references):
    """Tower, prompt, tokenisation and picture preparation of the authors' code give the same."""
    tower_config, tower = import_tower(source)
    words = functions_of(source / "llava/mm_utils.py", "expand2square", "tokenizer_image_token")
    for name, reference in references.items():
        check_tower(tower_config, tower, reference)
        check_inputs(words, reference)
        print(f"{name}: the authors' code agrees")
    check_prompt(source, next(iter(references.values())))


def import_tower(source):
    drop_path = types.ModuleType("timm.models.layers")
    drop_path.DropPath = torch.nn.Identity
    for name in ("timm", "timm.models"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["timm.models.layers"] = drop_path
    package = types.ModuleType("intern_vit_6b")
    package.__path__ = [str(source / "llava/model/multimodal_encoder/intern_vit_6b")]
    sys.modules["intern_vit_6b"] = package
    return (
        importlib.import_module("intern_vit_6b.configuration_intern_vit").InternVisionConfig,
        importlib.import_module("intern_vit_6b.modeling_intern_vit").InternVisionModel,
    )


@torch.no_grad()
def check_tower(tower_config, tower, reference):
    settings = json.loads((reference.directory / "config.json").read_text())["vision_config"]
    settings.pop("model_type"), settings.pop("architectures")
    model = tower(tower_config(**settings, use_flash_attn=False)).eval()
    own = {n: t.float() for n, t in load_tensors(reference.directory).items() if n.startswith(TOWER)}
    model.load_state_dict({name.removeprefix(TOWER): tensor for name, tensor in own.items()})
    pixels = reference.pixels([llava.picture(*settings) for settings in PICTURES.values()])
    states = model(pixel_values=pixels, output_hidden_states=True).hidden_states
    theirs = states[reference.checkpoint.select][:, 1:].flatten(0, 1)
    assert relative(theirs, reference.encode(pixels)) < 1e-5


def functions_of(file, *names):
    """Functions of a module that cannot be imported as a whole."""
    body = [
        n for n in ast.parse(file.read_text("utf-8")).body if getattr(n, "name", "") in names
    ]
    space = {"Image": Image, "torch": torch, "IMAGE_TOKEN_INDEX": SLOT}
    exec(compile(ast.Module(body, []), str(file), "exec"), space)
    return types.SimpleNamespace(**{name: space[name] for name in names})


def check_inputs(words, reference):
    slots = reference.model.config.image_seq_length
    for text in (FIRST_PROMPT, TWO_IMAGES, NO_TEXT_BEFORE, "<image>", reference.question_text("?", 2)):
        theirs = words.tokenizer_image_token(text, reference.tokenizer)
        ours = reference.prepare(text, [llava.picture(*PICTURES["wide.png"])]).ids.tolist()
        assert ours == [i for t in theirs for i in [t] * (slots if t == SLOT else 1)], text
    colour = tuple(int(mean * 255) for mean in MEAN)
    for settings in PICTURES.values():
        picture = llava.picture(*settings)
        theirs = words.expand2square(picture, colour)
        assert np.array_equal(np.asarray(theirs), np.asarray(on_square(picture)))


def check_prompt(source, reference):
    spec = importlib.util.spec_from_file_location("conversation", source / "llava/conversation.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["conversation"] = module
    spec.loader.exec_module(module)
    chat = module.conv_templates["vicuna_v1"].copy()
    chat.append_message(chat.roles[0], "<image>\nIs it?")
    chat.append_message(chat.roles[1], None)
    assert chat.get_prompt() == reference.question_text("Is it?", 1)


# --------------------------------------------------------------------------------------------------
# -- all


def main():
    parser = script_arguments(__doc__, "internvl_chat_v1")
    parser.add_argument(
        "--source", type=pathlib.Path, help="the authors' folder internvl_chat_llava"
    )
    arguments = parser.parse_args()

    def make_all(root):
        make_pictures(root, PICTURES)
        references = {name: make_checkpoint(name, root / name) for name in CHECKPOINTS}
        if arguments.source:
            check_with_source(arguments.source, references)
        make_cases(root, CASES, references)

    make_folder(arguments, make_all)


if __name__ == "__main__":
    main()
