#!/usr/bin/env python3
"""Makes the reference data of bridges: as `make.py`, which says what is in a file, with a small ViT in
front of the bridge and a small Llama after it.

    venv/bin/python bridges.py           # all bridges
    venv/bin/python bridges.py composed  # some of them

The bridges are the classes of transformers where those stand alone; the others are written here after
their models. A matrix of a folded block has its columns in the order of vlmcalc's folding, token by
token: `torch.nn.functional.unfold`, which Mistral 3 uses, goes channel by channel.
"""

import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
import transformers as hf
from make import LLAMA, LLAMA_SPEC, QwenBlock, Spy, Weights, llama, make, pixels, prepare, run_llm, token_ids
from transformers.models.glm4v.modeling_glm4v import Glm4vVisionPatchMerger
from transformers.models.mistral3.modeling_mistral3 import Mistral3MultiModalProjector
from transformers.models.molmo2.modeling_molmo2 import Molmo2Adapter
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLPatchMerger

WIDTH, LLM, PATCH = 16, 24, 7


class Model(nn.Module):
    """A ViT of one block, a bridge, and a Llama."""

    def __init__(self, grid, bridge):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.positional_embedding = nn.Parameter(torch.zeros(grid[0] * grid[1], WIDTH))
        self.block = QwenBlock(WIDTH, 2, 28)
        self.bridge = bridge
        self.language = hf.LlamaForCausalLM._from_config(hf.LlamaConfig(**LLAMA), attn_implementation="eager")

    def features(self, x):
        x = self.conv1(x).flatten(2).transpose(1, 2) + self.positional_embedding
        return self.block(x)


def run(seed, grid, bridge, project, weights, yaml, about):
    """A model of a bridge that `project` calls on features `[1, N, D]`; `weights` names its own."""
    model = prepare(Model(grid, bridge), seed)
    x = pixels(10 * seed + 1, 1, 3, grid[0] * PATCH, grid[1] * PATCH)
    ids = token_ids(10 * seed + 2, 1, 6, 40)
    spy = Spy()
    spy.output("vision_encoder.blocks.0", model.block)
    features = model.features(x)
    visual = project(model.bridge, features)
    spy.seen |= {"vision_encoder": features, "bridge": visual}
    lm = model.language
    spy.output("llm.blocks.0", lm.model.layers[0])
    logits, step = run_llm(lm, lm.model.embed_tokens, visual, ids)
    spy.stop()

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "conv1")
    w.copy("vision_encoder.patch_embed.position.weight", "positional_embedding")
    ours = "vision_encoder.blocks.0"
    w.copy(f"{ours}.attention.qkv.weight", "block.attn.in_proj_weight")
    w.copy(f"{ours}.attention.qkv.bias", "block.attn.in_proj_bias")
    w.module(f"{ours}.attention.out_proj", "block.attn.out_proj")
    w.module(f"{ours}.attention.norm", "block.ln_1")
    w.module(f"{ours}.mlp.norm", "block.ln_2")
    w.module(f"{ours}.mlp.fc1", "block.fc1")
    w.module(f"{ours}.mlp.fc2", "block.fc2")
    weights(w)
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# {about}
image: {grid[0] * PATCH}x{grid[1] * PATCH}
encoder:
  patch: {PATCH}
  width: {WIDTH}
  depth: 1
  heads: 2
  mlp_width: 28
  patch_bias: false
  qkv: fused
  post_norm: false
bridge: {yaml}
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


