#!/usr/bin/env python3
"""Writes the measured numbers that `mod.rs` compares with: `bridges.json`.

    python3 tests/bridges/extract.py FOLDER

FOLDER has a file per kind of bridge: what PyTorch's FlopCounterMode counted of the published code, with
the shapes of its tensors. A case that the code refuses has an error in place of numbers.

Of Molmo's pooling the two vectors for padded crops (`pad_embed`) are left out: they are added to the
tower's features before the bridge.
"""

import json
import math
import sys
from pathlib import Path

KINDS = (
    "deepseek_ocr_projector",
    "deepseek_vl_projector",
    "honeybee_mlp",
    "internvl_mlp1",
    "llava_uhd_merger",
    "molmo_pooling",
    "ovis_visual_head",
    "prismatic_projectors",
    "vila_projector",
)
# What a config says beyond sizes of the input.
SETTINGS = (
    "variant", "kernel", "depth", "mlp_ratio", "token_pooling", "position_embedding", "heads",
    "pooling", "projector", "mlp_width", "visual_vocab", "indicator_words", "linear_widths",
    "norm_widths",
)


def facts(case):
    """A case in short."""
    config = case["config"]
    data = {
        "grid": config.get("grid") or [1, config["tokens_in"]],
        "images": config.get("tiles") or config.get("crops") or 1,
        "width": config["width_in"],
        "llm": config["width_out"],
        "settings": {key: config[key] for key in SETTINGS if config.get(key) is not None},
    }
    if "error" in case:
        return {**data, "refused": case["error"]["message"]}
    tensors = [t["shape"] for t in case["params"]["tensors"] if t["name"] != "pad_embed"]
    tokens = math.prod(case["output"][:-1])
    params = sum(math.prod(shape) for shape in tensors)
    return {
        **data,
        "tokens": tokens,
        "params": params,
        "tensors": sorted(tensors),
        "flops": case["matmul_flops"]["total"],
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    kinds = {}
    for kind in KINDS:
        cases = json.loads((Path(sys.argv[1]) / f"{kind}.json").read_text())["cases"]
        # Cases of two inputs, or of an input in two parts, are of another kind.
        one = [case for case in cases if isinstance(case["config"]["width_in"], int)]
        one = [case for case in one if case["config"].get("branches", 1) == 1]
        kinds[kind] = {case["id"]: facts(case) for case in one}
    lines = []
    for kind, cases in kinds.items():
        inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
        lines.append(f" {json.dumps(kind)}: {{\n{inner}\n }}")
    (Path(__file__).parent / "bridges.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
