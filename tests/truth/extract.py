#!/usr/bin/env python3
"""Writes the reference numbers that `tests/truth.rs` compares with: one JSON file per model.

    python3 tests/truth/extract.py TRUTH_FOLDER

TRUTH_FOLDER has one folder per model with `truth.json` (what the reference implementation measured:
PyTorch's FlopCounterMode on transformers' own models, no weights loaded) and `expected.json` (the
same in short form). Two formats of `truth.json` exist, "classic" and "modern".

A number that a case leaves out is null, with the reason in the case's `note`.
"""

import json
import math
import sys
from pathlib import Path

# Model and the preset that describes it. Without a preset the spec is the YAML file beside this
# script.
MODELS = {
    "aya-vision-8b": "aya-vision-8b",
    "blip2-opt-2.7b": "blip2-opt-2.7b",
    "command-a-vision-07-2025": "command-a-vision",
    "deepseek-vl-1.3b-chat": None,
    "deepseek-vl-7b-chat": "deepseek-vl-7b",
    "florence-2-base": "florence-2-base",
    "gemma-3-4b-it": "gemma-3-4b",
    "gemma-3-4b-it-pan-and-scan": "gemma-3-4b-pan-and-scan",
    "gemma-4-26b-a4b-it": "gemma-4-26b-a4b",
    "gemma-4-e2b-it": "gemma-4-e2b",
    "git-base": "git-base",
    "glm-4.1v-9b-thinking": "glm-4.1v-9b",
    "glm-4.5v": "glm-4.5v",
    "idefics2-8b": "idefics2-8b",
    "idefics3-8b-llama3": "idefics3-8b",
    "instructblip-vicuna-7b": "instructblip-vicuna-7b",
    "internvl2_5-8b-mpo-hf": None,
    "internvl3-1b-hf": "internvl3-1b",
    "internvl3-38b-hf": None,
    "internvl3-8b-hf": "internvl3-8b",
    "internvl3-8b-hf-tiles": "internvl3-8b-tiles",
    "internvl3_5-1b-hf": None,
    "janus-pro-1b": "janus-pro-1b",
    "kimi-k2.5": "kimi-k2.5",
    "lfm2-vl-1.6b": "lfm2-vl-1.6b",
    "lfm3-vl-2b": None,
    "llama-3.2-11b-vision": "llama-3.2-11b-vision",
    "llama-4-scout-17b-16e-instruct": "llama-4-scout",
    "llava-1.5-7b": "llava-1.5-7b",
    "llava-onevision-7b-anyres": "llava-onevision-7b-anyres",
    "llava-onevision-qwen2-7b": "llava-onevision-qwen2-7b",
    "llava-onevision-qwen2-7b-ov-hf": "llava-onevision-7b-anyres",
    "llava-v0-linear-7b": "llava-v0-7b",
    "llava-v1.6-mistral-7b": "llava-v1.6-mistral-7b",
    "minicpm-v-4.6": "minicpm-v-4.6",
    "minigpt4-vicuna-7b": "minigpt4-vicuna-7b",
    "mistral-small-3.1-24b-instruct-2503": "mistral-small-3.1-24b",
    "molmo2-4b": "molmo2-4b",
    "ovis2-1b-hf": "ovis2-1b",
    "paligemma-3b-224": "paligemma-3b-224",
    "paligemma-3b-896": "paligemma-3b-896",
    "paligemma2-3b-224": "paligemma2-3b-224",
    "paligemma2-3b-448": None,
    "perception-lm-1b": "perception-lm-1b",
    "pixtral-12b": "pixtral-12b",
    "qwen-vl-7b": "qwen-vl-7b",
    "qwen2-vl-7b-instruct": "qwen2-vl-7b",
    "qwen2.5-vl-7b-instruct": "qwen2.5-vl-7b",
    "qwen3-vl-30b-a3b-instruct": "qwen3-vl-30b-a3b",
    "qwen3-vl-4b-instruct": "qwen3-vl-4b",
    "qwen3-vl-8b-instruct": "qwen3-vl-8b",
    "qwen3.5-0.8b": "qwen3.5-0.8b",
    "smolvlm-256m": "smolvlm-256m",
    "smolvlm-256m-tiles": "smolvlm2-256m",
    "smolvlm-instruct-2.2b": "smolvlm-2.2b",
    "smolvlm2-256m-video-instruct": "smolvlm2-256m",
}

