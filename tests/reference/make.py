#!/usr/bin/env python3
"""Makes the reference data beside this file: tiny vision-language models, run by PyTorch.

    python -m venv venv && venv/bin/pip install torch transformers numpy
    venv/bin/python make.py              # all models
    venv/bin/python make.py llava gemma3 # some of them

Each `<name>.json` holds

    name, made_with   the model, and the versions of torch and transformers
    spec              the YAML spec that describes it
    weights           {path: {shape, values}}, by vlmcalc's paths and in its shapes
    inputs            pixels {shape, values}, with pixels_2 where a second tower sees another size, or of LLMs alone visual_tokens {shape, values};
                      token_ids [[..]], for InstructBLIP qformer_token_ids [[..]], and for encoder-decoder
                      LLMs start_ids [[..]], with which the decoder begins
    outputs           {scope path: {shape, values}}: what the scope hands on, that is the value of
                      its last node; `blocks.0` is the scope `blocks` after its first round
    decode            token_id (the same one for every prompt of the batch) and the logits of the
                      decode step that reads it after the prompt

A weight's path is scope path, node name and weight name, joined by dots. A scope that is repeated
has the number of the round after its name, also where it has one round only; a part that runs in
some rounds only (`cross_attention`, `sliding`, `full`) has no number of its own:
`bridge.blocks.2.cross_attention.k_proj.weight`, `llm.blocks.1.full.attention.norm.weight`.

All models are the classes of transformers, except `qwen_vl`, whose classes are not part of
transformers and are written here. They run in float32 with eager attention and without dropout.

Weights are drawn from a fixed seed: matrices and tables from a normal distribution of deviation
0.25 (patch convolutions 0.1), weights of norms around 1, biases around 0. They are rounded to 4
decimals before the model runs, so that the short numbers in the file are exact.

What is set differently from the published models, so that one convention holds everywhere:

* The epsilon is 1e-5 in every LayerNorm and 1e-6 in every RMSNorm: `patch_epsilons` writes it into
  the modules, whatever their configuration or code says, and prints where it was another.
* Rotary positions have theta 10000 in all layers (Gemma 3: in its full-attention layers too).
* Image tokens stand before the words, and all positions are 0, 1, 2, ...
* Gemma 3's LLM reads the image tokens causally, like the words.
* Qwen-VL's resampler has a position table of random numbers, as long as the patch grid, and its
  tower stores q, k and v one after the other (the published one stores them head by head).

What is stored differently from the model's own `state_dict`:

* OPT's position table lacks its first two rows, which are never read, and has two rows of zeros at
  the end: row i is added at position i.
* Gemma's RMSNorm multiplies by 1 + w: 1 + w is stored.
* Gemma multiplies looked-up words by the square root of the width: the product is stored. (Its head
  is not tied here for this reason.)
"""

import argparse
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import transformers as hf

LAYER_NORM_EPS = 1e-5
RMS_NORM_EPS = 1e-6
THETA = {"rope_type": "default", "rope_theta": 10000.0}
TOKEN = 7  # the one that the decode step reads


# Weights


def is_norm(module):
    return "norm" in type(module).__name__.lower()


def patch_epsilons(model):
    """One epsilon for all LayerNorms and one for all RMSNorms."""
    changed = set()
    for name, module in model.named_modules():
        wanted = LAYER_NORM_EPS if isinstance(module, nn.LayerNorm) else RMS_NORM_EPS
        for attribute in ("eps", "variance_epsilon"):
            if is_norm(module) and hasattr(module, attribute):
                if getattr(module, attribute) != wanted:
                    changed.add(f"{name} {getattr(module, attribute)} -> {wanted}")
                setattr(module, attribute, wanted)
    for line in sorted(changed):
        print("   epsilon:", line)


def randomise(model, seed):
    """Fills all parameters, each tied one once, with short decimals."""
    generator = torch.Generator().manual_seed(seed)
    norms = {id(module): module for module in model.modules() if is_norm(module)}
    of_norms = {id(p): type(m).__name__ for m in norms.values() for p in m.parameters(False)}
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            kind = of_norms.get(id(parameter))
            values = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            if kind is not None:
                # Gemma's norms multiply by 1 + w.
                around = 0.0 if name.endswith("bias") or kind.startswith("Gemma") else 1.0
                values = around + 0.25 * values
            elif parameter.dim() == 4:
                values = 0.1 * values
            else:
                values = 0.25 * values
            parameter.copy_(short(values))


def short(values):
    """To 4 decimals, in float32."""
    return torch.from_numpy(np.round(values.numpy(), 4)).float()


def prepare(model, seed):
    model = model.float().eval()
    patch_epsilons(model)
    randomise(model, seed)
    return model


class Weights:
    """Copies parameters from a model's names to vlmcalc's, and knows which are left."""

    def __init__(self, model):
        self.source = {name: p.detach() for name, p in model.named_parameters()}
        self.left = set(self.source)
        self.stored = {}

    def tensor(self, name):
        self.left.discard(name)
        return self.source[name]

    def put(self, path, tensor):
        assert path not in self.stored, path
        self.stored[path] = tensor

    def copy(self, path, name):
        """One tensor."""
        self.put(path, self.tensor(name))

    def module(self, path, name):
        """The weight and, where there is one, the bias of a module."""
        self.copy(f"{path}.weight", f"{name}.weight")
        if f"{name}.bias" in self.source:
            self.copy(f"{path}.bias", f"{name}.bias")

    def modules(self, path, name, pairs):
        for ours, theirs in pairs.items():
            self.module(f"{path}.{ours}", f"{name}.{theirs}")

    def norm_plus_one(self, path, name):
        """A Gemma norm."""
        self.put(f"{path}.weight", 1 + self.tensor(f"{name}.weight"))

    def finish(self):
        """All weights, when every parameter of the model has found its place."""
        assert not self.left, sorted(self.left)
        return self.stored


