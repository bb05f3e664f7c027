# SPDX-License-Identifier: MIT
"""Make tests/golden/instructblip: tiny InstructBLIP checkpoints and what transformers computes with them.

    OMP_NUM_THREADS=1 python make_instructblip_goldens.py [--output instructblip] [--check]

The reference is transformers' InstructBlipForConditionalGeneration with a LLaMA, its BertTokenizer and its
image processor. README.md beside this file documents cases and tensors.
"""

import collections
import json
import pathlib
import zlib
from dataclasses import dataclass, field

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoTokenizer,
    BertTokenizer,
    GenerationConfig,
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    InstructBlipQFormerConfig,
    InstructBlipVisionConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
)
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

import make_llava_goldens as llava
from make_internvl_chat_v1_goldens import save_shards
from make_llava_goldens import write_json
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
OLD_SLOT = -200  # what our prompts hold where a vocabulary has no token for a picture
STOP = 2  # </s>, which is BOS, too
WORDS = 600  # pieces of the Q-Former's vocabulary
BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
TEXTS = pathlib.Path(__file__).resolve().parent / "tokenizers/texts.json"

# --------------------------------------------------------------------------------------------------
# -- tokenizers


def word_pieces():
    """BERT's special tokens, then the commonest characters and words of the texts of all tokenizers."""
    normalizer = normalizers.BertNormalizer(lowercase=True)
    words = pre_tokenizers.BertPreTokenizer()
    counts = collections.Counter()
    for text in [llava.CORPUS] * 200 + json.loads(TEXTS.read_text()):
        for word, _ in words.pre_tokenize_str(normalizer.normalize_str(text)):
            pieces = {word, word[0], *(f"##{c}" for c in word[1:]), f"##{word[-3:]}", word[:2]}
            counts.update(sorted(pieces))
    ranked = sorted(counts, key=lambda piece: (-counts[piece], piece))
    ranked = [p for p in ranked if p not in BERT and "\n" not in p and p.strip() == p]
    return [*BERT, *ranked[: WORDS - len(BERT)]]


def write_bert_tokenizer(directory, dialect):
    """The Q-Former's tokenizer as the hub has it, or as transformers 5 saves it."""
    directory.mkdir(parents=True)
    pieces = word_pieces()
    if dialect == "current":
        tokenizer = BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)})
        tokenizer.add_special_tokens({"bos_token": "[DEC]"})
        tokenizer.save_pretrained(directory)
        return
    (directory / "vocab.txt").write_text("".join(p + "\n" for p in pieces), encoding="utf-8")
    write_json(directory / "added_tokens.json", {"[DEC]": len(pieces)})
    write_json(
        directory / "tokenizer_config.json",
        {
            "added_tokens_decoder": {
                str(i): {"content": token, "lstrip": False, "normalized": False}
                | {"rstrip": False, "single_word": False, "special": True}
                for i, token in [*enumerate(BERT), (len(pieces), "[DEC]")]
            },
            "bos_token": "[DEC]",
            "clean_up_tokenization_spaces": True,
            "do_lower_case": True,
            "model_max_length": 512,
            "strip_accents": None,
            "tokenize_chinese_chars": True,
            "tokenizer_class": "BertTokenizer",
            "truncation_side": "left",
        },
    )


def vicuna_tokenizer(marks):
    """Vicuna's pieces with </s> for BOS, EOS and unknown ones, and marks behind them."""
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
        single="</s> $A", pair="</s> $A </s> $B", special_tokens=[("</s>", STOP)]
    )
    special = (*llava.SPECIAL, *marks)
    bpe.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="</s>",
        eos_token="</s>",
        unk_token="</s>",
        pad_token="[PAD]",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


# --------------------------------------------------------------------------------------------------
# -- checkpoints


@dataclass
class Checkpoint:
    """What makes one checkpoint differ; everything else is shared."""

    seed: int
    dialect: str  # current, or hub: as before 2024-11, without a token for pictures
    size: int = 28
    patch: int = 7
    queries: int = 16
    qformer: dict = field(default_factory=dict)
    dtype: torch.dtype = torch.float32
    shards: int = 1
    stops: bool = False  # whether greedy decoding meets </s>


CHECKPOINTS = {
    "current": Checkpoint(seed=34, dialect="current"),
    "hub": Checkpoint(
        seed=2,
        dialect="hub",
        patch=14,
        queries=18,
        qformer={"num_hidden_layers": 4, "cross_attention_frequency": 3},
        dtype=torch.bfloat16,
        shards=2,
        stops=True,
    ),
}


def config_of(checkpoint):
    old = checkpoint.dialect == "hub"
    vision = InstructBlipVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=checkpoint.size,
        patch_size=checkpoint.patch,
    )
    qformer = InstructBlipQFormerConfig(
        **{
            "vocab_size": WORDS + 1,
            "hidden_size": 16,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "intermediate_size": 24,
            "max_position_embeddings": 64,
            "cross_attention_frequency": 2,
            "encoder_hidden_size": 16,
            **checkpoint.qformer,
        }
    )
    text = LlamaConfig(
        vocab_size=llava.VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=512,
        rms_norm_eps=1e-6,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=llava.PIECES,
    )
    return InstructBlipConfig(
        vision_config=vision,
        qformer_config=qformer,
        text_config=text,
        num_query_tokens=checkpoint.queries,
        # Where there is none, transformers 5 still needs a row to be told apart: an unused one.
        image_token_index=llava.VOCABULARY - 1 if old else llava.PIECES + 1,
    )