# Models of whose reference the LLM alone is compared, after visual tokens that are given.
LLMS = {
    "gemma-3n-e2b-it-llm": "gemma-3n-e2b-it",
    "gemma-4-26b-a4b-it-llm": "gemma-4-26b-a4b-it",
    "gemma-4-31b-it-llm": "gemma-4-31b-it",
    "gemma-4-e2b-it-llm": "gemma-4-e2b-it",
}

# The folder of a model that has two presets, where its name is not that of the folder.
FOLDERS = {
    "gemma-3-4b-it-pan-and-scan": "gemma-3-4b-it",
    "internvl3-8b-hf-tiles": "internvl3-8b-hf",
    "llava-onevision-7b-anyres": "llava-onevision-qwen2-7b",
    "smolvlm-256m-tiles": "smolvlm-256m",
}

# Models whose preset has a processor: an image is said as it is on disk.
ON_DISK = (
    "aya-vision-8b",
    "command-a-vision-07-2025",
    "deepseek-vl-7b-chat",
    "florence-2-base",
    "gemma-3-4b-it-pan-and-scan",
    "gemma-4-26b-a4b-it",
    "gemma-4-e2b-it",
    "glm-4.1v-9b-thinking",
    "glm-4.5v",
    "idefics3-8b-llama3",
    "internvl3-8b-hf-tiles",
    "kimi-k2.5",
    "lfm2-vl-1.6b",
    "lfm3-vl-2b",
    "llama-4-scout-17b-16e-instruct",
    "llava-onevision-7b-anyres",
    "llava-onevision-qwen2-7b-ov-hf",
    "llava-v1.6-mistral-7b",
    "minicpm-v-4.6",
    "mistral-small-3.1-24b-instruct-2503",
    "molmo2-4b",
    "ovis2-1b-hf",
    "perception-lm-1b",
    "pixtral-12b",
    "qwen2-vl-7b-instruct",
    "qwen2.5-vl-7b-instruct",
    "qwen3-vl-30b-a3b-instruct",
    "qwen3-vl-4b-instruct",
    "qwen3-vl-8b-instruct",
    "qwen3.5-0.8b",
    "smolvlm-256m-tiles",
    "smolvlm-instruct-2.2b",
    "smolvlm2-256m-video-instruct",
)

# Stages that the measurement counts to the bridge, of modules that stand within the tower, and a
# module among them that does not.
WITHIN = {
    "deepseek-vl-7b-chat": ("bridge.high_res_neck_proj", "model.aligner.high_res_vision_proj"),
    "minicpm-v-4.6": ("bridge.vit_merger", None),
}

# Models whose LLM asks the image by cross-attention.
ASKED = ("llama-3.2-11b-vision",)

# Models that drop features of the tiles by the image's own shape (anyres).
ANYRES = ("llava-onevision-qwen2-7b",)
ANYRES_NOTE = "anyres drops features by the image's shape: nothing that depends on visual tokens"
IMAGE_NOTE = "measured without the LLM"
VIDEO_NOTE = "a clip whose frames have the size already, measured without the LLM"
VIEWS_NOTE = "so many views, each measured alone, without the LLM"
COUNT_NOTE = "tokens were counted, nothing else measured"

COMPONENTS = ("vision_encoder", "bridge", "llm")
# Stages of the modern format that are components here.
STAGES = {"vision_encoder": "vision", "bridge": "bridge"}


def tensors(params):
    """Sorted multiset of the shapes of all stored tensors, those of other components left out."""
    counts = {}
    for tensor in params["tensors"]:
        if tensor.get("stage", "").startswith("extra"):
            continue
        shape = tuple(tensor["shape"])
        counts[shape] = counts.get(shape, 0) + tensor["count"]
    return [[list(shape), counts[shape]] for shape in sorted(counts)]


def parameters(truth, expected):
    """Parameters by component, their sum, and of mixtures of experts those that a token touches."""
    stages = {name: expected["params"]["stages"][name] for name in COMPONENTS}
    if "audio" in expected["params"]["stages"]:
        stages["audio"] = expected["params"]["stages"]["audio"]
    # Text and image of ERNIE have experts of their own; what was measured adds up those of both.
    active = {} if "ernie" in expected["model"] else truth.get("moe") or {}
    touched = {"active": active["active"]} if "active" in active else {}
    return {"total": sum(stages.values()), **touched, **stages}


def pixels(shape):
    """The spec's image of a tensor of pixels `[.., 3, height, width]`."""
    *outer, _, height, width = shape
    tiles = math.prod(outer)
    return {"image": f"{height}x{width}", **({"image.tiles": tiles} if tiles > 1 else {})}