def by_blocks(x, grid, side=2):
    """Tokens `[1, N, D]` in the order of their blocks, row by row in each: `[1, M, side², D]`; zeros
    where the grid lacks one."""
    rows, columns = grid
    x = x.view(1, rows, columns, -1)
    x = F.pad(x, (0, 0, 0, -columns % side, 0, -rows % side))
    _, rows, columns, width = x.shape
    x = x.view(1, rows // side, side, columns // side, side, width).transpose(2, 3)
    return x.reshape(1, -1, side * side, width)


def merger():
    grid = (4, 6)

    def project(bridge, x):
        return bridge(by_blocks(x, grid).reshape(-1, WIDTH))[None]

    def weights(w):
        w.module("bridge.norm.norm", "bridge.ln_q")
        w.module("bridge.projection.linear_1", "bridge.mlp.0")
        w.module("bridge.projection.linear_2", "bridge.mlp.2")

    about = "Qwen2.5-VL's patch merger in small"
    return run(11, grid, Qwen2_5_VLPatchMerger(LLM, WIDTH), project, weights, "{merger: {norm: rmsnorm}}", about)


def merging_layer():
    grid = (4, 6)
    config = hf.Mistral3Config(
        vision_config=dict(model_type="pixtral", hidden_size=WIDTH, patch_size=PATCH),
        text_config=dict(model_type="mistral", hidden_size=LLM),
        multimodal_projector_bias=False,
        spatial_merge_size=2,
    )

    def project(bridge, x):
        return bridge(x[0], [(grid[0] * PATCH, grid[1] * PATCH)])[None]

    def weights(w):
        w.module("bridge.norm_1.norm_1", "bridge.norm")
        matrix = w.tensor("bridge.patch_merger.merging_layer.weight")
        matrix = matrix.view(-1, WIDTH, 4).transpose(1, 2).reshape(matrix.shape)
        w.put("bridge.projection_3.linear_3.weight", matrix)
        w.module("bridge.projection_3.linear_4", "bridge.linear_1")
        w.module("bridge.projection_3.linear_6", "bridge.linear_2")

    yaml = (
        f"{{steps: [{{norm: rmsnorm}}, {{fold: 2}}, {{linear: {{width: {WIDTH}, bias: false}}}}, "
        "{linear: {bias: false}}, gelu, {linear: {bias: false}}]}"
    )
    about = "Mistral Small 3.1's projector in small"
    return run(12, grid, Mistral3MultiModalProjector(config), project, weights, yaml, about)


class Downsampled(nn.Module):
    """GLM-4.1V's convolution and merger."""

    def __init__(self):
        super().__init__()
        self.downsample = nn.Conv2d(WIDTH, LLM, 2, 2)
        self.merger = Glm4vVisionPatchMerger(LLM, 36, "silu")


def conv_and_gated_merger():
    grid = (4, 6)

    def project(bridge, x):
        x = x.transpose(1, 2).view(1, WIDTH, *grid)
        return bridge.merger(bridge.downsample(x).flatten(2).transpose(1, 2))

    def weights(w):
        w.module("bridge.conv_1.conv_1", "bridge.downsample")
        w.module("bridge.projection_2.linear_2", "bridge.merger.proj")
        w.module("bridge.projection_2.norm_3", "bridge.merger.post_projection_norm")
        for name in ("gate_proj", "up_proj", "down_proj"):
            w.module(f"bridge.projection_2.{name}", f"bridge.merger.{name}")

    yaml = "{steps: [{conv: {kernel: 2}}, {linear: {bias: false}}, norm, gelu, {gated-mlp: 36}]}"
    about = "GLM-4.1V's convolution and merger in small"
    return run(13, grid, Downsampled(), project, weights, yaml, about)


class Vocabulary(nn.Module):
    """Ovis 2's visual tokenizer and table: `Ovis2VisionModel` and `Ovis2VisualEmbeddingTable`."""

    def __init__(self, words, indicators):
        super().__init__()
        self.head_linear = nn.Linear(4 * WIDTH, words - indicators, bias=False)
        self.head_norm = nn.LayerNorm(words - indicators)
        self.visual_embeddings_table = nn.Embedding(words, LLM)
        self.indicators = indicators

    def forward(self, x):
        scores = F.softmax(self.head_norm(self.head_linear(x)), dim=-1)
        return F.pad(scores, (0, self.indicators)) @ self.visual_embeddings_table.weight


def visual_vocabulary():
    grid = (4, 6)

    def project(bridge, x):
        return bridge(by_blocks(x, grid).flatten(2))

    def weights(w):
        w.module("bridge.projection.head_linear", "bridge.head_linear")
        w.module("bridge.projection.norm", "bridge.head_norm")
        w.module("bridge.projection.table", "bridge.visual_embeddings_table")

    yaml = "{visual-vocabulary: {factor: 2, size: 35, indicators: 5}}"
    return run(14, grid, Vocabulary(35, 5), project, weights, yaml, "Ovis 2's visual vocabulary in small")


def attention_pool():
    grid = (3, 5)
    config = hf.AutoConfig.for_model(
        "molmo2_adapter",
        vision_feature_layer=[-1],
        hidden_size=WIDTH,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        intermediate_size=36,
        text_hidden_size=LLM,
    )
    config._attn_implementation = "eager"

    def project(bridge, x):
        places = torch.arange(1, grid[0] * grid[1] + 1, dtype=torch.float32)[None, :, None]
        places = by_blocks(places, grid)[0, :, :, 0].long() - 1  # -1 where the grid lacks one
        return bridge(x, places).last_hidden_state[None]

    def weights(w):
        for name in ("q_proj", "k_proj", "v_proj"):
            w.module(f"bridge.attention_pool.{name}", f"bridge.image_pooling_2d.{name}")
        w.module("bridge.attention_pool.out_proj", "bridge.image_pooling_2d.o_proj")
        for name in ("gate_proj", "up_proj", "down_proj"):
            w.module(f"bridge.projection.{name}", f"bridge.image_projector.{name}")

    yaml = "{attention-pool: {kernel: 2, heads: 2, head_dim: 8, hidden: 36, rounding: ceil}}"
    return run(15, grid, Molmo2Adapter(config), project, weights, yaml, "Molmo 2's adapter in small, on an odd grid")


class OddGrids(nn.Module):
    """Layers between poolings of grids that blocks do not fill."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(4 * WIDTH)
        self.linear_1 = nn.Linear(4 * WIDTH, 20)
        self.linear_2 = nn.Linear(10, LLM)


def odd_grids():
    grid = (13, 11)

    def project(bridge, x):
        x = x.transpose(1, 2).view(1, WIDTH, *grid)
        x = F.avg_pool2d(x, 2, ceil_mode=True)
        x = by_blocks(x.flatten(2).transpose(1, 2), (7, 6)).flatten(2)
        value, gate = bridge.linear_1(bridge.norm(x)).chunk(2, dim=-1)
        x = (value * F.silu(gate)).transpose(1, 2).view(1, 10, 4, 3)
        x = F.interpolate(x, size=(2, 2), mode="bilinear")
        x = F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 3, stride=3) * 9 / 4  # one block of what is there
        return bridge.linear_2(x.flatten(2).transpose(1, 2))

    def weights(w):
        w.module("bridge.projection_3.norm_3", "bridge.norm")
        w.module("bridge.projection_3.linear_4", "bridge.linear_1")
        w.module("bridge.projection_8.linear_8", "bridge.linear_2")

    yaml = (
        "{steps: [{pool: {kernel: 2, rounding: ceil}}, {fold: {factor: 2, rounding: ceil}}, norm, "
        "{linear: 20}, {glu: silu}, {interpolate: {factor: 2, rounding: ceil}}, "
        "{pool: {kernel: 3, rounding: ceil}}, linear]}"
    )
    return run(16, grid, OddGrids(), project, weights, yaml, "Grids that blocks do not fill")


class Excitation(nn.Module):
    """Squeeze-excitation by two convolutions of 1 × 1."""

    def __init__(self, width, squeezed, act):
        super().__init__()
        self.fc1, self.fc2, self.act = nn.Conv2d(width, squeezed, 1), nn.Conv2d(squeezed, width, 1), act

    def forward(self, x):
        mean = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.fc2(self.act(self.fc1(mean))))


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Bottleneck(nn.Module):
    """timm's RegNet bottleneck with LayerNorms, as Honeybee builds its C-Abstractor of."""

    def __init__(self, inputs, width):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = LayerNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.bn2 = LayerNorm2d(width)
        self.se = Excitation(width, round(inputs / 4), F.silu)
        self.conv3 = nn.Conv2d(width, width, 1, bias=False)
        self.bn3 = LayerNorm2d(width)
        self.downsample = None
        if inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, bias=False), LayerNorm2d(width))

    def forward(self, x):
        y = F.silu(self.bn1(self.conv1(x)))
        y = self.se(F.silu(self.bn2(self.conv2(y))))
        y = self.bn3(self.conv3(y))
        return F.silu(y + (x if self.downsample is None else self.downsample(x)))


