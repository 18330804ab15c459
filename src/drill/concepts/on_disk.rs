//! Pictures and clips on disk: resizing, tiles, windows, frames.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 2,
        question: "A smart resize with factor 28 gets a side of 70 pixels, 2.5 times the factor. \
                   What does the side become, within the limits?",
        right: "56 pixels: a half goes to the even multiple",
        because: "Python's `round` takes halves to the even number: 2.5 becomes 2, and 2 × 28 = 56.",
        wrong: [
            (
                "84 pixels: a half always goes to the next one",
                "that is how it is taught at school; Python's `round` goes to the even number",
            ),
            (
                "70 pixels: that is a multiple of the patch",
                "70 = 5 × 14, but blocks of 2 × 2 patches must come out even",
            ),
            ("63 pixels: halfway between the two multiples", "63 is no multiple of 28"),
        ],
        hint: "how does Python round 2.5?",
        source: "transformers, models/qwen2_vl/image_processing_qwen2_vl.py, smart_resize; `vlmcalc \
                 doc smart-resize`",
    },
    Concept {
        level: 3,
        question: "The patches of Qwen2.5-VL have a side of 14 pixels. Why are images resized to \
                   multiples of 28?",
        right: "Since 2 × 2 patches become one visual token",
        because: "The patch merger folds blocks of 2 × 2 patches, which must fill the grid.",
        wrong: [
            (
                "Since 2 frames of a clip share one patch",
                "that is another axis: frames have nothing to do with height and width",
            ),
            (
                "Since windows have a side of 28 pixels there",
                "its windows have 8 × 8 patches, 112 pixels, and may be ragged at the edges",
            ),
            (
                "Since patches overlap by half of their side",
                "patches do not overlap: the stride of the convolution is its kernel",
            ),
        ],
        hint: "what does the bridge do to the grid?",
        source: "Qwen2.5-VL (arXiv:2502.13923), section 2.1; `vlmcalc doc processor.smart-resize.factor`",
    },
    Concept {
        level: 3,
        question: "InternVL adds a thumbnail to the tiles of an image. What does it do with an image \
                   that becomes a single tile?",
        right: "It adds none: it would be the same view again",
        because: "The tile shows the whole image already, so one view is all.",
        wrong: [
            (
                "It adds one all the same, so that there are two views",
                "the code asks for more than one tile before it adds a thumbnail",
            ),
            (
                "It cuts the image once more, into four tiles",
                "the grid is chosen by the aspect ratio, and one tile is a grid as others are",
            ),
            (
                "It pads the views with empty ones up to the limit",
                "that is what Llama 3.2 Vision does; InternVL has as many views as it needs",
            ),
        ],
        hint: "what would a thumbnail show?",
        source: "transformers, models/got_ocr2/image_processing_got_ocr2.py; `vlmcalc doc aspect-grid`",
    },
    Concept {
        level: 4,
        question: "Images of different sizes are packed into one sequence of an encoder of native \
                   resolution. How do the scores of its attention grow?",
        right: "With the sum of the squares of their patches",
        because: "Each image attends to itself only: n₁² + n₂² + …, as if they ran one by one.",
        wrong: [
            (
                "With the square of the sum of their patches",
                "that would let images attend to each other; the packing has bounds for that",
            ),
            (
                "With the sum of their patches, as matrices do",
                "within an image every patch looks at every other",
            ),
            (
                "With the number of images, whatever their sizes are",
                "a larger image has more patches, and their square more pairs",
            ),
        ],
        hint: "who looks at whom?",
        source: "NaViT (arXiv:2307.06304), section 2.1; a plan with `prompt.images`",
    },
    Concept {
        level: 4,
        question: "Most blocks of an encoder get windows. What becomes cheaper by that?",
        right: "The scores of attention, and nothing beside them",
        because: "Pairs outside of a window fall away; projections and MLPs work on each token alone.",
        wrong: [
            (
                "The projections to queries, keys and values",
                "they are made for each token, whomever it looks at",
            ),
            (
                "The weights of these blocks, which become fewer",
                "windows store nothing and leave nothing out: the matrices are the same",
            ),
            (
                "The bridge, which gets one token for each window",
                "every patch leaves the encoder as a token, with windows or without",
            ),
        ],
        hint: "which product has a side of N on both ends?",
        source: "Qwen2.5-VL (arXiv:2502.13923), section 2.1; a plan with `encoder.window`",
    },
    Concept {
        level: 4,
        question: "An encoder with patches of two frames sees a still image. What does it do?",
        right: "It takes the image twice, as two equal frames",
        because: "The kernel of the patch convolution has two frames, so the image is repeated.",
        wrong: [
            (
                "It takes half of the kernel and leaves the other",
                "the kernel is one matrix, and the reference multiplies by all of it",
            ),
            (
                "It takes a black frame as the second one of a pair",
                "the processor repeats the image; black would shift what was learned",
            ),
            (
                "It makes two tokens of each patch of the image",
                "two frames become one token: that is what such a patch is for",
            ),
        ],
        hint: "how deep is the kernel?",
        source: "Qwen2-VL (arXiv:2409.12191), section 2.1; a plan with `encoder.temporal_patch`",
    },
    Concept {
        level: 3,
        question: "LLaVA-NeXT fits an image into a canvas of tiles. Which visual tokens of the tiles \
                   does the LLM not get?",
        right: "Those that show nothing but the padding",
        because: "The image keeps its ratio, so the canvas has empty borders, which are cut off after \
                  the encoder.",
        wrong: [
            (
                "Those that the whole image shows as well",
                "the overview comes beside the tiles, it replaces none of their tokens",
            ),
            (
                "Those at the seams, where two tiles meet",
                "tiles do not overlap, so the seams show something of their own",
            ),
            (
                "Those that are in the last column of a row",
                "a newline is put after them, and they stay",
            ),
        ],
        hint: "what fills a canvas of another ratio?",
        source: "transformers, models/llava_next/modeling_llava_next.py, unpad_image; `vlmcalc doc anyres`",
    },
];
