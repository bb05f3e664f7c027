# SPDX-License-Identifier: MIT
"""The page on the small models' architectures, from the folders that make_architectures.sh makes.

    python3 architectures.py FOLDER FIGURE.svg >page.md
"""

import csv
import itertools
import json
import pathlib
import re
import sys

MODELS = {"llava": "LLaVA", "internvl": "InternVL", "qwen_vl": "Qwen-VL"}
SETS = {"choice": "lettered choice", "short": "short answer", "yesno": "yes/no", "caption": "caption"}
COLOURS = {"llava": "#1b6ca8", "internvl": "#c05a12", "qwen_vl": "#3b7d3b"}
SITES = {
    "attention": "attention of the answer's rows",
    "post_attention_norm": "norm behind the attention",
    "projector": "image tokens, behind the projector",
    "encoder_last": "patches, before the projector",
}
VISION = ("projector", "encoder_last")  # sites without a layer
WEIGHTINGS = {"": "", "mean": "mean (eq. 3)", "hires": "per position"}


def curve(folder, model, name):
    rows = csv.DictReader((folder / model / name / "curve.csv").open())
    return [tuple(float(row[key]) for key in ("cut_layer", "metric", "low", "high")) for row in rows]


def decision(folder, model, name):
    return json.loads((folder / model / name / "decision.json").read_text())


def rates(folder, model, name):
    return json.loads((folder / "point" / model / name / "point.json").read_text())["rates"]


def percent(value, low, high):
    return f"{value:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


def cliff_text(found):
    if found["status"] != "found":
        return found["status"]
    low, high = found["lower_bound"], found["upper_bound"]
    return f"{found['cliff_layer']} [{low}, {high}] of {found['layers']}"


