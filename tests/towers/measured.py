#!/usr/bin/env python3
"""Writes `measured.json`, what was measured of public towers that `measured.rs` compares with.

    python3 tests/towers/measured.py FOLDER

FOLDER has one file per kind of tower: its source, and for each case its sizes, the shapes that come
out, the stored tensors and the matmul FLOPs (PyTorch's FlopCounterMode on the public code, random
weights), or the error with which the code refuses it.
"""

import json
import sys
from pathlib import Path

KINDS = [
    "dinov2_registers_hf",
    "open_clip_convnext",
    "open_clip_vit",
    "prismatic_dinosiglip",
    "radio_vit",
    "sam_vit",
    "siglip_hf",
    "timm_vit",
]


def outputs(output):
    """The shapes that come out, as a list."""
    if isinstance(output, dict):
        return list(output.values())
    return output if isinstance(output[0], list) else [output]


def case(facts):
    """What is kept of a case."""
    kept = {"id": facts["id"], "config": facts["config"]}
    if "error" in facts:
        return kept | {"refused": facts["error"]["message"].strip()}
    counts = {}
    for tensor in facts["params"]["tensors"]:
        shape = tuple(tensor["shape"])
        if 0 in shape:
            # No register tokens are stored as a tensor of no rows.
            continue
        counts[shape] = counts.get(shape, 0) + tensor["count"]
    return kept | {
        "outputs": outputs(facts["output"]),
        "params": facts["params"]["total"],
        "tensors": [[list(shape), counts[shape]] for shape in sorted(counts)],
        "matmul_flops": facts["matmul_flops"]["total"],
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = []
    for name in KINDS:
        facts = json.loads((Path(sys.argv[1]) / f"{name}.json").read_text())
        cases = ",\n  ".join(json.dumps(case(one)) for one in facts["cases"])
        lines.append(f' {json.dumps(name)}: {{"source": {json.dumps(facts["source"])}, "cases": [\n  {cases}\n ]}}')
    (Path(__file__).parent / "measured.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
