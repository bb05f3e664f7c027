#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make tests/golden/chat_templates: what transformers makes of the chat templates that are recognised.

    python tests/golden/make_chat_template_goldens.py

Needs transformers 5.23. The templates are data of published checkpoints, as their files have them (those of the two
checkpoints here are read from them): examples/adapters/chat/chat_template.hpp recognises them by their digests, and
this script prints these.

templates.json  [{"name", "sha256", "text", "prompts"}]: each with questions about 0, 1 and 2 pictures, rendered by
                apply_chat_template; the mark of a picture is written <image>
folders.json    [{"files", "prompt" or "error"}]: which of a folder's templates transformers asks through: the
                processor's, else the tokenizer's
ids.json        {"question", "template", "ids"}: the ids of one question about one picture, by LlavaProcessor on
                ../llava/plain with LLaVA-1.5's template
"""

import hashlib
import json
import pathlib
import shutil
import tempfile

from PIL import Image
from transformers import AutoTokenizer, LlavaProcessor
from transformers.utils import logging

logging.set_verbosity_error()

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "chat_templates"
PLAIN = HERE / "llava" / "plain"

FOR_TEXT = "{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
FOR_IMAGES = "{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}"
LLAVA = (
    "{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'].upper() + ': '}}{% endif %}"
    "{# Render all images first #}" + FOR_IMAGES + "{# Render all text next #}"
    "{% if message['role'] != 'assistant' %}" + FOR_TEXT + "{{ content['text'] + ' '}}{% endfor %}"
    "{% else %}" + FOR_TEXT + "{% generation %}{{ content['text'] + ' '}}{% endgeneration %}{% endfor %}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
LLAVA_WITH_SYSTEM = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'][0]['text'] }}"
    "{% else %}{{ message['role'].upper() + ': '}}{% endif %}{# Render all images first #}" + FOR_IMAGES +
    "{# Render all text next #}" + FOR_TEXT + "{{ content['text'] + ' '}}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)


def internvl(mark, videos):
    video = "{% elif content['type'] == 'video' %}{{ '<video>\n' }}" if videos else ""
    return (
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n'}}"
        "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
        "{% for content in message['content'] %}{% if content['type'] == 'image' %}{{ '" + mark + "\n' }}" + video +
        "{% elif content['type'] == 'text' %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}"
        "{{'<|im_end|>\n'}}{% endfor %}{% if add_generation_prompt %}{{'<|im_start|>assistant\n' }}{% endif %}"
    )


CHATML = (
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
QWEN_SYSTEM = (
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
)
def mistral(end):
    """llava-v1.6-mistral's; `end` of an answer is written in two ways, and not met here."""
    return (
        "{% for message in messages %}{% if message['role'] == 'system' %}"
        "{{ '<<SYS>>\n' + message['content'][0]['text'] + '\n<</SYS>>\n\n' }}"
        "{% elif message['role'] == 'user' %}{{ '[INST] ' }}{# Render all images first #}" + FOR_IMAGES +
        "{# Render all text next #}" + FOR_TEXT + "{{ content['text'] }}{% endfor %}{{' [/INST]' }}"
        "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'][0]['text'] + '" + end + " '}}"
        "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
    )


TEMPLATES = [
    ("LLaVA-1.5", LLAVA),
    ("LLaVA-1.5", LLAVA_WITH_SYSTEM),
    ("InternVL", internvl("<IMG_CONTEXT>", videos=True)),
    ("InternVL", internvl("<IMG_CONTEXT>", videos=False)),
    ("InternVL", internvl("<image>", videos=True)),
    ("InternVL", (HERE.parents[1] / "examples/tiny_internvl/checkpoint/chat_template.jinja").read_text()),
    ("InternVL", (HERE / "internvl/hf/chat_template.jinja").read_text()),
    ("LLaVA-1.6's of Mistral", mistral("<\\\\s>")),
    ("LLaVA-1.6's of Mistral", mistral("</s>")),
    ("ChatML", "{% for message in messages %}" + CHATML),
    ("ChatML with Qwen2's system text", "{% for message in messages %}" + QWEN_SYSTEM + CHATML),
    ("Qwen2-VL", json.loads((HERE / "qwen2_5_vl/qwen2/chat_template.json").read_text())["chat_template"]),
]
TEXT_ONLY = ("ChatML", "ChatML with Qwen2's system text")
QUESTIONS = ["Is it?", "", "  Two\nlines, a {{ brace }}, 猫 and ' quotes\" "]


