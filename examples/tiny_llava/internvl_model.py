# SPDX-License-Identifier: MIT
"""An InternVL of 2.3 million weights, built from transformers' own classes, and its processor."""

import json
from pathlib import Path

import torch
import transformers
from transformers import (
    GenerationConfig,
    GotOcr2ImageProcessorPil,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLVisionConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

import internvl_tokenizer
from internvl_tokenizer import CHAT_TEMPLATE, END, IMAGE, PAD, VOCABULARY
from model import (
    DECODER_LAYERS,
    GRID,
    PATCH,
    WIDTH,
    ModelFamily,
    draw_weights,
    look_near_and_alike,
    waves_over_the_grid,
)
from questions import Question
from scenes import SIZE

SHUFFLE = 2  # patches per side that the pixel shuffle makes one token of
TOWER_LAYERS = 4
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet
MOST_TILES = 12
# Nothing is trained on videos, but AutoProcessor loads no InternVL without this.
VIDEO_PROCESSOR = {
    "video_processor_type": "InternVLVideoProcessor",
    "size": {"height": SIZE, "width": SIZE},
    "image_mean": MEAN,
    "image_std": DEVIATION,
}


class InternVLProcessor(transformers.InternVLProcessor):
    """Transformers' own without the part for videos, which needs torchvision."""

    def __init__(self, image_processor, tokenizer, image_seq_length=GRID**2, chat_template=None):
        super().__init__(
            image_processor,
            tokenizer,
            image_seq_length=image_seq_length,
            chat_template=chat_template,
        )

    def save_pretrained(self, folder, **options) -> None:
        super().save_pretrained(folder, **options)
        text = json.dumps(VIDEO_PROCESSOR, indent=2) + "\n"
        (Path(folder) / "video_preprocessor_config.json").write_text(text)


class InternVL(ModelFamily):
    def prompt(self, question: Question) -> str:
        # The processor puts the image's markers around its tokens itself.
        span = f"<img>{self.image}</img>"
        return self.prefix.replace(span, self.image) + self.rest(question)

    def train_tokenizer(self) -> PreTrainedTokenizerFast:
        return internvl_tokenizer.train_tokenizer()

    def build_processor(self, tokenizer: PreTrainedTokenizerFast) -> InternVLProcessor:
        images = GotOcr2ImageProcessorPil(
            size={"height": SIZE, "width": SIZE},
            crop_to_patches=True,
            min_patches=1,
            max_patches=MOST_TILES,
            image_mean=list(MEAN),
            image_std=list(DEVIATION),
        )
        return InternVLProcessor(images, tokenizer, chat_template=CHAT_TEMPLATE)

    def load_processor(self, folder) -> InternVLProcessor:
        return InternVLProcessor.from_pretrained(folder)

    def build_model(self, seed: int) -> InternVLForConditionalGeneration:
        torch.manual_seed(seed)
        vision = InternVLVisionConfig(
            hidden_size=WIDTH,
            intermediate_size=3 * WIDTH,
            num_hidden_layers=TOWER_LAYERS,
            num_attention_heads=4,
            image_size=[SIZE, SIZE],
            patch_size=[PATCH // SHUFFLE, PATCH // SHUFFLE],
            norm_type="layer_norm",
            attention_bias=True,
            use_qk_norm=False,
            use_absolute_position_embeddings=True,
            use_mean_pooling=True,  # in transformers this also says: no norm after the last layer
            layer_scale_init_value=1.0,  # a small tower has to learn quickly, not to stay stable
        )
        text = Qwen2Config(
            hidden_size=WIDTH,
            intermediate_size=320,
            num_hidden_layers=DECODER_LAYERS,
            num_attention_heads=4,
            num_key_value_heads=2,
            vocab_size=VOCABULARY,
            max_position_embeddings=1024,
            rms_norm_eps=1e-6,
            tie_word_embeddings=False,
            bos_token_id=None,
            eos_token_id=END,
            pad_token_id=PAD,
        )
        config = InternVLConfig(
            vision_config=vision,
            text_config=text,
            image_token_id=IMAGE,
            image_seq_length=GRID**2,
            downsample_ratio=1 / SHUFFLE,
            tie_word_embeddings=False,
        )
        model = InternVLForConditionalGeneration(config)
        draw_weights(model, ("projection_layer.weight", "fc2.weight"), TOWER_LAYERS)
        tower = model.model.vision_tower
        tower.embeddings.position_embeddings.data[0, 1:] = 0.7 * waves_over_the_grid(SHUFFLE * GRID)
        for layer in tower.encoder.layer:
            look_near_and_alike(layer.attention)
        model.generation_config = GenerationConfig(
            eos_token_id=END, pad_token_id=PAD, do_sample=False, max_new_tokens=40
        )
        return model

    def seeing(self, model: InternVLForConditionalGeneration) -> list[torch.nn.Module]:
        tower = model.model.vision_tower
        return [tower.embeddings, *tower.encoder.layer, model.model.multi_modal_projector]

    def see(self, model: InternVLForConditionalGeneration, pixels: torch.Tensor) -> torch.Tensor:
        inner = model.model
        hidden = inner.vision_tower.embeddings(pixels)
        for layer in inner.vision_tower.encoder.layer:
            hidden = layer(hidden)
        patches = hidden[:, 1:].unflatten(1, (SHUFFLE * GRID, SHUFFLE * GRID))
        tokens = inner.pixel_shuffle(patches, 1 / SHUFFLE).flatten(1, 2)
        return inner.multi_modal_projector(tokens)


INTERNVL = InternVL(
    name="internvl",
    prefix="<|im_start|>user\n<img><IMG_CONTEXT></img>\n",
    image="<IMG_CONTEXT>",
    cue="<|im_end|>\n<|im_start|>assistant\n",
    cue_end="Ċ",  # a line end, as byte-level BPE writes it
    slots={18: ("yesno", "short"), 31: ("choice", "caption")},
    mean=MEAN,
    deviation=DEVIATION,
    tower_share=0.2,  # four times the patches of the small LLaVA take longer
    tower_batch=32,
)
