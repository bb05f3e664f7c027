# SPDX-License-Identifier: MIT
"""Trains a small model of one family: first the tower on patches, then everything on questions.

The learning rate follows the elapsed share of a budget of minutes, so that the run ends in time on
a busy machine. Interrupted runs go on with --resume.
Usage: train.py [--family llava] [--minutes 102] [--resume]
"""

import argparse
import math
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from model import ModelFamily
from model_families import MODEL_FAMILIES
from muon import Muon
from packing import PackedModel, Packer
from patches import PatchHead, patch_targets
from questions import FAMILIES, KINDS, LESSONS, ask
from scenes import SEEDS, draw_scene, stream

HERE = Path(__file__).parent
SEED = 0
SLOTS_PER_PICTURE = 6  # of each length
TOWER_RATE = 8e-3  # in the first stage
JOINT_BATCH, JOINT_RATE = 20, 3e-3
TOWER_SLOWER = 0.2  # in the second stage; at full rate answers destroy what the patches taught
LESSON_WEIGHT = 0.3  # of the patch targets in the second stage
VALIDATION_PICTURES = 240
REPORT_EVERY, SAVE_EVERY, VALIDATE_EVERY = 60, 240, 300  # seconds


def low_precision():
    """bfloat16 where the processor has units for it; where it has none that is eight times slower."""
    able = torch.cpu.get_capabilities()
    fast = able.get("avx512_bf16", False) or able.get("amx_bf16", False)
    return torch.autocast("cpu", torch.bfloat16, enabled=fast)


class Clock:
    """Time of training, over interruptions."""

    def __init__(self, minutes: float):
        self.budget = 60 * minutes
        self.earlier = 0.0
        self.start = time.monotonic()
        self.last = {}

    @property
    def elapsed(self) -> float:
        return self.earlier + time.monotonic() - self.start

    def due(self, name: str, every: float) -> bool:
        """Whether the event was last due so many seconds ago (first: that long after the start)."""
        if self.elapsed - self.last.setdefault(name, self.earlier) < every:
            return False
        self.last[name] = self.elapsed
        return True


class Optimizers:
    """Muon for the matrices inside the networks, AdamW for embeddings, heads, norms and biases."""

    def __init__(self, parts: list[tuple[nn.Module, float]]):
        matrices, others = [], []
        for module, rate in parts:
            for name, weight in module.named_parameters():
                plain = weight.ndim != 2 or "embed" in name or module.__class__ in (nn.Linear, PatchHead)
                (others if plain else matrices).append((rate, weight))
        self.weights = [weight for _, weight in matrices + others]
        self.factors, self.members = [], []
        for rate in {rate for rate, _ in matrices}:
            self._add(rate, Muon([w for r, w in matrices if r == rate], lr=0.0))
        for rate in {rate for rate, _ in others}:
            adam = torch.optim.AdamW(
                [w for r, w in others if r == rate], lr=0.0, betas=(0.9, 0.98), weight_decay=0
            )
            self._add(rate, adam)

    def _add(self, factor: float, optimizer: torch.optim.Optimizer) -> None:
        self.factors.append(factor)
        self.members.append(optimizer)

    def step(self, loss: torch.Tensor, rate: float) -> None:
        loss.backward()
        nn.utils.clip_grad_norm_(self.weights, 1.0)
        for factor, optimizer in zip(self.factors, self.members):
            for group in optimizer.param_groups:
                group["lr"] = factor * rate
            optimizer.step()
            optimizer.zero_grad()


