//! Patches and the vision encoder.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 1,
        question: "The image side doubles, the patch stays. What happens to the number of patches?",
        right: "It becomes four times as large",
        because: "The grid has rows × columns, and both double.",
        wrong: [
            (
                "It becomes two times as large",
                "only one side was counted: rows and columns double both",
            ),
            (
                "It stays as large as before",
                "the patch is fixed in pixels, so a larger image has more of them",
            ),
            (
                "It becomes sixteen times as large",
                "that is the fourth power of the side: patches grow with its square",
            ),
        ],
        hint: "think of the grid, not of one side",
        source: "An Image is Worth 16x16 Words (arXiv:2010.11929), section 3.1: N = HW / P²",
    },
    Concept {
        level: 1,
        question: "How is a patch turned into a token in a ViT?",
        right: "By one linear map of its pixels, shared by all patches",
        because: "A convolution whose kernel and stride are the patch is that linear map.",
        wrong: [
            (
                "By a look-up of its pixels in a table of visual words",
                "that is how text tokens, or discrete image codes, are embedded: pixels are not \
                 looked up",
            ),
            (
                "By convolutions that overlap with neighbouring patches",
                "stride and kernel are equal: patches do not overlap, and one layer is all",
            ),
            (
                "By averaging its pixels, which are then scaled per channel",
                "that would lose what is inside the patch: every pixel has weights of its own",
            ),
        ],
        hint: "kernel = stride = patch",
        source: "arXiv:2010.11929, section 3.1; `patch_embed` in a plan",
    },
    Concept {
        level: 2,
        question: "What is the difference between encoder-side tokens and LLM-side visual tokens?",
        right: "The first are the encoder's output, the second the bridge's",
        because: "The bridge changes the width and often the number; only its output counts \
                  against the LLM's context.",
        wrong: [
            (
                "There is none: both names stand for the patches of the image",
                "a bridge may turn 1,024 patches into 256, or 64, visual tokens",
            ),
            (
                "The first are patches of pixels, the second words on the image",
                "a visual token is a vector of the LLM's width, not a word of its vocabulary",
            ),
            (
                "They differ in their width but never in their number",
                "pixel shuffle, pooling and learned queries change the number too",
            ),
        ],
        hint: "where does the bridge stand?",
        source: "`vlmcalc plan internvl3-8b`: the line between the two",
    },
    Concept {
        level: 2,
        question: "Why do LLaVA-like models drop the class token before the bridge?",
        right: "It stands for no place in the image, as the patches do",
        because: "The class token sums up the image for CLIP's contrastive loss; LLaVA hands on \
                  the grid features, which keep what is where.",
        wrong: [
            (
                "It would take up too much of the LLM's context window",
                "it is one token among hundreds: that saves next to nothing",
            ),
            (
                "It has another width than the patches of the image",
                "all tokens of the encoder have the same width",
            ),
            (
                "It does not exist yet at the layer whose features are read",
                "it goes through every block, from the first, with the patches",
            ),
        ],
        hint: "what does a class token know about positions?",
        source: "LLaVA (arXiv:2304.08485), section 4.1; its setting `mm_vision_select_feature: \
                 patch`",
    },
    Concept {
        level: 2,
        question: "LLaVA-1.5 takes the features of layer -2. What does that mean for the last \
                   block?",
        right: "The bridge never reads its output, though its weights are stored",
        because: "-2 is the output of the last block but one. The tower is stored whole all the \
                  same.",
        wrong: [
            (
                "It is cut off before training, so that checkpoints do not hold it",
                "the tower is stored whole: the block is counted, and a plan marks it as unused",
            ),
            (
                "The bridge reads the mean of its output and the one before it",
                "one layer is taken, nothing is averaged",
            ),
            (
                "It runs before the others, since layers are counted from the end",
                "-2 counts from the end of the list of outputs: the order of running is the same",
            ),
        ],
        hint: "which output is read, and what is stored?",
        source: "LLaVA's `mm_vision_select_layer: -2`; `later_blocks (unused)` in `vlmcalc plan \
                 llava-1.5-7b`",
    },
    Concept {
        level: 3,
        question: "A ViT with learned positions was trained at 224 px and is to run at 448 px. \
                   What is done to them?",
        right: "Their table is interpolated in 2-D to the larger grid",
        because: "A learned table has one row per patch of the training grid; four times the \
                  patches need four times the rows.",
        wrong: [
            (
                "Nothing: a learned table fits a grid of any size",
                "it is a matrix with one row for each patch it was trained on",
            ),
            (
                "Each row is copied, unchanged, to four patches of the new grid",
                "four neighbours could not be told apart: rows are interpolated between",
            ),
            (
                "Rows that are missing are filled with zeros at the end",
                "the new patches would have no place, and the old ones a wrong one",
            ),
        ],
        hint: "how many rows does the table have?",
        source: "arXiv:2010.11929, section 3.2",
    },
    Concept {
        level: 2,
        question: "What are register tokens in a ViT for?",
        right: "They hold global information that would else sit in patches",
        because: "Large ViTs reuse patches of little content, such as the background, as scratch \
                  space; tokens without a place take that over, and the feature maps become \
                  clean.",
        wrong: [
            (
                "They store the features of earlier images, for comparison",
                "nothing is kept between images: registers are learned vectors, the same for each \
                 image",
            ),
            (
                "They tell the LLM where the image begins and where it ends",
                "those are structural tokens of the prompt: registers stay in the encoder",
            ),
            (
                "They replace the table of positions at a new resolution",
                "they have no place and say nothing of one",
            ),
        ],
        hint: "where would a ViT keep notes about the whole image?",
        source: "Vision Transformers Need Registers (arXiv:2309.16588), section 2",
    },
    Concept {
        level: 2,
        question: "How does SigLIP's loss differ from CLIP's?",
        right: "Each pair is judged by itself, by a sigmoid",
        because: "CLIP's softmax normalises over all texts and all images of the batch; a sigmoid \
                  on each pair needs no sum over the batch.",
        wrong: [
            (
                "It compares images with images, without texts",
                "both learn from pairs of image and text",
            ),
            (
                "It predicts the captions, word for word",
                "that is a captioning loss, as in CoCa: both compare embeddings",
            ),
            (
                "It takes softmax over images, not over texts",
                "CLIP takes it over both; SigLIP takes none",
            ),
        ],
        hint: "what does CLIP normalise over?",
        source: "SigLIP (arXiv:2303.15343), sections 3.1 and 3.2",
    },
    Concept {
        level: 2,
        question: "CLIP ViT-L/14 at 336 px puts out 577 tokens, SigLIP so400m/14 at 384 px 729 = \
                   27². Why is there no + 1?",
        right: "SigLIP pools by attention on top, without a class token",
        because: "Its pooling head asks all patches with one learned query after the last block; \
                  a VLM does not use that head.",
        wrong: [
            (
                "SigLIP's class token is dropped with the pixels left over",
                "it has none; the pixels that fill no patch are dropped before the patches are \
                 counted",
            ),
            (
                "SigLIP adds the class token to each patch instead",
                "nothing is added to the patches but their positions",
            ),
            (
                "SigLIP counts the class token as one of its 27² patches",
                "27² are all patches: ⌊384 / 14⌋ = 27 on each side",
            ),
        ],
        hint: "how does each get one vector for the whole image?",
        source: "SigLIP in transformers: `SiglipMultiheadAttentionPoolingHead`; Scaling Vision \
                 Transformers (arXiv:2106.04560)",
    },
    Concept {
        level: 3,
        question: "How is DINOv2 trained, in contrast to CLIP?",
        right: "On images alone, as a student that matches a teacher's outputs",
        because: "DINO and iBOT losses compare views and masked patches of one image; no text is \
                  involved.",
        wrong: [
            (
                "On images with captions, but with a sigmoid in place of a softmax",
                "that is SigLIP: DINOv2 sees no captions",
            ),
            (
                "On images with class labels, as classifiers were on ImageNet",
                "it is self-supervised: it uses no labels",
            ),
            (
                "On images and questions about them, together with an LLM",
                "that is how a whole VLM is tuned, not this encoder",
            ),
        ],
        hint: "does it need captions?",
        source: "DINOv2 (arXiv:2304.07193), section 4",
    },
    Concept {
        level: 3,
        question: "Most blocks of Qwen2.5-VL's vision encoder attend within windows of at most 8 \
                   × 8 patches. What does that change?",
        right: "Their scores grow with the number of patches, not with its square",
        because: "A patch meets at most 64 others, whatever the image size. Four of the blocks \
                  attend to the whole image.",
        wrong: [
            (
                "Their weights shrink, since each window has a part of the matrices",
                "all windows are multiplied with the same matrices: weights do not depend on what \
                 attends to what",
            ),
            (
                "They hand fewer tokens on, since one is kept for each window",
                "every patch stays a token: it is the merge after the encoder that makes fewer of \
                 them",
            ),
            (
                "They need no positions, since a window is small enough without",
                "the blocks use rotary positions in 2-D, in windows too",
            ),
        ],
        hint: "how many others does one patch meet?",
        source: "Qwen2.5-VL (arXiv:2502.13923), section 2.1.1",
    },
];