# Weights of stacks that several models share


SEPARATE = {f"attention.{x}_proj": f"self_attn.{x}_proj" for x in "qkv"}
VIT_BLOCK = {
    "attention.norm": "layer_norm1",
    "mlp.norm": "layer_norm2",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}
SIGLIP_BLOCK = VIT_BLOCK | SEPARATE | {"attention.out_proj": "self_attn.out_proj"}
BLIP_BLOCK = VIT_BLOCK | {"attention.qkv": "self_attn.qkv", "attention.out_proj": "self_attn.projection"}
LLAMA_BLOCK = SEPARATE | {
    "attention.norm": "input_layernorm",
    "attention.out_proj": "self_attn.o_proj",
    "mlp.norm": "post_attention_layernorm",
    "mlp.gate_proj": "mlp.gate_proj",
    "mlp.up_proj": "mlp.up_proj",
    "mlp.down_proj": "mlp.down_proj",
}


def siglip(w, name, depth):
    """SigLIP's tower, and those of Idefics 2 and SmolVLM."""
    w.module("vision_encoder.patch_embed.patch_conv", f"{name}.embeddings.patch_embedding")
    w.module("vision_encoder.patch_embed.position", f"{name}.embeddings.position_embedding")
    for i in range(depth):
        w.modules(f"vision_encoder.blocks.{i}", f"{name}.encoder.layers.{i}", SIGLIP_BLOCK)
    w.module("vision_encoder.post_norm.norm", f"{name}.post_layernorm")


def eva(w, name, depth):
    """BLIP-2's tower."""
    w.module("vision_encoder.patch_embed.patch_conv", f"{name}.embeddings.patch_embedding")
    w.copy("vision_encoder.patch_embed.class_token.weight", f"{name}.embeddings.class_embedding")
    w.copy("vision_encoder.patch_embed.position.weight", f"{name}.embeddings.position_embedding")
    for i in range(depth):
        w.modules(f"vision_encoder.blocks.{i}", f"{name}.encoder.layers.{i}", BLIP_BLOCK)
    w.module("vision_encoder.post_norm.norm", f"{name}.post_layernorm")


def qformer(w, depth, text):
    """BLIP-2's Q-Former, and InstructBLIP's with its text branch."""
    w.copy("bridge.queries.query_tokens.weight", "query_tokens")
    embeddings = "qformer.embeddings" if text else "qformer"
    w.module("bridge.queries.norm", f"{embeddings}.layernorm")
    if text:
        w.module("bridge.queries.word_embeddings", f"{embeddings}.word_embeddings")
        w.module("bridge.queries.position_embeddings", f"{embeddings}.position_embeddings")
    attention = {
        "q_proj": "attention.query",
        "k_proj": "attention.key",
        "v_proj": "attention.value",
        "out_proj": "output.dense",
        "norm": "output.LayerNorm",
    }
    for i in range(depth):
        ours, theirs = f"bridge.blocks.{i}", f"qformer.encoder.layer.{i}"
        w.modules(f"{ours}.attention", f"{theirs}.attention", attention)
        if i % 2 == 0:
            w.modules(f"{ours}.cross_attention", f"{theirs}.crossattention", attention)
        for part, suffix in [("mlp", "_query")] + [("mlp.text", "")] * text:
            w.module(f"{ours}.{part}.fc1", f"{theirs}.intermediate{suffix}.dense")
            w.module(f"{ours}.{part}.fc2", f"{theirs}.output{suffix}.dense")
            w.module(f"{ours}.{part}.norm", f"{theirs}.output{suffix}.LayerNorm")
    w.module("bridge.projection.proj", "language_projection")


def llama(w, name, head, depth, extra=None):
    """Llama, Mistral and Qwen."""
    w.module("llm.embed_tokens.embedding", f"{name}.embed_tokens")
    for i in range(depth):
        w.modules(f"llm.blocks.{i}", f"{name}.layers.{i}", LLAMA_BLOCK | (extra or {}))
    w.module("llm.final_norm.norm", f"{name}.norm")
    w.module("llm.lm_head.lm_head", head)


# Running


class Spy:
    """Keeps what modules read and make, by vlmcalc's scope paths."""

    def __init__(self):
        self.seen = {}
        self.hooks = []

    def output(self, path, module):
        def hook(_module, _args, output):
            # BLIP-2's tower calls its last norm a second time, for a pooled vector.
            self.seen.setdefault(path, output[0] if isinstance(output, tuple) else output)

        self.hooks.append(module.register_forward_hook(hook))

    def input(self, path, module):
        def hook(_module, args, kwargs):
            self.seen[path] = args[0] if args else kwargs["hidden_states"]

        self.hooks.append(module.register_forward_pre_hook(hook, with_kwargs=True))

    def stack(self, path, before, layers):
        """The input of a stack as the scope `before`, and what its first block makes."""
        self.input(before, layers[0])
        self.output(f"{path}.blocks.0", layers[0])

    def stop(self):
        for hook in self.hooks:
            hook.remove()


def run_llm(model, embed, visual, ids):
    """Logits of visual tokens and words as one sequence, and of one more token after them.

    `model` is a causal LM, or a pair of a decoder and a head.
    """

    def call(**inputs):
        if isinstance(model, tuple):
            decoder, head = model
            out = decoder(**inputs)
            return head(out.last_hidden_state), out.past_key_values
        out = model(**inputs)
        return out.logits, out.past_key_values

    embeds = torch.cat([visual, embed(ids)], dim=1)
    logits, cache = call(inputs_embeds=embeds, use_cache=True)
    token = torch.full((len(ids), 1), TOKEN)

    def step():
        return call(inputs_embeds=embed(token), past_key_values=cache, use_cache=True)[0]

    return logits, step


