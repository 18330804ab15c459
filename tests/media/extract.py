#!/usr/bin/env python3
"""Writes what real image processors were seen to do, for `tests/media/` to compare with.

    python3 tests/media/extract.py TOKEN_TABLES MEDIA_TABLES TRUTH

TOKEN_TABLES has a JSON file for each model: what transformers' own image processor and processor
made of pictures of 45 sizes. MEDIA_TABLES has `multi_FAMILY.json`: the same for several pictures in
one prompt. TRUTH has a folder for each model with `expected.json`, whose `token_counts` are of a
few sizes. Only what is compared is kept, in one spelling.
"""

import json
import re
import sys
from pathlib import Path

# Families with a file in `families/`, by the model's name in TOKEN_TABLES.
TABLES = {
    "aya-vision-8b": "aya-vision",
    "command-a-vision-07-2025": "command-a-vision",
    "gemma-3-4b-it": "gemma-3",
    "gemma-4-31b-it": "gemma-4",
    "glm-4.1v-9b-thinking": "glm-4.1v",
    "internvl3-8b-hf": "internvl",
    "kimi-k2.5": "kimi-k2.5",
    "lfm2-vl-1.6b": "lfm2-vl",
    "llama-4-scout-17b-16e-instruct": "llama-4",
    "llava-onevision-qwen2-7b-ov-hf": "llava-onevision",
    "minicpm-v-4.6": "minicpm-v-4.6-without-numbers",
    "mistral-small-3.1-24b-instruct-2503": "mistral-small-3.1",
    "molmo2-4b": "molmo2",
    "ovis2-1b-hf": "ovis2",
    "perception-lm-1b": "perception-lm",
    "phi-4-multimodal-instruct": "phi-4-multimodal",
    "pixtral-12b": "pixtral",
    "qwen2.5-vl-7b-instruct": "qwen2.5-vl",
    "qwen3-vl-4b-instruct": "qwen3-vl",
    "smolvlm2-2.2b-instruct": "smolvlm-2.2b",
    "smolvlm2-256m-video-instruct": "smolvlm-256m",
}

# By the family's name in MEDIA_TABLES; of some the family depends on the mode.
SEVERAL = {
    "internvl3": "internvl",
    "llama-3.2-vision": "llama-3.2-vision",
    "mistral-3": "mistral-small-3.1",
    "phi-4": "phi-4-multimodal",
    ("gemma-3", "pan_and_scan"): "gemma-3-pan-and-scan",
}

