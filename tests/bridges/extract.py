#!/usr/bin/env python3
"""Writes the measured numbers that `mod.rs` compares with: `bridges.json`.

    python3 tests/bridges/extract.py FOLDER

FOLDER has a file per kind of bridge: what PyTorch's FlopCounterMode counted of the published code, with
the shapes of its tensors. A case that the code refuses has an error in place of numbers.

Of Molmo's pooling the two vectors for padded crops (`pad_embed`) are left out: they are added to the
tower's features before the bridge.
"""

import collections
import json
import math
import sys
from pathlib import Path

KINDS = (
    "blip2_qformer_lavis",
    "cambrian_se_mlp",
    "deepseek_ocr_projector",
    "deepseek_vl_projector",
    "emu_causal_former",
    "flamingo_perceiver",
    "honeybee_c_abstractor",
    "honeybee_d_abstractor",
    "honeybee_mlp",
    "honeybee_resampler",
    "internvl_mlp1",
    "llava_uhd_merger",
    "llava_uhd_resampler",
    "minicpm_v_resampler",
    "mobilevlm_ldp",
    "molmo_pooling",
    "mplug_owl2_abstractor",
    "ovis_visual_head",
    "prismatic_projectors",
    "seed_causal_qformer",
    "video_llama_qformer",
    "vila_projector",
    "xgen_perceiver",
)
# What a config says of the input and of both ends, which a case has under other names.
ENDS = ("grid", "tokens_in", "tokens_used", "width_in", "width_out", "tiles", "crops", "batch", "images")


def grid_of(config):
    """Rows and columns of the tokens; a square where nothing is said and they form one."""
    tokens = config.get("tokens_in", 1)
    side = math.isqrt(tokens)
    return config.get("grid") or ([side, side] if side * side == tokens else [1, tokens])


def facts(case):
    """A case in short. Its tensors are those of a shape with how many there are."""
    config = case["config"]
    width = config.get("width_in", config.get("width", 16))
    # Two towers stand side by side.
    width = sum(width) if isinstance(width, list) else width * config.get("branches", 1)
    data = {
        "grid": grid_of(config),
        "images": config.get("images", 1),
        "views": config.get("tiles") or config.get("crops") or config.get("batch") or config.get("frames") or 1,
        "width": width,
        "llm": config.get("width_out", 32),
        "settings": {
            key: value for key, value in config.items() if key not in ENDS and value is not None
        },
    }
    if isinstance(config.get("width_in"), list):
        data["settings"]["split"] = config["width_in"]
    if "error" in case:
        return {**data, "refused": case["error"]["message"]}
    tensors = [tuple(t["shape"]) for t in case["params"]["tensors"] if t["name"] != "pad_embed"]
    return {
        **data,
        "tokens": math.prod(case["output"][:-1]),
        "params": sum(math.prod(shape) for shape in tensors),
        "tensors": [[count, shape] for shape, count in sorted(collections.Counter(tensors).items())],
        "flops": case["matmul_flops"]["total"],
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    kinds = {}
    for kind in KINDS:
        cases = json.loads((Path(sys.argv[1]) / f"{kind}.json").read_text())["cases"]
        kinds[kind] = {case["id"]: facts(case) for case in cases}
    lines = []
    for kind, cases in kinds.items():
        inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
        lines.append(f" {json.dumps(kind)}: {{\n{inner}\n }}")
    (Path(__file__).parent / "bridges.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