def pixels(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return short(torch.randn(shape, generator=generator, dtype=torch.float64))


def token_ids(seed, batch, count, vocab):
    """Words; the last row of the vocabulary is left to transformers' image token."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, vocab - 1, (batch, count), generator=generator)


def with_image(ids, visual, vocab):
    """Ids with the image token in front, as transformers' own models take them."""
    image = torch.full((len(ids), visual), vocab - 1)
    return torch.cat([image, ids], dim=1)


def agree(ours, theirs):
    """The sequence put together here is the one that transformers puts together."""
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


# The models


LLAMA = dict(
    hidden_size=24,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=40,
    max_position_embeddings=64,
    rope_parameters=THETA,
    rms_norm_eps=RMS_NORM_EPS,
    tie_word_embeddings=False,
)
LLAMA_SPEC = """\
llm:
  width: 24
  depth: 2
  heads: 4
  kv_heads: 2
  mlp_width: 40
  vocab: 40
  context: 64
"""


def llava():
    vision = hf.CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=28,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=28,
        patch_size=7,
        hidden_act="quick_gelu",
        layer_norm_eps=LAYER_NORM_EPS,
    )
    config = hf.LlavaConfig(
        vision_config=vision,
        text_config=hf.LlamaConfig(**LLAMA),
        image_token_index=39,
        image_seq_length=16,
    )
    model = prepare(hf.LlavaForConditionalGeneration._from_config(config, attn_implementation="eager"), 1)
    tower, decoder = model.model.vision_tower, model.model.language_model
    x, ids = pixels(101, 1, 3, 28, 28), token_ids(102, 1, 6, 40)
    spy = Spy()
    spy.stack("vision_encoder", "vision_encoder.patch_embed", tower.encoder.layers)
    spy.output("vision_encoder.post_norm.last", tower.encoder.layers[2])
    spy.input("vision_encoder", model.model.multi_modal_projector)
    spy.output("bridge", model.model.multi_modal_projector)
    visual = torch.stack(model.model.get_image_features(x).pooler_output)
    spy.output("llm.blocks.0", decoder.layers[0])
    logits, step = run_llm((decoder, model.lm_head), decoder.embed_tokens, visual, ids)
    spy.stop()
    last = spy.seen.pop("vision_encoder.post_norm.last")
    spy.seen["vision_encoder.later_blocks.0"] = last
    spy.seen["vision_encoder.post_norm"] = tower.post_layernorm(last)
    agree(logits, model(input_ids=with_image(ids, 16, 40), pixel_values=x).logits)

    w = Weights(model)
    name = "model.vision_tower"
    w.module("vision_encoder.patch_embed.patch_conv", f"{name}.embeddings.patch_embedding")
    w.copy("vision_encoder.patch_embed.class_token.weight", f"{name}.embeddings.class_embedding")
    w.module("vision_encoder.patch_embed.position", f"{name}.embeddings.position_embedding")
    w.module("vision_encoder.patch_embed.pre_norm", f"{name}.pre_layrnorm")
    for i, ours in enumerate(["blocks.0", "blocks.1", "later_blocks.0"]):
        w.modules(f"vision_encoder.{ours}", f"{name}.encoder.layers.{i}", SIGLIP_BLOCK)
    w.module("vision_encoder.post_norm.norm", f"{name}.post_layernorm")
    for i in (1, 2):
        w.module(f"bridge.mlp.linear_{i}", f"model.multi_modal_projector.linear_{i}")
    llama(w, "model.language_model", "lm_head", 2)
    spec = """\
# LLaVA-1.5 in small: CLIP with class token, features of the last block but one, MLP, Llama
image: 28
encoder:
  patch: 7
  width: 16
  depth: 3
  heads: 2
  mlp_width: 28
  activation: quick_gelu
  class_token: true
  patch_bias: false
  pre_norm: true
  feature_layer: -2
bridge: mlp
""" + LLAMA_SPEC + """\
prompt: {text_tokens: 6, dtype: f32}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


BLIP_TOWER = dict(
    hidden_size=20,
    intermediate_size=36,
    num_hidden_layers=2,
    num_attention_heads=2,
    image_size=28,
    patch_size=7,
    hidden_act="gelu",
    layer_norm_eps=LAYER_NORM_EPS,
)
BLIP_TOWER_SPEC = """\
image: 28
encoder:
  patch: 7
  width: 20
  depth: 2
  heads: 2
  mlp_width: 36
  class_token: true
  qkv: fused
  table_storage: batched
  feature_select: all
