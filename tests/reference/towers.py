#!/usr/bin/env python3
"""Makes the reference data of vision towers at native resolution: as `make.py`, which says what is in a
file, with a small Llama or Qwen3 after the tower.

    venv/bin/python towers.py

The towers are the classes of transformers. Qwen-VL's take patches of two frames in the order of the
merged blocks, and work in that order; the pixels in the file are those frames, `[1, 3, 2, H, W]`.
"""

import pathlib

import torch
import torch.nn as nn
import transformers as hf
from make import LLAMA, LLAMA_SPEC, THETA, Spy, Weights, llama, make, pixels, prepare, run_llm, token_ids
from transformers.models.pixtral.modeling_pixtral import PixtralVisionModel
from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLVisionConfig
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VisionTransformerPretrainedModel

WIDTH, LLM, PATCH = 16, 24, 7


def in_blocks(x, patch, side=2):
    """Frames `[1, 3, 2, H, W]` as patches `[N, 3·2·patch²]`, those of a merged block together."""
    _, channels, frames, height, width = x.shape
    rows, columns = height // patch // side, width // patch // side
    x = x.view(channels, frames, rows, side, patch, columns, side, patch)
    x = x.permute(2, 5, 3, 6, 0, 1, 4, 7)
    return x.reshape(rows * columns * side * side, -1)


class Model(nn.Module):
    """A tower, a matrix, and a Llama."""

    def __init__(self, tower, width=None):
        super().__init__()
        self.tower = tower
        self.bridge = nn.Linear(width, LLM) if width else None
        self.language = hf.LlamaForCausalLM._from_config(hf.LlamaConfig(**LLAMA), attn_implementation="eager")


QWEN_BLOCK = {
    "attention.norm": "norm1",
    "attention.qkv": "attn.qkv",
    "attention.out_proj": "attn.proj",
    "mlp.norm": "norm2",
}


def windows():
    """Windows of 4 × 4 patches on a grid of 6 × 10, so that those at the edges are smaller."""
    grid = (6, 10)
    config = Qwen2_5_VLVisionConfig(
        depth=4,
        hidden_size=WIDTH,
        intermediate_size=28,
        num_heads=2,
        patch_size=PATCH,
        window_size=4 * PATCH,
        fullatt_block_indexes=[1, 2],
        out_hidden_size=LLM,
        hidden_act="silu",
    )
    tower = Qwen2_5_VisionTransformerPretrainedModel._from_config(config, attn_implementation="eager")
    model = prepare(Model(tower), 21)
    x = pixels(211, 1, 3, 2, grid[0] * PATCH, grid[1] * PATCH)
    ids = token_ids(212, 1, 6, 40)
    spy = Spy()
    spy.output("llm.blocks.0", model.language.model.layers[0])
    made = tower(in_blocks(x, PATCH), grid_thw=torch.tensor([[1, *grid]]))
    visual = made.pooler_output[None]
    spy.seen["bridge"] = visual
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)
    spy.stop()

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "tower.patch_embed.proj")
    for i in range(4):
        kind = "full" if i in (1, 2) else "windowed"
        gated = {f"mlp.{name}": f"mlp.{name}" for name in ("gate_proj", "up_proj", "down_proj")}
        w.modules(f"vision_encoder.blocks.{i}.{kind}", f"tower.blocks.{i}", QWEN_BLOCK | gated)
    w.module("bridge.norm.norm", "tower.merger.ln_q")
    w.module("bridge.projection.linear_1", "tower.merger.mlp.0")
    w.module("bridge.projection.linear_2", "tower.merger.mlp.2")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# Qwen2.5-VL's tower and merger in small: windows, patches of two frames, 2-D rotary positions
image: {grid[0] * PATCH}x{grid[1] * PATCH}
encoder:
  patch: {PATCH}
  temporal_patch: 2
  patch_bias: false
  width: {WIDTH}
  depth: 4
  heads: 2
  mlp_width: 28
  mlp: gated
  activation: silu
  norm: rmsnorm
  qkv: fused
  position: rotary
  window: 4
  full_attention: [1, 2]
  post_norm: false
bridge: {{merger: {{norm: rmsnorm}}}}
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


