# SPDX-License-Identifier: MIT
"""A LLaVA of 2.6 million weights, built from transformers' own classes, and its processor."""

import torch
from transformers import (
    AutoProcessor,
    CLIPImageProcessor,
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

import llava_tokenizer
from llava_tokenizer import BOS, EOS, IMAGE, PAD, SPECIAL, VOCABULARY
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

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
TOWER_LAYERS = 5  # LLaVA reads the last but one, so that four of them count


class Llava(ModelFamily):
    def rest(self, question: Question) -> str:
        return f"\n{question.text}{self.cue}"

    def answered(self, question: Question) -> str:
        return f"{self.rest(question)} {question.answer}"

    def train_tokenizer(self) -> PreTrainedTokenizerFast:
        return llava_tokenizer.train_tokenizer(SYSTEM + " USER:", self.answered)

    def build_processor(self, tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
        images = CLIPImageProcessor(
            size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE}
        )
        return LlavaProcessor(
            images,
            tokenizer,
            patch_size=PATCH,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,  # the tower's class token, which "default" drops again
            image_token=self.image,
        )

    def load_processor(self, folder) -> LlavaProcessor:
        return AutoProcessor.from_pretrained(folder)

    def build_model(self, seed: int) -> LlavaForConditionalGeneration:
        torch.manual_seed(seed)
        vision = CLIPVisionConfig(
            hidden_size=WIDTH,
            intermediate_size=3 * WIDTH,
            num_hidden_layers=TOWER_LAYERS,
            num_attention_heads=4,
            image_size=SIZE,
            patch_size=PATCH,
            projection_dim=WIDTH,
        )
        text = LlamaConfig(
            hidden_size=WIDTH,
            intermediate_size=320,
            num_hidden_layers=DECODER_LAYERS,
            num_attention_heads=4,
            vocab_size=VOCABULARY,
            max_position_embeddings=512,
            rms_norm_eps=1e-5,
            tie_word_embeddings=False,
            bos_token_id=BOS,
            eos_token_id=EOS,
            pad_token_id=PAD,
        )
        config = LlavaConfig(
            vision_config=vision,
            text_config=text,
            image_token_index=IMAGE,
            image_seq_length=GRID**2,
            tie_word_embeddings=False,
        )
        model = LlavaForConditionalGeneration(config)
        draw_weights(model, ("out_proj.weight", "fc2.weight"), TOWER_LAYERS)
        tower = model.model.vision_tower
        tower.embeddings.position_embedding.weight.data[1:] = 0.7 * waves_over_the_grid(GRID)
        for layer in tower.encoder.layers:
            look_near_and_alike(layer.self_attn)
        # The tower's last layer has no effect (LLaVA reads the one before), so it is not trained.
        for unused in (tower.encoder.layers[-1], tower.post_layernorm):
            unused.requires_grad_(False)
        model.generation_config = GenerationConfig(
            bos_token_id=BOS, eos_token_id=EOS, pad_token_id=PAD, do_sample=False, max_new_tokens=40
        )
        return model

    def seeing(self, model: LlavaForConditionalGeneration) -> list[torch.nn.Module]:
        tower = model.model.vision_tower
        layers = tower.encoder.layers[:-1]
        return [tower.embeddings, tower.pre_layrnorm, *layers, model.model.multi_modal_projector]

    def see(self, model: LlavaForConditionalGeneration, pixels: torch.Tensor) -> torch.Tensor:
        tower = model.model.vision_tower
        hidden = tower.pre_layrnorm(tower.embeddings(pixels))
        for layer in tower.encoder.layers[:-1]:
            hidden = layer(hidden, attention_mask=None)
        return model.model.multi_modal_projector(hidden[:, 1:])


LLAVA = Llava(
    name="llava",
    prefix=f"{SYSTEM} USER: {SPECIAL[IMAGE]}",  # LLaVA-1.5's vicuna_v1 template
    image=SPECIAL[IMAGE],
    cue=" ASSISTANT:",
    cue_end=":",
    slots={17: ("yesno", "short"), 31: ("choice", "caption")},
    mean=(0.48145466, 0.4578275, 0.40821073),
    deviation=(0.26862954, 0.26130258, 0.27577711),
    tower_share=0.08,
    tower_batch=64,
)