def classic_image(truth, case):
    """The entry of the image that a case of a classic file runs on, or an empty one."""
    measured = truth["cases"][case["name"]]
    for image in truth["visual_tokens"]:
        same_variant = image.get("do_image_splitting") == measured.get("do_image_splitting")
        if image.get("image_hw") == measured["image_hw"] and same_variant:
            return image
    return {}


def spec_of(images, structural):
    """Overrides of the spec for the pixels and structural tokens of a case."""
    overrides = pixels(images) if images else {}
    return {**overrides, **({"prompt.structural_tokens": structural} if structural else {})}


def tokens_of_classic(truth, case, image):
    """Token counts of a case of a classic file, as far as it has them."""
    entry = image or truth["visual_tokens"][0]
    encoder = entry.get("encoder_tokens_with_cls", entry.get("encoder_tokens"))
    return {
        "patches": entry.get("encoder_patches"),
        "encoder": encoder,
        "visual": case["visual_tokens"],
        "structural": case["structural_tokens"],
        "text": case["text_tokens"],
        "sequence": case["sequence"],
    }


def tokens_of_modern(image, text):
    """Token counts of an image of a modern file."""
    visual, structural = image["llm_visual_tokens"], image["structural_tokens"]
    return {
        "patches": image["patches"],
        "encoder": image["encoder_tokens"],
        "visual": visual,
        "structural": structural,
        "text": text,
        "sequence": visual + structural + text,
    }


def case_of(name, overrides, tokens, expected):
    """A case with everything that was measured."""
    flops = expected["matmul_flops"]
    return {
        "name": name,
        "set": overrides,
        "tokens": tokens,
        "matmul_flops": {
            "total": flops["total"],
            **{component: flops["stages"][component] for component in COMPONENTS},
        },
        "kv_cache_bytes": expected["kv_cache_bytes_bf16"],
        "decode": {
            "cached": expected["decode"]["cached"],
            "matmul_flops": expected["decode"]["matmul_flops"],
        },
        "note": None,
    }


def without_llm(case, note):
    """The case with null for all that depends on the LLM's sequence."""
    case["matmul_flops"].update(total=None, llm=None)
    case.update(kv_cache_bytes=None, decode=None, note=note)
    return case


def counted(name, overrides, tokens, note, stages=None):
    """A case of token counts, with the FLOPs of encoder and bridge if they were measured."""
    flops = {part: stages[stage] if stages else None for part, stage in STAGES.items()}
    flops = {"total": None, **flops, "llm": None}
    return without_llm({"name": name, "set": overrides, "tokens": tokens, "matmul_flops": flops}, note)


def without_visual_tokens(case):
    """The case with null for all that depends on the number of visual tokens.

    A spec refuses tiles beside newlines, since it cannot say where these stand. Encoder and bridge
    make of as many images the same as of tiles.
    """
    if "image.tiles" in case["set"]:
        case["set"]["prompt.images"] = case["set"].pop("image.tiles")
    case["tokens"].update(visual=None, sequence=None)
    return without_llm(case, ANYRES_NOTE)


def variant_of(image):
    """Overrides of a spec with a processor for what an image of a classic file is."""
    height, width = image["image_hw"]
    is_whole = image.get("do_image_splitting") is False
    return {
        "image": f"{height}x{width}",
        **({"processor.edge-tiles.split": False} if is_whole else {}),
    }


def classic_cases(truth, expected, on_disk):
    """All cases of a classic file, and where images are as on disk all its token counts."""
    for case in expected["cases"]:
        image = classic_image(truth, case)
        overrides = spec_of(image.get("pixel_values"), case["structural_tokens"])
        if on_disk:
            overrides = variant_of({**truth["cases"][case["name"]], **image})
            if "text_note" in case:
                # Its text is all that is no visual token.
                overrides["processor.edge-tiles.markers"] = {}
        yield case_of(case["name"], overrides, tokens_of_classic(truth, case, image), case)
    for image in truth["visual_tokens"] if on_disk else []:
        encoder = image.get("encoder_tokens_with_cls", image["encoder_tokens"])
        tokens = {"encoder": encoder, "visual": image["visual_tokens"]}
        yield counted("x".join(map(str, image["image_hw"])), variant_of(image), tokens, COUNT_NOTE)