def spread(name, shape):
    """(mean, standard deviation) of one tensor's entries."""
    if "norm" in name.lower():
        return (0.0 if name.endswith(".bias") else 1.0), 0.1
    if name.endswith(".bias"):
        return 0.0, 0.1
    if "query_tokens" in name or ("embedding" in name and "patch" not in name):
        return 0.0, 0.5
    if "embed_tokens" in name or "lm_head" in name:
        return 0.0, 0.35
    fan_in = int(np.prod(shape[1:]))
    sharp = ("q_proj", "k_proj", "attention.query", "attention.key")
    if "qkv" in name or any(part in name for part in sharp):
        return 0.0, 1.5 / fan_in**0.5
    return 0.0, (0.5 if "patch_embedding" in name else 1.3) / fan_in**0.5


def random_model(checkpoint):
    model = randomise(
        InstructBlipForConditionalGeneration(config_of(checkpoint)), checkpoint.seed, spread
    )
    with torch.no_grad():
        text = model.language_model
        for tensor in (text.lm_head.weight, text.model.embed_tokens.weight):
            tensor[llava.PIECES :] *= 0.2  # special tokens are never said
    return model.to(checkpoint.dtype).to(torch.float32).eval()  # exactly what files will hold


def hub_config(checkpoint, config):
    """config.json as of before 2024-11: what is a class's default is left out."""
    json_of = {"vision_config": config.vision_config, "qformer_config": config.qformer_config}
    keys = {
        "vision_config": "hidden_size intermediate_size num_hidden_layers num_attention_heads "
        "image_size patch_size model_type",
        "qformer_config": "vocab_size hidden_size num_hidden_layers num_attention_heads "
        "intermediate_size max_position_embeddings cross_attention_frequency encoder_hidden_size "
        "model_type",
    }
    parts = {
        name: {key: getattr(part, key) for key in keys[name].split()}
        for name, part in json_of.items()
    }
    text = config.text_config
    return {
        "architectures": ["InstructBlipForConditionalGeneration"],
        "initializer_factor": 1.0,
        "initializer_range": 0.02,
        "model_type": "instructblip",
        "num_query_tokens": checkpoint.queries,
        **parts,
        "text_config": {
            "architectures": ["LlamaForCausalLM"],
            "bos_token_id": 0,
            "eos_token_id": 1,
            "hidden_size": text.hidden_size,
            "intermediate_size": text.intermediate_size,
            "max_position_embeddings": text.max_position_embeddings,
            "max_sequence_length": 512,
            "model_type": "llama",
            "num_attention_heads": text.num_attention_heads,
            "num_hidden_layers": text.num_hidden_layers,
            "pad_token_id": -1,
            "torch_dtype": "float16",
            "vocab_size": text.vocab_size,
        },
        "tie_word_embeddings": False,
        "torch_dtype": str(checkpoint.dtype).removeprefix("torch."),
        "transformers_version": None,
        "use_decoder_only_language_model": True,
    }


def processor_of(checkpoint):
    return BlipImageProcessorPil(size={"height": checkpoint.size, "width": checkpoint.size})


def write_weights(model, checkpoint, directory):
    tensors = {name: value.to(checkpoint.dtype) for name, value in model.state_dict().items()}
    save_shards(tensors, directory, checkpoint.shards)


def make_checkpoint(name, directory):
    """Write one checkpoint and give back a Reference that was read again from the files."""
    checkpoint = CHECKPOINTS[name]
    directory.mkdir(parents=True)
    model = random_model(checkpoint)
    old = checkpoint.dialect == "hub"
    vicuna_tokenizer(("[PAD]",) if old else ("[PAD]", "<image>")).save_pretrained(directory)
    write_bert_tokenizer(directory / "qformer_tokenizer", checkpoint.dialect)
    processor_of(checkpoint).save_pretrained(directory)
    if old:
        write_json(directory / "config.json", hub_config(checkpoint, model.config))
    else:
        model.config.save_pretrained(directory)
        GenerationConfig(bos_token_id=0, eos_token_id=1).save_pretrained(directory)
    write_weights(model, checkpoint, directory)
    if checkpoint.stops:
        let_it_stop(model, BlipReference(checkpoint, directory))
        write_weights(model, checkpoint, directory)
    reference = BlipReference(checkpoint, directory)
    wanted = model.state_dict()
    for key, value in reference.model.state_dict().items():
        assert torch.equal(value, wanted[key]), key
    return reference


