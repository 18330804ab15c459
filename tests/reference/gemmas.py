#!/usr/bin/env python3
"""Makes the reference data of the LLMs of Gemma 4 and Gemma 3n, behind image tokens that are given: as
`make.py`, which says what is in a file.

    venv/bin/python gemmas.py

What is set differently from the published models:

* Rotary positions turn the whole head by theta 10000 in all layers (Gemma 4: a quarter of it in the full
  ones).
* Logits are not capped, and no activation of Gemma 3n is made sparse.

What is stored differently from the model's own `state_dict`, so that fixed factors are in the weights:

* The words, and the words of each layer, times the square root of their width. What is looked up for a
  layer, and the norm of its projection, divided by the square root of 2.
* The projection to all layers, and the factors of Gemma 4's router, divided by the square root of the
  width; the norm of Gemma 3n's router divided by the width.
* The norm of queries times the square root of the head size: these models do not divide by it.
"""

import math
import pathlib

import torch
import transformers as hf
from make import THETA, TOKEN, Spy, Weights, make, prepare, short, token_ids

WIDTH, VISUAL, VOCAB, OWN = 16, 3, 40, 6


def visual(seed):
    generator = torch.Generator().manual_seed(seed)
    return short(torch.randn((1, VISUAL, WIDTH), generator=generator, dtype=torch.float64))


def run(model, features, ids):
    """Logits of visual tokens and words as one sequence, and of one more token after them."""
    decoder, head = model.model, model.lm_head

    def call(ids, features, cache):
        embeds = decoder.embed_tokens(ids)
        more = {}
        if getattr(model.config, "hidden_size_per_layer_input", 0):
            # What is no word has the row 0 of the layers' table.
            padded = torch.cat([torch.zeros((1, features.shape[1]), dtype=ids.dtype), ids], dim=1)
            more["per_layer_inputs"] = decoder.embed_tokens_per_layer(padded).reshape(
                *padded.shape, model.config.num_hidden_layers, OWN
            )
        embeds = torch.cat([features, embeds], dim=1)
        out = decoder(inputs_embeds=embeds, past_key_values=cache, use_cache=True, **more)
        return head(out.last_hidden_state), out.past_key_values

    logits, cache = call(ids, features, None)

    def step():
        return call(torch.full((1, 1), TOKEN), features[:, :0], cache)[0]

    return logits, step


def block(w, ours, theirs, head_dim, mlp="mlp"):
    """The weights that layers of all these models have."""
    w.put(f"{ours}.attention.q_norm.weight", math.sqrt(head_dim) * w.tensor(f"{theirs}.self_attn.q_norm.weight"))
    w.module(f"{ours}.attention.q_proj", f"{theirs}.self_attn.q_proj")
    w.module(f"{ours}.attention.out_proj", f"{theirs}.self_attn.o_proj")
    for key in ("k_proj", "k_norm", "v_proj"):
        if f"{theirs}.self_attn.{key}.weight" in w.source:
            w.module(f"{ours}.attention.{key}", f"{theirs}.self_attn.{key}")
    for x in ("gate_proj", "up_proj", "down_proj"):
        w.module(f"{ours}.{mlp}.{x}", f"{theirs}.mlp.{x}")
    norms = {
        "attention.norm": "input_layernorm",
        "attention.post_norm": "post_attention_layernorm",
        "mlp.norm": "pre_feedforward_layernorm",
        "mlp.post_norm": "post_feedforward_layernorm",
    }
    w.modules(ours, theirs, norms)


def ends(w):
    """Words, head and last norm."""
    w.put("llm.embed_tokens.embedding.weight", math.sqrt(WIDTH) * w.tensor("model.embed_tokens.weight"))
    w.module("llm.final_norm.norm", "model.norm")
    w.module("llm.lm_head.lm_head", "lm_head")


def inputs_of_layers(w):
    """What all layers have of the tokens for themselves."""
    name = "llm.per_layer_inputs"
    half = math.sqrt(0.5)
    table = w.tensor("model.embed_tokens_per_layer.weight")
    w.put(f"{name}.embedding.weight", half * math.sqrt(OWN) * table)
    w.put(f"{name}.projection.weight", WIDTH**-0.5 * w.tensor("model.per_layer_model_projection.weight"))
    w.put(f"{name}.norm.weight", half * w.tensor("model.per_layer_projection_norm.weight"))


def own_input(w, ours, theirs):
    """What a layer does with its own."""
    w.modules(
        f"{ours}.per_layer",
        theirs,
        {
            "gate": "per_layer_input_gate",
            "projection": "per_layer_projection",
            "norm": "post_per_layer_input_norm",
        },
    )


