#!/usr/bin/env python3
"""Makes the reference data of kinds of LLM layers, behind visual tokens that are given: as `make.py`, which
says what is in a file.

    venv/bin/python layers.py            # all models
    venv/bin/python layers.py mla cohere # some of them

What is set differently from the published models:

* DeepSeek's rotary positions turn halves of a head together, not neighbours (`rope_interleave`), and its
  router adds nothing to scores.
* Logits of Cohere and T5 are not scaled.

What is stored differently from the model's own `state_dict`:

* Qwen3.5's RMSNorm multiplies by 1 + w: 1 + w is stored.
* Cohere turns neighbours of a head together: the rows of its query and key projections are stored so that
  neighbours stand in the two halves of a head.
* BART's position tables lack their first two rows, which are never read.
* T5 does not divide by the square root of the head size where the decoder asks the encoder: the query
  projection times this root is stored there.
"""

import math
import pathlib
import sys

import torch
import transformers as hf
from gemmas import VISUAL, VOCAB, WIDTH, visual
from make import LAYER_NORM_EPS, LLAMA_BLOCK, SEPARATE, THETA, TOKEN, Spy, Weights, make, prepare, run_llm, token_ids

COMMON = dict(
    hidden_size=WIDTH,
    intermediate_size=20,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=VOCAB,
    max_position_embeddings=64,
    rope_parameters=THETA,
    tie_word_embeddings=False,
    pad_token_id=0,
)
SPEC = f"""\
visual_tokens: {VISUAL}
llm:
  width: {WIDTH}
  heads: 4
  kv_heads: 2
  mlp_width: 20
  vocab: {VOCAB}
  context: 64
"""
PROMPT = "prompt: {text_tokens: 6, dtype: f32}\n"

MLP = {f"mlp.{x}_proj": f"mlp.{x}_proj" for x in ("gate", "up", "down")}
ATTENTION = {ours: theirs for ours, theirs in LLAMA_BLOCK.items() if ours not in MLP}
QK_NORM = {f"attention.{x}_norm": f"self_attn.{x}_norm" for x in "qk"}


def built(model, config, seed):
    model = prepare(model._from_config(config, attn_implementation="eager"), seed)
    if hasattr(model, "set_experts_implementation"):
        model.set_experts_implementation("eager")
    return model


def ran(model, seed, layers):
    """Given tokens, ids, what blocks make, logits and a step."""
    features, ids = visual(seed), token_ids(seed + 1, 1, 6, VOCAB)
    spy = Spy()
    for i in range(layers):
        spy.output(f"llm.blocks.{i}", model.model.layers[i])
    logits, step = run_llm(model, model.get_input_embeddings(), features, ids)
    spy.stop()
    return features, ids, spy.seen, logits, step


def ends(w, norm="model.norm"):
    """Words, last norm and head."""
    w.module("llm.embed_tokens.embedding", "model.embed_tokens")
    w.module("llm.final_norm.norm", norm)
    w.module("llm.lm_head.lm_head", "lm_head")


def experts(w, ours, theirs, shared=None):
    """A mixture, with an expert that every token goes through."""
    w.copy(f"{ours}.mlp.router.weight", f"{theirs}.mlp.gate.weight")
    for x in ("gate_up_proj", "down_proj"):
        w.copy(f"{ours}.mlp.experts.{x}", f"{theirs}.mlp.experts.{x}")
    for x in ("gate_proj", "up_proj", "down_proj") if shared else ():
        w.module(f"{ours}.mlp.shared_expert.{x}", f"{theirs}.mlp.{shared}.{x}")


def moe():
    """Experts in every second layer, whose weights sum to 1."""
    config = hf.Qwen3MoeConfig(
        **COMMON,
        num_hidden_layers=4,
        head_dim=6,
        num_experts=6,
        num_experts_per_tok=3,
        moe_intermediate_size=10,
        norm_topk_prob=True,
        mlp_only_layers=[0, 2],
    )
    model = built(hf.Qwen3MoeForCausalLM, config, 51)
    results = ran(model, 5101, 2)
    w = Weights(model)
    ends(w)
    for i in range(4):
        kind = ("dense", "sparse")[i % 2]
        ours, theirs = f"llm.blocks.{i}.{kind}", f"model.layers.{i}"
        w.modules(ours, theirs, ATTENTION | QK_NORM | (MLP if kind == "dense" else {}))
        if kind == "sparse":
            experts(w, ours, theirs)
    spec = SPEC + """\
  depth: 4
  head_dim: 6
  qk_norm: head
  layers:
    kinds:
      dense: {}
      sparse: {mlp: {moe: {experts: 6, top_k: 3, width: 10}}}
    pattern: [dense, sparse]
""" + PROMPT
    return "# Qwen3-MoE in small\n" + spec, w.finish(), *results


