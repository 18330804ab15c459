//! Patches and the vision encoder.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 1,
        question: "The image side doubles, the patch stays. What happens to the number of patches?",
        right: "It is four times as large",
        because: "The grid has rows × columns, and both double.",
        wrong: [
            ("It doubles", "only one side was counted: rows and columns double both"),
            (
                "It stays the same",
                "the patch is fixed in pixels, so a larger image has more of them",
            ),
            (
                "It is sixteen times as large",
                "that is what the scores of full attention do: they grow with the square of tokens",
            ),
        ],
        hint: "think of the grid, not of one side",
        source: "An Image is Worth 16x16 Words (arXiv:2010.11929), section 3.1: N = HW / P²",
    },
    Concept {
        level: 1,
        question: "How is a patch turned into a token in a ViT?",
        right: "By one linear map of its pixels, the same for every patch",
        because: "A convolution whose kernel and stride are the patch is that linear map.",
        wrong: [
            (
                "By a look-up in a table of visual words",
                "that is how text tokens, or discrete image codes, are embedded: pixels are not \
                 looked up",
            ),
            (
                "By several convolutions that share pixels with their neighbours",
                "stride and kernel are equal: patches do not overlap, and one layer is all",
            ),
            (
                "By averaging its pixels",
                "that would lose what is inside of the patch: every pixel has weights of its own",
            ),
        ],
        hint: "kernel = stride = patch",
        source: "arXiv:2010.11929, section 3.1; `patch_embed` in a plan",
    },
    Concept {
        level: 2,
        question: "What is the difference between encoder-side tokens and LLM-side visual tokens?",
        right: "Encoder-side tokens are one per patch and what stands before them; visual tokens are \
                what the bridge hands to the LLM",
        because: "The bridge changes the width and often the number; only its output counts \
                  against the LLM's context.",
        wrong: [
            (
                "They are two names for the patches",
                "a bridge may turn 1,024 patches into 256, or 64, visual tokens",
            ),
            (
                "Visual tokens are the pixels, encoder-side tokens the patches",
                "pixels are no tokens: a visual token is a vector of the LLM's width",
            ),
            (
                "They differ in width only, never in number",
                "pixel shuffle, pooling and learned queries change the number too, and the class \
                 token is usually dropped",
            ),
        ],
        hint: "where does the bridge stand?",
        source: "`vlmcalc plan internvl3-8b`: the line between the two",
    },
    Concept {
        level: 2,
        question: "Why do LLaVA-like models drop the class token before the bridge?",
        right: "The LLM should get tokens that each stand for a place in the image; the class token \
                stands for none",
        because: "The class token sums up the whole image for a contrastive loss; a grid of places \
                  is also what pixel shuffle and pooling need.",
        wrong: [
            (
                "To save a noticeable part of the compute",
                "it is one token among hundreds: dropping it saves next to nothing",
            ),
            (
                "Because it has another width than the patches",
                "all tokens of the encoder have the same width",
            ),
            (
                "Because it is not computed at the layer that is used",
                "it goes through every block with the patches",
            ),
        ],
        hint: "what does a class token know about positions?",
        source: "LLaVA's `mm_vision_select_feature: patch`; arXiv:2304.08485",
    },
    Concept {
        level: 2,
        question: "LLaVA-1.5 takes the features of layer -2. What does that mean for the last block?",
        right: "The bridge does not use its output; its parameters are stored all the same",
        because: "Features before the last block keep more local detail; the last one is shaped by \
                  the contrastive loss of CLIP.",
        wrong: [
            (
                "It is removed from the checkpoint",
                "the tower is stored whole: the block is counted, and a plan marks it as unused",
            ),
            (
                "Its output is averaged with that of the block before",
                "one layer is taken, nothing is averaged",
            ),
            (
                "It runs first, since layers are counted from the end",
                "-2 counts from the end of the list of outputs: the order of running is the same",
            ),
        ],
        hint: "which output is read, and what is stored?",
        source: "LLaVA's `mm_vision_select_layer: -2`; `later_blocks (unused)` in \
                 `vlmcalc plan llava-1.5-7b`",
    },
    Concept {
        level: 3,
        question: "An encoder trained at 224 px is to run at 448 px. What must be done to its learned \
                   positions?",
        right: "Its table is interpolated to the larger grid",
        because: "A learned table has one row per patch of the training grid; four times the patches \
                  need four times the rows.",
        wrong: [
            (
                "Nothing: a learned table has no fixed size",
                "it is a matrix with one row for each patch it was trained on",
            ),
            (
                "Every row is used for four tokens, unchanged, in all models",
                "four neighbours could not be told apart: rows are interpolated between",
            ),
            (
                "The patch is made twice as large, so that the grid stays",
                "the patch convolution has weights for its own size: it would have to be changed too",
            ),
        ],
        hint: "how many rows does the table have?",
        source: "arXiv:2010.11929, section 3.2; Qwen-VL, trained at 224 px and run at 448 px",
    },
    Concept {
        level: 3,
        question: "Why does keeping the vision encoder frozen not make its forward pass cheaper?",
        right: "Frozen weights are multiplied as any others; only gradients and optimiser state go",
        because: "Freezing saves the backward pass of the tower and the optimiser's memory, in \
                  training only.",
        wrong: [
            (
                "It does: frozen layers are skipped",
                "nothing is skipped: without their output there is no image",
            ),
            (
                "Because frozen weights are kept in 32 bits",
                "freezing says nothing about the number format",
            ),
            (
                "Because its features must be computed again for every generated token",
                "they are computed once, in the prefill",
            ),
        ],
        hint: "what does training do that inference does not?",
        source: "arXiv:2304.08485, section 4.2: the encoder is frozen in both stages",
    },
    Concept {
        level: 3,
        question: "An image is cut into 3 × 4 tiles of 448 px and a thumbnail. How often does the \
                   encoder run on 448 px?",
        right: "13 times",
        because: "Each tile is an image of its own, and the thumbnail, the whole image made small, \
                  is one more.",
        wrong: [
            ("12 times", "the thumbnail is encoded like a tile"),
            (
                "Once, on the large image",
                "tiles exist so that an encoder of fixed size sees them one by one",
            ),
            ("7 times", "rows and columns are multiplied, not added"),
        ],
        hint: "count the thumbnail",
        source: "InternVL 1.5 (arXiv:2404.16821), dynamic high resolution; a plan with `image.tiles: 13`",
    },
];
