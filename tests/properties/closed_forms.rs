//! Closed forms of encoder and LLM, written down here and nowhere in `src`.

use super::specs::*;

/// Parameters of a layer of `inputs` to `outputs`.
pub fn layer(inputs: i128, outputs: i128, bias: bool) -> i128 {
    inputs * outputs + if bias { outputs } else { 0 }
}

impl Stack {
    pub fn norm(&self, width: i128) -> i128 {
        if self.rms { width } else { 2 * width }
    }

    pub fn query_width(&self) -> i128 {
        self.heads * self.head_dim
    }

    pub fn kv_width(&self) -> i128 {
        self.kv_heads * self.head_dim
    }

    /// Parameters of one block, its norms over the width left out.
    pub fn block_params(&self) -> i128 {
        let (width, queries, keys) = (self.width(), self.query_width(), self.kv_width());
        let [qkv, out, mlp] = self.bias;
        let projections =
            layer(width, queries, qkv) + 2 * layer(width, keys, qkv) + layer(queries, width, out);
        let qk_norms = match self.qk_norm {
            "head" => 2 * self.norm(self.head_dim),
            "full" => self.norm(queries) + self.norm(keys),
            _ => 0,
        };
        let ups = if self.gated { 2 } else { 1 };
        let mlp = ups * layer(width, self.mlp_width, mlp) + layer(self.mlp_width, width, mlp);
        projections + qk_norms + mlp
    }

    /// FLOPs of one block over `tokens` that each see `keys`.
    pub fn block_flops(&self, tokens: i128, keys: i128) -> i128 {
        let (width, queries) = (self.width(), self.query_width());
        let projections = 2 * width * queries + 2 * width * self.kv_width();
        let mlp = if self.gated { 3 } else { 2 } * width * self.mlp_width;
        2 * tokens * (projections + mlp) + 4 * tokens * keys * queries
    }
}

impl Case {
    pub fn encodings(&self) -> i128 {
        self.prompt.batch * self.prompt.images * self.prompt.tiles
    }

    pub fn patches(&self) -> i128 {
        self.grid().0 * self.grid().1
    }

    pub fn encoder_tokens(&self) -> i128 {
        self.patches() + i128::from(self.encoder.class_token) + self.encoder.registers
    }

    pub fn encoder_params(&self) -> i128 {
        let Encoder { stack, patch_bias, layer_scale, class_token, four_norms, .. } = &self.encoder;
        let width = stack.width();
        let patches = layer(self.patch_values(), width, *patch_bias);
        let prefix = (i128::from(*class_token) + self.encoder.registers) * width;
        let positions = match stack.position {
            // Registers have none.
            Position::Learned(rows) | Position::LearnedAndRotary(rows) => {
                rows.unwrap_or(self.encoder_tokens() - self.encoder.registers) * width
            }
            Position::Rotary | Position::None => 0,
        };
        let ends = i128::from(self.encoder.pre_norm) + i128::from(self.encoder.post_norm);
        let scales = if *layer_scale { 2 * width } else { 0 };
        let norms = if *four_norms { 4 } else { 2 };
        let block = stack.block_params() + norms * stack.norm(width) + scales;
        patches + prefix + positions + ends * stack.norm(width) + stack.depth * block
    }

    pub fn encoder_flops(&self) -> i128 {
        let Encoder { stack, window, full_every, .. } = &self.encoder;
        let tokens = self.encoder_tokens();
        let conv = 2 * self.patches() * stack.width() * self.patch_values();
        let block = |pairs: i128| stack.block_flops(tokens, 0) + 4 * pairs * stack.query_width();
        let blocks = (0..stack.depth).map(|at| {
            let full = full_every.is_some_and(|every| at % every == every - 1);
            match window {
                Some(side) if !full => block(self.pairs_in_windows(*side)),
                _ => block(tokens * tokens),
            }
        });
        self.encodings() * (conv + blocks.sum::<i128>())
    }

    /// Pixel values of a patch.
    fn patch_values(&self) -> i128 {
        let Encoder { patch, frames, .. } = &self.encoder;
        self.channels * frames.unwrap_or(1) * patch * patch
    }

    /// Pairs of patches in the same window, one by one.
    fn pairs_in_windows(&self, side: i128) -> i128 {
        let (rows, columns) = self.grid();
        let windows: Vec<(i128, i128)> = (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row / side, column / side)))
            .collect();
        let seen = |own: &(i128, i128)| windows.iter().filter(|other| *other == own).count();
        windows.iter().map(|own| seen(own) as i128).sum()
    }

    pub fn llm_params(&self) -> i128 {
        let Llm { stack, vocab, tied, head_bias, four_norms, final_norm, context, .. } = &self.llm;
        let width = stack.width();
        let positions = match stack.position {
            Position::Learned(rows) | Position::LearnedAndRotary(rows) => {
                rows.unwrap_or(*context) * width
            }
            Position::Rotary | Position::None => 0,
        };
        let head = if *tied { 0 } else { vocab * width } + if *head_bias { *vocab } else { 0 };
        let norms = if *four_norms { 4 } else { 2 };
        let block = stack.block_params() + norms * stack.norm(width);
        let final_norm = if *final_norm { stack.norm(width) } else { 0 };
        (vocab + self.llm.extra_vocab) * width + positions + stack.depth * block + final_norm + head
    }

    /// FLOPs of the LLM over a whole prompt of `sequence` tokens.
    pub fn llm_flops(&self, sequence: i128) -> i128 {
        let Llm { stack, vocab, .. } = &self.llm;
        let blocks = stack.depth * stack.block_flops(sequence, sequence);
        self.prompt.batch * (blocks + 2 * sequence * stack.width() * vocab)
    }

    /// Tokens that each layer still holds after `sequence` of them.
    pub fn kept(&self, sequence: i128) -> impl Iterator<Item = i128> {
        let Llm { stack, window, full_every, .. } = self.llm.clone();
        (0..stack.depth).map(move |at| {
            let full = full_every.is_some_and(|every| at % every == every - 1);
            match window {
                Some(window) if !full => sequence.min(window - 1),
                _ => sequence,
            }
        })
    }

    pub fn decode_flops(&self, sequence: i128) -> i128 {
        let Llm { stack, vocab, .. } = &self.llm;
        let blocks: i128 = self.kept(sequence).map(|kept| stack.block_flops(1, kept + 1)).sum();
        self.prompt.batch * (blocks + 2 * stack.width() * vocab)
    }

    pub fn kv_cache_bytes(&self, sequence: i128) -> i128 {
        let kept: i128 = self.kept(sequence).sum();
        2 * self.prompt.batch * 2 * self.llm.stack.kv_width() * kept
    }
}
