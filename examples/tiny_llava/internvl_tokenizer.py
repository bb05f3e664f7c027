# SPDX-License-Identifier: MIT
"""A small tokenizer of Qwen2's kind: BPE on bytes, words cut out by a pattern, no first token."""

from transformers import PreTrainedTokenizerFast

from byte_tokenizer import train_bytes

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<img>",
    "</img>",
    "<IMG_CONTEXT>",
    "<video>",
)
VOCABULARY = 608
PAD, _, END, _, _, IMAGE, _ = range(VOCABULARY - len(SPECIAL), VOCABULARY)
# InternVL3's form: no system prompt of its own, an image before the text on a line of its own.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<IMG_CONTEXT>\n' }}"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def train_tokenizer() -> PreTrainedTokenizerFast:
    bpe = train_bytes(VOCABULARY - len(SPECIAL), SPECIAL, ["system", "user", "assistant"])
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens={
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>",
            "video_token": "<video>",
        },
        padding_side="left",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )
