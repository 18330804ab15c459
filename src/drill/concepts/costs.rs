//! The LLM's side: sequence, cache and costs.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 4,
        question: "A model with 32 query heads has 8 KV heads (grouped-query attention). What does \
                   that do to the KV cache?",
        right: "It is a quarter of what 32 KV heads would need",
        because: "Only keys and values are cached, and four query heads share each of them.",
        wrong: [
            ("Nothing: the cache holds queries too", "queries are used once and never cached"),
            (
                "It is a quarter, and so are the attention products",
                "every query head still meets every key: the products stay, the cache shrinks",
            ),
            (
                "It is a sixteenth, since keys and values both shrink",
                "both shrink by four, so their sum does too",
            ),
        ],
        hint: "what is cached?",
        source: "GQA (arXiv:2305.13245)",
    },
    Concept {
        level: 4,
        question: "What does the KV cache save, and what does it cost?",
        right: "It saves computing keys and values of earlier tokens again; it costs memory that grows \
                with every token",
        because: "A decode step runs one token through the weights and reads all cached keys and \
                  values.",
        wrong: [
            (
                "It saves the attention products with earlier tokens",
                "the new query still meets every cached key: those products remain",
            ),
            (
                "It saves loading the weights for each token",
                "weights are read in every step: that is why decoding is bound by memory",
            ),
            (
                "It saves the prefill, so that the first token comes sooner",
                "the prefill fills the cache: it comes first",
            ),
        ],
        hint: "what of an earlier token never changes?",
        source: "`vlmcalc plan llava-1.5-7b`: decode and KV cache under Totals",
    },
    Concept {
        level: 4,
        question: "An embedding table of 128,256 × 4,096 has 525 M parameters. How many matmul FLOPs \
                   does looking up 640 tokens take?",
        right: "None: rows are copied",
        because: "A look-up reads one row per token. That is why parameters × 2 × tokens overstates \
                  a model with a large table.",
        wrong: [
            (
                "2 × 525 M × 640",
                "that would be a product with one-hot vectors, which nobody computes",
            ),
            ("2 × 4,096 × 640", "copying a row of 4,096 values is no arithmetic"),
            (
                "As many as the head",
                "the head multiplies with the whole table: the look-up does not, tied or not",
            ),
        ],
        hint: "does a look-up multiply?",
        source: "`embed_tokens` in any plan: 0 matmul FLOPs",
    },
    Concept {
        level: 4,
        question: "A model ties its head to the embedding table. What changes?",
        right: "Parameters are stored once; the FLOPs of the head are the same",
        because: "The logits are a product with the whole table, whoever else uses it.",
        wrong: [
            (
                "The head costs no FLOPs any more",
                "sharing saves storage, not arithmetic: every logit is still computed",
            ),
            (
                "Nothing: tied tensors are counted twice",
                "a stored tensor counts once, however often it is used",
            ),
            (
                "The look-up now costs as much as the head",
                "a look-up copies rows: tying does not turn it into a product",
            ),
        ],
        hint: "storage or arithmetic?",
        source: "`vlmcalc plan gemma-3-4b`: `lm_head` has FLOPs and no parameters",
    },
    Concept {
        level: 4,
        question: "In a prompt with one image, what do structural tokens count as?",
        right: "As tokens of the sequence, though they are neither text of the user nor image",
        because: "Image start and end, row breaks and tile tags fill the context and the cache as any \
                  token does.",
        wrong: [
            (
                "As nothing: the tokenizer removes them",
                "it puts them in: the LLM reads them as it reads words",
            ),
            (
                "As visual tokens, since they belong to the image",
                "they come from the embedding table, not out of the bridge",
            ),
            (
                "As encoder-side tokens",
                "the encoder never sees them: they stand in the LLM's prompt",
            ),
        ],
        hint: "who reads them?",
        source: "`tokens.structural` in the JSON of a plan, e.g. of gemma-3-4b",
    },
    Concept {
        level: 5,
        question: "A paper says 4.5 TMACs, a profiler 9.0 TFLOP, for the same forward pass. Who is \
                   right?",
        right: "Both: a multiply-add is one MAC and two FLOPs",
        because: "One multiplication and one addition. Always say which of the two you count.",
        wrong: [
            (
                "The paper: a fused multiply-add is one FLOP",
                "it is one instruction: by convention, and by PyTorch's counter, it is two FLOPs",
            ),
            (
                "The profiler: the paper forgot the backward pass",
                "a backward pass is about twice the forward: the sum would be three times, not two",
            ),
            (
                "Neither can be: FLOPs depend on the processor",
                "FLOP/s do, a count of operations does not",
            ),
        ],
        hint: "how many operations are in a·b + c?",
        source: "PyTorch's `FlopCounterMode`; the convention in the notes of every plan",
    },
    Concept {
        level: 5,
        question: "Why is the prefill bound by compute and decoding, at batch 1, by memory?",
        right: "The prefill uses each weight for all tokens of the prompt; a decode step reads all \
                weights for one token",
        because: "FLOPs per byte of weights are about the number of tokens at once: hundreds against \
                  one.",
        wrong: [
            (
                "The prefill runs the vision encoder, which is most of the compute",
                "how much work there is does not say what limits it; in LLaVA-1.5 7B it is 4 %",
            ),
            (
                "Decoding computes logits, which need the largest matrix",
                "so does the prefill; the head is a small part of both",
            ),
            (
                "Decoding has more FLOPs in all than the prefill",
                "for each token they are about the same: what differs is how often a weight that \
                 was read is used",
            ),
        ],
        hint: "how often is a weight used once it has been read?",
        source: "Roofline (Williams et al. 2009); prefill and decode under Totals in a plan",
    },
    Concept {
        level: 5,
        question: "Attention is causal. Why do many counts of the prefill still take all S × S scores?",
        right: "They count the dense product, as profilers do; a kernel that skips the masked half \
                does less",
        because: "The mask is applied to scores that a plain product has computed; a convention must \
                  say whether they count.",
        wrong: [
            (
                "Because a causal model looks at later tokens in the prefill",
                "it never does: those scores are masked",
            ),
            (
                "Because the mask costs as much as the products that it saves",
                "adding a mask costs one operation per score, a product twice the head size",
            ),
            (
                "Because visual tokens see each other in both directions in every model",
                "most LLaVA-like models are causal over visual tokens too",
            ),
        ],
        hint: "counted, or computed?",
        source: "PyTorch's `FlopCounterMode` takes no causal discount; conventions of a plan",
    },
    Concept {
        level: 5,
        question: "At a few hundred tokens, where are most of the FLOPs of a 7B decoder block?",
        right: "In the matrices of MLP and projections: scores are a few percent",
        because: "Matrices cost 2 × parameters for each token; scores grow with tokens², and pass the \
                  matrices only at many thousands of tokens.",
        wrong: [
            (
                "In the scores, since attention is quadratic",
                "quadratic in tokens, but with a small factor: 4·S²·D against about 24·S·D²",
            ),
            (
                "In softmax and norms",
                "they cost a few operations per value: matrices cost thousands",
            ),
            ("In rotary positions", "a handful of operations for each query and key value"),
        ],
        hint: "compare S with the width",
        source: "`vlmcalc plan llava-1.5-7b --depth 3`; `vlmcalc drill --topic attention-share`",
    },
];
