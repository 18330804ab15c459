#!/usr/bin/env python3
"""Makes the reference data of vision towers at native resolution: as `make.py`, which says what is in a
file, with a small Llama or Qwen3 after the tower.

    venv/bin/python towers.py [MODEL ...]

The towers are the classes of transformers. Qwen-VL's take patches of two frames in the order of the
merged blocks, and work in that order; the pixels in the file are those frames, `[1, 3, 2, H, W]`.
"""

import pathlib
import sys
from textwrap import indent

import torch
import torch.nn as nn
import transformers as hf
from make import LLAMA, LLAMA_SPEC, SIGLIP_BLOCK, THETA, Spy, Weights, llama, make, pixels, prepare, run_llm, token_ids
from transformers.models.florence2.modeling_florence2 import Florence2MultiModalProjector, Florence2VisionBackbone
from transformers.models.lfm3_vl.configuration_lfm3_vl import Lfm3VlVisionConfig
from transformers.models.lfm3_vl.modeling_lfm3_vl import Lfm3VlVisionModel
from transformers.models.minicpmv4_6.configuration_minicpmv4_6 import MiniCPMV4_6VisionConfig
from transformers.models.minicpmv4_6.modeling_minicpmv4_6 import MiniCPMV4_6Merger, MiniCPMV4_6VisionModel
from transformers.models.pixtral.modeling_pixtral import PixtralVisionModel
from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLVisionConfig
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VisionTransformerPretrainedModel
from transformers.models.qwen3_moe.modeling_qwen3_moe import Qwen3MoeSparseMoeBlock
from transformers.models.sam.modeling_sam import SamVisionEncoder
from transformers.models.unlimited_ocr.configuration_unlimited_ocr import UnlimitedOcrVisionConfig
from transformers.models.unlimited_ocr.modeling_unlimited_ocr import UnlimitedOcrVisionModel

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


# SAM in small: two blocks with windows, and one without between them.
SAM = dict(
    hidden_size=12,
    output_channels=8,
    num_hidden_layers=3,
    num_attention_heads=2,
    patch_size=PATCH,
    mlp_dim=20,
    window_size=4,
    global_attn_indexes=[1],
)
SAM_SPEC = """\
qkv: fused
table_storage: grid
relative_positions: true
window: 4
window_edges: padded
full_attention: [1]
post_norm: false
"""


def sam_neck(w, ours, theirs):
    """The two convolutions of SAM's neck, each with its norm."""
    for at in "12":
        w.modules(ours, theirs, {f"conv{at}": f"conv{at}", f"norm{at}": f"layer_norm{at}"})


def siglip(w, ours, theirs):
    """A SigLIP tower of two blocks, without its head."""
    w.module(f"{ours}.patch_embed.patch_conv", f"{theirs}.embeddings.patch_embedding")
    w.module(f"{ours}.patch_embed.position", f"{theirs}.embeddings.position_embedding")
    for i in range(2):
        w.modules(f"{ours}.blocks.{i}", f"{theirs}.encoder.layers.{i}", SIGLIP_BLOCK)
    w.module(f"{ours}.post_norm.norm", f"{theirs}.post_layernorm")


def sam_encoder(w, ours, theirs, depth, full):
    """SAM's encoder without its neck."""
    w.module(f"{ours}.patch_embed.patch_conv", f"{theirs}.patch_embed.projection")
    w.copy(f"{ours}.patch_embed.position.weight", f"{theirs}.pos_embed")
    block = {
        "attention.norm": "layer_norm1",
        "attention.qkv": "attn.qkv",
        "attention.out_proj": "attn.proj",
        "mlp.norm": "layer_norm2",
        "mlp.fc1": "mlp.lin1",
        "mlp.fc2": "mlp.lin2",
    }
    for i in range(depth):
        of_block = f"{ours}.blocks.{i}.{'full' if i in full else 'windowed'}"
        w.modules(of_block, f"{theirs}.layers.{i}", block)
        for table in ("rel_pos_h", "rel_pos_w"):
            w.copy(f"{of_block}.attention.attention.{table}", f"{theirs}.layers.{i}.attn.{table}")