class CAbstractor(nn.Module):
    """Honeybee's C-Abstractor."""

    def __init__(self, tokens, width, end_tokens):
        super().__init__()
        self.pos_emb = nn.Parameter(torch.zeros(1, tokens, WIDTH))
        self.s1 = nn.Sequential(Bottleneck(WIDTH, width), Bottleneck(width, width))
        self.s2 = nn.Sequential(Bottleneck(width, width), Bottleneck(width, width))
        self.readout = nn.Sequential(nn.Linear(width, LLM), nn.SiLU(), nn.Linear(LLM, LLM))
        self.eos_tokens = nn.Parameter(torch.zeros(1, end_tokens, LLM))

    def forward(self, x, side, pooled):
        x = (x + self.pos_emb).transpose(1, 2).view(1, WIDTH, side, side)
        x = self.s2(F.adaptive_avg_pool2d(self.s1(x), pooled))
        x = self.readout(x.flatten(2).transpose(1, 2))
        return torch.cat([x, self.eos_tokens], 1)


def bottleneck(w, ours, theirs, shortcut):
    """The weights of a block by the numbers of its steps."""
    ours = f"{ours}.branches_1"
    own = f"{ours}.branch_2_1"
    places = {
        "conv_1_2_1.conv_1_2_1": "conv1",
        "projection_1_2_2.norm_1_2_2": "bn1",
        "conv_1_2_4.conv_1_2_4": "conv2",
        "projection_1_2_5.norm_1_2_5": "bn2",
        "excitation_1_2_7.conv_1_2_7_2.conv_1_2_7_2": "se.fc1",
        "excitation_1_2_7.conv_1_2_7_4.conv_1_2_7_4": "se.fc2",
        "conv_1_2_8.conv_1_2_8": "conv3",
        "norm_1_2_9.norm_1_2_9": "bn3",
    }
    w.modules(own, theirs, places)
    if shortcut:
        own = f"{ours}.branch_1_1"
        places = {"conv_1_1_1.conv_1_1_1": "downsample.0", "norm_1_1_2.norm_1_1_2": "downsample.1"}
        w.modules(own, theirs, places)


