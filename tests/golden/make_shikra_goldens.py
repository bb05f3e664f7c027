# SPDX-License-Identifier: MIT
"""Make tests/golden/shikra: tiny Shikra checkpoints and what transformers computes with their parts.

    python -m pip install sentencepiece==0.2.1 protobuf==6.33.1
    OMP_NUM_THREADS=1 python make_shikra_goldens.py [--output shikra] [--check]
    OMP_NUM_THREADS=1 python make_shikra_goldens.py --check --source DIR --old-python PYTHON

The checkpoints are what examples/adapters/convert.py writes of a delta, its base and its tower. Their
reference is composed of transformers' CLIPVisionModel, a linear layer and transformers' LLaMA, their
tokens are sentencepiece's. With --source, a clone of shikras/shikra, the authors' own model, padding,
template and reader of boxes have to agree with it; with --old-python, a Python that has transformers
4.28.1 and sentencepiece, so has the tokenizer class that Shikra was trained with. README.md beside this
file documents cases and tensors.
"""

import ast
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import types
from dataclasses import dataclass, field

import numpy as np
import sentencepiece
import torch
from PIL import Image
from safetensors.torch import load_file
from sentencepiece import sentencepiece_model_pb2
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    CLIPVisionModel,
    LlamaConfig,
    LlamaForCausalLM,
)

import make_llava_goldens as llava
from live_parity import VICUNA_V1
from make_internvl_chat_v1_goldens import save_shards
from make_llava_goldens import relative, write_json
from reference_pass import (
    Case,
    TransformersDecoder,
    greedy,
    make_cases,
    make_folder,
    make_pictures,
    merged_rows,
    randomise,
    script_arguments,
    with_roles,
)

PICTURES = {"wide.png": (57, 34, 1), "tall.png": (23, 41, 2), "square.png": (30, 30, 3)}
ADDED = ("<im_patch>", "<im_start>", "<im_end>")  # ids behind those of the pieces, in this order
SLOT, START, END = (llava.PIECES + i for i in range(3))
STOP = 2  # </s>, whatever config.json says
PATCH = 7

# --------------------------------------------------------------------------------------------------
# -- checkpoints


@dataclass
class Checkpoint:
    """What makes one checkpoint differ; everything else is shared."""

    seed: int
    size: int  # pixels a side that the tower is given
    select: int = -2
    text: dict = field(default_factory=dict)
    dtype: torch.dtype = torch.float32
    shards: int = 1
    stops: bool = False  # whether greedy decoding meets </s>


CHECKPOINTS = {
    "seven": Checkpoint(seed=3, size=28, dtype=torch.float16, shards=2, stops=True),
    "last": Checkpoint(seed=1, size=42, select=-1, text={"rms_norm_eps": 1e-5}),
}


def write_tokenizer(directory, added=ADDED):
    """LLaMA's tokenizer.model, and the three tokens that Shikra added, as its release has them."""
    model = sentencepiece_model_pb2.ModelProto()
    kinds = model.SentencePiece
    for index, piece in enumerate(llava.train_pieces()[0]):
        kind = kinds.NORMAL
        if piece in ("<s>", "</s>"):
            kind = kinds.CONTROL
        elif piece == "<unk>":
            kind = kinds.UNKNOWN
        elif re.fullmatch("<0x..>", piece):
            kind = kinds.BYTE
        model.pieces.add(piece=piece, score=-index if kind == kinds.NORMAL else 0, type=kind)
    model.trainer_spec.model_type = model.trainer_spec.BPE
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.vocab_size = llava.PIECES
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = False
    (directory / "tokenizer.model").write_bytes(model.SerializeToString(deterministic=True))
    write_json(directory / "added_tokens.json", {t: llava.PIECES + i for i, t in enumerate(added)})
    words = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    write_json(directory / "special_tokens_map.json", words | {"pad_token": "<unk>"})
    roles = {
        role: {"__type": "AddedToken", "content": word, "lstrip": False, "normalized": True}
        | {"rstrip": False, "single_word": False}
        for role, word in words.items()
    }
    write_json(
        directory / "tokenizer_config.json",
        {
            "add_bos_token": True,
            "add_eos_token": False,
            **roles,
            "clean_up_tokenization_spaces": False,
            "model_max_length": 2048,
            "pad_token": None,
            "padding_side": "right",
            "sp_model_kwargs": {},
            "tokenizer_class": "LlamaTokenizer",
        },
    )