KINDS = {"sliding": "sliding_attention", "full": "full_attention"}
COMMON = dict(
    hidden_size=WIDTH,
    intermediate_size=20,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=VOCAB,
    max_position_embeddings=64,
    sliding_window=4,
    rope_parameters={kind: dict(THETA) for kind in KINDS.values()},
    tie_word_embeddings=False,
    pad_token_id=0,
)
SPEC = """\
visual_tokens: 3
llm:
  width: 16
  heads: 4
  kv_heads: 2
  head_dim: 6
  mlp_width: 20
  activation: gelu_tanh
  qk_norm: head
  norms_per_block: 4
  vocab: 40
  context: 64
"""
PROMPT = "prompt: {text_tokens: 6, dtype: f32}\n"


def spied(model, layers):
    spy = Spy()
    for i in range(layers):
        spy.output(f"llm.blocks.{i}", model.model.layers[i])
    return spy


def gemma4_shared():
    """Keys and values of earlier layers, heads of two sizes, and what each layer has for itself."""
    kinds = ["sliding", "full", "sliding", "sliding", "full"]
    config = hf.Gemma4TextConfig(
        **COMMON,
        num_hidden_layers=5,
        head_dim=6,
        global_head_dim=8,
        layer_types=[KINDS[kind] for kind in kinds],
        num_kv_shared_layers=3,
        use_double_wide_mlp=True,
        hidden_size_per_layer_input=OWN,
        vocab_size_per_layer_input=30,
    )
    model = prepare(hf.Gemma4ForCausalLM._from_config(config, attn_implementation="eager"), 41)
    features, ids = visual(4101), token_ids(4102, 1, 6, 30)
    spy = spied(model, 4)
    logits, step = run(model, features, ids)
    spy.stop()
    w = Weights(model)
    ends(w)
    inputs_of_layers(w)
    for i, kind in enumerate(kinds):
        ours, theirs = f"llm.blocks.{i}", f"model.layers.{i}"
        name = kind if i < 2 else f"{kind}_shared"
        block(w, f"{ours}.{name}", theirs, 8 if kind == "full" else 6)
        own_input(w, ours, theirs)
    spec = SPEC + """\
  per_layer_embeddings: {width: 6, vocab: 30}
  attention: {softmax: {value_norm: true}}
  layers:
    kinds:
      sliding: {sliding_window: 4}
      full: {head_dim: 8}
      sliding_shared: {attention: {softmax: {keys_of: sliding}}, mlp_width: 40}
      full_shared: {attention: {softmax: {keys_of: full}}, mlp_width: 40}
    order: [sliding, full, {sliding_shared: 2}, full_shared]
""" + PROMPT
    return "# Gemma 4 E2B in small\n" + spec, w.finish(), features, ids, spy.seen, logits, step


def gemma4_experts():
    """Experts beside an MLP, and keys that are values too."""
    kinds = ["sliding", "full", "sliding", "full"]
    config = hf.Gemma4TextConfig(
        **COMMON,
        num_hidden_layers=4,
        head_dim=6,
        global_head_dim=8,
        num_global_key_value_heads=1,
        attention_k_eq_v=True,
        layer_types=[KINDS[kind] for kind in kinds],
        num_kv_shared_layers=0,
        hidden_size_per_layer_input=0,
        enable_moe_block=True,
        num_experts=5,
        top_k_experts=2,
        moe_intermediate_size=10,
    )
    model = prepare(hf.Gemma4ForCausalLM._from_config(config, attn_implementation="eager"), 42)
    model.set_experts_implementation("eager")
    features, ids = visual(4201), token_ids(4202, 1, 6, VOCAB)
    spy = spied(model, 2)
    logits, step = run(model, features, ids)
    spy.stop()
    w = Weights(model)
    ends(w)
    for i, kind in enumerate(kinds):
        ours, theirs = f"llm.blocks.{i}.{kind}", f"model.layers.{i}"
        block(w, ours, theirs, 8 if kind == "full" else 6, "mlp.shared_expert")
        w.put(f"{ours}.mlp.router_scale.lambda", WIDTH**-0.5 * w.tensor(f"{theirs}.router.scale"))
        w.copy(f"{ours}.mlp.router.weight", f"{theirs}.router.proj.weight")
        w.copy(f"{ours}.mlp.expert_factors", f"{theirs}.router.per_expert_scale")
        w.copy(f"{ours}.mlp.experts.gate_up_proj", f"{theirs}.experts.gate_up_proj")
        w.copy(f"{ours}.mlp.experts.down_proj", f"{theirs}.experts.down_proj")
        w.module(f"{ours}.mlp.experts_norm", f"{theirs}.pre_feedforward_layernorm_2")
        w.module(f"{ours}.mlp.experts_post_norm", f"{theirs}.post_feedforward_layernorm_2")
        w.module(f"{ours}.mlp.shared_post_norm", f"{theirs}.post_feedforward_layernorm_1")
    spec = SPEC.replace("  mlp_width: 20\n", "  depth: 4\n") + """\
  mlp:
    moe:
      experts: 5
      top_k: 2
      width: 10
      router: {norm: true, expert_factors: true}
      shared: {width: 20, norms: true}
  attention: {softmax: {value_norm: true}}
  layers:
    kinds:
      sliding: {sliding_window: 4}
      full: {head_dim: 8, kv_heads: 1, attention: {softmax: {keys_as_values: true, value_norm: true}}}
    pattern: [sliding, full]
""" + PROMPT
    return "# Gemma 4 26B-A4B in small\n" + spec, w.finish(), features, ids, spy.seen, logits, step


