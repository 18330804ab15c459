#!/usr/bin/env python3
"""Writes `random.json`: what the reference's own functions make of pictures of random sizes.

    python3 tests/media/reference.py TRANSFORMERS [COUNT [SEED]]

TRANSFORMERS is the unpacked package (`pip download --no-deps transformers==5.23.0`, then unzip);
numpy is needed, torch is not. The functions that decide sizes and grids are taken out of their
files and run as they stand. Only Llama 4's and Molmo2's choice, on tensors in single precision,
stands here once more. COUNT pictures of each family are drawn. `sum` is that of CPython from 3.12
on, whatever runs this.
"""

import ast
import itertools
import json
import math
import random
import sys
from collections import defaultdict
from functools import lru_cache, reduce
from pathlib import Path
from types import SimpleNamespace

import numpy as np

ROOT = Path(sys.argv[1])
FAMILIES = {}


def family(*names):
    """Registers a function, or, of several names, one that returns a function for each."""
    def register(made):
        functions = made() if len(names) > 1 else [made]
        FAMILIES.update(zip(names, functions))
        return made
    return register


def compensated(items, start=0):
    """`sum` of CPython 3.12: what sums of doubles lose is kept beside them."""
    total, lost, items = start, 0.0, iter(items)
    for item in items:
        total = total + item
        if isinstance(total, float):
            break
    for item in items:
        if isinstance(item, float):
            sum_ = total + item
            if abs(total) >= abs(item):
                lost += (total - sum_) + item
            else:
                lost += (item - sum_) + total
            total = sum_
        else:
            total += float(item)
    return total + lost if lost else total


class Anything:
    """Stands for names that a signature mentions and nothing runs."""
    def __getattr__(self, _):
        return self

    def __getitem__(self, _):
        return self

    def __or__(self, _):
        return self

    __ror__ = __or__


def functions(path, **names):
    """The functions and methods of a file, each by its name, without decorators."""
    scope = dict(math=math, itertools=itertools, np=np, reduce=reduce, lru_cache=lru_cache,
                 defaultdict=defaultdict, sum=compensated, MAX_IMAGE_SIZE=4096)
    for name in ("SizeDict", "ChannelDimension", "PILImageResampling", "tvF", "torch"):
        scope[name] = Anything()
    scope.update(names)
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.FunctionDef) and node.name not in scope:
            node.decorator_list, node.returns = [], None
            arguments = node.args.args + node.args.kwonlyargs
            for argument in arguments + [a for a in (node.args.kwarg,) if a]:
                argument.annotation = None
            code = compile(ast.Module(body=[node], type_ignores=[]), path, "exec")
            try:
                exec(code, scope)
            except NameError:
                pass  # a default that nothing here asks for
    return SimpleNamespace(**scope)


def images(model, **names):
    return functions(f"models/{model}/image_processing_{model}.py", **names)


class Image:
    """A picture that only has a size."""
    device = None

    def __init__(self, height, width):
        self.shape = (3, height, width)

    def size(self):
        return self.shape

    def __getitem__(self, _):
        return self




def shape_of(image, *_, **__):
    """Stands for `get_image_size`."""
    return image.shape[-2:]


def whole(size, **more):
    return dict(tile=list(size), grid=[1, 1], overview=None, **more)


def tiles(side, rows, columns, **more):
    """Square tiles, with a thumbnail if there are several."""
    overview = [side, side] if rows * columns > 1 else None
    return {**dict(tile=[side, side], grid=[rows, columns], overview=overview), **more}


@family("qwen2.5-vl", "qwen3-vl", "emu3", "lfm3-vl")
def smart_resize():
    resize = images("qwen2_vl").smart_resize
    limits = [(28, 3136, 12845056), (32, 65536, 16777216), (8, 262144, 1048576),
              (32, 65536, 262144)]
    return [lambda h, w, limits=limits: whole(resize(h, w, *limits)) for limits in limits]