class Parts(torch.nn.Module):
    """What a Shikra is made of."""

    def __init__(self, checkpoint):
        super().__init__()
        self.vision_tower = CLIPVisionModel(vision_config(checkpoint))
        self.language = LlamaForCausalLM(text_config(checkpoint))
        self.mm_projector = torch.nn.Linear(
            self.vision_tower.config.hidden_size, self.language.config.hidden_size
        )


def text_config(checkpoint):
    return LlamaConfig(
        **{
            "vocab_size": llava.PIECES + len(ADDED),
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "max_position_embeddings": 512,
            "rms_norm_eps": 1e-6,
            **checkpoint.text,
        }
    )


def vision_config(checkpoint):
    return CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        projection_dim=16,
        image_size=checkpoint.size,
        patch_size=PATCH,
    )


def random_parts(checkpoint):
    parts = randomise(Parts(checkpoint), checkpoint.seed, llava.spread)
    with torch.no_grad():
        parts.language.lm_head.weight[llava.PIECES :] *= 0.2  # rows that are never said
    return parts.to(checkpoint.dtype).to(torch.float32).eval()  # exactly what files will hold


# transformers' names and those of a merged checkpoint
RENAMED = (("vision_tower.", "model.vision_tower.vision_model."), ("language.", ""))


def released_name(name):
    if name.startswith("mm_projector."):
        return "model." + name
    for ours, theirs in RENAMED:
        if name.startswith(ours):
            return theirs + name.removeprefix(ours).removeprefix("vision_model.")
    raise KeyError(name)


def released_config(checkpoint):
    """config.json as the release has it, wrong ids included, and the tower's sizes beside it."""
    text, vision = text_config(checkpoint), vision_config(checkpoint)
    return {
        "_name_or_path": "tiny",
        "architectures": ["ShikraLlamaForCausalLM"],
        "bos_token_id": 0,
        "eos_token_id": 1,
        "freeze_mm_mlp_adapter": False,
        "hidden_act": "silu",
        "hidden_size": text.hidden_size,
        "initializer_range": 0.02,
        "intermediate_size": text.intermediate_size,
        "max_position_embeddings": text.max_position_embeddings,
        "max_sequence_length": 2048,
        "mm_hidden_size": vision.hidden_size,
        "mm_use_im_start_end": True,
        "mm_vision_select_layer": checkpoint.select,
        "mm_vision_tower": "openai/clip-vit-large-patch14",
        "model_type": "shikra",
        "num_attention_heads": text.num_attention_heads,
        "num_hidden_layers": text.num_hidden_layers,
        "pad_token_id": -1,
        "rms_norm_eps": text.rms_norm_eps,
        "tie_word_embeddings": False,
        "torch_dtype": str(checkpoint.dtype).removeprefix("torch."),
        "transformers_version": "4.28.0.dev0",
        "tune_mm_mlp_adapter": False,
        "use_cache": False,
        "use_mm_proj": True,
        "vision_config": {
            "hidden_act": "quick_gelu",
            "hidden_size": vision.hidden_size,
            "image_size": vision.image_size,
            "intermediate_size": vision.intermediate_size,
            "layer_norm_eps": vision.layer_norm_eps,
            "model_type": "clip_vision_model",
            "num_attention_heads": vision.num_attention_heads,
            "num_hidden_layers": vision.num_hidden_layers,
            "patch_size": vision.patch_size,
        },
        "vocab_size": text.vocab_size,
    }


def write_weights(parts, checkpoint, directory):
    state = parts.state_dict().items()
    tensors = {released_name(name): value.to(checkpoint.dtype) for name, value in state}
    save_shards(tensors, directory, checkpoint.shards)


