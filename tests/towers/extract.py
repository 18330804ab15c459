#!/usr/bin/env python3
"""Writes `towers.json` and `padded.json`, the reference numbers of vision towers that `mod.rs` and
`padded.rs` compare with.

    python3 tests/towers/extract.py TRUTH_FOLDER

TRUTH_FOLDER has one folder per model with `truth.json`: what the reference implementation measured
(PyTorch's FlopCounterMode on transformers' own models, no weights loaded). Of a tower this keeps the
parameters, the shapes of the stored tensors, and for each image as the tower sees it patches and
matmul FLOPs. Of a tower whose reference pads pictures it keeps, for each picture on disk, patches,
encoder-side tokens that run, visual tokens, and the FLOPs of tower and bridge.
"""

import json
import sys
from pathlib import Path

# Model, and the side of the images in pixels where the file does not have it.
MODELS = {
    "qwen2-vl-7b-instruct": None,
    "qwen2.5-vl-7b-instruct": None,
    "qwen3-vl-4b-instruct": None,
    "qwen3-vl-8b-instruct": None,
    "glm-4.1v-9b-thinking": None,
    "mistral-small-3.1-24b-instruct-2503": None,
    "pixtral-12b": None,
    "muse-glimmer-30b": None,
    "kimi-k2.5": None,
    "ovis2-1b-hf": None,
    "perception-lm-1b": None,
    "molmo2-4b": 378,
    "llama-4-scout-17b-16e-instruct": None,
    "phi-4-multimodal-instruct": None,
}


# Models whose reference pads what its tower sees.
PADDED = [
    "lfm2-vl-1.6b",
    "lfm2.5-vl-1.6b",
    "gemma-4-31b-it",
    "gemma-4-26b-a4b-it",
    "gemma-4-e2b-it",
]


def padded(folder, name):
    """What is known of a tower that is padded."""
    truth = json.loads((folder / name / "truth.json").read_text())
    counts = {}
    for tensor in truth["params"]["tensors"]:
        if tensor["stage"].startswith("vision"):
            shape = tuple(tensor["shape"])
            counts[shape] = counts.get(shape, 0) + tensor["count"]
    images = []
    for image in truth["images"]:
        stages = image["flops"]["stages"]
        images.append([
            *(image[key] for key in ("height", "width", "patches", "encoder_tokens")),
            image["llm_visual_tokens"],
            stages["vision"],
            stages["bridge"],
        ])
    return {
        "params": [truth["params"]["stages"][stage] for stage in ("vision", "bridge")],
        "tensors": [[list(shape), counts[shape]] for shape in sorted(counts)],
        "images": images,
    }


def seen(image, side):
    """Height, width and number of the pictures that the tower sees."""
    if "resized" in image:
        return [*image["resized"], 1]
    shape = image.get("pixel_values_shape") or image["image_pixel_values_shape"]
    if side:
        return [side, side, shape[0]]
    *outer, _, height, width = shape
    count = 1
    for axis in outer:
        count *= axis
    return [height, width, count]


def tower(folder, name, side):
    """What is known of the tower of a model."""
    truth = json.loads((folder / name / "truth.json").read_text())
    counts = {}
    for tensor in truth["params"]["tensors"]:
        if tensor["stage"].startswith("vision"):
            shape = tuple(tensor["shape"])
            if tensor["name"].endswith("position_embeddings") and len(shape) == 3:
                # A table by rows and columns, here one by places.
                shape = (shape[0] * shape[1], shape[2])
            counts[shape] = counts.get(shape, 0) + tensor["count"]
    images = {}
    for image in truth["images"]:
        flops = image["flops"]["stages"]["vision"]
        images[tuple(seen(image, side))] = [image["patches"], flops]
    return {
        "params": truth["params"]["stages"]["vision"],
        "tensors": [[list(shape), counts[shape]] for shape in sorted(counts)],
        "images": [[*image, *numbers] for image, numbers in images.items()],
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    write("towers.json", {name: tower(folder, name, side) for name, side in MODELS.items()})
    write("padded.json", {name: padded(folder, name) for name in PADDED})


def write(file, towers):
    """A line for each model."""
    lines = [f" {json.dumps(name)}: {json.dumps(facts)}" for name, facts in towers.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (Path(__file__).parent / file).write_text(text)


if __name__ == "__main__":
    main()
