//! What the parts of a block are called in a state dict, as transformers names them.

/// The modules of an attention layer.
#[derive(Debug)]
pub struct AttentionNames {
    /// Query, key and value projections.
    pub projections: [&'static str; 3],
    /// Query, key and value projections stored as one.
    pub fused: &'static str,
    /// Key and value projections stored as one.
    pub both: &'static str,
    /// A norm before the output projection.
    pub inner_norm: &'static str,
    /// The output projection.
    pub out: &'static str,
}

/// The modules of a pre-norm block.
#[derive(Debug)]
pub struct BlockNames {
    /// The norm before each branch.
    pub norms: [&'static str; 3],
    /// The norm after each branch.
    pub post_norms: [&'static str; 3],
    /// The gate after each branch.
    pub gates: [&'static str; 3],
    /// The factors per channel after each branch.
    pub scales: [&'static str; 3],
    /// The layers of the attention branch.
    pub attention: AttentionNames,
}

/// CLIP's and SigLIP's vision tower; the factors are DINOv2's.
pub const VISION: BlockNames = BlockNames {
    norms: ["layer_norm1", "layer_norm2", "layer_norm3"],
    post_norms: ["post_layer_norm1", "post_layer_norm2", "post_layer_norm3"],
    gates: ["gate_attn", "gate_ffn", "gate_cross"],
    scales: ["layer_scale1.lambda1", "layer_scale2.lambda1", "layer_scale3.lambda1"],
    attention: AttentionNames {
        projections: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        fused: "self_attn.qkv",
        both: "self_attn.kv_proj",
        inner_norm: "self_attn.norm",
        out: "self_attn.out_proj",
    },
};

/// The attention of DaViT's windows.
pub const DAVIT: AttentionNames = AttentionNames {
    projections: ["window_attn.q_proj", "window_attn.k_proj", "window_attn.v_proj"],
    fused: "window_attn.qkv",
    both: "window_attn.kv_proj",
    inner_norm: "window_attn.norm",
    out: "window_attn.proj",
};

/// The attention of a decoder over what its encoder read (BART).
pub const ENCODER_ATTENTION: AttentionNames = AttentionNames {
    projections: ["q_proj", "k_proj", "v_proj"],
    fused: "qkv_proj",
    both: "kv_proj",
    inner_norm: "norm",
    out: "out_proj",
};

/// The attention of SigLIP's pooling head, PyTorch's `MultiheadAttention`.
pub const POOLING: AttentionNames = AttentionNames {
    projections: ["attention.q_proj", "attention.k_proj", "attention.v_proj"],
    fused: "attention.in_proj",
    both: "attention.kv_proj",
    inner_norm: "attention.norm",
    out: "attention.out_proj",
};

/// Layers of the Llama family, with two norms.
pub const LLM: BlockNames = BlockNames {
    norms: ["input_layernorm", "post_attention_layernorm", "encoder_attn_layer_norm"],
    post_norms: ["post_attention_norm", "post_feedforward_norm", "post_encoder_attn_norm"],
    gates: ["cross_attn_attn_gate", "cross_attn_mlp_gate", "encoder_attn_gate"],
    scales: ["layer_scale1.lambda1", "layer_scale2.lambda1", "layer_scale3.lambda1"],
    attention: AttentionNames {
        projections: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        fused: "self_attn.qkv_proj",
        both: "self_attn.kv_proj",
        inner_norm: "self_attn.norm",
        out: "self_attn.o_proj",
    },
};

/// Layers of Gemma 2 and 3, with four norms.
pub const LLM_OF_FOUR_NORMS: BlockNames = BlockNames {
    norms: ["input_layernorm", "pre_feedforward_layernorm", "encoder_attn_layer_norm"],
    post_norms: [
        "post_attention_layernorm",
        "post_feedforward_layernorm",
        "post_encoder_attn_layernorm",
    ],
    ..LLM
};

/// The self-attention of a BERT layer, as in BLIP-2's Q-Former.
pub const BERT: AttentionNames = AttentionNames {
    projections: ["attention.query", "attention.key", "attention.value"],
    fused: "attention.qkv",
    both: "attention.kv_proj",
    inner_norm: "attention.norm",
    out: "output.dense",
};

/// The attention of Idefics2's Perceiver.
pub const PERCEIVER: AttentionNames = AttentionNames {
    projections: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    fused: "self_attn.in_proj",
    both: "self_attn.kv_proj",
    inner_norm: "self_attn.norm",
    out: "self_attn.o_proj",
};

/// An attention that a bridge is composed of.
pub const STEPS: AttentionNames = AttentionNames {
    projections: ["q_proj", "k_proj", "v_proj"],
    fused: "in_proj",
    both: "kv_proj",
    inner_norm: "inner_norm",
    out: "out_proj",
};

/// The attention of TokenPacker, PyTorch's `MultiheadAttention`.
pub const PACKER: AttentionNames = AttentionNames {
    projections: ["clip_attn.q_proj", "clip_attn.k_proj", "clip_attn.v_proj"],
    fused: "clip_attn.in_proj",
    both: "clip_attn.kv_proj",
    inner_norm: "clip_attn.norm",
    out: "clip_attn.out_proj",
};

/// The attention of Qwen-VL's resampler, PyTorch's `MultiheadAttention`.
pub const RESAMPLER: AttentionNames = AttentionNames {
    projections: ["attn.q_proj", "attn.k_proj", "attn.v_proj"],
    fused: "attn.in_proj",
    both: "attn.kv_proj",
    inner_norm: "attn.norm",
    out: "attn.out_proj",
};