def make_checkpoint(name, directory):
    """Write one checkpoint and give back a Reference that was read again from the files."""
    checkpoint = CHECKPOINTS[name]
    directory.mkdir(parents=True)
    parts = random_parts(checkpoint)
    write_tokenizer(directory)
    write_json(directory / "config.json", released_config(checkpoint))
    write_json(
        directory / "generation_config.json",
        {"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": -1},
    )
    write_weights(parts, checkpoint, directory)
    if checkpoint.stops:
        let_it_stop(parts, ShikraReference(checkpoint, directory))
        write_weights(parts, checkpoint, directory)
    reference = ShikraReference(checkpoint, directory)
    wanted = parts.state_dict()
    for key, value in reference.parts.state_dict().items():
        assert torch.equal(value, wanted[key]), key
    return reference


BOX = "[0.250,0.250,0.750,0.750]"


def make_checkpoint_that_names_a_box(directory):
    """One whose answer is always this one box, which is a token of its own; it has no reference."""
    checkpoint = Checkpoint(
        seed=1,
        size=28,
        text={
            "vocab_size": END + 2,
            "hidden_size": 8,
            "intermediate_size": 8,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
        },
        dtype=torch.float16,
    )
    directory.mkdir(parents=True)
    parts = random_parts(checkpoint)
    with torch.no_grad():
        for layer in parts.language.model.layers:
            layer.self_attn.o_proj.weight *= 0.1
            layer.mlp.down_proj.weight *= 0.1
        # The first channel is high behind every token but the box, which only </s> follows.
        parts.language.model.embed_tokens.weight[:, 0] = 4
        parts.language.model.embed_tokens.weight[END + 1, 0] = -4
        parts.language.lm_head.weight.zero_()
        parts.language.lm_head.weight[END + 1, 0] = 1
        parts.language.lm_head.weight[STOP, 0] = -1
    write_tokenizer(directory, (*ADDED, BOX))
    write_json(directory / "config.json", released_config(checkpoint))
    write_weights(parts, checkpoint, directory)


def let_it_stop(parts, reference):
    """Let </s> have the row of the first token that greedy decoding says only late."""
    reference.stops = set()
    prompt = reference.prepare(FIRST_PROMPT, [llava.picture(*PICTURES["wide.png"])])
    said = greedy(reference, prompt).tolist()
    late = next(t for i, t in enumerate(said) if i >= 6 and t not in said[:i])
    rows = parts.language.lm_head.weight
    with torch.no_grad():
        rows[[STOP, late]] = rows[[late, STOP]]


def load_tensors(directory):
    tensors = {}
    for file in sorted(directory.glob("*.safetensors")):
        tensors |= load_file(file)
    return tensors


# --------------------------------------------------------------------------------------------------
# -- the reference


def on_white_square(picture):
    """A picture in the middle of a white square; a half pixel goes below and right."""
    side = max(picture.size)
    canvas = Image.new("RGB", (side, side), (255, 255, 255))
    canvas.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return canvas