class Training:
    def __init__(self, arguments):
        self.state_file = arguments.state
        self.log_file = arguments.output / "training.log"
        self.clock = Clock(arguments.minutes)
        self.family = MODEL_FAMILIES[arguments.family]
        self.model = self.family.build_model(SEED)
        self.processor = self.family.build_processor(self.family.train_tokenizer())
        self.packer = Packer(self.family, self.processor.tokenizer, SLOTS_PER_PICTURE)
        self.packed = PackedModel(self.family, self.model, self.packer)
        self.see = torch.compile(self.packed.see, dynamic=False)
        self.read = torch.compile(self.packed.read, dynamic=False)
        self.patches = PatchHead()
        self.odds = {family: 1.0 for family in FAMILIES}  # within the slots of one length
        self.kinds = LESSONS
        seeing = [*self.family.seeing(self.model), self.patches]
        reading = [self.model.model.language_model, self.model.lm_head]
        self.stages = {
            "tower": [(module, 1.0) for module in seeing],
            "joint": [(m, TOWER_SLOWER) for m in seeing] + [(m, 1.0) for m in reading],
        }
        self.stage, self.step = "tower", 0
        self.optimizers = Optimizers(self.stages[self.stage])

    def say(self, text: str) -> None:
        line = f"[{self.clock.elapsed:6.0f} s] {text}"
        print(line, flush=True)
        with self.log_file.open("a") as log:
            log.write(line + "\n")

    def run(self) -> None:
        tower_end = self.family.tower_share * self.clock.budget
        if self.stage == "tower":
            self._repeat(0, tower_end, TOWER_RATE, self.tower_loss)
            self.stage, self.step = "joint", 0
            self.optimizers = Optimizers(self.stages[self.stage])
        self._repeat(tower_end, self.clock.budget, JOINT_RATE, self.joint_loss)
        self.validate()
        self.save()

    def _repeat(self, begin: float, end: float, peak: float, loss_of_step) -> None:
        facts = defaultdict(list)
        while (now := self.clock.elapsed) < end:
            fall = 0.5 + 0.5 * math.cos(math.pi * (now - begin) / (end - begin))
            rate = peak * min(1, (self.step + 1) / 100) * (0.02 + 0.98 * fall)
            loss, seen = loss_of_step(self.step)
            self.optimizers.step(loss, rate)
            self.step += 1
            for name, value in seen.items():
                facts[name].append(value)
            if self.clock.due("report", REPORT_EVERY):
                means = " ".join(f"{k} {np.nanmean(v[-100:]):.3f}" for k, v in facts.items())
                self.say(f"{self.stage} step {self.step} rate {rate:.1e} {means}")
            if self.stage == "joint" and self.clock.due("validate", VALIDATE_EVERY):
                self.validate()
            if self.clock.due("save", SAVE_EVERY):
                self.save()

    def tower_loss(self, step: int):
        scenes = _scenes(stream("training", 0, step), self.family.tower_batch)
        with low_precision():
            image = self.see(pixels(self.family, scenes))
        loss, right = self.patches.lesson(image, _targets(scenes))
        return loss, {"loss": loss.item(), **right}

    def joint_loss(self, step: int):
        rng = stream("training", 1, step)
        scenes = _scenes(rng, JOINT_BATCH)
        packed = self.packer([self._questions(scene, rng) for scene in scenes])
        with low_precision():
            image = self.see(pixels(self.family, scenes))
            logits = self.packed.answer(self.read(image, packed.slots), packed.labels)
        truth = packed.labels[packed.labels >= 0]
        losses = F.cross_entropy(logits.float(), truth, reduction="none")
        answers = (losses * packed.loss_weights).sum() / packed.loss_weights.sum()
        lesson, _ = self.patches.lesson(image, _targets(scenes))
        return answers + LESSON_WEIGHT * lesson, {"answers": answers.item(), "patches": lesson.item()}

    def _questions(self, scene, rng: np.random.Generator):
        questions = []
        for families in self.family.slots.values():
            odds = np.array([self.odds[family] for family in families])
            for family in rng.choice(families, SLOTS_PER_PICTURE, p=odds / odds.sum()):
                questions.append(ask(family, scene, rng, self.kinds))
        return questions

    @torch.no_grad()
    def validate(self) -> None:
        """Share of exactly right answers; what lags is asked more often from here on."""
        right = defaultdict(list)
        rng = stream("validation")
        for _ in range(VALIDATION_PICTURES // JOINT_BATCH):
            scenes = _scenes(rng, JOINT_BATCH)
            packed = self.packer([evenly(self.family, scene, rng, LESSONS) for scene in scenes])
            with low_precision():
                image = self.packed.see(pixels(self.family, scenes))
                hidden = self.packed.read(image, packed.slots)
                guess = self.model.lm_head(hidden).argmax(-1)
            hit = (guess == packed.labels) | (packed.labels < 0)
            for row, spans in zip(hit, packed.spans):
                for question, span in spans:
                    right[question.family].append(bool(row[span].all()))
                    if question.kind != question.family:
                        right[f"{question.family}/{question.kind}"].append(bool(row[span].all()))
        share = {name: float(np.mean(hits)) for name, hits in sorted(right.items())}
        self.say("validation " + " ".join(f"{name} {value:.3f}" for name, value in share.items()))
        self.kinds = {family: self._kinds_by_lag(family, share) for family in FAMILIES}
        for families in self.family.slots.values():
            lag = np.array([max(1 - share[family], 0.02) for family in families])
            for family, odds in zip(families, np.clip(lag / lag.sum(), 0.3, 0.7)):
                self.odds[family] = float(odds)

    def _kinds_by_lag(self, family: str, share: dict[str, float]) -> dict[str, float]:
        """Kinds that lag behind others of their family come up to twice as often, others half."""
        kinds = LESSONS[family]
        lag = np.array([1.02 - share.get(f"{family}/{kind}", 0) for kind in kinds])
        factors = np.clip(lag / lag.mean(), 0.5, 2)
        return {kind: odds * float(factor) for (kind, odds), factor in zip(kinds.items(), factors)}

    def save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "patches": self.patches.state_dict(),
            "optimizers": [member.state_dict() for member in self.optimizers.members],
            "stage": self.stage,
            "step": self.step,
            "elapsed": self.clock.elapsed,
            "odds": self.odds,
            "kinds": self.kinds,
        }
        # Written beside and renamed: a kill while saving must not cost the state before.
        fresh = self.state_file.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self.state_file)

    def resume(self) -> None:
        state = torch.load(self.state_file)
        self.model.load_state_dict(state["model"])
        self.patches.load_state_dict(state["patches"])
        self.stage, self.step = state["stage"], state["step"]
        self.odds, self.kinds = state["odds"], state["kinds"]
        self.clock.earlier = state["elapsed"]
        self.optimizers = Optimizers(self.stages[self.stage])
        for member, saved in zip(self.optimizers.members, state["optimizers"], strict=True):
            member.load_state_dict(saved)
        self.say(f"resumed at {self.stage} step {self.step}")

    def export(self, folder: Path) -> None:
        self.model.half().save_pretrained(folder)
        self.processor.save_pretrained(folder)
        size = (folder / "model.safetensors").stat().st_size
        self.say(f"saved {folder.name}, {size / 1e6:.2f} MB of weights")