def deepstack():
    """The table is as large as the grid: nothing is interpolated."""
    grid = (4, 4)
    vision = dict(
        depth=4,
        hidden_size=WIDTH,
        intermediate_size=28,
        num_heads=2,
        patch_size=PATCH,
        out_hidden_size=LLM,
        num_position_embeddings=grid[0] * grid[1],
        deepstack_visual_indexes=[0, 2],
    )
    text = dict(LLAMA, num_hidden_layers=3, head_dim=6, rope_parameters=THETA | {"mrope_section": [1, 1, 1]})
    config = hf.Qwen3VLConfig(vision_config=vision, text_config=text, tie_word_embeddings=False)
    model = prepare(hf.Qwen3VLForConditionalGeneration._from_config(config, attn_implementation="eager"), 22)
    tower, decoder = model.model.visual, model.model.language_model
    x = pixels(221, 1, 3, 2, grid[0] * PATCH, grid[1] * PATCH)
    ids = token_ids(222, 1, 6, 40)
    spy = Spy()
    spy.output("bridge", tower.merger)
    made = tower(in_blocks(x, PATCH), grid_thw=torch.tensor([[1, *grid]]))
    visual = made.pooler_output[None]
    spy.stop()
    embeds = torch.cat([visual, decoder.embed_tokens(ids)], dim=1)
    is_visual = torch.arange(embeds.shape[1])[None] < visual.shape[1]
    features = made.deepstack_features
    out = decoder(
        inputs_embeds=embeds, visual_pos_masks=is_visual, deepstack_visual_embeds=features, use_cache=True
    )
    seen = {f"bridge.deepstack_{at}": one[None] for at, one in enumerate(features)}
    token = torch.full((1, 1), 7)

    def step():
        embedded = decoder.embed_tokens(token)
        return model.lm_head(decoder(inputs_embeds=embedded, cache=out.cache, use_cache=True).last_hidden_state)

    w = Weights(model)
    name = "model.visual"
    w.module("vision_encoder.patch_embed.patch_conv", f"{name}.patch_embed.proj")
    # The table stands row by row, the patches of the reference in merged blocks: it looks them up by place.
    w.copy("vision_encoder.patch_embed.position.weight", f"{name}.pos_embed.weight")
    plain = {"mlp.fc1": "mlp.linear_fc1", "mlp.fc2": "mlp.linear_fc2"}
    for i in range(4):
        w.modules(f"vision_encoder.blocks.{i}", f"{name}.blocks.{i}", QWEN_BLOCK | plain)
    w.module("bridge.norm.norm", f"{name}.merger.norm")
    w.module("bridge.projection.linear_1", f"{name}.merger.linear_fc1")
    w.module("bridge.projection.linear_2", f"{name}.merger.linear_fc2")
    for at in range(2):
        theirs, ours = f"{name}.deepstack_merger_list.{at}", f"bridge.deepstack_{at}.projection"
        w.module(f"{ours}.norm", f"{theirs}.norm")
        w.module(f"{ours}.linear_1", f"{theirs}.linear_fc1")
        w.module(f"{ours}.linear_2", f"{theirs}.linear_fc2")
    qk = {f"attention.{x}_norm": f"self_attn.{x}_norm" for x in "qk"}
    llama(w, "model.language_model", "lm_head", 3, qk)
    llm = LLAMA_SPEC.replace("depth: 2", "depth: 3").replace("llm:\n", "llm:\n  qk_norm: head\n")
    spec = f"""\
# Qwen3-VL in small: features after blocks 0 and 2 added within the LLM, a table and rotary positions
image: {grid[0] * PATCH}x{grid[1] * PATCH}
encoder:
  patch: {PATCH}
  temporal_patch: 2
  width: {WIDTH}
  depth: 4
  heads: 2
  mlp_width: 28
  activation: gelu_tanh
  qkv: fused
  position: learned-and-rotary
  post_norm: false
bridge: merger
deepstack:
  layers: [0, 2]
  bridge: {{pixel-shuffle: {{factor: 2, then: {{mlp: {{norm: layernorm, hidden: [{4 * WIDTH}]}}}}}}}}
{llm}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, model.lm_head(out.last_hidden_state), step


def features_of_grids():
    """Pixtral's tower, and features of two of its layers side by side."""
    grid = (3, 5)
    config = hf.PixtralVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=28,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=16 * PATCH,
        patch_size=PATCH,
        hidden_act="silu",
        rope_parameters=dict(THETA),
    )
    tower = PixtralVisionModel._from_config(config, attn_implementation="eager")
    model = prepare(Model(tower, 2 * WIDTH), 23)
    size = (grid[0] * PATCH, grid[1] * PATCH)
    x, ids = pixels(231, 1, 3, *size), token_ids(232, 1, 6, 40)
    spy = Spy()
    spy.stack("vision_encoder", "vision_encoder.patch_embed", tower.transformer.layers)
    spy.output("llm.blocks.0", model.language.model.layers[0])
    states = tower(x, image_sizes=torch.tensor([size]), output_hidden_states=True).hidden_states
    features = torch.cat([states[-2], states[1]], dim=-1)
    visual = model.bridge(features)
    spy.seen |= {"vision_encoder": features, "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)
    spy.stop()

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "tower.patch_conv")
    w.module("vision_encoder.patch_embed.pre_norm", "tower.ln_pre")
    block = {f"attention.{one}_proj": f"attention.{one}_proj" for one in "qkv"} | {
        "attention.norm": "attention_norm",
        "attention.out_proj": "attention.o_proj",
        "mlp.norm": "ffn_norm",
        "mlp.gate_proj": "feed_forward.gate_proj",
        "mlp.up_proj": "feed_forward.up_proj",
        "mlp.down_proj": "feed_forward.down_proj",
    }
    for i, ours in enumerate(["blocks.0", "blocks.1", "later_blocks.0"]):
        w.modules(f"vision_encoder.{ours}", f"tower.transformer.layers.{i}", block)
    w.module("bridge.linear.proj", "bridge")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# Pixtral's tower in small: 2-D rotary positions in turns, features of two layers side by side
image: {size[0]}x{size[1]}
encoder:
  patch: {PATCH}
  patch_bias: false
  width: {WIDTH}
  depth: 3
  heads: 2
  mlp_width: 28
  mlp: gated
  activation: silu
  norm: rmsnorm
  bias: false
  position: rotary
  rotary_frequencies: alternating
  pre_norm: true
  post_norm: false
  feature_layer: [-2, 1]
bridge: linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


MODELS = [windows, deepstack, features_of_grids]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for one in MODELS:
        make(one, pathlib.Path(__file__).parent)
