//! The bridge between encoder and LLM.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 3,
        question: "Why is there a bridge at all between encoder and LLM?",
        right: "The LLM reads vectors of another width and another space",
        because: "The LLM reads vectors of its own width, in a space that its training made; the \
                  bridge learns the way there.",
        wrong: [
            (
                "The LLM reads words, so patches must become entries of its vocabulary",
                "visual tokens are vectors, not words: they pass by the embedding table",
            ),
            (
                "The LLM can read only a few tokens of an image at once",
                "its context takes hundreds of them: a linear bridge keeps one per patch",
            ),
            (
                "The encoder has no positions, and the bridge gives them",
                "the encoder has positions of its own, and the LLM adds its own",
            ),
        ],
        hint: "1024 is not 4096",
        source: "LLaVA (arXiv:2304.08485), section 4.1",
    },
    Concept {
        level: 3,
        question: "What does a Q-Former of 32 queries compress?",
        right: "The number of tokens, to 32",
        because: "32 learned queries read all patches by cross-attention: there are as many \
                  visual tokens as queries, whatever the image size.",
        wrong: [
            (
                "The width of each token, to 32",
                "32 is a number of tokens: the width becomes the LLM's",
            ),
            (
                "The weights, to 32 layers",
                "BLIP-2's Q-Former has 12 blocks: 32 is the number of its queries",
            ),
            ("The words of the text, to 32", "the text goes to the LLM as it is"),
        ],
        hint: "what comes out of a cross-attention has as many rows as its queries",
        source: "BLIP-2 (arXiv:2301.12597), section 3.1; `vlmcalc plan blip2-opt-2.7b`",
    },
    Concept {
        level: 3,
        question: "What does pixel shuffle by 2 make of 1,024 tokens of width 1,024 before the \
                   projection?",
        right: "256 tokens of width 4,096",
        because: "2 × 2 neighbours are written side by side: a quarter of the tokens, four times \
                  the width, and no value is lost.",
        wrong: [
            (
                "256 tokens of width 1,024",
                "that is pooling, which averages: pixel shuffle keeps all values",
            ),
            ("512 tokens of width 2,048", "a factor of 2 per side makes one of 4 tokens, not of 2"),
            ("4,096 tokens of width 256", "that is the other direction, used to enlarge images"),
        ],
        hint: "tokens × width stays the same",
        source: "InternVL 1.5 (arXiv:2404.16821), on its architecture; `pixel_shuffle` in \
                 `vlmcalc plan internvl3-8b`",
    },
    Concept {
        level: 3,
        question: "InternVL's bridge folds 2 × 2 tokens into one and has an MLP of two layers \
                   after that. Where are its parameters?",
        right: "In its two matrices, the first of which reads 4 × the encoder's width",
        because: "The shuffle itself only moves values; what follows is r²·D_v × D and D × D.",
        wrong: [
            (
                "In the shuffle, which has a weight for each of the values that it moves",
                "it moves values and has no parameters",
            ),
            (
                "In a table of positions, one for each token of the smaller grid",
                "there is none: the order of the tokens carries the places",
            ),
            (
                "In learned queries, which read the blocks of the grid",
                "pixel shuffle has no queries: those are resamplers and Q-Formers",
            ),
        ],
        hint: "which parts are multiplied with?",
        source: "`vlmcalc plan internvl3-8b --depth 2`",
    },
    Concept {
        level: 4,
        question: "Flamingo and Llama 3.2 Vision read the image in cross-attention layers inside \
                   the LLM. How does that lengthen the LLM's sequence?",
        right: "Not by visual tokens: they are read from beside it",
        because: "The sequence holds the text and a marker of the image; the cost moves into the \
                  cross-attention layers and their own keys and values.",
        wrong: [
            (
                "By one token for each patch, as in LLaVA",
                "there the visual tokens stand among the words: here they are keys and values of \
                 extra layers",
            ),
            (
                "By one token for each cross-attention layer of the LLM",
                "layers add no tokens: their outputs are added to the text's",
            ),
            (
                "By one token for each latent of the resampler",
                "they are read beside the sequence, not in it",
            ),
        ],
        hint: "queries come from the text, keys from the image",
        source: "Flamingo (arXiv:2204.14198), section 2.2",
    },
    Concept {
        level: 4,
        question: "Average pooling and a resampler both make 256 tokens of 4,096. What is the \
                   main difference?",
        right: "Pooling is fixed and local, latents learn what to gather",
        because: "A pooled token is the mean of a place; a latent can gather from anywhere, and \
                  must learn to.",
        wrong: [
            (
                "Pooling keeps every value, a resampler loses some",
                "both lose values: what keeps them all is pixel shuffle",
            ),
            (
                "A resampler makes more tokens of a larger image",
                "its number of latents is fixed; it is pooling by a fixed block that grows with \
                 the image",
            ),
            (
                "A resampler is cheaper, since it has no matrices of its own",
                "it projects queries, keys, values and output: pooling has no parameters",
            ),
        ],
        hint: "which of the two knows where a token comes from?",
        source: "Gemma 3 (arXiv:2503.19786) and Qwen-VL (arXiv:2308.12966)",
    },
    Concept {
        level: 5,
        question: "A document model must read small print within a fixed context. Which change \
                   helps most?",
        right: "More tiles, with a bridge that folds neighbouring tokens",
        because: "Tiles raise the resolution that the encoder sees, and folding keeps its values \
                  in fewer tokens.",
        wrong: [
            (
                "A Q-Former with half as many queries for each image",
                "a few queries summarise: fine print is the first thing that goes",
            ),
            (
                "A larger patch on the same image, for fewer tokens",
                "that makes the grid coarser: letters fall into one patch",
            ),
            (
                "An MLP with two more layers between encoder and LLM",
                "it changes neither the resolution nor the number of tokens",
            ),
        ],
        hint: "what limits reading: resolution or depth?",
        source: "InternVL 1.5 (arXiv:2404.16821) and Idefics3 (arXiv:2408.12637)",
    },
    Concept {
        level: 4,
        question: "Doubling the image's sides with a resampler of 64 latents: what happens to the \
                   LLM's prefill?",
        right: "Nothing: it still reads 64 visual tokens for the image",
        because: "The encoder and the resampler's keys and values work on four times the patches; \
                  the LLM does not notice.",
        wrong: [
            (
                "Its FLOPs grow four times, as the number of patches does",
                "that holds for a bridge that keeps one token per patch",
            ),
            (
                "Its FLOPs for the image's tokens double, as the sides do",
                "the number of latents is fixed, whatever the sides",
            ),
            (
                "Its FLOPs fall, since each latent reads more of the image",
                "what the latents read is paid in the bridge, not in the LLM",
            ),
        ],
        hint: "how many tokens come out of the bridge?",
        source: "`vlmcalc plan idefics2-8b`, with another `--set image=...`",
    },
];