def moe_shared():
    """Experts beside a shared one with a gate; weights are shares of all experts."""
    config = hf.Qwen2MoeConfig(
        **COMMON,
        num_hidden_layers=2,
        num_experts=5,
        num_experts_per_tok=2,
        moe_intermediate_size=10,
        shared_expert_intermediate_size=14,
        norm_topk_prob=False,
    )
    model = built(hf.Qwen2MoeForCausalLM, config, 52)
    results = ran(model, 5201, 2)
    w = Weights(model)
    ends(w)
    for i in range(2):
        ours, theirs = f"llm.blocks.{i}", f"model.layers.{i}"
        w.modules(ours, theirs, ATTENTION)
        experts(w, ours, theirs, "shared_expert")
        w.module(f"{ours}.mlp.shared_expert_gate", f"{theirs}.mlp.shared_expert_gate")
    spec = SPEC + """\
  depth: 2
  bias: {qkv: true}
  mlp:
    moe:
      experts: 5
      top_k: 2
      width: 10
      router: {normalized: false}
      shared: {width: 14, gate: true}
""" + PROMPT
    return "# Qwen2-MoE in small\n" + spec, w.finish(), *results


def mla():
    """Latent attention, then experts that are chosen by sigmoids, beside a shared one."""
    config = hf.DeepseekV3Config(
        **COMMON | {"num_key_value_heads": 4},
        num_hidden_layers=3,
        q_lora_rank=10,
        kv_lora_rank=8,
        qk_nope_head_dim=6,
        qk_rope_head_dim=4,
        v_head_dim=5,
        rope_interleave=False,
        first_k_dense_replace=1,
        n_routed_experts=5,
        num_experts_per_tok=2,
        moe_intermediate_size=10,
        n_shared_experts=1,
        n_group=1,
        topk_group=1,
        routed_scaling_factor=1.0,
        num_mtp_layers=0,
    )
    model = built(hf.DeepseekV3ForCausalLM, config, 53)
    results = ran(model, 5301, 2)
    w = Weights(model)
    ends(w)
    latent = ("q_a_proj", "q_a_layernorm", "q_b_proj", "kv_a_proj_with_mqa", "kv_a_layernorm", "kv_b_proj", "o_proj")
    block = {f"attention.{x}": f"self_attn.{x}" for x in latent} | {
        "attention.norm": "input_layernorm",
        "mlp.norm": "post_attention_layernorm",
    }
    for i in range(3):
        kind = "sparse" if i else "dense"
        ours, theirs = f"llm.blocks.{i}.{kind}", f"model.layers.{i}"
        w.modules(ours, theirs, block | ({} if i else MLP))
        if i:
            experts(w, ours, theirs, "shared_experts")
    spec = SPEC.replace("  kv_heads: 2\n", "") + """\
  attention: {mla: {q_rank: 10, kv_rank: 8, nope_dim: 6, rope_dim: 4, v_dim: 5}}
  layers:
    kinds:
      dense: {}
      sparse: {mlp: {moe: {experts: 5, top_k: 2, width: 10, router: {scores: sigmoid}, shared: {width: 10}}}}
    order: [dense, {sparse: 2}]
""" + PROMPT
    return "# DeepSeek-V3 in small\n" + spec, w.finish(), *results


