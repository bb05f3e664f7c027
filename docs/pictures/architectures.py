# SPDX-License-Identifier: MIT
"""The page on two architectures, from the folders that make_two_architectures.sh makes.

    python3 two_architectures.py FOLDER FIGURE.svg >page.md
"""

import csv
import json
import pathlib
import sys

MODELS = {"llava": "LLaVA", "internvl": "InternVL"}
SETS = {"choice": "lettered choice", "short": "short answer", "yesno": "yes/no", "caption": "caption"}
COLOURS = {"llava": "#1b6ca8", "internvl": "#c05a12"}
SITES = {
    "attention": "attention of the answer's rows",
    "post_attention_norm": "norm behind the attention",
    "projector": "image tokens, behind the projector",
    "encoder_last": "patches, before the projector",
}
WEIGHTINGS = {"": "", "mean": "mean (eq. 3)", "hires": "per position"}


def curve(folder, model, name):
    rows = csv.DictReader((folder / f"{model}_{name}" / "curve.csv").open())
    return [tuple(float(row[key]) for key in ("cut_layer", "metric", "low", "high")) for row in rows]


def decision(folder, model, name):
    return json.loads((folder / f"{model}_{name}" / "decision.json").read_text())


def rates(folder, model, name):
    return json.loads((folder / f"point_{model}_{name}" / "point.json").read_text())["rates"]


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


def cliffs(folder):
    rows, overlap = [], []
    for name, title in SETS.items():
        found = {model: decision(folder, model, name) for model in MODELS}
        rows.append(
            [f"{title} (n = {found['llava']['n']:,})"]
            + [
                percent(*(found[m]["untouched"]["metric"][k] for k in ("value", "low", "high")))
                for m in MODELS
            ]
            + [cliff_text(found[m]) for m in MODELS]
        )
        if all(found[m]["status"] == "found" for m in MODELS):
            one, other = found.values()
            apart = (
                one["upper_bound"] < other["lower_bound"] or other["upper_bound"] < one["lower_bound"]
            )
            overlap.append((title, apart))
    head = ["questions"] + [f"{t}, right" for t in MODELS.values()]
    return table(head + [f"{t}, cliff" for t in MODELS.values()], rows), overlap


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


def verdict(folder, overlap):
    layers = decision(folder, "llava", "yesno")["layers"]
    lines = []
    if len(overlap) == len(SETS):
        lines.append(
            "- In both models there is, for all four kinds of question, a layer from which on the"
            " image can be dropped within the margin of one point."
        )
    else:
        lines.append(
            f"- A cliff was found in both models for {len(overlap)} of the {len(SETS)} kinds of"
            " question; see the table for the others."
        )
    same = [title for title, apart in overlap if not apart]
    differ = [title for title, apart in overlap if apart]
    if same:
        lines.append(f"- Bounds of the two models overlap for: {', '.join(same)}.")
    if differ:
        lines.append(f"- They lie apart for: {', '.join(differ)}. Where the cliff lies is not the same.")
    for model, title in MODELS.items():
        cuts = ", ".join(f"{t} {settled(folder, model, name)}" for name, t in SETS.items())
        lines.append(f"- {title} is within five points of its untouched self from cut: {cuts}.")
    for model, title in MODELS.items():
        lines.append(f"- Order of the cliffs in {title}, of {layers} layers: {order(folder, model)}.")
    return "\n".join(lines)


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
                + [percent(c["hit_rate"], c["low"], c["high"]) for c in cells]
                + [str(c["layer"]) for c in cells]
            )
    for source in ("centre", "chance"):
        cells = [best(found[model], source, "") for model in MODELS]
        rows.append([source] + [f"{c['hit_rate']:.1%}" for c in cells] + ["", ""])
    head = [f"map, {SETS[name]} (n = {best(found['llava'], 'chance', '')['n']})"]
    head += list(MODELS.values()) + [f"layer, {title}" for title in MODELS.values()]
    return table(head, rows)


def main():
    folder, picture = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    picture.write_text(figure(folder))
    cliff_table, overlap = cliffs(folder)
    print(f"""# Two architectures, one task

This page is written by `docs/pictures/make_two_architectures.sh`. It asks whether what the paper says of LLaVA holds for
another architecture that learned the same task from the same pictures: the small LLaVA and the small InternVL
([the one](../../examples/tiny_llava/README.md), [the other](../../examples/tiny_internvl/README.md)) answer the same
questions.

| | LLaVA | InternVL |
|---|---|---|
| tower | CLIP, patches of 12 pixels, read before its last layer | InternViT with layer scale, patches of 6 pixels, read at its end |
| between | two linear layers | pixel shuffle 2 × 2, norm, two linear layers |
| decoder | LLaMA, 8 layers | Qwen2 with shared key heads, 8 layers |
| tokens of a picture | 64 | 64 |
| prompt | system text before the picture | no system text |

Two models of under three million parameters, one seed each, say nothing about models a thousand times their size.
They show what such a comparison looks like when everything but the architecture is the same.

## Where the image can go

![Accuracy against the first layer without image tokens](../pictures/{picture.name})

{cliff_table}
Brackets: 95 % intervals, pictures being the units; behind a cliff, its bounds
([the cliff as a statistic](the-cliff-as-a-statistic.md)).

{verdict(folder, overlap)}

The margin is two points. "No cliff" says that even the last cut was shown to lose more than that, or that some cut
loses where the missing image does not; "not enough items", that these items could not decide it. The curves of
the two have one form, in which captions need the image longest. The layer from which on it can
go is not the architecture's alone to say, nor the task's: it has to be measured for each model.

## Where the maps point

The pointing game at the best layer of each map, eight noisy copies. The best of several layers is chosen on these items,
so it is optimistic for both models alike.

{hits(folder, "short")}
{hits(folder, "yesno")}""", end="")


if __name__ == "__main__":
    main()