"""
QFORMER = dict(
    hidden_size=16,
    intermediate_size=20,
    num_hidden_layers=3,
    num_attention_heads=4,
    vocab_size=32,
    max_position_embeddings=12,
    layer_norm_eps=LAYER_NORM_EPS,
    cross_attention_frequency=2,
)


def spy_on_blip(spy, model):
    spy.stack("vision_encoder", "vision_encoder.patch_embed", model.vision_model.encoder.layers)
    spy.output("vision_encoder", model.vision_model.post_layernorm)
    layers = model.qformer.encoder.layer
    spy.stack("bridge", "bridge.queries", layers)
    for i in (0, 2):
        spy.input(f"bridge.blocks.{i}.cross_attention.queries", layers[i].crossattention)
        spy.output(f"bridge.blocks.{i}.cross_attention", layers[i].crossattention)
    for i in (1, 2):
        spy.output(f"bridge.blocks.{i}", layers[i])
    spy.output("bridge", model.language_projection)


def blip2():
    text = hf.OPTConfig(
        hidden_size=24,
        word_embed_proj_dim=24,
        ffn_dim=40,
        num_hidden_layers=2,
        num_attention_heads=4,
        vocab_size=40,
        max_position_embeddings=30,
        activation_function="relu",
        do_layer_norm_before=True,
        tie_word_embeddings=True,
        dropout=0.0,
    )
    config = hf.Blip2Config(
        vision_config=hf.Blip2VisionConfig(**BLIP_TOWER),
        qformer_config=hf.Blip2QFormerConfig(**QFORMER),
        text_config=text,
        num_query_tokens=4,
        image_token_index=39,
        tie_word_embeddings=True,
    )
    model = prepare(hf.Blip2ForConditionalGeneration._from_config(config, attn_implementation="eager"), 2)
    lm = model.language_model
    assert lm.lm_head.weight is lm.model.decoder.embed_tokens.weight
    x, ids = pixels(201, 1, 3, 28, 28), token_ids(202, 1, 5, 40)
    spy = Spy()
    spy_on_blip(spy, model)
    visual = model.get_image_features(x).pooler_output
    spy.stack("llm", "llm.embed_positions", lm.model.decoder.layers)
    logits, step = run_llm(lm, lm.model.decoder.embed_tokens, visual, ids)
    spy.stop()
    for i in (0, 2):  # without text, the scope reads what the attention hands on
        spy.seen[f"bridge.blocks.{i}.attention"] = spy.seen.pop(f"bridge.blocks.{i}.cross_attention.queries")
    agree(logits, model(input_ids=with_image(ids, 4, 40), pixel_values=x).logits)

    w = Weights(model)
    eva(w, "vision_model", 2)
    qformer(w, 3, text=False)
    name = "language_model.model.decoder"
    w.module("llm.embed_tokens.embedding", f"{name}.embed_tokens")
    table = w.tensor(f"{name}.embed_positions.weight")
    w.put("llm.embed_positions.position.weight", torch.cat([table[2:], torch.zeros_like(table[:2])]))
    block = SEPARATE | {
        "attention.norm": "self_attn_layer_norm",
        "attention.out_proj": "self_attn.out_proj",
        "mlp.norm": "final_layer_norm",
        "mlp.fc1": "fc1",
        "mlp.fc2": "fc2",
    }
    for i in range(2):
        w.modules(f"llm.blocks.{i}", f"{name}.layers.{i}", block)
    w.module("llm.final_norm.norm", f"{name}.final_layer_norm")
    spec = """\
# BLIP-2 in small: EVA tower with its class token kept, Q-Former, OPT
""" + BLIP_TOWER_SPEC + """\
bridge:
  qformer: {queries: 4, width: 16, depth: 3, heads: 4, mlp_width: 20, cross_attention_every: 2}
llm:
  width: 24
  depth: 2
  heads: 4
  mlp_width: 40
  mlp: plain
  activation: relu
  norm: layernorm
  bias: true
  vocab: 40
  tied: true
  position: {learned: {rows: 32}}
  context: 30
prompt: {text_tokens: 5, dtype: f32}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


def instructblip():
    config = hf.InstructBlipConfig(
        vision_config=hf.InstructBlipVisionConfig(**BLIP_TOWER),
        qformer_config=hf.InstructBlipQFormerConfig(**QFORMER),
        text_config=hf.LlamaConfig(**LLAMA),
        num_query_tokens=4,
        image_token_index=39,
        tie_word_embeddings=False,
    )
    model = hf.InstructBlipForConditionalGeneration._from_config(config, attn_implementation="eager")
    model = prepare(model, 8)
    lm = model.language_model
    x, ids = pixels(801, 1, 3, 28, 28), token_ids(802, 1, 6, 40)
    instruction = token_ids(803, 1, 5, 32)
    spy = Spy()
    spy_on_blip(spy, model)
    visual = model.get_image_features(x, qformer_input_ids=instruction).pooler_output
    spy.output("llm.blocks.0", lm.model.layers[0])
    logits, step = run_llm(lm, lm.model.embed_tokens, visual, ids)
    spy.stop()
    for i in (0, 2):  # the modules see the queries only; the scopes hand on the text with them
        spy.seen.pop(f"bridge.blocks.{i}.cross_attention.queries")
        spy.seen.pop(f"bridge.blocks.{i}.cross_attention")
    full = model(input_ids=with_image(ids, 4, 40), pixel_values=x, qformer_input_ids=instruction)
    agree(logits, full.logits)

    w = Weights(model)
    eva(w, "vision_model", 2)
    qformer(w, 3, text=True)
    llama(w, "language_model.model", "language_model.lm_head", 2)
    spec = """\
# InstructBLIP in small: EVA tower with its class token kept, Q-Former that reads the instruction, Llama
""" + BLIP_TOWER_SPEC + """\
bridge:
  qformer:
    queries: 4
    width: 16
    depth: 3
    heads: 4
    mlp_width: 20
    cross_attention_every: 2
    text: {vocab: 32, positions: 12, tokens: 5}
""" + LLAMA_SPEC + """\
prompt: {text_tokens: 6, dtype: f32}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step, {"qformer_token_ids": instruction}


SIGLIP = dict(
    hidden_size=20,
    intermediate_size=36,
    num_hidden_layers=2,
    num_attention_heads=2,
    image_size=28,
    patch_size=7,
    hidden_act="gelu_pytorch_tanh",
    layer_norm_eps=LAYER_NORM_EPS,
)
SIGLIP_SPEC = """\
image: 28
encoder:
  patch: 7
  width: 20
  depth: 2
  heads: 2
  mlp_width: 36
  activation: gelu_tanh
