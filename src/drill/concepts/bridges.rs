//! The bridge between encoder and LLM.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 3,
        question: "Why is there a bridge at all between encoder and LLM?",
        right: "The encoder's tokens have another width and another meaning than the LLM's embeddings",
        because: "The LLM reads vectors of its own width, in a space that its training made; the \
                  bridge learns the way there.",
        wrong: [
            (
                "To turn patches into words of the vocabulary",
                "visual tokens are vectors, not words: they pass by the embedding table",
            ),
            (
                "To make the number of tokens smaller, in every model",
                "a linear or MLP bridge keeps one token per patch",
            ),
            (
                "To give the patches their positions",
                "the encoder has positions of its own, and the LLM adds its own",
            ),
        ],
        hint: "1024 is not 4096",
        source: "arXiv:2304.08485, section 4.1",
    },
    Concept {
        level: 3,
        question: "What does a Q-Former of 32 queries compress?",
        right: "The number of tokens: 32 learned queries read all patches by cross-attention",
        because: "The number of queries is the number of visual tokens, whatever the image size.",
        wrong: [
            (
                "The width of each patch, to 32 values",
                "32 is a number of tokens: the width becomes the LLM's",
            ),
            (
                "The weights, to 32 layers",
                "BLIP-2's Q-Former has 12 blocks: 32 is the number of its queries",
            ),
            (
                "The text, so that it fits beside the image",
                "the text goes to the LLM as it is; InstructBLIP's Q-Former reads a copy of it",
            ),
        ],
        hint: "what comes out of a cross-attention has as many rows as its queries",
        source: "BLIP-2 (arXiv:2301.12597), section 3.1; `vlmcalc plan blip2-opt-2.7b`",
    },
    Concept {
        level: 3,
        question: "What does pixel shuffle by 2 do to 1,024 tokens of width 1,024?",
        right: "256 tokens of width 4,096: no value is lost",
        because: "2×2 neighbours are written side by side: a quarter of the tokens, four times the \
                  width.",
        wrong: [
            (
                "256 tokens of width 1,024: the neighbours are averaged",
                "averaging is pooling: pixel shuffle keeps all values",
            ),
            ("512 tokens of width 2,048", "a factor of 2 per side is 4 tokens to one, not 2"),
            ("4,096 tokens of width 256", "that is the other direction, used to enlarge images"),
        ],
        hint: "tokens × width stays the same",
        source: "InternVL 1.5 (arXiv:2404.16821), architecture; `pixel_shuffle` in \
                 `vlmcalc plan internvl3-8b`",
    },
    Concept {
        level: 3,
        question: "Where are most of the parameters of a pixel-shuffle bridge?",
        right: "In the first projection, whose input is r² times the encoder's width",
        because: "The shuffle itself only moves values; the matrix after it is r²·D_v × D.",
        wrong: [
            ("In the shuffle", "it moves values and has no parameters"),
            (
                "In a table of positions of the shuffled grid",
                "there is none: the order of the tokens carries the places",
            ),
            (
                "In the queries that read the grid",
                "pixel shuffle has no queries: those are resamplers and Q-Formers",
            ),
        ],
        hint: "which matrix is widest?",
        source: "`vlmcalc plan internvl3-8b --depth 2`",
    },
    Concept {
        level: 4,
        question: "A model reads the image by cross-attention layers inside of the LLM (Flamingo, \
                   Llama 3.2 Vision). How does an image lengthen the LLM's sequence?",
        right: "Not by its visual tokens: they are keys and values of extra layers",
        because: "The sequence holds the text and a marker of the image; the cost moves into the \
                  cross-attention layers and their own cache.",
        wrong: [
            (
                "By one token per patch",
                "that is a LLaVA-like model, where visual tokens stand among the words",
            ),
            (
                "By as many tokens as the resampler has latents",
                "they are read beside the sequence, not in it",
            ),
            ("By its width divided by the LLM's", "a width never becomes a number of tokens"),
        ],
        hint: "queries come from the text, keys from the image",
        source: "Flamingo (arXiv:2204.14198), section 2.2",
    },
    Concept {
        level: 4,
        question: "Average pooling and a resampler both make 256 tokens of 4,096. What is the main \
                   difference?",
        right: "Pooling keeps the grid and has no parameters; learned latents attend to the whole \
                image",
        because: "A pooled token is a place; a latent can gather from anywhere, and must learn to.",
        wrong: [
            (
                "Pooling keeps all values, a resampler loses some",
                "both lose values: what keeps them all is pixel shuffle",
            ),
            (
                "A resampler makes more tokens for larger images",
                "its number of latents is fixed; it is pooling by a fixed block that grows with \
                 the image",
            ),
            (
                "A resampler is cheaper, since it has no projection",
                "it projects queries, keys, values and output, over all patches",
            ),
        ],
        hint: "which of the two knows where a token comes from?",
        source: "Gemma 3 (arXiv:2503.19786) and Qwen-VL (arXiv:2308.12966)",
    },
    Concept {
        level: 5,
        question: "A document model must read small print within a fixed context. Which change helps \
                   most for each visual token spent?",
        right: "More tiles with a bridge that folds neighbours, such as pixel shuffle",
        because: "Tiles raise the resolution the encoder sees, and folding keeps its values in fewer \
                  tokens.",
        wrong: [
            (
                "A Q-Former of fewer queries",
                "a few queries summarise: fine print is the first thing that goes",
            ),
            (
                "A larger patch",
                "that lowers the resolution of the grid: letters fall into one patch",
            ),
            (
                "An MLP of more layers as the bridge",
                "it changes neither resolution nor number of tokens",
            ),
        ],
        hint: "what limits reading: resolution or width?",
        source: "InternVL 1.5 (arXiv:2404.16821), Idefics3 (arXiv:2408.12637)",
    },
];