def c_abstractor():
    side, pooled = 5, 3

    def project(bridge, x):
        return bridge(x, side, pooled)

    def weights(w):
        w.copy("bridge.projection_input_1.positions_input_1.weight", "bridge.pos_emb")
        bottleneck(w, "bridge.blocks_first", "bridge.s1.0", True)
        bottleneck(w, "bridge.blocks.0", "bridge.s1.1", False)
        bottleneck(w, "bridge.later_blocks.0", "bridge.s2.0", False)
        bottleneck(w, "bridge.later_blocks.1", "bridge.s2.1", False)
        w.module("bridge.projection_1.linear_1", "bridge.readout.0")
        w.module("bridge.projection_1.linear_3", "bridge.readout.2")
        w.copy("bridge.append_4.end_tokens_4.weight", "bridge.eos_tokens")

    yaml = "{c-abstractor: {queries: 9, width: 20, depth: 2, end_tokens: 1}}"
    about = "Honeybee's C-Abstractor in small: a pooling whose windows overlap"
    return run(17, (side, side), CAbstractor(side * side, 20, 1), project, weights, yaml, about)


class Attention(nn.Module):
    """Attention in heads, keys and values of one matrix or of two."""

    def __init__(self, width, heads, size, fused):
        super().__init__()
        self.heads, self.size = heads, size
        self.q = nn.Linear(width, heads * size)
        if fused:
            self.kv = nn.Linear(width, 2 * heads * size)
        else:
            self.k, self.v = nn.Linear(width, heads * size), nn.Linear(width, heads * size)
        self.out = nn.Linear(heads * size, width)

    def forward(self, x, asked, causal=False):
        k, v = self.kv(asked).chunk(2, -1) if hasattr(self, "kv") else (self.k(asked), self.v(asked))
        q, k, v = (t.view(1, -1, self.heads, self.size).transpose(1, 2) for t in (self.q(x), k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out(y.transpose(1, 2).flatten(2))


class Round(nn.Module):
    def __init__(self, image, width, with_self):
        super().__init__()
        self.norm_1, self.norm_k = nn.LayerNorm(width), nn.LayerNorm(image)
        self.to_width = nn.Linear(image, width)
        self.cross = Attention(width, 2, 5, True)
        if with_self:
            self.own, self.norm_2 = Attention(width, 3, width // 3, False), nn.LayerNorm(width)
        self.norm_3 = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x, image):
        own = self.norm_1(x)
        x = x + self.cross(own, torch.cat([self.to_width(self.norm_k(image)), own], 1))
        if hasattr(self, "own"):
            x = self.norm_2(x + self.own(x, x, causal=True))
        return x + self.down(F.hardswish(self.up(self.norm_3(x))))


class Composed(nn.Module):
    """Steps within steps."""

    def __init__(self):
        super().__init__()
        self.low, self.high = nn.Linear(10, 12), nn.Linear(6, 3)
        self.conv = nn.Conv2d(15, 20, 3, 2, 1, groups=5)
        self.excite = Excitation(20, 5, F.relu)
        self.latents = nn.Parameter(torch.zeros(3, 12))
        self.rounds = nn.ModuleList([Round(20, 12, True), Round(20, 12, False)])
        self.extra = nn.Parameter(torch.zeros(1, 2, 12))
        self.last = nn.Linear(12, LLM)

    def forward(self, x, grid):
        x = torch.cat([self.low(x[..., :10]), self.high(F.gelu(x[..., 10:]))], -1)
        x = self.excite(self.conv(x.transpose(1, 2).view(1, 15, *grid)))
        image = x.flatten(2).transpose(1, 2)
        x = self.latents[None]
        for one in self.rounds:
            x = one(x, image)
        return self.last(torch.cat([self.extra, x], 1))


def composed():
    grid = (4, 6)

    def project(bridge, x):
        return bridge(x, grid)

    def weights(w):
        first = "bridge.branches_1"
        w.module(f"{first}.branch_1_1.projection_1_1_1.linear_1_1_1", "bridge.low")
        w.module(f"{first}.branch_2_1.projection_1_2_1.linear_1_2_2", "bridge.high")
        w.module("bridge.conv_2.conv_2", "bridge.conv")
        w.module("bridge.excitation_3.conv_3_2.conv_3_2", "bridge.excite.fc1")
        w.module("bridge.excitation_3.conv_3_4.conv_3_4", "bridge.excite.fc2")
        w.copy("bridge.latents_4.latents_4.weight", "bridge.latents")
        for i in range(2):
            ours, theirs = f"bridge.repeat_5.rounds_5.{i}", f"bridge.rounds.{i}"
            w.module(f"{ours}.residual_5_1.norm_5_1_1.norm_5_1_1", f"{theirs}.norm_1")
            cross = f"{ours}.residual_5_1.cross_attention_5_1_2"
            w.module(f"{cross}.projection_5_1_2_k_1.norm_5_1_2_k_1", f"{theirs}.norm_k")
            w.module(f"{cross}.projection_5_1_2_k_1.linear_5_1_2_k_2", f"{theirs}.to_width")
            w.modules(cross, f"{theirs}.cross", {"q_proj": "q", "kv_proj": "kv", "out_proj": "out"})
            if i == 0:
                every = f"{ours}.every_5_2.every_5_2"
                names = {f"{x}_proj": x for x in ("q", "k", "v", "out")}
                w.modules(f"{every}.residual_5_2_1.attention_5_2_1_1", f"{theirs}.own", names)
                w.module(f"{every}.norm_5_2_2.norm_5_2_2", f"{theirs}.norm_2")
            mlp = f"{ours}.residual_5_3.projection_5_3_1"
            w.module(f"{mlp}.norm_5_3_1", f"{theirs}.norm_3")
            w.module(f"{mlp}.linear_5_3_2", f"{theirs}.up")
            w.module(f"{mlp}.linear_5_3_4", f"{theirs}.down")
        w.copy("bridge.append_6.end_tokens_6.weight", "bridge.extra")
        w.module("bridge.projection_7.linear_7", "bridge.last")

    yaml = """
  steps:
    - branches: {split: [10, 6], join: channels, of: [[{linear: 12}], [gelu, {linear: x1/2}]]}
    - conv: {kernel: 3, stride: 2, padding: 1, width: 20, groups: 5}
    - squeeze-excitation: x1/4
    - latents: {count: 3, width: 12}
    - repeat:
        times: 2
        steps:
          - residual: [norm, {cross-attention: {heads: 2, head_dim: 5, qkv: kv, keys: [norm, {linear: 12}], with_own: true}}]
          - every: {period: 2, steps: [{residual: [{self-attention: {heads: 3, causal: true}}]}, norm]}
          - residual: [norm, {linear: x2}, hard_swish, {linear: input}]
    - append: {tokens: 2, before: true}
    - linear"""
    return run(18, grid, Composed(), project, weights, yaml, "A bridge of steps within steps")


MODELS = [
    merger,
    merging_layer,
    conv_and_gated_merger,
    visual_vocabulary,
    attention_pool,
    odd_grids,
    c_abstractor,
    composed,
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    wanted = sys.argv[1:]
    for one in MODELS:
        if not wanted or one.__name__ in wanted:
            make(one, pathlib.Path(__file__).parent)
