"""Measures what transformers' own video processors and processors do with clips.

Usage: python measure.py FOLDER [ROWS], which writes video_<family>.json for `extract.py`. Clips are
meta tensors (shapes only); the text is made by the processor's own `replace_video_token`, without a
tokenizer, and its tokens are counted. Needs transformers, torch, torchvision, pillow and num2words.
"""

import importlib
import json
import pathlib
import random
import re
import sys

import torch
from transformers.video_utils import VideoMetadata

GLM = "transformers.models.glm4v."
SMOL = "transformers.models.smolvlm."
LLAMA = "transformers.models.video_llama_3."
FAKE, GLOBAL = "<fake_token_around_image>", "<global-img>"
FAMILIES = {
    "glm-4.1v": {
        "video": GLM + "video_processing_glm4v:Glm4vVideoProcessor",
        "processor": GLM + "processing_glm4v:Glm4vProcessor",
        "attributes": {"image_token": "<|image|>", "video_token": "<|video|>"},
        "visual": "<|image|>",
        "special": ["<|begin_of_image|>", "<|end_of_image|>"],
        "configs": {"class_default": {}},
        "calls": [{}, {"fps": 1}, {"fps": 4}, {"fps": 0.5}],
    },
    "smolvlm2": {
        "video": SMOL + "video_processing_smolvlm:SmolVLMVideoProcessor",
        "processor": SMOL + "processing_smolvlm:SmolVLMProcessor",
        "attributes": {
            "image_token": "<image>",
            "fake_image_token": FAKE,
            "global_image_token": GLOBAL,
        },
        "image_seq_len": {"class_default": 169, "checkpoint": 81},
        "visual": "<image>",
        "special": [FAKE, GLOBAL],
        "configs": {
            "class_default": {},
            "checkpoint": {
                "fps": 1,
                "num_frames": 64,
                "size": {"longest_edge": 2048},
                "max_image_size": {"longest_edge": 384},
            },
        },
        "calls": [{}, {"fps": 2}, {"num_frames": 16}, {"fps": 4, "num_frames": 200}],
    },
    "videollama3": {
        "video": LLAMA + "video_processing_video_llama_3:VideoLlama3VideoProcessor",
        "processor": LLAMA + "processing_video_llama_3:VideoLlama3Processor",
        "attributes": {"image_token": "<image>", "video_token": "<video>"},
        "visual": "<video>",
        "special": [],
        "configs": {
            "class_default": {"use_token_compression": False},
            "compressed": {"use_token_compression": True},
        },
        "calls": [{}, {"fps": 1}, {"fps": 2}, {"num_frames": 26}, {"num_frames": 13}, {"fps": 3, "max_frames": 32}],
    },
}
SIZES = [(480, 640), (1080, 1920), (720, 1280), (224, 224), (37, 53), (900, 300), (16, 300)]
GIVEN = [1, 2, 3, 4, 7, 8, 16, 31, 64, 257]
CLIPS = [(0.1, 30), (0.5, 10), (1, 30), (2, 30), (5, 25), (10, 30), (10.5, 29.97), (34, 1), (60, 30), (68, 2),
         (301, 1), (300.5, 2), (120, 29.97), (3600, 24)]


def load(name):
    module, cls = name.split(":")
    return getattr(importlib.import_module(module), cls)


def clip(shape, device, content):
    if content is None:
        return torch.zeros(shape, dtype=torch.uint8, device="meta")
    if content == "still":
        return torch.zeros(shape, dtype=torch.uint8)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def measure(family, config, row, content=None):
    video_processor = load(family["video"])(**family["configs"][config])
    cls = load(family["processor"])
    processor = cls.__new__(cls)
    processor.video_processor = video_processor
    for name, value in family["attributes"].items():
        setattr(processor, name, value)
    if "image_seq_len" in family:
        processor.image_seq_len = family["image_seq_len"][config]
    given = row["mode"] == "given"
    frames = row["frames_given"] if given else row["source_frames"]
    fps = 24 if given else row["source_fps"]
    indices = list(range(frames)) if given else None
    metadata = VideoMetadata(total_num_frames=frames, fps=fps, duration=frames / fps, frames_indices=indices)
    shape = (frames, 3, row["height"], row["width"])
    out = video_processor(
        videos=[clip(shape, None, content)], video_metadata=[metadata], do_sample_frames=not given,
        return_metadata=True, return_tensors="pt", **row.get("call_kwargs", {}),
    )
    metadata = out["video_metadata"][0]
    kept = [int(i) for i in metadata.frames_indices]
    if max(kept) >= frames:  # a meta tensor is not asked
        raise IndexError(f"index {max(kept)} is out of bounds")
    if "video_grid_thw" in out:
        t, h, w = (int(n) for n in out["video_grid_thw"][0])
        t = sum(int(chunk[0]) for chunk in out["video_grid_thw"])
        row["grid_thw"] = [t, h, w]
        row["patches"] = t * h * w
        row["resized"] = [h * video_processor.patch_size, w * video_processor.patch_size]
        if content is None and "video_merge_sizes" in out:
            out["video_compression_mask"] = torch.ones(t * h * w // 4, dtype=torch.bool)
            out["video_merge_sizes"] = torch.tensor([2])
    else:
        pixels = out["pixel_values"] if "pixel_values" in out else out["pixel_values_videos"]
        out["pixel_values"] = pixels
        row["resized"] = list(pixels[0].shape[-2:])
    # As the processor counts: with the number of frames that are kept, each once.
    row["frames_kept"] = len(kept)
    if not given:
        row["indices"] = kept if len(kept) <= 12 else {"head": kept[:6], "tail": kept[-4:]}
    text = processor.replace_video_token(out, 0)
    tokens = [family["visual"], *family["special"]]
    pieces = [p for p in re.split("|".join(map(re.escape, tokens)), text) if p]
    row["llm_visual_tokens"] = text.count(family["visual"])
    row["special_token_kinds"] = {t: text.count(t) for t in family["special"]}
    row["text_pieces"] = len(pieces)
    row["text_characters"] = sum(map(len, pieces))
    row["text_first"], row["text_last"] = (pieces[0], pieces[-1]) if pieces else (None, None)


def rows(family, count):
    draw = random.Random(11)
    for config in family["configs"]:
        compressed = config == "compressed"
        for number in range(count):
            height, width = draw.choice(SIZES)
            row = {"config": config, "height": height, "width": width}
            content = None
            if draw.random() < 0.4:
                row |= {"mode": "given", "frames_given": draw.choice(GIVEN)}
            else:
                seconds, fps = draw.choice(CLIPS)
                row |= {"mode": "sampled", "seconds": seconds, "source_fps": fps, "call_kwargs": draw.choice(family["calls"])}
                row["source_frames"] = max(1, round(seconds * fps))
            if compressed:
                content = draw.choice(["still", "noise"])
                row["content"] = content
                frames = row.get("frames_given") or row["source_frames"]
                if frames * height * width > 40_000_000:
                    continue
            try:
                measure(family, config, row, content)
            except (ValueError, TypeError, IndexError, ZeroDivisionError) as error:
                kept = {"config", "height", "width", "mode", "frames_given", "seconds", "source_fps", "call_kwargs", "source_frames"}
                row = {key: value for key, value in row.items() if key in kept}
                row["error"] = {"type": type(error).__name__, "reason": str(error)}
            yield row


def main(folder, count=60):
    for name, family in FAMILIES.items():
        table = {"rows": list(rows(family, int(count)))}
        (pathlib.Path(folder) / f"video_{name}.json").write_text(json.dumps(table))


if __name__ == "__main__":
    main(*sys.argv[1:])