def best(found, source, weighting):
    rows = [r for r in found if r["map"] == source and r["weighting"] == weighting]
    return max(rows, key=lambda r: r["hit_rate"]) if rows else None


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def figure(folder):
    """One panel per set, one line with its interval per model."""
    width, height, left, top = 280, 170, 44, 40
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 270" font-family="sans-serif"'
        ' font-size="13">',
        '<rect width="1200" height="270" fill="white"/>',
    ]
    for panel, (name, title) in enumerate(SETS.items()):
        x0 = left + panel * 294
        parts.append(f'<text x="{x0}" y="{top - 16}" font-weight="bold">{title}</text>')
        for share in (0, 0.5, 1):
            y = top + height * (1 - share)
            parts.append(f'<path d="M{x0} {y}h{width - 50}" stroke="#ddd"/>')
            parts.append(f'<text x="{x0 - 6}" y="{y + 4}" text-anchor="end">{share:.0%}</text>')
        for model in MODELS:
            points = curve(folder, model, name)
            step = (width - 50) / points[-1][0]
            place = lambda cut, value: f"{x0 + cut * step:.1f} {top + height * (1 - value):.1f}"
            band = [place(c, high) for c, _, _, high in points]
            band += [place(c, low) for c, _, low, _ in reversed(points)]
            line = [place(c, value) for c, value, _, _ in points]
            colour = COLOURS[model]
            parts.append(f'<path d="M{"L".join(band)}Z" fill="{colour}" opacity="0.15"/>')
            parts.append(
                f'<path d="M{"L".join(line)}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
        for cut in range(0, int(points[-1][0]) + 1, 2):
            x = x0 + cut * step
            parts.append(f'<text x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{cut}</text>')
    parts.append('<text x="44" y="262">first layer without image tokens</text>')
    for index, (model, title) in enumerate(MODELS.items()):
        x = 340 + 120 * index
        parts.append(f'<path d="M{x} 258h24" stroke="{COLOURS[model]}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 30}" y="262">{title}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def accuracies(folder):
    rows = []
    for name, title in SETS.items():
        found = [decision(folder, model, name) for model in MODELS]
        metrics = [one["untouched"]["metric"] for one in found]
        rows.append(
            [f"{title} (n = {found[0]['n']:,})"]
            + [percent(*(metric[key] for key in ("value", "low", "high"))) for metric in metrics]
        )
    return table(["questions, right", *MODELS.values()], rows)


def cliffs(folder):
    rows = [
        [title] + [cliff_text(decision(folder, model, name)) for model in MODELS]
        for name, title in SETS.items()
    ]
    return table(["questions, cliff", *MODELS.values()], rows)


def apart(one, other):
    return one["upper_bound"] < other["lower_bound"] or other["upper_bound"] < one["lower_bound"]


def comparisons(folder):
    """Per pair of models: the kinds of question whose bounds overlap, and those that lie apart."""
    lines = []
    for one, other in itertools.combinations(MODELS, 2):
        kinds = {True: [], False: []}
        for name, title in SETS.items():
            pair = [decision(folder, model, name) for model in (one, other)]
            if all(found["status"] == "found" for found in pair):
                kinds[apart(*pair)].append(title)
        parts = [f"bounds overlap for {', '.join(kinds[False])}"] if kinds[False] else []
        parts += [f"lie apart for {', '.join(kinds[True])}"] if kinds[True] else []
        lines.append(f"- {MODELS[one]} and {MODELS[other]}: {'; '.join(parts) or 'nothing to compare'}.")
    return lines


def claim_rows(folder):
    """The verdicts on the paper's claim about projectors, as `infoflow report` gave them."""
    lines = (folder / "all/claims.md").read_text().splitlines()
    start = "| The pattern does not depend on the projector."
    rows = [line.strip(" |").split(" | ")[1:] for line in lines if line.startswith(start)]
    table_rows = []
    for measured, bounds, verdict, together in rows:
        parts = re.fullmatch(r".* other, (.*) on the same questions, (.*)", measured)
        pair, questions = parts.groups()
        pair = pair.replace("\\_", "_")
        for model, title in MODELS.items():
            pair = pair.replace(f"tiny_{model}/checkpoint", title)
        name, count = questions.split(" ", 1)
        table_rows.append([f"{SETS[name]} {count}", pair, bounds, verdict, together])
    said = [verdict.strip("*") for _, _, _, verdict, _ in table_rows]
    counts = ", ".join(f"{said.count(v)} {v}" for v in ("held", "did not hold", "not decided"))
    head = ["questions", "models", "cliffs", "verdict", "with all others"]
    order = sorted(table_rows, key=lambda row: [SETS[s] for s in SETS].index(row[0].rsplit(" (", 1)[0]))
    return table(head, order) + f"\nOf {len(said)} comparisons: {counts}.\n"


def settled(folder, model, name, points=0.05):
    """The first cut from which on no cut loses more than so many points, by the estimates alone."""
    values = [value for _, value, _, _ in curve(folder, model, name)]
    cut = len(values) - 1
    while cut > 0 and values[-1] - values[cut - 1] <= points:
        cut -= 1
    return cut


def order(folder, model):
    found = {name: decision(folder, model, name) for name in SETS}
    known = [name for name in SETS if found[name]["status"] == "found"]
    ranked = sorted(known, key=lambda name: found[name]["cliff_layer"])
    return ", ".join(f"{SETS[name]} ({found[name]['cliff_layer']})" for name in ranked)


def verdict(folder):
    layers = decision(folder, "llava", "yesno")["layers"]
    found = sum(
        all(decision(folder, model, name)["status"] == "found" for model in MODELS) for name in SETS
    )
    lines = [f"- A cliff was found in all models for {found} of the {len(SETS)} kinds of question."]
    lines += comparisons(folder)
    for model, title in MODELS.items():
        cuts = ", ".join(f"{t} {settled(folder, model, name)}" for name, t in SETS.items())
        lines.append(f"- {title} is within five points of its untouched self from cut: {cuts}.")
    for model, title in MODELS.items():
        lines.append(f"- Order of the cliffs in {title}, of {layers} layers: {order(folder, model)}.")
    return "\n".join(lines)


def hit_rate(cell, layered):
    if cell["empty"]:
        return f"empty: {cell['empty']}"
    rate = percent(cell["hit_rate"], cell["low"], cell["high"])
    return rate + (f", layer {cell['layer']}" if layered else "")


def hits(folder, name):
    found = {model: rates(folder, model, name) for model in MODELS}
    rows = []
    for source, title in SITES.items():
        for weighting, how in WEIGHTINGS.items():
            cells = [best(found[model], source, weighting) for model in MODELS]
            if None in cells or (source == "attention") != (weighting == ""):
                continue
            rows.append(
                [title + (f", {how}" if how else "")]
                + [hit_rate(c, layered=source not in VISION) for c in cells]
            )
    for source in ("centre", "chance"):
        cells = [best(found[model], source, "") for model in MODELS]
        rows.append([source] + [f"{c['hit_rate']:.1%}" for c in cells])
    head = f"map, {SETS[name]} (n = {best(found['llava'], 'chance', '')['n']})"
    return table([head, *MODELS.values()], rows)


def main():
    folder, picture = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    picture.write_text(figure(folder))
    print(f"""# Three architectures, one task

This page is written by `docs/pictures/make_architectures.sh`. It asks whether what the paper says of LLaVA holds for
other architectures that learned the same task from the same pictures: the small LLaVA, InternVL and Qwen-VL
([the one](../../examples/tiny_llava/README.md), [the other](../../examples/tiny_internvl/README.md),
[the third](../../examples/tiny_qwen_vl/README.md)) answer the same questions. What stands between tower and decoder differs
most: an MLP, a pixel shuffle, and queries that read the patches by attention.

| | LLaVA | InternVL | Qwen-VL |
|---|---|---|---|
| tower | CLIP, patches of 12 pixels, read before its last layer | InternViT with layer scale, patches of 6 pixels, read at its end | OpenCLIP's ViT, patches of 6 pixels, read at its end |
| between | two linear layers | pixel shuffle 2 × 2, norm, two linear layers | 64 learned queries, one layer of cross-attention |
| decoder | LLaMA, 8 layers | Qwen2 with shared key heads, 8 layers | Qwen: LLaMA with biases on q, k and v, 8 layers |
| tokens of a picture | 64 | 64 | 64 |
| prompt | system text before the picture | no system text | system text before the picture |

Three models of under three million parameters, one seed each, say nothing about models a thousand times their size.
They show what such a comparison looks like when everything but the architecture is the same.

## Where the image can go

![Accuracy against the first layer without image tokens](../pictures/{picture.name})

{accuracies(folder)}
{cliffs(folder)}
Brackets: 95 % intervals, pictures being the units; behind a cliff, its bounds
([the cliff as a statistic](the-cliff-as-a-statistic.md)).

{verdict(folder)}

The margin is two points. "No cliff" says that even the last cut was shown to lose more than that, or that some cut
loses where the missing image does not; "not enough items", that these items could not decide it. The layer from which on
the image can go is not the architecture's alone to say, nor the task's: it has to be measured for each model.

## "The pattern does not depend on the projector"

`infoflow report` on all twelve sweeps holds each two models' cliffs against each other where they were asked the same
questions: *held* where both, bounds included, lie within one layer, *did not hold* where the bounds are more than one
layer apart. ([How verdicts are reached](claims.md).)

{claim_rows(folder)}
## Where the maps point

The pointing game at the best layer of each map, eight noisy copies. The best of several layers is chosen on these items,
so it is optimistic for all models alike. The heat of Qwen-VL's image tokens lies where its queries look
([soft layouts](../reference/image-layout.md)). A map that *cancels out* cannot say anything: Qwen-VL norms each patch before it is
read, so that scaling one changes nothing, and gradient times feature adds up to zero at every patch.

{hits(folder, "short")}
{hits(folder, "yesno")}""", end="")


if __name__ == "__main__":
    main()