@family("hunyuan-vl")
def with_newlines(height, width):
    high, wide = images("hunyuan_vl").smart_resize(height, width, 32, 512**2, 2048**2)
    # As HunYuanVLProcessor counts, with `cat_extra_token`.
    return whole((high, wide), visual=high // 32 * (wide // 32 + 1) + 2)


@family("glm-4.1v", "cosmos3-edge")
def temporal():
    resize = images("glm4v").smart_resize
    return [lambda h, w: whole(resize(2, h, w, 2, 28, 12544, 9633792)),
            lambda h, w: whole(resize(1, h, w, 1, 32, 65536, 16777216))]


PADDLE = images("paddleocr_vl")
KIMI = images("kimi_k25")
GEMMA4 = images("gemma4")
MUSE = images("muse_glimmer")
FAMILIES["paddleocr-vl"] = lambda h, w: whole(PADDLE.smart_resize(h, w, 28, 384**2, 1536**2))
FAMILIES["gemma-4"] = lambda h, w: whole(GEMMA4.get_aspect_ratio_preserving_size(h, w, 16, 2520, 3))
FAMILIES["muse"] = lambda h, w: whole(MUSE.smart_resize(h, w, 28, 4096))


@family("kimi-k2.5")
def shrink_and_pad(height, width):
    resized, padded = KIMI.navit_resize(height, width, 14, 2, 16384, 512)
    return whole(padded, resized=list(resized))


@family("pixtral", "mistral-small-3.1")
def longest_edge():
    resize = images("pixtral", get_image_size=shape_of).get_resize_output_image_size

    def of(longest, cell):
        def run(height, width):
            size = resize(Image(height, width), longest, cell)
            if 0 in size:
                raise ValueError("torchvision makes no picture without pixels")
            return whole(size)
        return run
    return [of(1024, 16), of(1540, 28)]


IDEFICS2 = images("idefics2")


@family("idefics2")
def edge_limits(height, width):
    if min(height, width) < 2:
        raise ValueError("a quarter without pixels")
    limits = SimpleNamespace(shortest_edge=378, longest_edge=980)
    size = lambda h, w: list(IDEFICS2.get_resize_output_image_size(Image(h, w), limits))
    halves = lambda side: (side // 2, side - side // 2)
    views = [size(h, w) for h in halves(height) for w in halves(width)] + [size(height, width)]
    padded = [max(side) for side in zip(*views)]
    return dict(tile=views[3], grid=[2, 2], overview=views[4], padded=padded)


@family("idefics3", "smolvlm-2.2b", "smolvlm-256m")
def edge_tiles():
    module = images("idefics3", SizeDict=SimpleNamespace)

    class Processor:
        def resize(self, _, size, resample=None):
            return size.height, size.width

    def of(longest, tile):
        def run(height, width):
            size = module.get_resize_output_image_size(Image(height, width), longest)
            high, wide = module.resize_for_vision_encoder(Processor(), Image(*size), tile)
            return tiles(tile, high // tile, wide // tile)
        return run
    return [of(1456, 364), of(1536, 384), of(2048, 512)]


GOT = images("got_ocr2")


def closest(height, width, tile, least, most):
    columns, rows = GOT.get_optimal_tiled_canvas((height, width), (tile, tile), least, most)
    return rows, columns


FAMILIES["internvl"] = lambda h, w: tiles(448, *closest(h, w, 448, 1, 12))
FAMILIES["aya-vision"] = lambda h, w: tiles(364, *closest(h, w, 364, 1, 12))
LFM2 = images("lfm2_vl")


@family("lfm2-vl")
def native_or_grid(height, width):
    wide, high = LFM2.smart_resize(None, height, width, 2, 64, 256, 16)
    if not LFM2._is_image_too_large(None, height, width, 256, 16, 2, 2.0):
        return whole((high, wide))
    if high * wide > 1024 * 16**2:
        raise ValueError("views of different numbers of patches")
    return tiles(512, *closest(height, width, 512, 2, 10), overview=[high, wide])


COHERE = images("cohere2_vision")
MLLAMA = images("mllama")
LLAMA4 = images("llama4")
CANVASES = np.array(LLAMA4.find_supported_resolutions(16, SimpleNamespace(height=336, width=336)))


@family("command-a-vision")
def stretched_canvas(height, width):
    columns, rows = COHERE.get_optimal_tiled_canvas((height, width), (512, 512), 1, 12)
    return tiles(512, rows, columns)


@family("llama-3.2-vision")
def padded_canvas(height, width):
    high, wide = map(int, MLLAMA.get_optimal_tiled_canvas(height, width, 4, 560))
    resized = MLLAMA.get_image_size_fit_to_canvas(height, width, high, wide, 560)
    return tiles(560, high // 560, wide // 560, overview=None, resized=list(map(int, resized)))


@family("llama-4")
def single_precision_canvas(height, width):
    sides = CANVASES.astype(np.float32) / np.array([height, width], dtype=np.float32)
    scales = sides.min(axis=1)
    larger = scales[scales >= 1]
    chosen = CANVASES[scales == (larger.min() if len(larger) else scales.max())]
    high, wide = map(int, chosen[np.argmin(chosen.prod(axis=1))])
    target = min(max(height, 336), high), min(max(width, 336), wide)
    resized = LLAMA4.get_max_res_without_distortion((height, width), target)
    return tiles(336, high // 336, wide // 336, resized=[max(int(side), 1) for side in resized])


@family("llava-next", "llava-onevision")
def anyres():
    module = functions("image_processing_utils.py", get_image_size=shape_of)
    next_, onevision = (functions(f"models/{name}/processing_{name}.py")
                        for name in ("llava_next", "llava_onevision"))

    def of(pinpoints, tile, grid, unpadded, processor):
        def run(height, width):
            best = module.select_best_resolution([height, width], pinpoints)
            rows, columns = best[0] // tile, best[1] // tile
            counts = unpadded(processor, height, width, grid, grid, rows, columns)
            resized = module.get_patch_output_size(Image(height, width), best, None)
            return tiles(tile, rows, columns, overview=[tile, tile], resized=list(resized),
                         visual=grid**2 + sum(counts))
        return run
    few = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]
    many = [[384 * rows, 384 * columns] for rows in range(1, 7) for columns in range(1, 7)]
    nine = SimpleNamespace(vision_aspect_ratio="anyres_max_9")
    return [of(few, 336, 24, next_._get_unpadded_features, None),
            of(many, 384, 27, onevision._get_unpadded_features, nine)]


PHI = images(
    "phi4_multimodal",
    torch=SimpleNamespace(ones=lambda size, device: np.ones(size, dtype=bool)),
    tvF=SimpleNamespace(resize=lambda image, _: image, pad=lambda image, *_, **__: image),
)


@family("phi-4-multimodal")
def dynamic_hd(height, width):
    processor = SimpleNamespace(
        find_closest_aspect_ratio=lambda *args: PHI.find_closest_aspect_ratio(None, *args))
    _, mask = PHI.dynamic_preprocess(processor, Image(height, width), 448, 14, 32, 36)
    rows, columns = (side // 32 for side in mask.shape)
    kept = mask[0::2, 0::2]
    visual = 256 + 1 + int(kept.sum()) + int(kept[:, 0].sum()) + 16
    return tiles(448, rows, columns, overview=[448, 448], visual=visual)


MINICPM = images("minicpmv4_6")


@family("minicpm-v-4.6")
def slices(height, width):
    resize = lambda *args, **more: MINICPM.find_best_resize(None, *args, **more)
    processor, size = SimpleNamespace(find_best_resize=resize), (height, width)
    grid = MINICPM.get_sliced_grid(None, size, 9, 448)
    source = resize(size, 448, 14, downsample_mode="16x", allow_upscale=grid is None)
    if grid is None:
        return whole(source)
    refined = MINICPM.get_refine_size(processor, size, grid, 448, 14, downsample_mode="16x",
                                      allow_upscale=True)
    tile = [side // parts for side, parts in zip(refined, grid)]
    return dict(tile=tile, grid=list(grid), overview=list(source))


OVIS = images("ovis2")
PERCEPTION = images("perception_lm")


@family("ovis2")
def covering_grid(height, width):
    columns, rows = OVIS.get_min_tile_covering_grid((height, width), 448, 12, 0.9)
    return tiles(448, rows, columns)


@family("perception-lm")
def holding_canvas(height, width):
    processor = SimpleNamespace(max_num_tiles=36, _factors=PERCEPTION._factors)
    ratios = PERCEPTION._find_supported_aspect_ratios(processor)
    processor._find_supported_aspect_ratios = lambda: ratios
    processor._get_image_height_width = (
        lambda **sides: PERCEPTION._get_image_height_width(processor, **sides))
    grid = (PERCEPTION._fit_image_to_canvas(processor, width, height, 448)
            or PERCEPTION._find_closest_aspect_ratio(processor, width, height, 448))
    return tiles(448, grid[1], grid[0], overview=[448, 448])


@family("molmo2")
def overlap_crops(height, width):
    grids = [grid for grid in itertools.product(range(1, 9), repeat=2) if math.prod(grid) <= 8]
    grids.sort(key=lambda grid: (math.prod(grid), grid[0]))
    inner = np.array([height - 112, width - 112], dtype=np.float32)
    with np.errstate(divide="ignore"):
        scales = ((np.array(grids) * 266).astype(np.float32) / inner).min(axis=1)
    shrunk = scales < 1
    at = scales.argmax() if shrunk.all() else np.where(shrunk, np.float32(10e9), scales).argmin()
    pooled = [math.ceil((19 * side + 8) / 2) for side in grids[at]]
    return tiles(378, *grids[at], overview=[378, 378], visual=196 + math.prod(pooled))


GEMMA3 = images("gemma3")


@family("gemma-3-pan-and-scan")
def pan_and_scan(height, width):
    strips = len(GEMMA3.pan_and_scan_batched(None, Image(height, width), 256, 4, 1.2))
    grid = (1, strips) if width >= height else (strips, 1)
    return tiles(896, *grid, overview=[896, 896]) if strips else whole((896, 896))


def picture(draw):
    """A random picture: of any size, a square, in a simple ratio, or of sides that divide well."""
    def side():
        cells = draw.choice([14, 16, 28, 32, 48, 56, 266, 336, 384, 448, 512, 560])
        return draw.choice([draw.randint(1, 64), draw.randint(1, 4096), draw.randint(1, 4096),
                            cells * draw.randint(1, 9), draw.randint(1, 20000)])
    kind = draw.random()
    if kind < 0.1:
        return [side()] * 2
    if kind < 0.25:
        scale = draw.randint(1, 450)
        return [draw.randint(1, 9) * scale, draw.randint(1, 9) * scale]
    return [side(), side()]


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    rows = []
    for name in sorted(FAMILIES):
        for size in (picture(draw) for _ in range(count)):
            try:
                seen = FAMILIES[name](*size)
            except (ValueError, ZeroDivisionError):
                seen = {"refused": True}
            rows.append({"family": name, "size": size, **seen})
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (Path(__file__).parent / "random.json").write_text(f"[\n{lines}\n]\n")


main()