def normal_form(text):
    """Line ends, which Jinja makes alike; \\n in a string for a line end in it; a last one, which Jinja drops."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\n", "\n")
    return text.removesuffix("\n")


def content(question, images, text_only):
    if text_only:
        return "<image>\n" * images + question
    return [{"type": "image"}] * images + [{"type": "text", "text": question}]


class Folder:
    """LLaVA's tokenizer and image processor, with further files beside them."""

    def __init__(self, files):
        self.files = files

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp())
        for path in PLAIN.iterdir():
            if path.suffix == ".json" and path.name != "config.json":
                shutil.copy(path, self.path)
        for name, text in self.files.items():
            path = self.path / name
            path.parent.mkdir(exist_ok=True)
            if name.endswith("config.json"):  # These hold more than templates.
                text = json.dumps(json.loads((PLAIN / name).read_text()) | json.loads(text))
            path.write_text(text)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def asks(self, question, images, text_only=False):
        message = {"role": "user", "content": content(question, images, text_only)}
        processor = LlavaProcessor.from_pretrained(self.path)
        asker = processor if processor.chat_template is not None else AutoTokenizer.from_pretrained(self.path)
        prompt = asker.apply_chat_template([message], tokenize=False, add_generation_prompt=True)
        prompt = prompt.replace("<|vision_start|><|image_pad|><|vision_end|>", "<image>")
        return prompt.replace("<IMG_CONTEXT>", "<image>")


def templates():
    rows = []
    for name, text in TEMPLATES:
        digest = hashlib.sha256(normal_form(text).encode()).hexdigest()
        print(digest, name)
        with Folder({"chat_template.jinja": text}) as folder:
            prompts = [
                {"question": q, "images": n, "prompt": folder.asks(q, n, name in TEXT_ONLY)}
                for q in QUESTIONS
                for n in range(3)
            ]
        rows.append({"name": name, "sha256": digest, "text": text, "prompts": prompts})
    return rows


def folders():
    other = internvl("<IMG_CONTEXT>", videos=True)
    named = [{"name": "tool_use", "template": other}, {"name": "default", "template": LLAVA}]
    key = lambda value: json.dumps({"chat_template": value})
    cases = [
        {"chat_template.jinja": LLAVA},
        {"chat_template.json": key(LLAVA)},
        {"processor_config.json": key(LLAVA)},
        {"tokenizer_config.json": key(LLAVA)},
        {"tokenizer_config.json": key(named)},
        {"chat_template.jinja": LLAVA + "\n"},
        {"chat_template.jinja": LLAVA.replace("\n", "\\n")},
        {"chat_template.jinja": LLAVA, "tokenizer_config.json": key(other)},
        {"chat_template.json": key(LLAVA), "tokenizer_config.json": key(other)},
        {"chat_template.json": key(LLAVA), "chat_template.jinja": other},
        {"processor_config.json": key(LLAVA), "chat_template.jinja": other},
        {"chat_template.jinja": LLAVA, "additional_chat_templates/tool_use.jinja": other},
        {"tokenizer_config.json": key(named[:1])},
    ]
    rows = []
    for files in cases:
        with Folder(files) as folder:
            try:
                rows.append({"files": files, "prompt": folder.asks("Is it?", 1)})
            except ValueError as error:
                assert "no default" in str(error), error
                rows.append({"files": files, "error": "none is called default"})
    return rows


def ids():
    question = "Is it red?"
    with Folder({"chat_template.jinja": LLAVA}) as folder:
        processor = LlavaProcessor.from_pretrained(folder.path)
        picture = Image.open(HERE / "llava/pictures/tall.png").convert("RGB")
        encoded = processor(images=[picture], text=folder.asks(question, 1))
    return {"question": question, "template": LLAVA, "ids": list(encoded["input_ids"][0])}


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, value in (("templates", templates()), ("folders", folders()), ("ids", ids())):
        (FOLDER / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