"""


def idefics2():
    text = hf.MistralConfig(
        **LLAMA
        | dict(hidden_size=16, num_hidden_layers=2, intermediate_size=28, head_dim=6, sliding_window=None)
    )
    perceiver = hf.models.idefics2.Idefics2PerceiverConfig(
        hidden_act="silu",
        hidden_size=16,
        rms_norm_eps=RMS_NORM_EPS,
        resampler_n_latents=5,
        resampler_depth=2,
        resampler_n_heads=4,
        resampler_head_dim=6,
        num_key_value_heads=2,
    )
    vision = hf.models.idefics2.Idefics2VisionConfig(**SIGLIP)
    config = hf.Idefics2Config(
        vision_config=vision,
        perceiver_config=perceiver,
        text_config=text,
        image_token_id=39,
        tie_word_embeddings=False,
    )
    model = prepare(hf.Idefics2ForConditionalGeneration._from_config(config, attn_implementation="eager"), 3)
    tower, connector, decoder = model.model.vision_model, model.model.connector, model.model.text_model
    x, ids = pixels(301, 1, 3, 28, 28), token_ids(302, 1, 7, 40)
    spy = Spy()
    positions = []
    hook = tower.embeddings.position_embedding.register_forward_pre_hook(lambda _, args: positions.append(args[0]))
    spy.stack("vision_encoder", "vision_encoder.patch_embed", tower.encoder.layers)
    spy.output("vision_encoder", tower.post_layernorm)
    spy.output("bridge.input_mlp", connector.modality_projection)
    spy.output("bridge.blocks.0", connector.perceiver_resampler.layers[0])
    spy.output("bridge", connector)
    visual = model.model.get_image_features(x.unsqueeze(1)).pooler_output[0].unsqueeze(0)
    hook.remove()
    assert positions[0].tolist() == [list(range(16))], "the image's grid is not the table's"
    spy.output("llm.blocks.0", decoder.layers[0])
    logits, step = run_llm((decoder, model.lm_head), decoder.embed_tokens, visual, ids)
    spy.stop()
    agree(logits, model(input_ids=with_image(ids, 5, 40), pixel_values=x.unsqueeze(1)).logits)

    w = Weights(model)
    siglip(w, "model.vision_model", 2)
    gated = {f"{x}_proj": f"{x}_proj" for x in ("gate", "up", "down")}
    w.modules("bridge.input_mlp", "model.connector.modality_projection", gated)
    name = "model.connector.perceiver_resampler"
    w.copy("bridge.latents.latents.weight", f"{name}.latents")
    block = SEPARATE | {
        "attention.latents_norm": "input_latents_norm",
        "attention.context_norm": "input_context_norm",
        "attention.out_proj": "self_attn.o_proj",
        "mlp.norm": "post_attention_layernorm",
        "mlp.gate_proj": "mlp.gate_proj",
        "mlp.up_proj": "mlp.up_proj",
        "mlp.down_proj": "mlp.down_proj",
    }
    for i in range(2):
        w.modules(f"bridge.blocks.{i}", f"{name}.layers.{i}", block)
    w.module("bridge.final_norm.norm", f"{name}.norm")
    llama(w, "model.text_model", "lm_head", 2)
    spec = """\
# Idefics 2 in small: SigLIP, gated MLP and Perceiver, Mistral
""" + SIGLIP_SPEC + """\
bridge:
  resampler:
    latents: 5
    depth: 2
    heads: 4
    kv_heads: 2
    head_dim: 6
    mlp_width: 64
    input_mlp: {width: 28}
llm:
  width: 16
  depth: 2
  heads: 4
  kv_heads: 2
  head_dim: 6
  mlp_width: 28
  vocab: 40
  context: 64
prompt: {text_tokens: 7, dtype: f32}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