def _scenes(rng: np.random.Generator, count: int):
    return [draw_scene(rng) for _ in range(count)]


def evenly(model_family: ModelFamily, scene, rng: np.random.Generator, kinds=KINDS):
    """Questions whose families take turns in the slots."""
    return [
        ask(families[i % len(families)], scene, rng, kinds)
        for families in model_family.slots.values()
        for i in range(SLOTS_PER_PICTURE)
    ]


def _targets(scenes):
    return [np.stack(part) for part in zip(*map(patch_targets, scenes))]


def pixels(family: ModelFamily, scenes) -> torch.Tensor:
    """What the processor makes of the pictures: [pictures, 3, SIZE, SIZE]."""
    mean, deviation = (torch.tensor(x)[:, None, None] for x in (family.mean, family.deviation))
    pictures = torch.from_numpy(np.stack([scene.picture for scene in scenes]))
    return (pictures.permute(0, 3, 1, 2) / 255 - mean) / deviation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=MODEL_FAMILIES, default="llava")
    parser.add_argument("--minutes", type=float, default=102, help="budget of the whole run")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, help="default: examples/tiny_FAMILY")
    parser.add_argument("--state", type=Path, help="default: build/tiny_FAMILY/state.pt")
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    folder = f"tiny_{arguments.family}"
    arguments.output = arguments.output or HERE.parent / folder
    arguments.state = arguments.state or HERE.parents[1] / "build" / folder / "state.pt"
    torch.set_num_threads(arguments.threads)
    arguments.state.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.mkdir(parents=True, exist_ok=True)

    training = Training(arguments)
    weights = sum(weight.numel() for weight in training.model.parameters())
    if arguments.resume:
        training.resume()
    else:
        training.log_file.write_text("")
        training.say(f"{weights} weights, seed {SEED}, data seeds {SEEDS}")
        training.say(f"{arguments.minutes:.0f} minutes, torch {torch.__version__}")
    training.run()
    training.export(arguments.output / "checkpoint")


if __name__ == "__main__":
    main()