def asked_cases(_, expected, __):
    """The cases of a model whose LLM asks the image by cross-attention: the visual tokens do not stand
    in the sequence."""
    for case in expected["cases"]:
        overrides = {"prompt.images": case["images"]} if case["images"] != 1 else {}
        tokens = {"visual": 0, "structural": case["structural_tokens"]}
        tokens |= {"text": case["text_tokens"], "sequence": case["sequence"]}
        if case["decode"]:
            yield case_of(case["name"], overrides, tokens, case)
            continue
        flops = {"total": case["matmul_flops"]["total"], **case["matmul_flops"]["stages"]}
        yield {
            "name": case["name"],
            "set": overrides,
            "tokens": tokens,
            "matmul_flops": flops,
            "kv_cache_bytes": None,
            "decode": None,
            "note": "a prompt without an image, of which no decode step was measured",
        }


def modern_cases(truth, expected, on_disk):
    """The measured prompt of a modern file, then encoder and bridge for its other images and for its
    clip."""
    (prompt,) = expected["cases"]
    known = set()
    for image in sorted(truth["images"], key=lambda at: [at["height"], at["width"]] != prompt["image"]):
        size = [image["height"], image["width"]]
        name = f"{size[0]}x{size[1]}"
        overrides = {"image": name}
        if not on_disk:
            overrides = spec_of(image["pixel_values_shape"], image["structural_tokens"])
        tokens = tokens_of_modern(image, prompt["text_tokens"])
        if str(overrides) in known:
            continue
        known.add(str(overrides))
        if size == prompt["image"]:
            yield case_of(name, overrides, tokens, prompt)
            continue
        yield counted(name, overrides, tokens, IMAGE_NOTE, image["flops"]["stages"])
    if on_disk and "video" in truth:
        yield video_case(truth["video"])


