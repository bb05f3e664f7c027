# SPDX-License-Identifier: MIT
"""Times infoflow beside its peers in one run, and writes a table of ratios with their spread.

    cmake --build build/release --target speed_ways
    build/venv/bin/python tests/speed/benchmark.py --layers 12 --width 512
    build/venv/bin/python tests/speed/benchmark.py --layers 32 --width 256 --markdown table.md --json numbers.json

A LLaVA-shaped model with random weights is made for the run (576 image tokens by default) and read by both
sides. Ways run in turn, each once a round, so that a machine that slows down slows all of them down; what is
printed is the median over the rounds of each way's time by that of transformers' prefill with fused attention
in the same round, with the least and the largest of these ratios.

Peers, all on transformers:
  fused     prefill with scaled_dot_product_attention: 1 by definition
  eager     prefill that keeps all attention, which shares need there
  cam 1/L   the paper's procedure: for each layer a forward and a backward of its own
  cam once  the same rearranged by hand: one forward, one backward, all layers' gradients kept
  answers   a greedy answer of four tokens, as often as there are cuts
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TINY = REPOSITORY / "examples/tiny_llava"
QUESTION = "Is there a red circle in the picture?"
ANSWER_TOKENS = 4

# What the table calls each way, and which are ours.
OURS = {
    "prefill": "prefill",
    "shares": "attention shares, all layers",
    "cam": "CAM of all layers, one sample",
    "answer": "an answer of four tokens",
    "cuts": "all drop-all cuts, four tokens decoded",
    "cuts_prefill": "of that, the prefill of all cuts",
    "top_k_cuts": "all top-k:64 cuts, four tokens decoded",
    "step_of_one": "ten steps of decoding, one lane",
    "step_of_all": "ten steps of decoding, a lane per cut",
}
PEERS = {
    "fused": "prefill, fused attention",
    "eager": "prefill, eager attention kept (shares)",
    "cam_per_layer": "CAM as the paper does it: a forward and a backward a layer",
    "cam_once": "CAM rearranged: one backward",
    "answers": "an answer of four tokens for each cut",
}


def make_checkpoint(folder, options):
    """A random LLaVA with the shipped model's tokenizer; the vision tower is as small as it may be."""
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(TINY / "checkpoint")
    side = round(options.image_tokens**0.5)
    if side * side != options.image_tokens:
        sys.exit(f"benchmark.py: {options.image_tokens} image tokens are no square; give one, such as 576")
    text, vision = config.text_config, config.vision_config
    text.num_hidden_layers, text.hidden_size = options.layers, options.width
    text.intermediate_size = round(options.width * 2.6875 / 16) * 16  # As LLaMA-7B's.
    text.head_dim = min(64, options.width)
    text.num_attention_heads = text.num_key_value_heads = options.width // text.head_dim
    text.vocab_size, text.max_position_embeddings = 32064, 4096
    vision.hidden_size, vision.intermediate_size, vision.num_hidden_layers = 64, 128, 2
    vision.patch_size, vision.image_size = 14, 14 * side
    config.image_seq_length = options.image_tokens
    torch.manual_seed(0)
    model = transformers.LlavaForConditionalGeneration(config).to(getattr(torch, options.dtype)).eval()
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TINY / "checkpoint" / name, folder)
    processor = json.loads((TINY / "checkpoint/processor_config.json").read_text())
    image = processor["image_processor"]
    image["crop_size"] = {"height": vision.image_size, "width": vision.image_size}
    image["size"] = {"shortest_edge": vision.image_size}
    processor["patch_size"] = vision.patch_size
    (folder / "processor_config.json").write_text(json.dumps(processor))


