//! Resolution, tiles and positions.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 3,
        question: "An image is cut into 3 × 4 tiles and a thumbnail is added. How many times does \
                   the encoder run?",
        right: "13 times, each time on a tile or on the thumbnail",
        because: "Each tile is an image of its own, and the thumbnail, the whole image made \
                  small, is one more.",
        wrong: [
            (
                "12 times, and the thumbnail is put together from these",
                "the thumbnail is an image of its own: it is encoded like a tile",
            ),
            (
                "Once, on the whole large image, and its output is cut",
                "tiles exist so that an encoder of fixed size sees them one by one",
            ),
            (
                "7 times, for three rows and four columns",
                "rows and columns are multiplied, not added, and the thumbnail is missing",
            ),
        ],
        hint: "count the thumbnail",
        source: "InternVL 1.5 (arXiv:2404.16821), on dynamic high resolution; a plan with \
                 `image.tiles: 13`",
    },
    Concept {
        level: 3,
        question: "What is the thumbnail beside the tiles of an image good for?",
        right: "It shows the whole image, which no tile does",
        because: "Tiles are encoded apart, so none sees across its border; the thumbnail gives \
                  the global context at low resolution.",
        wrong: [
            (
                "It fills the batch up to an even number",
                "the number of tiles need not be even, nor is it with the thumbnail",
            ),
            (
                "It is shown to the user while the model works",
                "it is encoded for the LLM, like any tile",
            ),
            (
                "It replaces the tiles when the context is too short",
                "it comes in addition; fewer tiles are what saves context",
            ),
        ],
        hint: "what does a tile not see?",
        source: "InternVL 1.5 (arXiv:2404.16821), on dynamic high resolution",
    },
    Concept {
        level: 3,
        question: "How does InternVL choose into how many rows and columns an image is cut?",
        right: "By the aspect ratio that comes nearest to that of the image",
        because: "Of all grids up to a number of tiles the one of the nearest ratio is taken, and \
                  the image is resized to fill it.",
        wrong: [
            (
                "By the smallest grid that no pixel has to be scaled for",
                "the image is resized to whole tiles: it is scaled nearly always",
            ),
            (
                "By the number of objects that a detector finds in it",
                "no detector runs: height and width decide",
            ),
            (
                "Always into as many tiles as the context window allows",
                "a maximum is a setting of the processor, and a small image has fewer tiles",
            ),
        ],
        hint: "which property of the image is kept best?",
        source: "InternVL 1.5 (arXiv:2404.16821), on dynamic high resolution",
    },
    Concept {
        level: 5,
        question: "Twelve tiles of N patches, encoded apart, against one image of all 12·N \
                   patches: what about the scores of full attention?",
        right: "The tiles have a twelfth of the scores",
        because: "12 × N² against (12·N)² = 144 × N². The price is that no patch sees another \
                  tile.",
        wrong: [
            (
                "They are as many, for as many patches",
                "scores are pairs of patches, and pairs across tiles are left out",
            ),
            (
                "The tiles have twelve times the scores",
                "it is the other way round: apart, there are fewer pairs",
            ),
            (
                "The tiles have a 144th of the scores of that",
                "that is one tile's part: there are twelve of them",
            ),
        ],
        hint: "12·N² against (12·N)²",
        source: "full attention has tokens² scores for each image: `vlmcalc explain internvl3-8b`",
    },
    Concept {
        level: 3,
        question: "How does Qwen2-VL take images of different sizes?",
        right: "Its ViT runs on the grid of patches that each image has",
        because: "Sides are rounded to multiples of 28 px within a budget of pixels, not set to \
                  one size; the ViT has rotary positions in 2-D, and 2 × 2 tokens are merged \
                  after it.",
        wrong: [
            (
                "It cuts them into tiles of one size, as InternVL does",
                "it has no tiles: one grid covers the image, whatever its size",
            ),
            (
                "It resizes them all to one square, as LLaVA-1.5 does",
                "the number of visual tokens follows the size of the image",
            ),
            (
                "Its Q-Former reads any size into as many queries",
                "Qwen-VL, before it, had a resampler; Qwen2-VL merges neighbours with an MLP",
            ),
        ],
        hint: "naive dynamic resolution",
        source: "Qwen2-VL (arXiv:2409.12191), section 2.1",
    },
    Concept {
        level: 4,
        question: "How does NaViT put images of different sizes into one batch?",
        right: "Patches of several are packed into one sequence, kept apart by a mask",
        because: "Packing wastes little; the mask lets a patch attend to its own image only.",
        wrong: [
            (
                "Images are padded to the largest one of the batch, and a mask hides that",
                "that works, but spends compute on padding: packing avoids it",
            ),
            (
                "Images are resized to one square first, as in any other ViT",
                "the aspect ratio is kept: that is what it is for",
            ),
            (
                "Images are cut into tiles of one size, encoded one after the other",
                "it has no tiles: each image keeps its own grid",
            ),
        ],
        hint: "what do LLMs do with examples of different lengths?",
        source: "Patch n' Pack: NaViT (arXiv:2307.06304), section 2",
    },
    Concept {
        level: 4,
        question: "An image is given as 13 tiles of 256 visual tokens instead of one. What grows \
                   13 times?",
        right: "Its part of the KV cache",
        because: "Each visual token is cached with as many bytes as before. Its scores with \
                  itself grow 169 times, the LLM's weights not at all.",
        wrong: [
            ("The weights of the bridge", "the same weights serve each tile"),
            ("The scores among its tokens", "scores are pairs of tokens: they grow with 13² = 169"),
            (
                "The FLOPs of one decode step",
                "its weights are multiplied once, as before: only the products with the cache grow",
            ),
        ],
        hint: "what is counted per token?",
        source: "`vlmcalc plan internvl3-8b --set image.tiles=13`",
    },
    Concept {
        level: 3,
        question: "What are the rotary positions of Qwen2-VL's M-RoPE?",
        right: "Three for each token: time, row and column",
        because: "The values of a head are split in three parts, each turned by one of the three.",
        wrong: [
            (
                "One for each token, counted row by row",
                "that is RoPE as text has it, where rows follow each other in a line",
            ),
            (
                "Two for each image: its place and its size",
                "each visual token has positions of its own",
            ),
            (
                "A learned row of a table for each place in the grid",
                "rotary positions are computed: nothing is looked up in a table",
            ),
        ],
        hint: "a video has one axis more than an image",
        source: "Qwen2-VL (arXiv:2409.12191), section 2.1",
    },
    Concept {
        level: 4,
        question: "In M-RoPE an image of 20 × 30 visual tokens stands before text. How far after \
                   the image's first position does the text go on?",
        right: "By 30, the longer side",
        because: "The text follows the largest position so far, and columns run furthest. So \
                  images use up few positions.",
        wrong: [
            (
                "By 600, all of its tokens",
                "that is how positions in one dimension count: here the columns of a row count \
                 once",
            ),
            (
                "By 50, both of the sides",
                "rows and columns are counted side by side, not one after the other",
            ),
            (
                "By 1, for the whole image",
                "time stands still in an image, but rows and columns do not",
            ),
        ],
        hint: "which of the three positions is the largest?",
        source: "Qwen2-VL (arXiv:2409.12191), section 2.1",
    },
    Concept {
        level: 4,
        question: "On what does RoPE act in an attention layer?",
        right: "On the queries and the keys of each head, but not on values",
        because: "Turning both makes their product depend on the distance; what is summed up \
                  needs no position.",
        wrong: [
            (
                "On the tokens, once, before the first of the blocks",
                "that is a position table: RoPE acts in every layer",
            ),
            (
                "On the scores, to which a bias by distance is added",
                "that is ALiBi, or T5's bias: RoPE turns vectors before the product",
            ),
            (
                "On queries, keys and values, each turned by its place",
                "values are left as they are: the sum would mix differently turned ones",
            ),
        ],
        hint: "which two vectors meet in a score?",
        source: "RoFormer (arXiv:2104.09864), section 3.2",
    },
    Concept {
        level: 4,
        question: "Why do scores with RoPE depend on the distance of two tokens?",
        right: "Two rotations in one product leave only their difference",
        because: "(R_m q)ᵀ(R_n k) = qᵀ R_{n−m} k: a rotation's transpose turns back.",
        wrong: [
            (
                "A table with a row for each distance is added to the scores",
                "RoPE stores nothing and adds nothing",
            ),
            (
                "Each token's position is subtracted from that of the first one",
                "both turn by their own positions: no token is a reference",
            ),
            (
                "Turned vectors get shorter the further they have been turned",
                "a rotation keeps the length",
            ),
        ],
        hint: "what is a rotation's transpose?",
        source: "RoFormer (arXiv:2104.09864), section 3.2",
    },
];