def video_case(video):
    """Encoder and bridge for the clip of a modern file, whose frames the processor leaves as they
    are."""
    if "video_grid_thw" in video:
        pairs, rows, columns = video["video_grid_thw"]
        values = video["pixel_values_videos_shape"][1]
        patch = math.isqrt(values // (3 * video["frames"] // pairs))
        size, patches = [patch * rows, patch * columns], video["patches"]
    else:
        *_, height, width = video["pixel_values_videos_shape"]
        size, patches = [height, width], None
    clip = {"size": f"{size[0]}x{size[1]}", "frames": video["frames"]}
    tokens = {"patches": patches, "visual": video["llm_visual_tokens"]}
    return counted("video", {"prompt.video": clip}, tokens, VIDEO_NOTE, video["stages"])


def pan_and_scan_cases(truth, expected, on_disk):
    """The views of a modern file's images with pan and scan, each as it was measured alone."""
    one = truth["images"][0]
    for image in truth["pan_and_scan"]:
        views = 1 + image["num_crops"]
        tokens = {
            "patches": views * one["patches"],
            "encoder": views * one["encoder_tokens"],
            "visual": image["llm_visual_tokens"],
            "structural": views * one["structural_tokens"],
        }
        stages = {stage: views * one["flops"]["stages"][stage] for stage in STAGES.values()}
        name = f"{image['height']}x{image['width']}"
        yield counted(name, {"image": name}, tokens, VIEWS_NOTE, stages)


def long_cases(truth, first):
    """KV cache and decode step of a model with sliding windows at lengths beyond a window."""
    check = truth.get("sliding_window_check")
    if not check:
        return
    tokens = first["tokens"]
    others = tokens["sequence"] - tokens["text"]
    sizes = {
        int(length): [cache["bytes_bf16"], None]
        for length, cache in truth["kv_cache"]["at_length"].items()
        if int(length) > others
    }
    kept = check["cache_after_prefill"]
    owners = [layer for layer in kept if layer["k"]]
    elements = sum(layer["layers"] * 2 * math.prod(layer["k"]) for layer in owners)
    sizes[check["sequence_length"]] = [2 * elements, check["decode_total"]]
    for length, (cache, decode) in sorted(sizes.items()):
        yield {
            "name": f"{length} tokens",
            "set": {**first["set"], "prompt.text_tokens": length - others},
            "tokens": {**tokens, "text": length - others, "sequence": length},
            "matmul_flops": {"total": None, **{component: None for component in COMPONENTS}},
            "kv_cache_bytes": cache,
            "decode": decode and {"cached": length, "matmul_flops": decode},
            "note": "measured at this length without an image",
        }


def move_into_tower(truth, expected, stage, kept):
    """Counts a stage of the bridge to the tower, but for a module that is kept there. That one does as
    much for every image."""
    prefill = truth["prefill_with_image"]
    (prompt,) = expected["cases"]
    own = [t for t in truth["params"]["tensors"] if kept and t["name"].startswith(kept)]
    own = sum(math.prod(tensor["shape"]) * tensor["count"] for tensor in own)
    flops = prefill["modules"].get(kept, 0)

    def move(stages, tower, amount):
        stages[tower] += amount
        stages["bridge"] -= amount

    move(expected["params"]["stages"], "vision_encoder", truth["params"]["stages"][stage] - own)
    move(prompt["matmul_flops"]["stages"], "vision_encoder", prefill["stages"][stage] - flops)
    for image in truth["images"]:
        stages = image["flops"]["stages"]
        # A second tower, which the short form counts together with the first.
        stages["vision"] += stages.get("vision_high_res", 0)
        move(stages, "vision", stages[stage] - flops)


def model(folder, name):
    """Everything that the test needs of a model."""
    place = folder / FOLDERS.get(name, name)
    truth = json.loads((place / "truth.json").read_text())
    expected = json.loads((place / "expected.json").read_text())
    if name in WITHIN:
        move_into_tower(truth, expected, *WITHIN[name])
    cases_of = {"classic": classic_cases, "modern": modern_cases}[expected["raw_format"]]
    if name.endswith("pan-and-scan"):
        cases_of = pan_and_scan_cases
    if name in ASKED:
        cases_of = asked_cases
    cases = list(cases_of(truth, expected, name in ON_DISK))
    if name in ANYRES:
        cases = [without_visual_tokens(case) for case in cases]
    if cases_of not in (pan_and_scan_cases, asked_cases):
        cases.extend(long_cases(truth, cases[0]))
    return {
        "model": name,
        "preset": MODELS[name],
        "reference": {"torch": "2.15.0", "transformers": "5.23.0"},
        "params": parameters(truth, expected),
        "tensors": tensors(truth["params"]),
        "cases": cases,
    }


def llm_alone(folder, name):
    """Everything that the test needs of the LLM of a modern file."""
    place = folder / LLMS[name]
    truth = json.loads((place / "truth.json").read_text())
    (prompt,) = json.loads((place / "expected.json").read_text())["cases"]
    stages, step = truth["prefill_with_image"]["stages"], truth["decode_step"]["stages"]
    text, structural, visual = (prompt[f"{part}_tokens"] for part in ("text", "structural", "visual"))
    case = {
        "name": "prompt with an image",
        "set": {"prompt.structural_tokens": structural},
        "tokens": {
            "visual": visual,
            "structural": structural,
            "text": text,
            "sequence": prompt["sequence"],
        },
        "matmul_flops": {"total": stages["lm"], "llm": stages["lm"]},
        "kv_cache_bytes": prompt["kv_cache_bytes_bf16"],
        "decode": {"cached": truth["decode_step"]["cached_tokens"], "matmul_flops": step["lm"]},
        "note": None,
    }
    longer = list(long_cases(truth, case))
    for other in longer:
        other["matmul_flops"] = {"total": None, "llm": None}
        if step["lm"] != truth["decode_step"]["flop_counter_total"]:
            # The decode step was measured with what is not the LLM.
            other["decode"] = None
    own = [tensor for tensor in truth["params"]["tensors"] if tensor["stage"].startswith("lm")]
    params = truth["params"]["stages"]["lm"]
    return {
        "model": name,
        "preset": None,
        "reference": {"torch": "2.15.0", "transformers": "5.23.0"},
        "params": {"total": params, "llm": params},
        "tensors": tensors({"tensors": own}),
        "cases": [case, *longer],
    }


def compact(value):
    """JSON on one line."""
    return json.dumps(value, separators=(", ", ": "))


def write(data, path):
    """JSON with a line for each field, and for each part of a case."""
    lines = []
    for key, value in data.items():
        if key == "cases":
            cases = []
            for case in value:
                parts = ",\n   ".join(f"{compact(k)}: {compact(v)}" for k, v in case.items())
                cases.append(f"  {{{parts}}}")
            value = "[\n" + ",\n".join(cases) + "\n ]"
        else:
            value = compact(value)
        lines.append(f" {compact(key)}: {value}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = Path(__file__).parent
    for name in MODELS:
        write(model(Path(sys.argv[1]), name), here / f"{name}.json")
    for name in LLMS:
        write(llm_alone(Path(sys.argv[1]), name), here / f"{name}.json")


if __name__ == "__main__":
    main()