def delta_net():
    """Linear attention by the gated delta rule, and attention with gates that turns half of a head."""
    kinds = ("linear", "full")
    config = hf.Qwen3_5TextConfig(
        **COMMON | {"rope_parameters": THETA | {"partial_rotary_factor": 0.5}},
        num_hidden_layers=4,
        head_dim=8,
        layer_types=[f"{kinds[i % 2]}_attention" for i in range(4)],
        linear_num_value_heads=4,
        linear_num_key_heads=2,
        linear_key_head_dim=6,
        linear_value_head_dim=5,
        linear_conv_kernel_dim=4,
    )
    model = built(hf.Qwen3_5ForCausalLM, config, 54)
    results = ran(model, 5401, 2)
    w = Weights(model)
    for name, weight in w.source.items():
        if name.endswith("norm.weight") and "linear_attn" not in name:
            w.source[name] = 1 + weight
    ends(w)
    net = {x: x for x in ("in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a", "conv1d", "out_proj")}
    net["inner_norm"] = "norm"
    for i in range(4):
        kind = kinds[i % 2]
        ours, theirs = f"llm.blocks.{i}.{kind}", f"model.layers.{i}"
        w.modules(ours, theirs, MLP | {"mlp.norm": "post_attention_layernorm"})
        if kind == "full":
            w.modules(ours, theirs, {x: y for x, y in ATTENTION.items() if x != "mlp.norm"} | QK_NORM)
            continue
        part, inner = f"{ours}.delta_net", f"{theirs}.linear_attn"
        w.module(f"{part}.norm", f"{theirs}.input_layernorm")
        w.modules(part, inner, net)
        for x in ("dt_bias", "A_log"):
            w.copy(f"{part}.rule.{x}", f"{inner}.{x}")
    spec = SPEC + """\
  depth: 4
  head_dim: 8
  qk_norm: head
  layers:
    kinds:
      linear: {attention: {delta-net: {heads: 4, key_heads: 2, key_dim: 6, value_dim: 5}}}
      full: {attention: {softmax: {gate: query, rotary_dim: 4}}}
    pattern: [linear, full]
""" + PROMPT
    return "# Qwen3.5 in small\n" + spec, w.finish(), *results


def short_conv():
    """Short convolutions between gates, and attention."""
    kinds = ("conv", "conv", "full")
    config = hf.Lfm2Config(
        **COMMON,
        num_hidden_layers=3,
        layer_types=["full_attention" if kind == "full" else kind for kind in kinds],
        conv_L_cache=3,
        conv_bias=True,
        block_auto_adjust_ff_dim=False,
    )
    model = built(hf.Lfm2ForCausalLM, config, 55)
    results = ran(model, 5501, 3)
    w = Weights(model)
    ends(w, "model.embedding_norm")
    attention = SEPARATE | {"attention.out_proj": "self_attn.out_proj", "attention.norm": "operator_norm"}
    attention |= {f"attention.{x}_norm": f"self_attn.{x}_layernorm" for x in "qk"}
    conv = {f"short_conv.{x}": f"conv.{x}" for x in ("in_proj", "conv", "out_proj")}
    conv |= {"short_conv.norm": "operator_norm"}
    mlp = {"mlp.gate_proj": "w1", "mlp.up_proj": "w3", "mlp.down_proj": "w2"}
    for i, kind in enumerate(kinds):
        ours, theirs = f"llm.blocks.{i}.{kind}", f"model.layers.{i}"
        w.modules(ours, theirs, (attention if kind == "full" else conv) | {"mlp.norm": "ffn_norm"})
        w.modules(ours, f"{theirs}.feed_forward", mlp)
    spec = SPEC + """\
  qk_norm: head
  layers:
    kinds:
      conv: {attention: {short-conv: {kernel: 3, bias: true}}}
      full: {}
    order: [{conv: 2}, full]
""" + PROMPT
    return "# LFM2 in small\n" + spec, w.finish(), *results


def cross():
    """Layers whose text asks the visual tokens, with gates."""
    config = hf.MllamaTextConfig(
        **COMMON | {"vocab_size": VOCAB - 8}, num_hidden_layers=4, cross_attention_layers=[1, 3]
    )
    model = built(hf.MllamaForCausalLM, config, 56)
    features, ids = visual(5601), token_ids(5602, 1, 6, VOCAB)
    spy = Spy()
    for i in range(2):
        spy.output(f"llm.blocks.{i}", model.model.layers[i])
    first = model(input_ids=ids, cross_attention_states=features, use_cache=True)
    spy.stop()

    def step():
        return model(input_ids=torch.full((1, 1), TOKEN), past_key_values=first.past_key_values).logits

    w = Weights(model)
    ends(w)
    for i in range(4):
        kind = ("own", "visual")[i % 2]
        ours, theirs = f"llm.blocks.{i}.{kind}", f"model.layers.{i}"
        if kind == "own":
            w.modules(ours, theirs, LLAMA_BLOCK)
            continue
        w.modules(ours, theirs, MLP | {"mlp.norm": "post_attention_layernorm"})
        w.module(f"{ours}.cross_attention.norm", f"{theirs}.input_layernorm")
        asking = {f"{x}_{part}": f"{x}_{part}" for x in "qk" for part in ("proj", "norm")}
        asking |= {"v_proj": "v_proj", "out_proj": "o_proj"}
        w.modules(f"{ours}.cross_attention", f"{theirs}.cross_attn", asking)
        w.copy(f"{ours}.cross_attention.gate.gate", f"{theirs}.cross_attn_attn_gate")
        w.copy(f"{ours}.mlp.gate.gate", f"{theirs}.cross_attn_mlp_gate")
    spec = SPEC.replace("  vocab: 40\n", "  vocab: 32\n  extra_vocab: 8\n") + """\
  depth: 4
  layers:
    kinds:
      own: {}
      visual: {attention: {cross: {}}, gates: true, qk_norm: head}
    pattern: [own, visual]
""" + PROMPT
    return "# Llama 3.2 Vision's LLM in small\n" + spec, w.finish(), features, ids, spy.seen, first.logits, step