def internvl(qwen3=False):
    vision = hf.InternVLVisionConfig(
        hidden_size=16,
        intermediate_size=28,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=[28, 28],
        patch_size=[7, 7],
        attention_bias=True,
        hidden_act="gelu",
        layer_norm_eps=LAYER_NORM_EPS,
    )
    text = hf.Qwen3Config(**LLAMA | dict(head_dim=8)) if qwen3 else hf.Qwen2Config(**LLAMA)
    config = hf.InternVLConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=39,
        image_seq_length=4,
        downsample_ratio=0.5,
        tie_word_embeddings=False,
    )
    model = hf.InternVLForConditionalGeneration._from_config(config, attn_implementation="eager")
    model = prepare(model, 5 if qwen3 else 4)
    tower, projector, decoder = (
        model.model.vision_tower,
        model.model.multi_modal_projector,
        model.model.language_model,
    )
    batch, seed = (2, 500) if qwen3 else (1, 400)
    x, ids = pixels(seed + 1, batch, 3, 28, 28), token_ids(seed + 2, batch, 6, 40)
    spy = Spy()
    spy.stack("vision_encoder", "vision_encoder.patch_embed", tower.encoder.layer)
    spy.output("vision_encoder", tower.encoder.layer[1])
    spy.input("bridge.pixel_shuffle", projector.layer_norm)
    spy.output("bridge", projector)
    visual = model.model.get_image_features(x).pooler_output
    spy.output("llm.blocks.0", decoder.layers[0])
    logits, step = run_llm((decoder, model.lm_head), decoder.embed_tokens, visual, ids)
    spy.stop()
    spy.seen["vision_encoder"] = spy.seen["vision_encoder"][:, 1:]
    agree(logits, model(input_ids=with_image(ids, 4, 40), pixel_values=x).logits)

    # vlmcalc folds blocks as Idefics 3 does. transformers' InternVL folds them in the same order, so
    # that the projection's weights need no permutation.
    folded = hf.models.idefics3.modeling_idefics3.Idefics3Connector.pixel_shuffle(
        None, spy.seen["vision_encoder"], 2
    )
    assert torch.equal(folded, spy.seen["bridge.pixel_shuffle"])

    w = Weights(model)
    name = "model.vision_tower"
    w.module("vision_encoder.patch_embed.patch_conv", f"{name}.embeddings.patch_embeddings.projection")
    w.copy("vision_encoder.patch_embed.class_token.weight", f"{name}.embeddings.cls_token")
    w.copy("vision_encoder.patch_embed.position.weight", f"{name}.embeddings.position_embeddings")
    block = {
        "attention.norm": "layernorm_before",
        "attention.q_proj": "attention.q_proj",
        "attention.k_proj": "attention.k_proj",
        "attention.v_proj": "attention.v_proj",
        "attention.out_proj": "attention.projection_layer",
        "mlp.norm": "layernorm_after",
        "mlp.fc1": "mlp.fc1",
        "mlp.fc2": "mlp.fc2",
    }
    for i in range(2):
        ours, theirs = f"vision_encoder.blocks.{i}", f"{name}.encoder.layer.{i}"
        w.modules(ours, theirs, block)
        w.copy(f"{ours}.attention.layer_scale.lambda", f"{theirs}.lambda_1")
        w.copy(f"{ours}.mlp.layer_scale.lambda", f"{theirs}.lambda_2")
    name = "model.multi_modal_projector"
    w.module("bridge.projection.norm", f"{name}.layer_norm")
    for i in (1, 2):
        w.module(f"bridge.projection.linear_{i}", f"{name}.linear_{i}")
    norms = {f"attention.{x}_norm": f"self_attn.{x}_norm" for x in "qk"}
    llama(w, "model.language_model", "lm_head", 2, extra=norms if qwen3 else None)
    decoder_spec = "  head_dim: 8\n  qk_norm: head\n" if qwen3 else "  bias: {qkv: true}\n"
    prompt = "{text_tokens: 6, batch: 2, dtype: f32}" if qwen3 else "{text_tokens: 6, dtype: f32}"
    spec = f"""\
# InternVL in small: InternViT, pixel shuffle with norm and MLP, {"Qwen3" if qwen3 else "Qwen2"}
image: 28
encoder:
  patch: 7
  width: 16
  depth: 2
  heads: 2
  mlp_width: 28
  layer_scale: true
  class_token: true
  table_storage: batched
  post_norm: false
  feature_layer: -1
bridge:
  pixel-shuffle:
    factor: 2
    then: {{mlp: {{norm: layernorm}}}}
{LLAMA_SPEC}{decoder_spec}prompt: {prompt}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


def internvl_qwen3():
    return internvl(qwen3=True)


def smolvlm():
    vision = hf.models.smolvlm.SmolVLMVisionConfig(**SIGLIP)
    config = hf.SmolVLMConfig(
        vision_config=vision,
        text_config=hf.LlamaConfig(**LLAMA),
        scale_factor=2,
        image_token_id=39,
        tie_word_embeddings=False,
    )
    model = prepare(hf.SmolVLMForConditionalGeneration._from_config(config, attn_implementation="eager"), 6)
    tower, connector, decoder = model.model.vision_model, model.model.connector, model.model.text_model
    x, ids = pixels(601, 2, 3, 28, 28), token_ids(602, 1, 6, 40)  # two images in one prompt
    spy = Spy()
    spy.stack("vision_encoder", "vision_encoder.patch_embed", tower.encoder.layers)
    spy.output("vision_encoder", tower.post_layernorm)
    spy.input("bridge.pixel_shuffle", connector.modality_projection)
    spy.output("bridge.projection", connector)
    visual = torch.cat(model.model.get_image_features(x.unsqueeze(0)).pooler_output).reshape(1, 8, 24)
    spy.output("llm.blocks.0", decoder.layers[0])
    logits, step = run_llm((decoder, model.lm_head), decoder.embed_tokens, visual, ids)
    spy.stop()
    spy.seen["bridge"] = visual
    agree(logits, model(input_ids=with_image(ids, 8, 40), pixel_values=x.unsqueeze(0)).logits)

    w = Weights(model)
    siglip(w, "model.vision_model", 2)
    w.module("bridge.projection.proj", "model.connector.modality_projection.proj")
    llama(w, "model.text_model", "lm_head", 2)
    spec = """\
# SmolVLM in small: SigLIP, pixel shuffle, one matrix, Llama; two images
""" + SIGLIP_SPEC + """\
bridge:
  pixel-shuffle:
    factor: 2
    then: {linear: {bias: false}}
""" + LLAMA_SPEC + """\
prompt: {text_tokens: 6, images: 2, dtype: f32}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


