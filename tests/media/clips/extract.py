"""Writes tables/*.json from measurements of the real video processors, one row a line.

Usage: python extract.py FOLDER, where FOLDER holds video_<family>.json: what transformers' own
video processors and processors did with clips, as `measure.py` writes it.
"""

import json
import pathlib
import sys

NAMES = {
    "config": "config",
    "frames_given": "frames",
    "seconds": "seconds",
    "source_fps": "fps",
    "source_frames": "source_frames",
    "call_kwargs": "call",
    "frames_kept": "kept",
    "indices": "indices",
    "resized": "resized",
    "grid_thw": "grid",
    "patches": "patches",
    "patches_per_frame_unpadded": "frame_patches",
    "patches_per_frame_padded": "padded_patches",
    "visual_units": "units",
    "grid_rows_cols": "tiles",
    "unit0_target_sizes_patches": "first_views",
    "llm_visual_tokens": "visual",
    "special_token_kinds": "kinds",
    "content": "content",
}


def compact(row):
    out = {new: row[old] for old, new in NAMES.items() if old in row}
    out["size"] = [row["height"], row["width"]]
    if "indices" in out and isinstance(out["indices"], list):
        out["indices"] = {"head": out["indices"], "tail": []}
    if "error" in row:
        out["error"] = row["error"]["type"]
    else:
        out["text"] = [row["text_" + key] for key in ("pieces", "characters", "first", "last")]
    return out


def main(folder):
    here = pathlib.Path(__file__).parent / "tables"
    for path in sorted(pathlib.Path(folder).glob("video_*.json")):
        table = json.loads(path.read_text())
        rows = [json.dumps(compact(row)) for row in table["rows"]]
        name = path.stem.removeprefix("video_")
        (here / f"{name}.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1])