def padded_windows():
    """SAM's encoder: windows of 4 × 4 on a grid of 6 × 6, padded to 8 × 8, and a block without any."""
    side = 6
    sizes = dict(hidden_size=WIDTH, output_channels=12, image_size=side * PATCH, mlp_dim=28)
    config = hf.SamVisionConfig(**SAM | sizes)
    tower = SamVisionEncoder._from_config(config, attn_implementation="eager")
    model = prepare(Model(tower, 12), 24)
    x, ids = pixels(241, 1, 3, side * PATCH, side * PATCH), token_ids(242, 1, 6, 40)
    features = tower(x).last_hidden_state.flatten(2).transpose(1, 2)
    visual = model.bridge(features)
    seen = {"vision_encoder": features, "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    sam_encoder(w, "vision_encoder", "tower", 3, (1,))
    sam_neck(w, "vision_encoder.neck", "tower.neck")
    w.module("bridge.linear.proj", "bridge")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# SAM's encoder in small: padded windows, relative positions, a neck
image: {side * PATCH}
encoder:
  patch: {PATCH}
  width: {WIDTH}
  depth: 3
  heads: 2
  mlp_width: 28
{indent(SAM_SPEC, "  ")}\
  neck: {{width: 12}}
bridge: linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


def convnext():
    """ConvNeXt with three stages on an image that fills neither its patches nor its grids."""
    widths, depths, size = [8, 12, WIDTH], [1, 2, 1], (45, 62)
    config = hf.ConvNextConfig(num_stages=3, hidden_sizes=widths, depths=depths, patch_size=4)
    model = prepare(Model(hf.ConvNextModel._from_config(config), WIDTH), 25)
    x, ids = pixels(251, 1, 3, *size), token_ids(252, 1, 6, 40)
    made = model.tower(x)
    features = made.last_hidden_state.flatten(2).transpose(1, 2)
    visual = model.bridge(features)
    seen = {"vision_encoder.head": made.pooler_output[:, None], "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "tower.embeddings.patch_embeddings")
    w.module("vision_encoder.patch_embed.pre_norm", "tower.embeddings.layernorm")
    for at, depth in enumerate(depths):
        ours, theirs = f"vision_encoder.stage_{at + 1}", f"tower.encoder.stages.{at}"
        if at:
            w.module(f"{ours}.downsample.norm", f"{theirs}.downsampling_layer.0")
            w.module(f"{ours}.downsample.conv", f"{theirs}.downsampling_layer.1")
        parts = {"conv": "dwconv", "norm": "layernorm", "mlp.fc1": "pwconv1", "mlp.fc2": "pwconv2"}
        for i in range(depth):
            w.modules(f"{ours}.blocks.{i}", f"{theirs}.layers.{i}", parts)
            w.copy(f"{ours}.blocks.{i}.layer_scale.lambda", f"{theirs}.layers.{i}.layer_scale_parameter")
    w.module("vision_encoder.head.norm", "tower.layernorm")
    w.module("bridge.linear.proj", "bridge")
    llama(w, "language.model", "language.lm_head", 2)
    stages = ", ".join(
        f"{{width: {width}, depth: {depth}, block: convnext}}" for width, depth in zip(widths, depths)
    )
    spec = f"""\
# ConvNeXt in small: three stages, and its head, which no bridge reads
image: {{size: {size[0]}x{size[1]}, remainder: drop}}
encoder:
  patch: 4
  stages: [{stages}]
  pre_norm: true
  post_norm: false
  head: average-pool
bridge: linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


def inner_merge():
    """MiniCPM-V 4.6: after the second of three blocks, windows of 2 × 2 tokens become one each. The
    reference looks a position up by place, which on a grid as large as the table is that of the patch."""
    side = 8
    config = MiniCPMV4_6VisionConfig(
        hidden_size=WIDTH,
        intermediate_size=28,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=side * PATCH,
        patch_size=PATCH,
        insert_layer_id=1,
    )
    tower = MiniCPMV4_6VisionModel._from_config(config, attn_implementation="eager")
    whole = hf.MiniCPMV4_6Config(vision_config=config.to_dict(), text_config={"model_type": "qwen3_5_text", "hidden_size": LLM})
    model = Model(tower)
    model.merger = MiniCPMV4_6Merger(whole)
    model = prepare(model, 27)
    x, ids = pixels(271, 1, 3, side * PATCH, side * PATCH), token_ids(272, 1, 6, 40)
    # The reference takes the rows of patches one after the other, as one row.
    rows = x.view(3, side, PATCH, side * PATCH).transpose(1, 2)
    rows = rows.reshape(1, 3, PATCH, side, side, PATCH).reshape(1, 3, PATCH, side * side * PATCH)
    sizes = torch.tensor([[side, side]], dtype=torch.int32)
    features = tower(rows, target_sizes=sizes).last_hidden_state
    visual = model.merger(features, sizes // 2)[0][None]
    seen = {"vision_encoder": features, "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    siglip_parts = {"patch_embed.patch_conv": "embeddings.patch_embedding", "patch_embed.position": "embeddings.position_embedding"}
    w.modules("vision_encoder", "tower", siglip_parts | {"post_norm.norm": "post_layernorm"})
    for i in range(3):
        ours = f"blocks.{i}" if i < 2 else f"merged_blocks.{i - 2}"
        w.modules(f"vision_encoder.{ours}", f"tower.encoder.layers.{i}", SIGLIP_BLOCK)
    attention = {f"attention.{one}_proj": f"self_attn.{one}_proj" for one in ("q", "k", "v", "out")}
    w.modules("vision_encoder.merge", "tower.vit_merger", attention | {
        "attention.norm": "layer_norm1", "mlp.norm": "pre_norm", "mlp.fc1": "linear_1", "mlp.fc2": "linear_2"
    })
    w.modules("bridge", "merger.mlp.0", {
        "norm.norm": "pre_norm", "projection.linear_1": "linear_1", "projection.linear_2": "linear_2"
    })
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# MiniCPM-V 4.6's tower in small, which merges tokens between two blocks, and its merger
image: {side * PATCH}
encoder:
  patch: {PATCH}
  width: {WIDTH}
  depth: 3
  heads: 2
  mlp_width: 28
  activation: gelu_tanh
  merge: {{after: 1}}
bridge: {{merger: {{norm_over: block}}}}
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


class TwoTowers(Model):
    """Two towers beside each other."""

    def __init__(self, first, second, width):
        super().__init__(first, width)
        self.second = second


def two_towers():
    """DINOv2 with registers, and SigLIP with its head, their patches joined by channel."""
    side = 4
    common = dict(num_hidden_layers=2, num_attention_heads=2, patch_size=PATCH, image_size=side * PATCH)
    dino = hf.Dinov2WithRegistersConfig(hidden_size=WIDTH, mlp_ratio=2, num_register_tokens=3, **common)
    siglip_config = hf.SiglipVisionConfig(hidden_size=12, intermediate_size=20, hidden_act="gelu", **common)
    towers = [
        hf.Dinov2WithRegistersModel._from_config(dino, attn_implementation="eager"),
        hf.SiglipVisionModel._from_config(siglip_config, attn_implementation="eager"),
    ]
    model = prepare(TwoTowers(*towers, WIDTH + 12), 26)
    x, ids = pixels(261, 1, 3, side * PATCH, side * PATCH), token_ids(262, 1, 6, 40)
    first = model.tower(x).last_hidden_state[:, 4:]
    second = model.second(x)
    features = torch.cat([first, second.last_hidden_state], dim=-1)
    visual = model.bridge(features)
    seen = {"vision_encoder": features, "bridge": visual}
    seen["vision_encoder.tower_2.head"] = second.pooler_output[:, None]
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    ours, theirs = "vision_encoder.tower_1", "tower"
    w.module(f"{ours}.patch_embed.patch_conv", f"{theirs}.embeddings.patch_embeddings.projection")
    for one, name in {"class_token": "cls_token", "registers": "register_tokens", "position": "position_embeddings"}.items():
        w.copy(f"{ours}.patch_embed.{one}.weight", f"{theirs}.embeddings.{name}")
    w.copy(f"{ours}.patch_embed.masked.mask_token.weight", f"{theirs}.embeddings.mask_token")
    block = {f"attention.{x}_proj": f"attention.{x}_proj" for x in "qkv"} | {
        "attention.norm": "norm1",
        "attention.out_proj": "attention.o_proj",
        "mlp.norm": "norm2",
        "mlp.fc1": "mlp.fc1",
        "mlp.fc2": "mlp.fc2",
    }
    for i in range(2):
        w.modules(f"{ours}.blocks.{i}", f"{theirs}.encoder.layer.{i}", block)
        for at, part in enumerate(["attention", "mlp"]):
            w.copy(f"{ours}.blocks.{i}.{part}.layer_scale.lambda", f"{theirs}.encoder.layer.{i}.layer_scale{at + 1}.lambda1")
    w.module(f"{ours}.post_norm.norm", f"{theirs}.layernorm")
    ours, theirs = "vision_encoder.tower_2", "second"
    siglip(w, ours, theirs)
    w.copy(f"{ours}.head.probe.weight", f"{theirs}.head.probe")
    for part in ("weight", "bias"):
        w.copy(f"{ours}.head.in_proj.{part}", f"{theirs}.head.attention.in_proj_{part}")
    w.modules(f"{ours}.head", f"{theirs}.head", {
        "out_proj": "attention.out_proj", "norm": "layernorm", "fc1": "mlp.fc1", "fc2": "mlp.fc2"
    })
    w.module("bridge.linear.proj", "bridge")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# DINOv2 with registers and SigLIP with its head in small, side by side
image: {side * PATCH}
encoder:
  join: channels
  towers:
    - patch: {PATCH}
      width: {WIDTH}
      depth: 2
      heads: 2
      mlp_width: {2 * WIDTH}
      class_token: true
      registers: 3
      mask_token: true
      layer_scale: true
      table_storage: batched
    - {{patch: {PATCH}, width: 12, depth: 2, heads: 2, mlp_width: 20, head: attention-pool}}
bridge: linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


def hybrid_towers():
    """DeepSeek-VL: SigLIP beside SAM, which sees a larger picture and hands on an inner layer too."""
    side, sam_side = 4, 6
    vision = dict(hidden_size=WIDTH, intermediate_size=28, hidden_act="gelu_pytorch_tanh", vision_use_head=False)
    vision |= dict(num_attention_heads=2, num_hidden_layers=2, patch_size=PATCH, image_size=side * PATCH)
    vision |= dict(model_type="siglip_vision_model")
    sam = SAM | dict(model_type="sam_vision_model", image_size=sam_side * PATCH)
    text = dict(LLAMA, model_type="llama")
    config = hf.DeepseekVLHybridConfig(
        vision_config=vision, high_res_vision_config=sam, text_config=text, tie_word_embeddings=False
    )
    model = hf.DeepseekVLHybridForConditionalGeneration._from_config(config, attn_implementation="eager")
    model = prepare(model, 28)
    inner = model.model
    x, ids = pixels(281, 1, 3, side * PATCH, side * PATCH), token_ids(282, 1, 6, 40)
    large = pixels(283, 1, 3, sam_side * PATCH, sam_side * PATCH)
    low = inner.get_low_res_image_features(x).last_hidden_state
    high = inner.get_high_res_image_features(large).last_hidden_state
    visual = inner.aligner(low, high)
    seen = {"vision_encoder": torch.cat([high, low], dim=-1), "bridge": visual}
    logits, step = run_llm((inner.language_model, model.lm_head), inner.language_model.embed_tokens, visual, ids)

    w = Weights(model)
    ours, theirs = "vision_encoder.tower_1", "model.high_res_vision_model.vision_encoder"
    sam_encoder(w, ours, theirs, 3, (1,))
    for at, name in enumerate([f"{theirs}.neck", "model.high_res_vision_neck"]):
        sam_neck(w, f"{ours}.neck" + ".inner" * at, name)
    for at in "12":
        w.module(f"{ours}.neck.halving.halving_{at}", f"model.high_res_vision_proj.conv{at}")
    w.copy(f"{ours}.neck.factor.gate", "model.high_res_vision_alpha")
    siglip(w, "vision_encoder.tower_2", "model.vision_model")
    for at, branch in enumerate(["high_res_vision_proj", "vision_proj"], 1):
        ours = f"bridge.branches_1.branch_{at}_1.projection_1_{at}_1.linear_1_{at}_1"
        w.module(ours, f"model.aligner.{branch}")
    w.module("bridge.projection_2.linear_3", "model.aligner.proj")
    llama(w, "model.language_model", "lm_head", 2)
    spec = f"""\
# DeepSeek-VL in small: SAM on a larger picture, with an inner layer, beside SigLIP
image: {side * PATCH}
encoder:
  join: channels
  towers:
    - image: {sam_side * PATCH}
      patch: {PATCH}
      width: 12
      depth: 3
      heads: 2
      mlp_width: 20
{indent(SAM_SPEC, "      ")}\
      neck: {{width: 8, resize: {4 * side}, halving: [16, 32], inner_layer: 2}}
    - {{patch: {PATCH}, width: {WIDTH}, depth: 2, heads: 2, mlp_width: 28, activation: gelu_tanh}}
bridge:
  steps:
    - branches: {{split: [32, {WIDTH}], join: channels, of: [[{{linear: 12}}], [{{linear: 12}}]]}}
    - gelu
    - linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), large, ids, seen, logits, step, {"pixels_2": x}


def davit():
    """Florence-2's tower and projector on an image that fills neither squares, stages nor windows. What
    the reference adds to each token for its frame, which is the same for all, is nothing here."""
    widths, depths, size = [8, WIDTH], [1, 2], (45, 62)
    vision = dict(
        embed_dim=widths,
        depths=depths,
        num_heads=[2, 4],
        num_groups=[4, 2],
        patch_size=[7, 3],
        patch_stride=[4, 2],
        patch_padding=[3, 1],
        patch_prenorm=[False, True],
        window_size=4,
        mlp_ratio=2.0,
        max_position_embeddings=10,
        projection_dim=LLM,
    )
    config = hf.Florence2Config(vision_config=vision)
    model = Model(Florence2VisionBackbone._from_config(config.vision_config, attn_implementation="eager"))
    model.projector = Florence2MultiModalProjector(config)
    model = prepare(model, 29)
    model.projector.visual_temporal_embed.pos_idx_to_embed.zero_()
    x, ids = pixels(291, 1, 3, *size), token_ids(292, 1, 6, 40)
    features = model.tower(x).last_hidden_state
    visual = model.projector(features)
    seen = {"vision_encoder": features.flatten(2).transpose(1, 2), "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "tower.convs.0.conv")
    w.module("vision_encoder.patch_embed.pre_norm", "tower.convs.0.norm")
    w.module("vision_encoder.stage_2.downsample.norm", "tower.convs.1.norm")
    w.module("vision_encoder.stage_2.downsample.conv", "tower.convs.1.conv")
    for at, depth in enumerate(depths):
        for i in range(depth):
            for half, attention in {"spatial": "window_attn", "channel": "channel_attn"}.items():
                parts = {"conv1": "conv1", "attention.norm": "norm1", "conv2": "conv2", "mlp.norm": "norm2"}
                parts |= {"attention.qkv": f"{attention}.qkv", "attention.out_proj": f"{attention}.proj"}
                parts |= {"mlp.fc1": "ffn.fc1", "mlp.fc2": "ffn.fc2"}
                ours = f"vision_encoder.stage_{at + 1}.blocks.{i}.{half}"
                w.modules(ours, f"tower.blocks.{at}.{i}.{half}_block", parts)
    positions = "projector.image_position_embed"
    for ours, theirs in {"columns": "column", "rows": "row"}.items():
        w.module(f"bridge.projection_1.{ours}_positions_1", f"{positions}.{theirs}_embeddings")
    w.module("bridge.projection_3.linear_3", "projector.image_projection")
    w.module("bridge.projection_3.norm_4", "projector.image_proj_norm")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# Florence-2 in small: DaViT, tables of columns and rows, the mean beside the tokens
image: {size[0]}x{size[1]}
encoder:
  patch: 4
  stages:
    - {{width: 8, depth: 1, kernel: 7, block: {{davit: {{heads: 2, groups: 4, window: 4, mlp_ratio: 2}}}}}}
    - {{width: {WIDTH}, depth: 2, kernel: 3, block: {{davit: {{heads: 4, groups: 2, window: 4, mlp_ratio: 2}}}}}}
  pre_norm: true
  post_norm: false
bridge:
  steps:
    - positions: {{rows: 10, halves: true, storage: flat}}
    - branches: {{join: tokens, of: [[{{pool: {{tokens: 1}}}}], []]}}
    - linear: {{bias: false}}
    - norm
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


def behind():
    """DeepSeek-OCR's towers: CLIP reads what SAM made, and stands beside it."""
    side, clip = 8, 32
    sam = SAM | dict(image_size=side * PATCH, downsample_channels=[16, clip])
    # Its positions belong to as many tokens as SAM leaves, 2 × 2.
    of_clip = dict(hidden_size=clip, intermediate_size=28, num_hidden_layers=2, num_attention_heads=2)
    of_clip |= dict(image_size=2 * PATCH, patch_size=PATCH)
    config = UnlimitedOcrVisionConfig(sam_config=sam, encoder_config=of_clip)
    tower = UnlimitedOcrVisionModel._from_config(config, attn_implementation="eager")
    model = prepare(Model(tower, 2 * clip), 30)
    x, ids = pixels(301, 1, 3, side * PATCH, side * PATCH), token_ids(302, 1, 6, 40)
    made = tower(x).last_hidden_state
    visual = model.bridge(made)
    # The reference puts CLIP's values first.
    seen = {"vision_encoder": torch.cat([made[..., clip:], made[..., :clip]], dim=-1), "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    ours, theirs = "vision_encoder.tower_1", "tower.sam_encoder"
    sam_encoder(w, ours, theirs, 3, (1,))
    sam_neck(w, f"{ours}.neck", f"{theirs}.neck")
    for at in "12":
        w.module(f"{ours}.neck.halving.halving_{at}", f"{theirs}.proj.conv{at}")
    ours, theirs = "vision_encoder.tower_2", "tower.vision_encoder"
    w.copy(f"{ours}.patch_embed.class_token.weight", f"{theirs}.embeddings.class_embedding")
    w.module(f"{ours}.patch_embed.position", f"{theirs}.embeddings.position_embedding")
    w.module(f"{ours}.patch_embed.pre_norm", f"{theirs}.pre_layrnorm")
    for i in range(2):
        w.modules(f"{ours}.blocks.{i}", f"{theirs}.encoder.layers.{i}", SIGLIP_BLOCK)
    kernel = w.tensor("bridge.weight")
    w.put("bridge.linear.proj.weight", torch.cat([kernel[:, clip:], kernel[:, :clip]], dim=1))
    w.copy("bridge.linear.proj.bias", "bridge.bias")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# DeepSeek-OCR's towers in small: SAM, and CLIP behind it
image: {side * PATCH}
encoder:
  towers:
    - patch: {PATCH}
      width: 12
      depth: 3
      heads: 2
      mlp_width: 20
{indent(SAM_SPEC, "      ")}\
      neck: {{width: 8, halving: [16, {clip}]}}
    - behind: true
      width: {clip}
      depth: 2
      heads: 2
      mlp_width: 28
      activation: quick_gelu
      class_token: true
      pre_norm: true
      post_norm: false
bridge: linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


def grid_mix():
    """LFM3-VL's tower: a gated convolution over the grid in two of three blocks."""
    grid = (4, 6)
    config = Lfm3VlVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=28,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        patch_size=PATCH,
        layer_types=["conv", "full_attention", "conv"],
        rope_parameters={"rope_type": "axial", "rope_theta": 10000.0},
    )
    model = prepare(Model(Lfm3VlVisionModel._from_config(config, attn_implementation="eager"), WIDTH), 31)
    x = pixels(311, 1, 3, 2, grid[0] * PATCH, grid[1] * PATCH)
    ids = token_ids(312, 1, 6, 40)
    features = model.tower(in_blocks(x, PATCH), grid_thw=torch.tensor([[1, *grid]])).last_hidden_state
    # The reference has the patches of a merged block together; here they stand row by row.
    features = features.view(1, grid[0] // 2, grid[1] // 2, 2, 2, WIDTH).transpose(2, 3).reshape(1, -1, WIDTH)
    visual = model.bridge(features)
    seen = {"vision_encoder": features, "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "tower.patch_embed")
    w.module("vision_encoder.patch_embed.pre_norm", "tower.embedding_norm")
    mlp = {"mlp.norm": "ffn_norm"} | {
        f"mlp.{ours}_proj": f"feed_forward.w{theirs}" for ours, theirs in {"gate": 1, "up": 3, "down": 2}.items()
    }
    attention = {f"attention.{one}_proj": f"self_attn.{one}_proj" for one in ("q", "k", "v", "out")}
    attention |= {f"attention.{one}_norm": f"self_attn.{one}_norm" for one in "qk"} | {"attention.norm": "operator_norm"}
    conv = {"in_proj": "in_proj", "conv": "spatial_conv", "out_proj": "out_proj"}
    conv = {f"grid_conv.{ours}": f"conv.{theirs}" for ours, theirs in conv.items()} | {"grid_conv.norm": "operator_norm"}
    for i, (kind, parts) in enumerate([("convolved", conv), ("full", attention), ("convolved", conv)]):
        w.modules(f"vision_encoder.blocks.{i}.{kind}", f"tower.layers.{i}", parts | mlp)
    w.module("bridge.linear.proj", "bridge")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# LFM3-VL's tower in small: gated convolutions over the grid, and attention in one block
image: {grid[0] * PATCH}x{grid[1] * PATCH}
encoder:
  patch: {PATCH}
  temporal_patch: 2
  patch_bias: false
  patch_storage: matrix
  width: {WIDTH}
  depth: 3
  heads: 2
  kv_heads: 1
  qk_norm: head
  mlp_width: 28
  mlp: gated
  activation: silu
  norm: rmsnorm
  bias: false
  position: rotary
  convolution: {{blocks: [0, 2]}}
  pre_norm: true
  post_norm: false
bridge: linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


def tower_experts():
    """SigLIP with experts of Qwen3-MoE in place of its MLPs: no published tower of transformers has some."""
    side = 4
    config = hf.SiglipVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=28,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=side * PATCH,
        patch_size=PATCH,
        vision_use_head=False,
    )
    of_experts = hf.Qwen3MoeConfig(
        hidden_size=WIDTH, num_experts=6, num_experts_per_tok=3, moe_intermediate_size=10, norm_topk_prob=True
    )
    tower = hf.SiglipVisionModel._from_config(config, attn_implementation="eager")
    for layer in tower.encoder.layers:
        layer.mlp = Qwen3MoeSparseMoeBlock(of_experts)
    model = prepare(Model(tower, WIDTH), 32)
    x, ids = pixels(321, 1, 3, side * PATCH, side * PATCH), token_ids(322, 1, 6, 40)
    features = tower(x).last_hidden_state
    visual = model.bridge(features)
    seen = {"vision_encoder": features, "bridge": visual}
    logits, step = run_llm(model.language, model.language.model.embed_tokens, visual, ids)

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "tower.embeddings.patch_embedding")
    w.module("vision_encoder.patch_embed.position", "tower.embeddings.position_embedding")
    block = {ours: theirs for ours, theirs in SIGLIP_BLOCK.items() if "fc" not in ours} | {"mlp.router": "mlp.gate"}
    for i in range(2):
        ours, theirs = f"vision_encoder.blocks.{i}", f"tower.encoder.layers.{i}"
        w.modules(ours, theirs, block)
        for part in ("gate_up_proj", "down_proj"):
            w.copy(f"{ours}.mlp.experts.{part}", f"{theirs}.mlp.experts.{part}")
    w.module("vision_encoder.post_norm.norm", "tower.post_layernorm")
    w.module("bridge.linear.proj", "bridge")
    llama(w, "language.model", "language.lm_head", 2)
    spec = f"""\
# A tower with experts
image: {side * PATCH}
encoder:
  patch: {PATCH}
  width: {WIDTH}
  depth: 2
  heads: 2
  mlp: {{moe: {{experts: 6, top_k: 3, width: 10}}}}
  activation: silu
bridge: linear
{LLAMA_SPEC}prompt: {{text_tokens: 6, dtype: f32}}
"""
    return spec, w.finish(), x, ids, seen, logits, step


MODELS = [windows, deepstack, features_of_grids, padded_windows, convnext, two_towers, inner_merge, hybrid_towers, davit, behind, grid_mix, tower_experts]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for one in [one for one in MODELS if not sys.argv[1:] or one.__name__ in sys.argv[1:]]:
        make(one, pathlib.Path(__file__).parent)