class Ours:
    """The program of tests/speed/ways.cpp: told a way, it answers with its seconds."""

    def __init__(self, program, checkpoint, picture, options):
        if not Path(program).exists():
            sys.exit(f"benchmark.py: {program} is not built; cmake --build build/release --target speed_ways")
        environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))
        self.process = subprocess.Popen(
            [program, str(checkpoint), str(picture), QUESTION, options.dtype, options.device],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.peak_mib = 0

    def __call__(self, way):
        self.process.stdin.write(way + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"benchmark.py: speed_ways ended at {way}")
        answer = json.loads(line)
        self.peak_mib = answer["peak_mib"]
        return answer["seconds"]


class Peers:
    """What users of transformers write."""

    def __init__(self, checkpoint, picture, options):
        import torch
        import transformers
        from PIL import Image

        self.torch = torch
        torch.set_num_threads(options.threads)
        load = lambda attention: transformers.LlavaForConditionalGeneration.from_pretrained(
            checkpoint, attn_implementation=attention, dtype=getattr(torch, options.dtype)
        ).to(options.device).eval()
        self.fused, self.eager = load("sdpa"), load("eager")
        self.fused.requires_grad_(False)
        self.eager.requires_grad_(False)
        processor = transformers.AutoProcessor.from_pretrained(checkpoint)
        inputs = processor(images=Image.open(picture), text=f"USER: <image>\n{QUESTION} ASSISTANT:",
                           return_tensors="pt").to(options.device)
        with torch.no_grad():  # The vision side is no part of the comparison, on either side.
            model = self.fused.model
            embeds = model.get_input_embeddings()(inputs["input_ids"])
            features = model.get_image_features(inputs["pixel_values"].to(embeds.dtype))
            features = getattr(features, "pooler_output", features)
            rows = features[0] if isinstance(features, (list, tuple)) else features.reshape(-1, embeds.shape[-1])
            embeds[inputs["input_ids"] == model.config.image_token_id] = rows.to(embeds.dtype)
        self.embeds = embeds
        self.layers = options.layers

    def prefill(self, model, **more):
        return model.model.language_model(inputs_embeds=self.embeds, use_cache=True, **more)

    def logits(self, model, hidden):
        return model.lm_head(hidden[:, -1:])

    def __call__(self, way):
        begin = time.perf_counter()
        getattr(self, "run_" + way)()
        if self.embeds.is_cuda:
            self.torch.cuda.synchronize()
        return time.perf_counter() - begin

    def run_fused(self):
        with self.torch.no_grad():
            self.logits(self.fused, self.prefill(self.fused).last_hidden_state)

    def run_eager(self):
        with self.torch.no_grad():
            out = self.prefill(self.eager, output_attentions=True)
            [a[0, :, -1].mean(0) for a in out.attentions]
            self.logits(self.eager, out.last_hidden_state)

    def gradients(self, layers):
        """Features and gradients behind the attention of `layers`, by one forward and one backward."""
        kept = {}

        def keep_of(layer):
            def keep(module, inputs, output):
                output.retain_grad()
                kept[layer] = output

            norm = self.fused.model.language_model.layers[layer].post_attention_layernorm
            return norm.register_forward_hook(keep)

        hooks = [keep_of(layer) for layer in layers]
        # The tape begins at the embeddings, as it does where a whole model is differentiated.
        embeds = self.embeds.detach().requires_grad_()
        hidden = self.fused.model.language_model(inputs_embeds=embeds, use_cache=False).last_hidden_state
        self.logits(self.fused, hidden)[0, -1, 5].backward()
        for hook in hooks:
            hook.remove()
        return [(kept[l].grad.mean(1, keepdim=True) * kept[l]).sum(-1).detach() for l in layers]

    def run_cam_once(self):
        self.gradients(range(self.layers))

    def run_cam_per_layer(self):
        for layer in range(self.layers):
            self.gradients([layer])

    def run_answers(self):
        with self.torch.no_grad():
            for _ in range(self.layers + 1):
                out = self.prefill(self.fused)
                for _ in range(ANSWER_TOKENS - 1):
                    token = self.logits(self.fused, out.last_hidden_state).argmax(-1)
                    out = self.fused.model.language_model(
                        input_ids=token, past_key_values=out.past_key_values, use_cache=True)
                self.logits(self.fused, out.last_hidden_state)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=512, help="channels of the decoder")
    parser.add_argument("--image-tokens", type=int, default=576)
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--device", default="cpu", help="cpu, or cuda:N with a libtorch for it")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ways", nargs="*", choices=[*OURS, *PEERS], help="some of them only; fused always runs")
    parser.add_argument("--program", default=REPOSITORY / "build/release/tests/speed_ways")
    parser.add_argument("--json", type=Path, help="all seconds, by way and round")
    parser.add_argument("--markdown", type=Path, help="the table")
    return parser.parse_args()


def measure(ways, ours, peers, rounds):
    """Seconds by way and round; a round before the first warms both sides up and is not kept."""
    seconds = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way in ways:
            taken = ours(way) if way in OURS else peers(way)
            if number > 0:
                seconds[way].append(taken)
        print(f"round {number} of {rounds}", file=sys.stderr)
    return seconds


def ratio(seconds, way):
    """Median, least and largest of a way's time by the fused prefill's of the same round."""
    ratios = [a / b for a, b in zip(seconds[way], seconds["fused"])]
    return statistics.median(ratios), min(ratios), max(ratios)


def table(seconds, options, peaks):
    lines = [f"{options.layers} layers, width {options.width}, {options.image_tokens} image tokens, "
             f"{options.dtype} on {options.device}, {options.threads} threads, {options.rounds} rounds; "
             f"transformers' fused prefill takes {statistics.median(seconds['fused']):.3f} s", "",
             "| work | who | by the fused prefill | least to largest |", "|---|---|--:|--:|"]
    for who, names in (("infoflow", OURS), ("transformers", PEERS)):
        for way, name in names.items():
            if way in seconds:
                middle, least, most = ratio(seconds, way)
                lines.append(f"| {name} | {who} | {middle:.2f} | {least:.2f}–{most:.2f} |")
    lines += ["", f"Peak memory of the process: infoflow {peaks[0]:.0f} MiB, transformers {peaks[1]:.0f} MiB "
                  "(two copies of the weights)."]
    return "\n".join(lines) + "\n"


def main():
    options = read_options()
    ways = [way for way in [*PEERS, *OURS] if not options.ways or way in options.ways or way == "fused"]
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "checkpoint"
        checkpoint.mkdir()
        make_checkpoint(checkpoint, options)
        picture = TINY / "pictures/000.png"
        peers = Peers(checkpoint, picture, options)
        ours = Ours(options.program, checkpoint, picture, options)
        seconds = measure(ways, ours, peers, options.rounds)
        peaks = ours.peak_mib, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text = table(seconds, options, peaks)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        options.json.write_text(json.dumps({"options": {k: str(v) for k, v in vars(options).items()},
                                            "seconds": seconds}, indent=1))


if __name__ == "__main__":
    main()