def parallel():
    """Attention and MLP on the same tokens: in a window with rotary positions, or on all without."""
    kinds = ("sliding", "sliding", "full")
    config = hf.Cohere2Config(
        **COMMON | {"tie_word_embeddings": True},
        num_hidden_layers=3,
        layer_types=[f"{kind}_attention" for kind in kinds],
        sliding_window=4,
        logit_scale=1.0,
    )
    model = hf.Cohere2ForCausalLM._from_config(config, attn_implementation="eager")
    model = prepare(model, 57)
    for module in model.modules():
        if type(module).__name__ == "Cohere2LayerNorm":
            module.variance_epsilon = LAYER_NORM_EPS
    results = ran(model, 5701, 3)
    w = Weights(model)
    w.module("llm.embed_tokens.embedding", "model.embed_tokens")
    w.module("llm.final_norm.norm", "model.norm")
    for i, kind in enumerate(kinds):
        ours, theirs = f"llm.blocks.{i}.{kind}", f"model.layers.{i}"
        w.modules(ours, theirs, MLP | {"norm.norm": "input_layernorm"})
        for x in ("v", "out"):
            w.module(f"{ours}.attention.{x}_proj", f"{theirs}.self_attn.{x[0]}_proj")
        for x in "qk":
            matrix = w.tensor(f"{theirs}.self_attn.{x}_proj.weight").reshape(-1, 2, 2, WIDTH)
            w.put(f"{ours}.attention.{x}_proj.weight", matrix.transpose(1, 2).reshape(-1, WIDTH))
    spec = SPEC + """\
  norm: layernorm-no-bias
  parallel: true
  tied: true
  layers:
    kinds:
      sliding: {sliding_window: 4}
      full: {rotary: false}
    order: [{sliding: 2}, full]
""" + PROMPT
    return "# Cohere2 in small\n" + spec, w.finish(), *results


def asked(encoder, decoder, model, seed, start):
    """What `ran` gives of an encoder that reads the prompt, and a decoder that begins with a token."""
    features, ids = visual(seed), token_ids(seed + 1, 1, 6, VOCAB)
    spy = Spy()
    for i in range(2):
        spy.output(f"llm.encoder.blocks.{i}", encoder[i])
        spy.output(f"llm.blocks.{i}", decoder[i])
    spy.output("llm.encoder", model.get_encoder())
    embeds = torch.cat([features, model.get_input_embeddings()(ids)], dim=1)
    start = torch.full((1, 1), start)
    first = model(inputs_embeds=embeds, decoder_input_ids=start, use_cache=True)
    spy.stop()
    spy.seen["llm.encoder"] = spy.seen["llm.encoder"].last_hidden_state

    def step():
        read = (first.encoder_last_hidden_state,)
        token = torch.full((1, 1), TOKEN)
        return model(encoder_outputs=read, decoder_input_ids=token, past_key_values=first.past_key_values).logits

    return features, ids, spy.seen, first.logits, step, {"start_ids": start}