class ShikraReference(TransformersDecoder):
    slot = SLOT
    stops = {STOP}
    pieces = llava.PIECES

    def __init__(self, checkpoint, directory, dtype=torch.float32):
        self.checkpoint, self.directory = checkpoint, directory
        self.words = sentencepiece.SentencePieceProcessor(
            model_file=str(directory / "tokenizer.model")
        )
        self.parts = Parts(checkpoint)
        stored = load_tensors(directory)
        self.parts.load_state_dict(
            {name: stored[released_name(name)] for name in self.parts.state_dict()}
        )
        self.parts.to(dtype).eval().requires_grad_(False)
        self.parts.vision_tower.set_attn_implementation("eager")
        self.parts.language.set_attn_implementation("eager")
        self.use_decoder(self.parts.language.model, self.parts.language.lm_head)

    def question_text(self, question, image_count):
        return VICUNA_V1.replace("<image>\n", "<image> " * image_count).format(question=question)

    def prepare(self, text, pictures):
        """Blanks beside a picture's tokens are taken away, and what is left between pictures is
        tokenised by itself.
        """
        count = (self.checkpoint.size // PATCH) ** 2
        ids = [self.words.bos_id()]
        stretches = text.split("<image>")
        for index, stretch in enumerate(stretches):
            if index > 0:
                ids += [START, *[SLOT] * count, END]
                stretch = stretch.lstrip()
            if index + 1 < len(stretches):
                stretch = stretch.rstrip()
            ids += self.words.encode(stretch)
        return with_roles(torch.tensor(ids), SLOT, self.pixels(pictures))

    def pixels(self, pictures):
        size = self.checkpoint.size
        clip = CLIPImageProcessorPil(
            size={"shortest_edge": size}, crop_size={"height": size, "width": size}
        )
        return clip([on_white_square(p) for p in pictures], return_tensors="pt")["pixel_values"]

    def encode_answer(self, text):
        return self.words.encode(text)

    def decode(self, ids):
        return self.words.decode(ids.tolist())

    def in_bfloat16(self):
        return ShikraReference(self.checkpoint, self.directory, torch.bfloat16)

    def encode(self, pixels):
        states = self.parts.vision_tower(pixels, output_hidden_states=True).hidden_states
        return states[self.checkpoint.select][:, 1:].flatten(0, 1)

    def project(self, patches):
        return self.parts.mm_projector(patches)

    @torch.no_grad()
    def own_logits(self, ids, pixels):
        rows = merged_rows(self, ids, self.project(self.encode(pixels)))
        return self.parts.language(inputs_embeds=rows[None]).logits[0]


# --------------------------------------------------------------------------------------------------
# -- cases

FIRST_PROMPT = "USER: What is in the picture <image> of a dog? ASSISTANT:"
TWO_IMAGES = "USER: <image> or <image>\nWhich one is red? ASSISTANT:"
NO_TEXT_BEFORE = "<image><image> is it? ASSISTANT:"
VQA = (
    VICUNA_V1.partition("<image>")[0]
    + "Can you give me a straightforward answer to my question: Is there a dog? "
    + "Consider the image <image> when answering. ASSISTANT:"
)
ALL_PARTS = ("sites", "cuts", "bfloat16")
CASES = {
    "seven": Case("seven", ("wide.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "seven_question": Case("seven", ("tall.png",), question="Is there a dog?"),
    "seven_vqa": Case("seven", ("square.png",), VQA, answer="The answer is [0.1,0.2,0.3,0.4] ."),
    "seven_two": Case("seven", ("square.png", "tall.png"), TWO_IMAGES, answer="Café ☃"),
    "last": Case("last", ("tall.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "last_two": Case("last", ("wide.png", "tall.png"), NO_TEXT_BEFORE, answer="Yes, a dog."),
}

# Texts whose ids the old tokenizer class and this script have to give alike.
ODD_TEXTS = (
    FIRST_PROMPT,
    TWO_IMAGES,
    NO_TEXT_BEFORE,
    VQA,
    "<image>",
    "a  <image>\n\t b",
    " x <image> <image> y ",
    "a<image>. b",
    "\n<image>\n",
    "box [0.1,0.2,0.3,0.4] <image>",
)

# --------------------------------------------------------------------------------------------------
# -- the authors' own code and the tokenizer of its time


def check_with_source(source, references):
    for name, reference in references.items():
        check_model(source, reference)
        print(f"{name}: the authors' model agrees")
    folder = source / "mllm"
    padding = functions_of(folder / "dataset/utils/transform.py", "expand2square")
    for settings in PICTURES.values():
        picture = llava.picture(*settings)
        theirs = np.asarray(padding.expand2square(picture))
        assert np.array_equal(theirs, np.asarray(on_white_square(picture)))
    check_template(folder / "conversation/base_conversation.py", references["seven"])
    boxes = folder / "dataset/process_function/box_process_function.py"
    expression = re.search(r"middle_brackets_pat = re\.compile\((r'.*')\)", boxes.read_text())
    pattern = ast.literal_eval(expression[1])
    assert re.fullmatch(pattern, "[0.1,0.2,0.3,0.4;0,0.,1,1.000]")
    print("the authors' padding and template agree")


def functions_of(file, *names):
    """Functions of a module that cannot be imported as a whole."""
    body = [n for n in ast.parse(file.read_text()).body if getattr(n, "name", "") in names]
    space = {"Image": Image}
    exec(compile(ast.Module(body, []), str(file), "exec"), space)
    return types.SimpleNamespace(**{name: space[name] for name in names})


@torch.no_grad()
def check_model(source, reference):
    """Their model reads a tower of 1024 channels into 256 patches alone, which one line says."""
    text = (source / "mllm/models/shikra/shikra.py").read_text()
    text = text.replace("torch.zeros(256, 1024", "torch.zeros(1, self.config.mm_hidden_size")
    space = {"__name__": "shikra"}
    sys.modules["shikra"] = types.ModuleType("shikra")
    exec(compile(text, "shikra.py", "exec"), space)
    checkpoint = reference.checkpoint
    with tempfile.TemporaryDirectory() as tower:
        reference.parts.vision_tower.save_pretrained(tower)
        config = space["ShikraConfig"](
            **text_config(checkpoint).to_dict(),
            mm_vision_tower=tower,
            use_mm_proj=True,
            mm_hidden_size=vision_config(checkpoint).hidden_size,
            mm_vision_select_layer=checkpoint.select,
        )
        config._attn_implementation = "eager"
        model = space["ShikraLlamaForCausalLM"](config).eval()
    stored = load_tensors(reference.directory)
    model.load_state_dict({name: stored[name].float() for name in model.state_dict()})
    tower = model.model.vision_tower[0].config
    tower.use_im_start_end = True
    tower.im_patch_token, tower.im_start_token, tower.im_end_token = SLOT, START, END
    pictures = [llava.picture(*PICTURES["wide.png"])]
    prompt = reference.prepare(VQA, pictures)
    theirs = model(input_ids=prompt.ids[None], images=prompt.pixels).logits[0]
    ours = reference.own_logits(prompt.ids, prompt.pixels)
    assert relative(theirs, ours) < 1e-5


def check_template(file, reference):
    space = {"__name__": "conversation"}
    sys.modules["conversation"] = types.ModuleType("conversation")
    exec(compile(file.read_text(), str(file), "exec"), space)
    chat = space["get_conv_template"]("vicuna_v1.1")
    chat.append_message(chat.roles[0], "<image> Is it?")
    chat.append_message(chat.roles[1], "")
    assert chat.get_prompt() == reference.question_text("Is it?", 1)


OLD_IDS = """
import json, sys
from transformers import LlamaTokenizer
tokenizer = LlamaTokenizer.from_pretrained(sys.argv[1])
print(json.dumps([tokenizer(text).input_ids for text in json.load(sys.stdin)]))
"""


def check_with_old_tokenizer(python, reference):
    count = (reference.checkpoint.size // PATCH) ** 2
    picture = ADDED[1] + ADDED[0] * count + ADDED[2]
    texts = json.dumps([text.replace("<image>", picture) for text in ODD_TEXTS])
    command = [python, "-c", OLD_IDS, str(reference.directory)]
    done = subprocess.run(command, input=texts, capture_output=True, text=True, check=True)
    for text, theirs in zip(ODD_TEXTS, json.loads(done.stdout)):
        pictures = [llava.picture(*PICTURES["wide.png"])] * text.count("<image>")
        assert reference.prepare(text, pictures).ids.tolist() == theirs, text
    print("the tokenizer of transformers 4.28.1 agrees")


# --------------------------------------------------------------------------------------------------
# -- all


def main():
    parser = script_arguments(__doc__, "shikra")
    parser.add_argument("--source", type=pathlib.Path, help="a clone of shikras/shikra")
    parser.add_argument("--old-python", help="a Python with transformers 4.28.1")
    arguments = parser.parse_args()

    def make_all(root):
        make_pictures(root, PICTURES)
        references = {name: make_checkpoint(name, root / name) for name in CHECKPOINTS}
        if arguments.source:
            check_with_source(arguments.source, references)
        if arguments.old_python:
            check_with_old_tokenizer(arguments.old_python, references["seven"])
        make_cases(root, CASES, references)
        make_checkpoint_that_names_a_box(root / "box")

    make_folder(arguments, make_all)


if __name__ == "__main__":
    main()
