#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/rules.jsonl: what the evaluators of benchmarks read in generated answers.

    python tests/golden/make_rule_goldens.py
    python tests/golden/make_rule_goldens.py --count 60000 --against build/release/bin/infoflow

Needs nothing but Python; its version fixes Unicode's (14 with 3.11). The rules are written here a
second time, in the terms of the evaluators (str.lower, str.split, re), so that what C++ makes of
digits, blanks and capitals of other scripts is held against Python's own. With --against, the
answers go through `infoflow score` instead of into the file, and every difference is printed.
"""
import argparse
import json
import pathlib
import random
import re
import string
import subprocess
import tempfile

FILE = pathlib.Path(__file__).parent / "rules.jsonl"

# ---------------------------------------------------------------------------- POPE


def official(answer, label):
    words = answer.split(".")[0].replace(",", "").split(" ")
    return "no" if {"No", "no", "not"} & set(words) else "yes"


def opera(answer, label):
    words = answer.replace(".", "").replace(",", "").split(" ")
    denies = any(w in ("No", "not", "no", "NO") or w.endswith("n't") for w in words)
    return "no" if denies else "yes"


def vcd(answer, label):
    right = label in answer.lower().strip()
    return label if right else {"yes": "no", "no": "yes"}[label]


def pope_lmms(answer, label):
    whole = answer.lower().strip()
    return whole if whole in ("yes", "no") else "neither"


def pope_vlmevalkit(answer, label):
    words = punctuation(answer.lower(), r"(?<!\d)\.(?!\d)").split()
    yes, no = "yes" in words, "no" in words
    return "neither" if yes == no else "yes" if yes else "no"


def shikra(answer, label):
    found = re.findall(r"(?:(?:(?:(?:So t)|(?:T)|(?:t))he answer is)|(?:Answer:)) (.+)", answer)
    if len(found) != 1:
        return "neither"
    word = found[0].strip().rstrip(".").strip()
    return word if word in ("yes", "no") else "neither"


POPE = {"official": official, "opera": opera, "vcd": vcd, "lmms-eval": pope_lmms,
        "vlmevalkit": pope_vlmevalkit, "shikra": shikra}

# ---------------------------------------------------------------------------- TextVQA

NUMBERS = {"none": "0", "zero": "0"}
NUMBERS.update({w: str(i + 1) for i, w in enumerate(
    "one two three four five six seven eight nine ten".split())})
CONTRACTIONS = {"dont": "don't", "cant": "can't", "im": "im", "isnt": "isn't", "whats": "what's",
                "lets": "lets", "oclock": "o'clock"}  # Those that the generated answers hold.


def punctuation(text, periods):
    result = text
    for mark in ";/[]\"{}()=+\\_-><@`,?!":
        beside = mark + " " in text or " " + mark in text
        result = result.replace(mark, "" if beside or re.search(r"\d,\d", text) else " ")
    return re.sub(periods, "", result, count=32)


def plain_words(text):
    words = [NUMBERS.get(w, w) for w in text.lower().split()]
    return " ".join(CONTRACTIONS.get(w, w) for w in words if w not in ("a", "an", "the"))


def one_line(text):
    return text.replace("\n", " ").replace("\t", " ").strip()


NOT_BEFORE = r"(?!<=\d)(\.)(?!\d)"  # The look-ahead for "<=" is a slip that never matters.
NOT_BESIDE = r"(?<!\d)\.(?!\d)"


def evalai(text):
    text = text.lower().replace(",", "").replace("?", "").replace("'s", " 's").strip()
    return plain_words(punctuation(one_line(text), NOT_BEFORE))


def agreement(answer, annotators):
    scores = []
    for i in range(len(annotators)):
        others = annotators[:i] + annotators[i + 1:]
        scores.append(min(1, others.count(answer) / 3))
    return sum(scores) / len(scores)


def m4c(answer, annotators):
    return evalai(answer), agreement(evalai(answer), [evalai(a) for a in annotators])


def vqa(answer, annotators):
    answer, annotators = one_line(answer), [one_line(a) for a in annotators]
    if len(set(annotators)) > 1:
        answer, annotators = (plain_words(punctuation(answer, NOT_BEFORE)),
                              [plain_words(punctuation(a, NOT_BEFORE)) for a in annotators])
    return answer, agreement(answer, annotators)


def qwen_vl(answer, annotators):
    answer = plain_words(punctuation(one_line(answer), NOT_BEFORE))
    if len(set(annotators)) > 1:
        annotators = [punctuation(a, NOT_BEFORE) for a in annotators]
    return answer, agreement(answer, annotators)


def text_vqa_vlmevalkit(answer, annotators):
    def normal(text):
        return plain_words(punctuation(one_line(text), NOT_BESIDE))
    return normal(answer), agreement(normal(answer), [normal(a) for a in annotators])


TEXTVQA = {"m4c": m4c, "vqa": vqa, "qwen-vl": qwen_vl, "vlmevalkit": text_vqa_vlmevalkit}

# ---------------------------------------------------------------------------- ScienceQA


def offered(letter, choices):
    return letter if letter in string.ascii_uppercase[:len(choices)] else ""


def stated(answer):
    found = re.findall(r"The answer is ([A-Z]).", answer)
    return found[0] if len(found) == 1 else ""


def llava(answer, choices):
    if answer and answer[0] in "ABCDE" and (len(answer) == 1 or answer[1:3] == ". "):
        return answer[0]
    return stated(answer)


def sqa_lmms(answer, choices):
    answer = answer.strip()
    if len(answer.lower()) == 1 and answer.lower() in string.ascii_lowercase:
        return answer.lower().upper()
    return answer[0] if len(answer) >= 2 and answer[0].isupper() and answer[1] == "." else ""


def internvl(answer, choices):
    answer = answer.strip()
    letters = string.ascii_uppercase[:len(choices)]
    if len(answer) == 1 or answer[:1] and answer[0] in letters:
        return answer[0]
    for letter, choice in zip(letters, choices):
        if answer and choice in answer:
            return letter
    if answer[1:2] == ".":
        return answer[0]
    return answer[1] if answer[:1] == "(" and answer[2:3] == ")" else ""


REFUSALS = ("Sorry, I can't help with images of people yet.", "I can't process this file.",
            "I'm sorry, but without the image provided", "Cannot determine the answer")


def by_letter(answer, choices):
    """Z is a decision for none of the options; an empty text is no decision."""
    if "Failed to obtain answer via API" in answer:
        return ""
    if any(refusal in answer for refusal in REFUSALS):
        return "Z"
    words = re.sub(r"[.()\[\],:;!*#{}]", " ", answer).split()
    named = [letter for letter in choices if letter in words]
    if len(named) == 1 and words.index(named[0]) > len(words) - 5:
        return named[0]
    if not named and "Z" in words:
        return "Z"
    found = re.search(r"(?i)(?:correct\s+)?answer\s+is\s+\**([ABCD])\**", answer)
    return found[1].upper() if found and found[1].upper() in choices else ""


def sqa_vlmevalkit(answer, choices):
    choices = dict(zip(string.ascii_uppercase, choices))
    letter = by_letter(answer, choices)
    if letter:
        return letter
    answer = answer.lower()
    if len(answer) > 2 * sum(len(text) for text in choices.values()):
        return ""
    found = [letter for letter, text in choices.items() if text.lower() in answer]
    return found[0] if len(found) == 1 else ""


SCIENCEQA = {"llava": llava, "original": lambda answer, choices: stated(answer),
             "lmms-eval": sqa_lmms, "vlmevalkit": sqa_vlmevalkit, "internvl": internvl}

# ---------------------------------------------------------------------------- answers

BLANKS = [" ", " ", " ", " ", " ", "  ", "\n", "\t", "\u00a0", "\u2003", "\u3000", "\x1c", "\x85",
          "\u200b", ""]
MARKS = list(".,;:!?()[]{}*#/-_'\"`") + ["\u3002", "\uff0c", "\u2019", "..", ". ", ", ", "'s "]
DIGITS = ["3", "12", "\u0663", "\u0967", "\uff15", "\u00b2", "\u2167", "\U0001d7d8", "\u0be7"]
WORDS = {
    "pope": ["Yes", "yes", "No", "no", "not", "NO", "YES", "isn't", "know", "nope", "The answer is",
             "So the answer is", "Answer:", "cat", "there", "\u017fno", "N\u00d6", "yes\u0307",
             "x"],
    "textvqa": ["the", "a", "An", "one", "Ten", "None", "dont", "Can't", "oclock", "whats", "Coca",
                "cola", "u.s.a", "KING", "\u0130stanbul", "\u03a3\u03a3", "\u00c9cole", "\u1e9e",
                "\u039f\u0394\u039f\u03a3", "\u212a", "x\u0301\u03a3", "\u02b0\u03a3\u0301"],
    "scienceqa": list("AABBCDEZabdz") + [
        "The answer is", "the correct Answer  is", "answer i\u017f", "an\u017fwer is",
        "ANSWER \u0130S", "Dublin", "dublin", "baton rouge", "Phoenix", "\u03a3igma", "cat", "I",
        "**B**", "(C)", "Cannot determine the answer", "I can't process this file.",
        "Failed to obtain answer via API", "I'm sorry, but without the image provided", "option",
        "It", "is", "of", "\u00c1", "\u212a", "A picture"],
}
CHOICES = ["Dublin", "dublin bay", "Baton Rouge", "Phoenix", "cat", "a cat", "\u03a3IGMA", "3.5",
           "both", "\u0130", "E", "Z", "no"]


def answer_to(task, draw):
    """Words, digits and marks with any blanks between them; often just a short usual answer."""
    pieces = []
    for _ in range(draw.choice([0, 1, 1, 1, 2, 2, 3, 4, 6, 9])):
        kind = draw.random()
        source = WORDS[task] if kind < 0.65 else DIGITS if kind < 0.75 else MARKS
        pieces.append(draw.choice(source))
        pieces.append(draw.choice(BLANKS))
    if draw.random() < 0.02:
        pieces.append("." * draw.choice([31, 32, 33, 40]))
    if draw.random() < 0.1:  # Any character at all.
        c = draw.randrange(0x20, 0x30000)
        pieces.insert(draw.randrange(len(pieces) + 1), chr(c) if not 0xD800 <= c < 0xE000 else "?")
    return "".join(pieces)


def case(task, draw):
    answer = answer_to(task, draw)
    if task == "pope":
        label = draw.choice(["yes", "no"])
        return {"answer": answer, "label": label,
                "reads": {name: rule(answer, label) for name, rule in POPE.items()}}
    if task == "scienceqa":
        choices = draw.sample(CHOICES, draw.choice([2, 2, 3, 4, 5]))
        reads = {name: offered(rule(answer, choices), choices) for name, rule in SCIENCEQA.items()}
        return {"answer": answer, "choices": choices, "reads": reads}
    others = [answer_to(task, draw) for _ in range(draw.choice([0, 1, 3]))]
    near = [answer, answer.lower(), answer.strip(), answer.replace(".", ""), evalai(answer)]
    annotators = [draw.choice(near + others) for _ in range(10)]
    if draw.random() < 0.1:
        annotators = [annotators[0]] * 10
    return {"answer": answer, "annotators": annotators,
            "reads": {name: rule(answer, annotators) for name, rule in TEXTVQA.items()}}


def cases(count, seed):
    draw = random.Random(seed)
    return [{"task": task, **case(task, draw)} for _ in range(count // 3)
            for task in ("pope", "scienceqa", "textvqa")]


# ---------------------------------------------------------------------------- through the command


def data_of(task, rows, folder):
    """The data set and the answers as files."""
    data = folder / ("coco_pope_x.json" if task == "pope" else "data.json")
    answers = folder / "a.jsonl"
    if task == "pope":
        items = [{"question_id": i, "image": "a.jpg", "text": "?", "label": r["label"]}
                 for i, r in enumerate(rows)]
        data.write_text("".join(json.dumps(item) + "\n" for item in items))
    elif task == "scienceqa":
        data.write_text(json.dumps({str(i): {"question": "?", "choices": r["choices"], "answer": 0}
                                    for i, r in enumerate(rows)}))
    else:
        data.write_text(json.dumps({"data": [
            {"question_id": i, "image_id": "a", "question": "?", "answers": r["annotators"]}
            for i, r in enumerate(rows)]}))
    answers.write_text("".join(json.dumps({"question_id": str(i), "text": r["answer"]}) + "\n"
                               for i, r in enumerate(rows)))
    return data, answers


def differences(command, task, rows):
    found = 0
    for rule in rows[0]["reads"]:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            data, answers = data_of(task, rows, folder)
            items = folder / "items.jsonl"
            subprocess.run([command, "score", "--task", task, "--data", data, "--answers", answers,
                            "--rule", rule, "--items", items], check=True, capture_output=True)
            ours = {json.loads(line)["id"]: json.loads(line)
                    for line in items.read_text().splitlines()}
        for i, row in enumerate(rows):
            item, wanted = ours[str(i)], row["reads"][rule]
            parsed = wanted[0] if task == "textvqa" else wanted
            same = item["parsed"] == parsed
            if task == "textvqa":
                same = same and abs(item["score"] - wanted[1]) < 1e-9
            if not same:
                found += 1
                print(task, rule, row, "infoflow:", item)
    return found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=1500)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--against", help="the command to hold against the rules")
    options = options.parse_args()
    rows = cases(options.count, options.seed)
    if not options.against:
        with open(FILE, "w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    for task in WORDS:
        mine = [row for row in rows if row["task"] == task]
        found = differences(options.against, task, mine)
        rules = len(mine[0]["reads"])
        print(f"{task}: {len(mine)} answers under {rules} rules, {found} differences")


if __name__ == "__main__":
    main()
