//! The LLM's side: sequence, cache, windows, experts.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 4,
        question: "A model with 32 query heads has 8 KV heads (grouped-query attention). What \
                   does that do to the KV cache?",
        right: "It is a quarter of what it would be with 32 KV heads",
        because: "Only keys and values are cached, and four query heads share each of them.",
        wrong: [
            (
                "It stays as large, since the queries fill most of it",
                "queries are used once and never cached",
            ),
            (
                "It is a sixteenth, since keys and values both shrink",
                "both shrink by four, so their sum does too",
            ),
            (
                "It is a quarter, and so are the FLOPs of the scores",
                "every query head still meets every key: the products stay, the cache shrinks",
            ),
        ],
        hint: "what is cached?",
        source: "GQA (arXiv:2305.13245), section 2.2",
    },
    Concept {
        level: 4,
        question: "What does the KV cache save in decoding, and what does it cost?",
        right: "It saves making old keys and values again, for memory that grows",
        because: "A decode step runs one token through the weights and reads all cached keys and \
                  values.",
        wrong: [
            (
                "It saves the products with old tokens, for memory that grows",
                "the new query still meets every cached key: those products remain",
            ),
            (
                "It saves reading the weights for each token, for more FLOPs",
                "weights are read in every step: that is why decoding is bound by memory",
            ),
            (
                "It saves the prefill, which comes without it, for some accuracy",
                "the prefill fills the cache, and the results are the same with and without",
            ),
        ],
        hint: "what of an earlier token never changes?",
        source: "`vlmcalc plan llava-1.5-7b`: decode and KV cache under Totals",
    },
    Concept {
        level: 4,
        question: "An embedding table of 128,256 × 4,096 has 525 M parameters. How many matmul \
                   FLOPs does looking up 640 tokens take?",
        right: "None, since rows are copied and nothing is multiplied",
        because: "A look-up reads one row per token. That is why parameters × 2 × tokens \
                  overstates a model with a large table.",
        wrong: [
            (
                "2 × 525 M × 640, as any matrix of that size",
                "that would be a product with one-hot vectors, which nobody computes",
            ),
            (
                "2 × 4,096 × 640, for the rows that are read",
                "copying a row of 4,096 values is no arithmetic",
            ),
            (
                "As many as the head takes, which has the same shape",
                "the head multiplies with the whole table: the look-up does not, tied or not",
            ),
        ],
        hint: "does a look-up multiply?",
        source: "`embed_tokens` in any plan: 0 matmul FLOPs",
    },
    Concept {
        level: 4,
        question: "A model ties its head to the embedding table. What changes?",
        right: "The table is stored once; the head's FLOPs stay the same",
        because: "The logits are a product with the whole table, whoever else uses it.",
        wrong: [
            (
                "The head's FLOPs go; the table is stored as before",
                "sharing saves storage, not arithmetic: every logit is still computed",
            ),
            (
                "The table is counted twice, and so are its FLOPs",
                "a stored tensor counts once, however often it is used",
            ),
            (
                "The look-up now takes as many FLOPs as the head takes",
                "a look-up copies rows: tying does not turn it into a product",
            ),
        ],
        hint: "storage or arithmetic?",
        source: "`vlmcalc plan gemma-3-4b`: `lm_head` has FLOPs and no parameters",
    },
    Concept {
        level: 4,
        question: "Image start and end, row breaks, tile tags: what do such structural tokens \
                   count as?",
        right: "As tokens of the sequence, beside text and image",
        because: "They fill the context and the cache as any token does, though they are neither \
                  the user's words nor come out of the bridge.",
        wrong: [
            (
                "As nothing, since the tokenizer takes them out",
                "it puts them in: the LLM reads them as it reads words",
            ),
            (
                "As visual tokens, since they belong to an image",
                "they come from the embedding table, not out of the bridge",
            ),
            (
                "As encoder-side tokens, like the class token",
                "the encoder never sees them: they stand in the LLM's prompt",
            ),
        ],
        hint: "who reads them?",
        source: "`tokens.structural` in the JSON of a plan, e.g. of gemma-3-4b",
    },
    Concept {
        level: 4,
        question: "Every layer of a decoder has a sliding window of 4,096 tokens. What does that \
                   bound?",
        right: "The KV cache: no more than about 4,096 tokens stay in it",
        because: "A rolling buffer overwrites what no later query may see.",
        wrong: [
            (
                "The prompt: no more than 4,096 tokens can be read at all",
                "the context may be longer: a layer sees the nearest tokens only",
            ),
            (
                "The weights: they are trained for 4,096 places and no more",
                "no weight of a layer depends on the number of tokens",
            ),
            (
                "The answer: it ends when the window has moved off the prompt",
                "what was read before lives on in later tokens, and decoding goes on",
            ),
        ],
        hint: "what need no query ever see again?",
        source: "Mistral 7B (arXiv:2310.06825), section 2",
    },
    Concept {
        level: 4,
        question: "Each of 32 layers sees a window of 4,096 tokens. How far back can information \
                   reach the last layer?",
        right: "About 131,000 tokens, a window for each layer",
        because: "A token's value in one layer already holds what it saw in the layer below: the \
                  reach grows by a window with each layer.",
        wrong: [
            (
                "4,096 tokens, whatever the number of layers",
                "that is one layer: the next one reads tokens that have looked back themselves",
            ),
            (
                "8,192 tokens, a window to each side of it",
                "a decoder does not look ahead, and layers add up",
            ),
            (
                "Any number of tokens, as in full attention",
                "each layer reaches one window further, and there are 32",
            ),
        ],
        hint: "layers are stacked, as convolutions are",
        source: "Mistral 7B (arXiv:2310.06825), section 2",
    },
    Concept {
        level: 4,
        question: "Gemma 3 has five layers with a window of 1,024 tokens for each layer that sees \
                   everything. What is that for?",
        right: "A smaller KV cache in long contexts",
        because: "Only one in six layers caches the whole context; the others keep the window.",
        wrong: [
            (
                "Fewer parameters in five of six layers",
                "the matrices are the same with and without a window",
            ),
            (
                "Fewer visual tokens for each of the images",
                "their number is the bridge's affair, not the LLM's",
            ),
            (
                "Attention in both directions in the window",
                "a window says how far a token looks back, not that it looks ahead",
            ),
        ],
        hint: "what grows with the context?",
        source: "Gemma 3 (arXiv:2503.19786), section 2",
    },
    Concept {
        level: 4,
        question: "A mixture of experts has 47 B parameters, of which a token uses 13 B. What \
                   follows which number?",
        right: "Memory follows the 47 B, a token's FLOPs the 13 B",
        because: "Any expert may be chosen next, so all are loaded; a token is multiplied only \
                  with those that were.",
        wrong: [
            (
                "Memory follows the 13 B, a token's FLOPs the 47 B",
                "the router chooses for each token anew: all experts must be there",
            ),
            (
                "Both follow the 13 B: the others are used in training",
                "all experts are used in inference, by different tokens",
            ),
            (
                "Both follow the 47 B: experts are averaged at the end",
                "only the chosen experts run, which is the point of it",
            ),
        ],
        hint: "what must be there, and what is multiplied?",
        source: "Mixtral of Experts (arXiv:2401.04088), section 2",
    },
];