# By the model's name in TRUTH. Some lists hold the counts without cutting first, or last.
TRUTH = {
    "aya-vision-8b": "aya-vision",
    "blip2-flan-t5-xl": "blip-2",
    "blip2-opt-2.7b": "blip-2",
    "chameleon-7b": "chameleon",
    "command-a-vision-07-2025": "command-a-vision",
    "cosmos3-edge": "cosmos3-edge",
    "deepseek-vl-1.3b-chat": "deepseek-vl",
    "deepseek-vl-7b-chat": "deepseek-vl",
    "emu3-chat": "emu3",
    "ernie-4.5-vl-28b-a3b": "ernie-4.5-vl",
    "florence-2-base": "florence-2",
    "fuyu-8b": "fuyu",
    "gemma-3-4b-it": "gemma-3",
    "gemma-3n-e2b-it": "gemma-3n",
    "gemma-4-26b-a4b-it": "gemma-4",
    "gemma-4-31b-it": "gemma-4",
    "gemma-4-e2b-it": "gemma-4",
    "git-base": "git",
    "glm-4.1v-9b-thinking": "glm-4.1v",
    "glm-4.5v": "glm-4.1v",
    "idefics-9b": "idefics",
    "idefics2-8b": ("idefics2-whole", "idefics2"),
    "idefics3-8b-llama3": ("idefics3", "idefics3-whole"),
    "instructblip-vicuna-7b": "blip-2",
    "internvl2_5-8b-mpo-hf": "internvl",
    "internvl3-1b-hf": "internvl",
    "internvl3-38b-hf": "internvl",
    "internvl3-8b-hf": "internvl",
    "internvl3_5-1b-hf": "internvl",
    "janus-pro-1b": "janus-pro",
    "kimi-k2.5": "kimi-k2.5",
    "kosmos-2-patch14-224": "kosmos-2",
    "lfm2-vl-1.6b": "lfm2-vl",
    "lfm2.5-vl-1.6b": "lfm2-vl",
    "lfm3-vl-2b": "lfm3-vl",
    "lighton-ocr-1b": "lighton-ocr",
    "llama-3.2-11b-vision": "llama-3.2-vision",
    "llama-4-scout-17b-16e-instruct": "llama-4",
    "llava-1.5-7b": "llava-1.5",
    "llava-onevision-qwen2-7b": "llava-onevision",
    "llava-onevision-qwen2-7b-ov-hf": "llava-onevision",
    "llava-v0-linear-7b": "llava-v0",
    "llava-v1.6-mistral-7b": "llava-next",
    "minicpm-v-4.6": "minicpm-v-4.6-without-numbers",
    "minigpt4-vicuna-7b": "blip-2",
    "mistral-small-3.1-24b-instruct-2503": "mistral-small-3.1",
    "molmo2-4b": "molmo2",
    "muse-glimmer-30b": "muse",
    "openflamingo-9b-vitl-mpt7b": "openflamingo",
    "ovis2-1b-hf": "ovis2",
    "paddleocr-vl": "paddleocr-vl",
    "paligemma-3b-224": "paligemma-224",
    "paligemma-3b-896": "paligemma-896",
    "paligemma2-3b-224": "paligemma-224",
    "paligemma2-3b-448": "paligemma-448",
    "perception-lm-1b": "perception-lm",
    "phi-4-multimodal-instruct": "phi-4-multimodal",
    "pixtral-12b": "pixtral",
    "qwen-vl-7b": "qwen-vl",
    "qwen2-vl-7b-instruct": "qwen2.5-vl",
    "qwen2.5-omni-7b-thinker": "qwen2.5-vl",
    "qwen2.5-vl-7b-instruct": "qwen2.5-vl",
    "qwen3-vl-30b-a3b-instruct": "qwen3-vl",
    "qwen3-vl-4b-instruct": "qwen3-vl",
    "qwen3-vl-8b-instruct": "qwen3-vl",
    "qwen3.5-0.8b": "qwen3-vl",
    "qwen3.5-9b": "qwen3-vl",
    "smolvlm-256m": ("smolvlm-256m", "smolvlm-256m-whole"),
    "smolvlm-instruct-2.2b": ("smolvlm-2.2b", "smolvlm-2.2b-whole"),
    "smolvlm2-256m-video-instruct": "smolvlm-256m",
}

# What structural tokens say.
KINDS = {
    "start": ["<SOI>", "<start_of_image>", "<boi>", "<img>", "<image>", "<slice>", "<im_start>",
              "<low_res_im_start>", "<IMG_START>"],
    "end": ["<EOI>", "<end_of_image>", "<eoi>", "</img>", "</image>", "</slice>", "<im_end>",
            "<IMG_END>", "[IMG_END]"],
    "tile": ["TILE_N", "<row_N_col_N>"],
    "overview": ["TILE_GLOBAL", "<global-img>"],
    "column": ["<IMG_COL>"],
    "row": ["<IMG_ROW>", "[IMG_BREAK]", "<im_col>"],
    "separator": ["<fake_token_around_image>", "<IMG_GRID>"],
    "newline": ["\\n\\n"],
    "number": ["<image_id>", "</image_id>"],
}
KIND = {raw: kind for kind, raws in KINDS.items() for raw in raws}


def numbers(values):
    """Numbers, of which some tables wrote the tensor that holds them."""
    return [int(re.search(r"\d+", str(value))[0]) for value in values]