def gemma3():
    text = hf.Gemma3TextConfig(
        hidden_size=16,
        intermediate_size=28,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=6,
        query_pre_attn_scalar=6,
        vocab_size=40,
        max_position_embeddings=64,
        rms_norm_eps=RMS_NORM_EPS,
        sliding_window=4,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={"sliding_attention": dict(THETA), "full_attention": dict(THETA)},
        tie_word_embeddings=False,
    )
    config = hf.Gemma3Config(
        text_config=text,
        vision_config=hf.SiglipVisionConfig(**SIGLIP, vision_use_head=False),
        mm_tokens_per_image=4,
        image_token_index=39,
        boi_token_index=38,
        eoi_token_index=37,
        tie_word_embeddings=False,
    )
    model = prepare(hf.Gemma3ForConditionalGeneration._from_config(config, attn_implementation="eager"), 7)
    tower, projector, decoder = (
        model.model.vision_tower,
        model.model.multi_modal_projector,
        model.model.language_model,
    )
    assert model.lm_head.weight is not decoder.embed_tokens.weight
    x, ids = pixels(701, 1, 3, 28, 28), token_ids(702, 1, 6, 37)
    spy = Spy()
    spy.stack("vision_encoder", "vision_encoder.patch_embed", tower.encoder.layers)
    spy.output("vision_encoder", tower.post_layernorm)
    spy.input("bridge.pool", projector.mm_soft_emb_norm)
    spy.output("bridge", projector)
    visual = model.model.get_image_features(x).pooler_output
    for i in range(2):
        spy.output(f"llm.blocks.{i}", decoder.layers[i])
    logits, step = run_llm((decoder, model.lm_head), decoder.embed_tokens, visual, ids)
    spy.stop()

    w = Weights(model)
    siglip(w, "model.vision_tower", 2)
    name = "model.multi_modal_projector"
    w.norm_plus_one("bridge.projection.norm", f"{name}.mm_soft_emb_norm")
    w.copy("bridge.projection.proj.weight", f"{name}.mm_input_projection_weight")
    name = "model.language_model"
    w.put("llm.embed_tokens.embedding.weight", math.sqrt(16) * w.tensor(f"{name}.embed_tokens.weight"))
    for i, part in enumerate(["sliding", "full", "sliding"]):
        ours, theirs = f"llm.blocks.{i}.{part}", f"{name}.layers.{i}"
        for x_proj in ("q_proj", "k_proj", "v_proj"):
            w.module(f"{ours}.attention.{x_proj}", f"{theirs}.self_attn.{x_proj}")
        w.module(f"{ours}.attention.out_proj", f"{theirs}.self_attn.o_proj")
        for x_proj in ("gate_proj", "up_proj", "down_proj"):
            w.module(f"{ours}.mlp.{x_proj}", f"{theirs}.mlp.{x_proj}")
        norms = {
            "attention.norm": "input_layernorm",
            "attention.q_norm": "self_attn.q_norm",
            "attention.k_norm": "self_attn.k_norm",
            "attention.post_norm": "post_attention_layernorm",
            "mlp.norm": "pre_feedforward_layernorm",
            "mlp.post_norm": "post_feedforward_layernorm",
        }
        for norm, theirs_norm in norms.items():
            w.norm_plus_one(f"{ours}.{norm}", f"{theirs}.{theirs_norm}")
    w.norm_plus_one("llm.final_norm.norm", f"{name}.norm")
    w.module("llm.lm_head.lm_head", "lm_head")
    spec = """\
# Gemma 3 in small: SigLIP, average pool, norm and [in, out] matrix, Gemma with sliding windows
""" + SIGLIP_SPEC + """\
bridge:
  avg-pool:
    tokens: 4
    then: {linear: {bias: false, norm: rmsnorm, layout: in_out}}
llm:
  width: 16
  depth: 3
  heads: 4
  kv_heads: 2
  head_dim: 6
  mlp_width: 28
  activation: gelu_tanh
  qk_norm: head
  norms_per_block: 4
  vocab: 40
  context: 64
  sliding_window: 4
  full_attention_every: 2
prompt: {text_tokens: 6, dtype: f32}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


class QwenBlock(nn.Module):
    """A block of Qwen-VL's ViT."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.fc2(F.gelu(self.fc1(self.ln_2(x))))


class QwenResampler(nn.Module):
    """Qwen-VL's resampler, for as many latents as the image has patches."""

    def __init__(self, latents, width, heads, kv_width):
        super().__init__()
        self.pos_embed = nn.Parameter(torch.zeros(latents, width))
        self.query = nn.Parameter(torch.zeros(latents, width))
        self.kv_proj = nn.Linear(kv_width, width, bias=False)
        self.attn = nn.MultiheadAttention(width, heads)
        self.ln_q = nn.LayerNorm(width)
        self.ln_kv = nn.LayerNorm(width)

    def forward(self, x):
        x = self.ln_kv(self.kv_proj(x)).permute(1, 0, 2)
        pos = self.pos_embed.unsqueeze(1)
        q = self.ln_q(self.query).unsqueeze(1).repeat(1, x.shape[1], 1)
        out = self.attn(q + pos, x + pos, x, attn_mask=None)[0]
        return out.permute(1, 0, 2)


class QwenVisual(nn.Module):
    """Qwen-VL's tower and bridge, with a plain position table and q, k and v as torch has them."""

    def __init__(self, width, depth, heads, hidden, patch, patches, out_width, out_heads):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.positional_embedding = nn.Parameter(torch.zeros(patches, width))
        self.ln_pre = nn.LayerNorm(width)
        self.blocks = nn.ModuleList([QwenBlock(width, heads, hidden) for _ in range(depth)])
        self.attn_pool = QwenResampler(patches, out_width, out_heads, width)
        self.ln_post = nn.LayerNorm(out_width)
        self.proj = nn.Parameter(torch.zeros(out_width, out_width))

    def forward(self, x):
        x = self.conv1(x).flatten(2).transpose(1, 2) + self.positional_embedding
        x = self.ln_pre(x)
        for block in self.blocks:
            x = block(x)
        return self.ln_post(self.attn_pool(x)) @ self.proj