def gemma3n():
    """Several streams, a path beside attention, keys and values of earlier layers."""
    kinds = ["sliding", "full", "sliding", "full"]
    config = hf.Gemma3nTextConfig(
        **COMMON,
        num_hidden_layers=4,
        head_dim=6,
        layer_types=[KINDS[kind] for kind in kinds],
        num_kv_shared_layers=2,
        hidden_size_per_layer_input=OWN,
        vocab_size_per_layer_input=30,
        activation_sparsity_pattern=[0.0] * 4,
        altup_num_inputs=3,
        laurel_rank=5,
    )
    model = prepare(hf.Gemma3nForCausalLM._from_config(config, attn_implementation="eager"), 43)
    features, ids = visual(4301), token_ids(4302, 1, 6, VOCAB)
    with torch.no_grad():
        # The model's own look-up has row 0 for words that the table lacks.
        decoder = model.model
        table = decoder.embed_tokens_per_layer.forward
        decoder.embed_tokens_per_layer.forward = lambda ids: table(torch.where(ids < 30, ids, 0))
    spy = Spy()
    logits, step = run(model, features, ids)
    spy.stop()
    w = Weights(model)
    ends(w)
    inputs_of_layers(w)
    for i in range(1, 3):
        for ours, theirs in (("streams", "altup_projections"), ("mean_of_streams", "altup_unembed_projections")):
            w.copy(f"llm.{ours}.stream_{i}.weight", f"model.{theirs}.{i - 1}.weight")
    for i, kind in enumerate(kinds):
        ours, theirs = f"llm.blocks.{i}", f"model.layers.{i}"
        name = kind if i < 2 else f"{kind}_shared"
        block(w, f"{ours}.{name}", theirs, 6)
        own_input(w, ours, theirs)
        path = f"{ours}.{name}.attention.laurel"
        for x in ("linear_left", "linear_right"):
            w.module(f"{path}.{x}", f"{theirs}.laurel.{x}")
        w.module(f"{path}.norm", f"{theirs}.laurel.post_laurel_norm")
        altup = f"{theirs}.altup"
        w.put(f"{ours}.predict.router_norm.weight", w.tensor(f"{altup}.router_norm.weight") / WIDTH)
        w.module(f"{ours}.predict.modality_router", f"{altup}.modality_router")
        w.module(f"{ours}.predict.prediction_coefs", f"{altup}.prediction_coefs")
        w.module(f"{ours}.correct.correction_coefs", f"{altup}.correction_coefs")
        w.copy(f"{ours}.per_layer.scale.lambda", f"{altup}.correct_output_scale")
    spec = SPEC + """\
  per_layer_embeddings: {width: 6, vocab: 30}
  attention: {softmax: {value_norm: true}}
  laurel: {rank: 5}
  altup: {streams: 3}
  layers:
    kinds:
      sliding: {sliding_window: 4}
      full: {}
      sliding_shared: {attention: {softmax: {keys_of: sliding}}}
      full_shared: {attention: {softmax: {keys_of: full}}}
    order: [sliding, full, sliding_shared, full_shared]
""" + PROMPT
    return "# Gemma 3n in small\n" + spec, w.finish(), features, ids, spy.seen, logits, step


if __name__ == "__main__":
    torch.set_num_threads(1)
    for model in (gemma4_shared, gemma4_experts, gemma3n):
        make(model, pathlib.Path(__file__).parent)
