#!/usr/bin/env python3
"""Makes the reference data of bridges: as `make.py`, which says what is in a file, with a small ViT in
front of the bridge and a small Llama after it.

    venv/bin/python bridges.py

The bridges are the classes of transformers where those stand alone; the others are written here after
their models. A matrix of a folded block has its columns in the order of vlmcalc's folding, token by
token: `torch.nn.functional.unfold`, which Mistral 3 uses, goes channel by channel.
"""

import pathlib

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


MODELS = [merger, merging_layer, conv_and_gated_merger, visual_vocabulary, attention_pool, odd_grids]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for one in MODELS:
        make(one, pathlib.Path(__file__).parent)