def let_it_stop(model, reference):
    """Let </s> have the row of the first token that greedy decoding says only late."""
    reference.stops = set()
    prompt = reference.prepare(FIRST_PROMPT, [llava.picture(*PICTURES["wide.png"])])
    said = greedy(reference, prompt).tolist()
    late = next(t for i, t in enumerate(said) if i >= 6 and t not in said[:i])
    rows = model.language_model.lm_head.weight
    with torch.no_grad():
        rows[[STOP, late]] = rows[[late, STOP]]


def load_tensors(directory):
    tensors = {}
    for file in sorted(directory.glob("*.safetensors")):
        tensors |= load_file(file)
    return tensors


# --------------------------------------------------------------------------------------------------
# -- the reference


class BlipReference(TransformersDecoder):
    stops = {STOP}
    pieces = llava.PIECES

    def __init__(self, checkpoint, directory, dtype=torch.float32, instruction=None):
        self.checkpoint, self.directory, self.instruction = checkpoint, directory, instruction
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.words = BertTokenizer.from_pretrained(directory / "qformer_tokenizer")
        self.model = InstructBlipForConditionalGeneration(config_of(checkpoint))
        self.model.load_state_dict(load_tensors(directory))
        self.model.to(dtype).set_attn_implementation("eager")
        self.model.eval().requires_grad_(False)
        self.use_decoder(self.model.language_model.model, self.model.language_model.lm_head)
        old = checkpoint.dialect == "hub"
        self.slot = OLD_SLOT if old else self.model.config.image_token_id

    def question_text(self, question, image_count):
        return "<image>" * image_count + question

    def prepare(self, text, pictures):
        """Image tokens, BOS, text; the Q-Former reads the same text, in its own words."""
        text = text.removeprefix("<image>")
        self.instruction = torch.tensor(self.words(text)["input_ids"])
        ids = [self.slot] * self.checkpoint.queries + self.tokenizer(text)["input_ids"]
        return with_roles(torch.tensor(ids), self.slot, self.pixels(pictures))

    def pixels(self, pictures):
        return processor_of(self.checkpoint)(pictures, return_tensors="pt")["pixel_values"]

    def encode_answer(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def decode(self, ids):
        return self.tokenizer.decode(ids)

    def in_bfloat16(self):
        return BlipReference(self.checkpoint, self.directory, torch.bfloat16, self.instruction)

    def embed(self, ids):
        return super().embed(self.known(ids))

    def known(self, ids):
        return torch.where(ids == self.slot, self.model.config.image_token_id, ids)

    def encode(self, pixels):
        return self.model.vision_model(pixels).last_hidden_state.flatten(0, 1)

    def project(self, patches):
        queries = self.model.query_tokens
        read = self.model.qformer(
            input_ids=self.instruction[None],
            query_embeds=queries,
            encoder_hidden_states=patches[None],
        ).last_hidden_state[0, : queries.shape[1]]
        return self.model.language_projection(read)

    @torch.no_grad()
    def own_logits(self, ids, pixels):
        return self.model(
            input_ids=self.known(ids)[None],
            qformer_input_ids=self.instruction[None],
            pixel_values=pixels,
        ).logits[0]


# --------------------------------------------------------------------------------------------------
# -- cases

FIRST_PROMPT = "<image>What is it? Is there a dog?"
ALL_PARTS = ("sites", "cuts", "bfloat16")
CASES = {
    "current": Case("current", ("wide.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "current_question": Case("current", ("tall.png",), question="Which one is red? Café ☃"),
    "current_other": Case(
        "current", ("wide.png",), "<image>Write a short description.", answer="Yes, a dog."
    ),
    "hub": Case("hub", ("tall.png",), FIRST_PROMPT, parts=ALL_PARTS),
    "hub_question": Case("hub", ("square.png",), question="Is it blue?", answer="Café ☃"),
}

# --------------------------------------------------------------------------------------------------
# -- the Q-Former's tokenizer on texts of all kinds

MARKED = ("a [SEP] b", "[CLS][MASK]x[PAD]", "[sep] [SEP", "[DEC]", "[UNK]it", "[[SEP]]", "x" * 101)


def word_piece_rows(directory):
    """{"crc": the CRC-32 of each text's ids in ../tokenizers/texts.json, "marked": {text: ids}}"""
    tokenizer = BertTokenizer.from_pretrained(directory / "qformer_tokenizer")

    def ids(text):
        return tokenizer(text)["input_ids"]

    texts = json.loads(TEXTS.read_text())
    crc = [zlib.crc32(",".join(map(str, ids(text))).encode()) for text in texts]
    return {"crc": crc, "marked": {text: ids(text) for text in (*MARKED, "x" * 100)}}


# --------------------------------------------------------------------------------------------------
# -- all


def main():
    arguments = script_arguments(__doc__, "instructblip").parse_args()

    def make_all(root):
        make_pictures(root, PICTURES)
        references = {name: make_checkpoint(name, root / name) for name in CHECKPOINTS}
        make_cases(root, CASES, references)
        rows = {name: word_piece_rows(root / name) for name in CHECKPOINTS}
        assert rows["current"] == rows["hub"]
        write_json(root / "word_piece.json", rows["hub"], indent=None)

    make_folder(arguments, make_all)


if __name__ == "__main__":
    main()