def compact(row, family):
    """What is compared of a row of TOKEN_TABLES."""
    size = [row["height"], row["width"]]
    if "error" in row:
        return {"size": size, "refused": row["error"]}
    out = {"size": size}
    names = {
        "tiles_total": "views", "crops_total": "views", "slices_total": "views",
        "resized_for_tiling": "canvas", "padded_canvas": "canvas", "canvas": "canvas",
        "best_resolution": "canvas", "tile_grid_rows_cols": "grid", "grid_rows_cols": "grid",
        "thumbnail": "overview", "global_tile": "overview", "global_image": "overview",
        "pan_and_scan_crops": "strips", "patches": "patches", "encoder_tokens": "encoder",
        "encoder_tokens_valid": "encoder_valid", "llm_visual_tokens": "visual",
        "structural_tokens": "structural", "useful_half_res_hw": "kept",
        "spatial_shapes": "view_patches", "slices_target_sizes": "view_patches",
        "grid_hw": "patch_grid",
    }
    for theirs, ours in names.items():
        if theirs in row:
            out[ours] = row[theirs]
    if "grid_thw" in row:
        out["patch_grid"] = row["grid_thw"][1:]
    if "image_grid_lowres_h_w_highres_h_w" in row:
        out["kept"] = row["image_grid_lowres_h_w_highres_h_w"][2:]
    if "resized" in row:
        # Kimi's is after padding, LFM2's that of the thumbnail, and InternVL's the canvas.
        place = {"kimi-k2.5": "canvas", "lfm2-vl": "native"}.get(family, "resized")
        out[place] = numbers(row["resized"])
    return out


def write(path, rows):
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    path.write_text(f"[\n{lines}\n]\n")


def main(token_tables, media_tables, truth):
    here = Path(__file__).parent
    for model, family in TABLES.items():
        table = json.loads((token_tables / f"{model}.json").read_text())
        write(here / "tables" / f"{family}.json", [compact(row, family) for row in table["rows"]])

    several = {}
    for path in sorted(media_tables.glob("multi_*.json")):
        for row in json.loads(path.read_text())["rows"]:
            family, mode = row["family"], row["mode"]
            family = SEVERAL.get((family, mode), SEVERAL.get(family, family))
            each = []
            for image in row["per_image"]:
                kinds = {}
                for raw, count in image["structural_kinds"].items():
                    kinds[KIND[raw]] = kinds.get(KIND[raw], 0) + count
                one = {"visual": image["llm_visual_tokens"], "kinds": kinds}
                if "cross_attention_tokens_valid" in image:
                    one["cross"] = image["cross_attention_tokens_valid"]
                each.append(one)
            total = row["total"]
            out = {"images": row["images"], "mode": mode, "each": each,
                   "visual": total["llm_visual_tokens"], "structural": total["structural_tokens"]}
            if "cross_attention_keys" in total:
                out["cross_run"] = total["cross_attention_keys"]
            several.setdefault(family, []).append(out)
    for family, rows in several.items():
        write(here / "several" / f"{family}.json", rows)

    counts = []
    for model, families in TRUTH.items():
        rows = json.loads((truth / model / "expected.json").read_text())["token_counts"]
        families = (families,) if isinstance(families, str) else families
        share = len(rows) // len(families)
        for at, family in enumerate(families):
            for row in rows[at * share : (at + 1) * share]:
                size = row["image"] if isinstance(row["image"], list) else None
                out = {"model": model, "family": family, "size": size, "patches": row["patches"],
                       "encoder": row["encoder_tokens"], "visual": row["visual_tokens"]}
                out["structural"] = row.get("structural_tokens")
                # LFM2's is that of the thumbnail, where there is one, and Kimi's after padding.
                if row.get("resized") and family not in ("lfm2-vl", "kimi-k2.5"):
                    out["resized"] = row["resized"]
                counts.append({key: value for key, value in out.items() if value is not None})
    write(here / "counts.json", counts)


main(*map(Path, sys.argv[1:4]))
