//! FLOPs, memory traffic and number formats.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 5,
        question: "A paper says 4.5 TMACs, a profiler 9.0 TFLOP, for the same forward pass. Who \
                   is right?",
        right: "Both: a multiply-add is one MAC and two FLOPs",
        because: "One multiplication and one addition. Always say which of the two you count.",
        wrong: [
            (
                "The paper: a fused multiply-add is one FLOP",
                "it is one instruction: by convention, and by PyTorch's counter, it is two FLOPs",
            ),
            (
                "The profiler: the paper left out the backward pass",
                "a backward pass is about twice the forward: the sum would be three times, not two",
            ),
            (
                "Neither: the number of FLOPs depends on the processor",
                "FLOP/s do, a count of operations does not",
            ),
        ],
        hint: "how many operations are in a·b + c?",
        source: "PyTorch's `FlopCounterMode`; the convention in the notes of every plan",
    },
    Concept {
        level: 5,
        question: "Why is the prefill usually bound by compute and decoding, at batch 1, by \
                   memory?",
        right: "A weight that was read serves the whole prompt there, one token here",
        because: "FLOPs per byte of weights are about the number of tokens at once: hundreds \
                  against one.",
        wrong: [
            (
                "The prefill runs the vision encoder, which is most of the compute",
                "how much work there is does not say what limits it; in LLaVA-1.5 7B it is 4 %",
            ),
            (
                "Decoding multiplies with the head, which is the largest matrix of all",
                "so does the prefill; the head is a small part of both",
            ),
            (
                "Decoding has more FLOPs for each token, since its cache is long",
                "for each token they are about the same: what differs is how often a weight is \
                 used",
            ),
        ],
        hint: "how often is a weight used once it has been read?",
        source: "Roofline (Williams et al. 2009); prefill and decode under Totals in a plan",
    },
    Concept {
        level: 5,
        question: "Attention is causal. Why do many counts of the prefill still take all S × S \
                   scores?",
        right: "They count the dense product, though kernels may skip half of it",
        because: "A mask is applied to scores that a plain product has computed; a convention \
                  must say whether they count.",
        wrong: [
            (
                "A causal model looks at later tokens too while it reads the prompt",
                "it never does: those scores are masked",
            ),
            (
                "Adding the mask costs as many FLOPs as the scores that it hides",
                "adding a mask costs one operation per score, a product twice the head size",
            ),
            (
                "Visual tokens see each other in both directions in every model",
                "most LLaVA-like models are causal over visual tokens too",
            ),
        ],
        hint: "counted, or computed?",
        source: "PyTorch's `FlopCounterMode` takes no causal discount; conventions of a plan",
    },
    Concept {
        level: 5,
        question: "At a few hundred tokens, where are most of the FLOPs of a block of a 7B \
                   decoder?",
        right: "In the matrices of MLP and projections",
        because: "Matrices cost 2 × parameters for each token; scores grow with tokens², and pass \
                  the matrices only at many thousands of tokens.",
        wrong: [
            (
                "In the scores, as they are quadratic",
                "quadratic in tokens, but with a small factor: 4·S²·D against about 24·S·D²",
            ),
            (
                "In softmax, norms and activations",
                "they cost a few operations per value: matrices cost thousands",
            ),
            (
                "In turning queries and keys by RoPE",
                "a handful of operations for each query and key value",
            ),
        ],
        hint: "compare S with the width",
        source: "`vlmcalc plan llava-1.5-7b --depth 3`; `vlmcalc drill --topic attention-share`",
    },
    Concept {
        level: 5,
        question: "What does FlashAttention save in a forward pass, compared with plain attention?",
        right: "Writing the S × S scores to memory and reading them back",
        because: "It works through blocks in fast memory and keeps running sums for the softmax: \
                  exact, with as many FLOPs in the products.",
        wrong: [
            (
                "Most of the products QKᵀ, which are approximated",
                "it is exact: each score is computed, only never stored whole",
            ),
            (
                "The KV cache, whose keys are computed anew each time",
                "it does not touch the cache: it is about how attention is computed",
            ),
            (
                "The softmax, in whose place a linear kernel stands",
                "that is linear attention: FlashAttention gives softmax's result",
            ),
        ],
        hint: "FLOPs or traffic?",
        source: "FlashAttention (arXiv:2205.14135), section 3.1",
    },
    Concept {
        level: 4,
        question: "Weights are quantised to 4 bits, and nothing else is (W4A16). What happens to \
                   the KV cache?",
        right: "It stays as large as before, at 16 bits",
        because: "Keys and values are activations, which such a scheme keeps at 16 bits; a cache \
                  can be quantised on its own.",
        wrong: [
            (
                "It becomes a quarter of it, at 4 bits",
                "the format of the weights is not that of what they compute",
            ),
            (
                "It becomes half of it, for keys and not values",
                "neither keys nor values are weights",
            ),
            (
                "It becomes larger, as scales are stored with it",
                "scales are stored with what is quantised: the weights",
            ),
        ],
        hint: "is the cache made of weights?",
        source: "AWQ (arXiv:2306.00978), weight-only quantisation W4A16",
    },
    Concept {
        level: 5,
        question: "Why do 4-bit weights, multiplied in 16 bits, speed up decoding at batch 1 more \
                   than a long prefill?",
        right: "Decoding waits for weights to be read, a long prefill for products",
        because: "A quarter of the bytes is a quarter of the reading. The products are as many, \
                  and in 16 bits, so where they are the limit little is gained.",
        wrong: [
            (
                "Decoding multiplies in 4 bits, and a prefill multiplies in 16 bits",
                "both multiply in 16 bits: weights are expanded on the way",
            ),
            (
                "Decoding has a cache of 4 bits, and a prefill has no cache to read",
                "the cache stays at 16 bits, and is small beside the weights here",
            ),
            (
                "Decoding skips weights that were rounded to zero by the quantisation",
                "nothing is skipped: that would be sparsity",
            ),
        ],
        hint: "what is each of them bound by?",
        source: "AWQ (arXiv:2306.00978), on why weight-only quantisation; Roofline (Williams et \
                 al. 2009)",
    },
    Concept {
        level: 5,
        question: "Weights of 4 bits come in groups of 128, each group with one scale of 16 bits. \
                   How many bits is that for each weight?",
        right: "4.125",
        because: "4 + 16 / 128.",
        wrong: [
            ("4.000", "the scales are stored too"),
            ("4.500", "that is a scale for each group of 32"),
            ("20.00", "that is a scale for each weight: one serves 128"),
        ],
        hint: "share the scale among its group",
        source: "group size 128 is that of AWQ (arXiv:2306.00978) and usual for GPTQ",
    },
    Concept {
        level: 5,
        question: "Why are an LLM's activations harder to quantise to 8 bits than its weights?",
        right: "A few channels hold outliers that stretch the scale for all",
        because: "With one scale for the tensor, the others are left with few levels. Weights are \
                  spread much more evenly.",
        wrong: [
            (
                "They are never negative, so that half of the levels is lost",
                "they have both signs in the residual stream; a shifted scale would cure that",
            ),
            (
                "They change with each token, so that no scale can be found",
                "a scale can be computed for each token as it comes",
            ),
            (
                "They are many more than the weights, so that errors add up",
                "there are fewer: that is not what makes them hard",
            ),
        ],
        hint: "what sets the scale?",
        source: "LLM.int8() (arXiv:2208.07339), SmoothQuant (arXiv:2211.10438)",
    },
];