def bart():
    """An encoder that reads the prompt and a decoder, with norms after the additions."""
    config = hf.BartConfig(
        d_model=WIDTH,
        vocab_size=VOCAB,
        max_position_embeddings=64,
        activation_function="gelu",
        **{f"{part}_layers": 2 for part in ("encoder", "decoder")},
        **{f"{part}_attention_heads": 4 for part in ("encoder", "decoder")},
        **{f"{part}_ffn_dim": 20 for part in ("encoder", "decoder")},
    )
    model = built(hf.BartForConditionalGeneration, config, 58)
    results = asked(model.model.encoder.layers, model.model.decoder.layers, model, 5801, 2)
    w = Weights(model)
    w.module("llm.embed_tokens.embedding", "model.shared")
    projections = {f"{x}_proj": f"{x}_proj" for x in ("q", "k", "v", "out")}
    for part, path in (("encoder", "llm.encoder"), ("decoder", "llm")):
        rows = w.tensor(f"model.{part}.embed_positions.weight")
        w.put(f"{path}.embed_positions.position.weight", rows[2:])
        w.module(f"{path}.embedding_norm.norm", f"model.{part}.layernorm_embedding")
        for i in range(2):
            ours, theirs = f"{path}.blocks.{i}", f"model.{part}.layers.{i}"
            w.modules(f"{ours}.attention", f"{theirs}.self_attn", projections)
            w.module(f"{ours}.attention.norm", f"{theirs}.self_attn_layer_norm")
            if part == "decoder":
                w.modules(f"{ours}.cross_attention", f"{theirs}.encoder_attn", projections)
                w.module(f"{ours}.cross_attention.norm", f"{theirs}.encoder_attn_layer_norm")
            w.modules(f"{ours}.mlp", theirs, {"fc1": "fc1", "fc2": "fc2", "norm": "final_layer_norm"})
    spec = SPEC.replace("  kv_heads: 2\n", "") + """\
  depth: 2
  mlp: plain
  activation: gelu
  norm: layernorm
  norm_at: sum
  bias: true
  tied: true
  position: {learned: {}}
  embedding_norm: true
  final_norm: false
  encoder: {}
""" + PROMPT
    return "# BART in small\n" + spec, w.finish(), *results


def t5():
    """An encoder and a decoder with biases by distance."""
    config = hf.T5Config(
        d_model=WIDTH,
        d_kv=6,
        d_ff=20,
        num_layers=2,
        num_heads=4,
        vocab_size=VOCAB,
        relative_attention_num_buckets=16,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
    )
    model = built(hf.T5ForConditionalGeneration, config, 59)
    results = asked(model.encoder.block, model.decoder.block, model, 5901, 0)
    w = Weights(model)
    w.module("llm.embed_tokens.embedding", "shared")
    projections = {f"{x}_proj": x for x in "qkv"} | {"out_proj": "o"}
    mlp = {"gate_proj": "wi_0", "up_proj": "wi_1", "down_proj": "wo"}
    for part, path in (("encoder", "llm.encoder"), ("decoder", "llm")):
        table = f"{part}.block.0.layer.0.SelfAttention.relative_attention_bias"
        w.copy(f"{path}.relative_bias", f"{table}.weight")
        w.module(f"{path}.final_norm.norm", f"{part}.final_layer_norm")
        for i in range(2):
            ours, theirs = f"{path}.blocks.{i}", f"{part}.block.{i}.layer"
            w.modules(f"{ours}.attention", f"{theirs}.0.SelfAttention", projections)
            parts = ["attention", "mlp"]
            if part == "decoder":
                parts.insert(1, "cross_attention")
                inner = f"{theirs}.1.EncDecAttention"
                w.source[f"{inner}.q.weight"] = math.sqrt(6) * w.source[f"{inner}.q.weight"]
                w.modules(f"{ours}.cross_attention", inner, projections)
            for at, name in enumerate(parts):
                w.module(f"{ours}.{name}.norm", f"{theirs}.{at}.layer_norm")
            w.modules(f"{ours}.mlp", f"{theirs}.{len(parts) - 1}.DenseReluDense", mlp)
    spec = SPEC.replace("  kv_heads: 2\n", "") + """\
  depth: 2
  head_dim: 6
  activation: gelu_tanh
  tied: true
  position: none
  relative_bias: 16
  encoder: {}
""" + PROMPT
    return "# T5 in small\n" + spec, w.finish(), *results


MODELS = (moe, moe_shared, mla, delta_net, short_conv, cross, parallel, bart, t5)

if __name__ == "__main__":
    torch.set_num_threads(1)
    for model in MODELS:
        if not sys.argv[1:] or model.__name__ in sys.argv[1:]:
            make(model, pathlib.Path(__file__).parent)
