"""Holds `infoflow trace` to eager transformers, run now: the shipped models and random tiny ones.

    python live_parity.py COMMAND REPOSITORY WORK_FOLDER

Prints INFOFLOW_NOT_RUN where this Python lacks transformers. The committed goldens say the same of
the versions that they were made with; this says it of the versions that are installed.
"""

import importlib.util
import pathlib
import subprocess
import sys

CASES = [
    # script of the reference, name, checkpoint, picture, text options, options that both sides know
    ("live_parity.py", "tiny_caption", "examples/tiny_llava/checkpoint", "examples/tiny_llava/pictures/001.png",
     ["--question", "Describe the image."], []),
    ("live_parity.py", "tiny_forced", "examples/tiny_llava/checkpoint", "examples/tiny_llava/pictures/000.png",
     ["--question", "Is there a circle in the image?", "--answer", "No"],
     ["--cam-site", "encoder_last"]),
    ("live_parity.py", "grouped", "tests/golden/llava/grouped", "tests/golden/llava/pictures/tall.png",
     ["--prompt", "Hi <image> you ASSISTANT:", "--max-new-tokens", "6"],
     ["--cam-site", "v_proj"]),
    ("live_internvl.py", "tiny_internvl", "examples/tiny_internvl/checkpoint",
     "examples/tiny_llava/pictures/001.png", ["--question", "Describe the image."], []),
    ("live_internvl.py", "tiny_internvl_tiles", "examples/tiny_internvl/checkpoint",
     "tests/golden/llava/pictures/wide.png",
     ["--question", "Is there a circle in the image?", "--answer", "No"],
     ["--cam-site", "encoder_last"]),
    ("live_parity.py", "tiny_jpeg", "examples/tiny_llava/checkpoint", "JPEG",
     ["--question", "Describe the image."], ["--cam-site", "encoder_last"]),
    ("live_internvl.py", "tiny_internvl_jpeg", "examples/tiny_internvl/checkpoint", "JPEG",
     ["--question", "Describe the image."], []),
]


def run(*arguments):
    finished = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if finished.returncode != 0:
        print(" ".join(str(a) for a in arguments))
        print(finished.stdout + finished.stderr)
    return finished


def write_jpeg(picture, path):
    """The picture as benchmarks' are: JPEG, chroma at half width, sides that its blocks do not divide."""
    from PIL import Image

    Image.open(picture).convert("RGB").resize((237, 131)).save(path, quality=85, subsampling="4:2:2")
    return path


def main():
    command, repository, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    missing = [name for name in ("torch", "transformers", "safetensors", "PIL")
               if importlib.util.find_spec(name) is None]
    if missing:
        print("INFOFLOW_NOT_RUN: this Python lacks", ", ".join(missing))
        return 0
    work.mkdir(parents=True, exist_ok=True)
    golden = repository / "tests/golden"
    jpeg = write_jpeg(repository / "examples/tiny_llava/pictures/001.png", work / "picture.jpg")
    failed = 0
    for script, name, checkpoint, picture, text, options in CASES:
        picture = jpeg if picture == "JPEG" else repository / picture
        shared = ["--model", repository / checkpoint, "--image", picture, *text, *options]
        ours, theirs = work / f"{name}.safetensors", work / f"{name}.reference.safetensors"
        steps = [
            [command, "trace", *shared, "--output", ours],
            [sys.executable, golden / script, *shared, "--output", theirs],
            [sys.executable, golden / "compare_trace.py", ours, theirs],
        ]
        for step in steps:
            finished = run(*step)
            if finished.returncode != 0:
                failed += 1
                break
        else:
            print(f"{name}\n{finished.stdout}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