def qwen_vl():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.visual = QwenVisual(20, 2, 2, 36, 7, 20, 24, 4)
            self.language = hf.LlamaForCausalLM._from_config(
                hf.LlamaConfig(**LLAMA | dict(num_key_value_heads=4)), attn_implementation="eager"
            )

    model = prepare(Model(), 9)
    visual_model, lm = model.visual, model.language
    x, ids = pixels(901, 1, 3, 28, 35), token_ids(902, 1, 6, 40)  # 4 rows of 5 patches
    spy = Spy()
    spy.stack("vision_encoder", "vision_encoder.patch_embed", visual_model.blocks)
    spy.output("vision_encoder", visual_model.blocks[1])
    spy.output("bridge.cross_attention", visual_model.attn_pool)
    visual = visual_model(x)
    spy.seen["bridge"] = visual
    spy.output("llm.blocks.0", lm.model.layers[0])
    logits, step = run_llm(lm, lm.model.embed_tokens, visual, ids)
    spy.stop()

    w = Weights(model)
    w.module("vision_encoder.patch_embed.patch_conv", "visual.conv1")
    w.copy("vision_encoder.patch_embed.position.weight", "visual.positional_embedding")
    w.module("vision_encoder.patch_embed.pre_norm", "visual.ln_pre")
    for i in range(2):
        ours, theirs = f"vision_encoder.blocks.{i}", f"visual.blocks.{i}"
        w.copy(f"{ours}.attention.qkv.weight", f"{theirs}.attn.in_proj_weight")
        w.copy(f"{ours}.attention.qkv.bias", f"{theirs}.attn.in_proj_bias")
        w.module(f"{ours}.attention.out_proj", f"{theirs}.attn.out_proj")
        w.module(f"{ours}.attention.norm", f"{theirs}.ln_1")
        w.module(f"{ours}.mlp.norm", f"{theirs}.ln_2")
        w.module(f"{ours}.mlp.fc1", f"{theirs}.fc1")
        w.module(f"{ours}.mlp.fc2", f"{theirs}.fc2")
    ours, theirs = "bridge.cross_attention", "visual.attn_pool"
    w.copy(f"{ours}.latents.weight", f"{theirs}.query")
    w.copy(f"{ours}.position.weight", f"{theirs}.pos_embed")
    w.module(f"{ours}.latents_norm", f"{theirs}.ln_q")
    w.module(f"{ours}.context_norm", f"{theirs}.ln_kv")
    w.module(f"{ours}.kv_proj", f"{theirs}.kv_proj")
    # The rows of q, k and v, in this order, stand in one matrix under the name of the first.
    w.copy(f"{ours}.in_proj.weight", f"{theirs}.attn.in_proj_weight")
    w.copy(f"{ours}.in_proj.bias", f"{theirs}.attn.in_proj_bias")
    w.module(f"{ours}.out_proj", f"{theirs}.attn.out_proj")
    w.module("bridge.projection.norm", "visual.ln_post")
    w.copy("bridge.projection.proj.weight", "visual.proj")
    llama(w, "language.model", "language.lm_head", 2)
    spec = """\
# Qwen-VL in small: ViT with a norm in front, one cross-attention, Llama; 4 rows of 5 patches
image: 28x35
encoder:
  patch: 7
  width: 20
  depth: 2
  heads: 2
  mlp_width: 36
  patch_bias: false
  qkv: fused
  pre_norm: true
  post_norm: false
bridge:
  resampler:
    form: cross-attention
    latents: 20
    heads: 4
    qkv: fused
    then: {linear: {bias: false, norm: layernorm, layout: in_out}}
llm:
  width: 24
  depth: 2
  heads: 4
  mlp_width: 40
  vocab: 40
  context: 64
prompt: {text_tokens: 6, dtype: f32}
"""
    return spec, w.finish(), x, ids, spy.seen, logits, step


MODELS = [
    llava,
    blip2,
    idefics2,
    internvl,
    internvl_qwen3,
    smolvlm,
    gemma3,
    qwen_vl,
    instructblip,
]


# Writing


def number(value):
    """Enough digits for a float32, without those that say nothing."""
    text = np.format_float_positional(np.float32(value), unique=True, trim="-")
    return text if len(text) < 14 else f"{value:.9g}"


def stored(tensor):
    values = ",".join(number(v) for v in tensor.detach().contiguous().flatten().numpy())
    return f'{{"shape":{json.dumps(list(tensor.shape))},"values":[{values}]}}'


def table(tensors):
    lines = [f"{json.dumps(path)}:{stored(tensors[path])}" for path in sorted(tensors)]
    return "{\n" + ",\n".join(lines) + "\n}"


def make(model, folder):
    print(model.__name__)
    with torch.no_grad():
        spec, weights, x, ids, outputs, logits, step, *more = model()
        after = step()
    outputs = outputs | {"llm": logits}
    given = "visual_tokens" if x.dim() == 3 else "pixels"
    inputs = f'{{\n"{given}":{stored(x)},\n"token_ids":{json.dumps(ids.tolist())}'
    for name, value in more[0].items() if more else ():
        written = stored(value) if value.is_floating_point() else json.dumps(value.tolist())
        inputs += f',\n"{name}":{written}'
    versions = {"torch": torch.__version__.split("+")[0], "transformers": hf.__version__}
    parts = {
        "name": json.dumps(model.__name__),
        "made_with": json.dumps(versions),
        "spec": json.dumps(spec),
        "inputs": inputs + "\n}",
        "weights": table(weights),
        "outputs": table(outputs),
        "decode": f'{{"token_id":{TOKEN},\n"logits":{stored(after)}}}',
    }
    text = "{\n" + ",\n".join(f'"{key}":{value}' for key, value in parts.items()) + "\n}\n"
    json.loads(text)
    (folder / f"{model.__name__}.json").write_text(text)
    size = max(float(value.abs().max()) for value in outputs.values())
    print(f"   {len(text) / 1000:.0f} kB, {len(weights)} weights, largest value {size:.3g}")


def main():
    names = [model.__name__ for model in MODELS]
    parser = argparse.ArgumentParser(description="Makes the reference data.")
    parser.add_argument("models", nargs="*", metavar="model", help=f"of {', '.join(names)}; all if none is given")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    arguments = parser.parse_args()
    unknown = set(arguments.models) - set(names)
    if unknown:
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    for model in MODELS:
        if not arguments.models or model.__name__ in arguments.models:
            make(model, arguments.out)


if __name__ == "__main__":
    main()
