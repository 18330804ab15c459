//! Training: stages, memory, adapters.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 3,
        question: "What does LLaVA train in its first stage?",
        right: "The projection alone, on images with captions",
        because: "Encoder and LLM stay frozen: the stage aligns the image's features with the \
                  word embeddings.",
        wrong: [
            (
                "The LLM alone, on conversations about images",
                "the LLM joins in the second stage, on instructions",
            ),
            (
                "The vision encoder alone, on images with captions",
                "CLIP was trained so before: LLaVA keeps it frozen in both stages",
            ),
            (
                "All three parts together, on mixed instructions",
                "that came with later models: here only the new part is trained first",
            ),
        ],
        hint: "which part is new?",
        source: "LLaVA (arXiv:2304.08485), section 4.2",
    },
    Concept {
        level: 3,
        question: "What does LLaVA train in its second stage, visual instruction tuning?",
        right: "The projection and the LLM, but not the encoder",
        because: "The encoder's weights stay frozen in both stages.",
        wrong: [
            (
                "The projection and the encoder, but not the LLM",
                "the LLM must learn to follow instructions about images",
            ),
            (
                "The LLM alone, with a projection that is done",
                "the projection is trained on, with the LLM",
            ),
            (
                "The encoder, the projection and the LLM together",
                "the encoder is frozen; LLaVA-NeXT and others tune it too",
            ),
        ],
        hint: "which part stays as CLIP made it?",
        source: "LLaVA (arXiv:2304.08485), section 4.2",
    },
    Concept {
        level: 3,
        question: "On which tokens of a conversation does LLaVA take the loss?",
        right: "On the tokens of the assistant's answers",
        because: "Image and instruction are given; the model is to predict what the assistant \
                  says, and where it stops.",
        wrong: [
            (
                "On all tokens of text, the questions too",
                "the questions are only read: the loss on them is masked",
            ),
            (
                "On the visual tokens, which it is to predict",
                "visual tokens are inputs: there is no vocabulary to predict them from",
            ),
            ("On the last token of the conversation only", "each token of each answer counts"),
        ],
        hint: "what is the model to produce?",
        source: "LLaVA (arXiv:2304.08485), section 4.2 and its Table 2",
    },
    Concept {
        level: 4,
        question: "What is trained in the first stage of BLIP-2?",
        right: "The Q-Former, with a frozen encoder and no LLM yet",
        because: "It learns with images and texts: by contrast, by matching, and by writing the \
                  text. The frozen LLM comes in the second stage.",
        wrong: [
            (
                "The Q-Former and the LLM, with a frozen encoder",
                "the LLM is frozen and comes in the second stage only",
            ),
            (
                "The encoder and the Q-Former, with a frozen LLM",
                "the encoder is frozen in both stages",
            ),
            (
                "The linear layer alone, from the queries to the LLM",
                "it comes in the second stage, where the Q-Former goes on learning",
            ),
        ],
        hint: "bootstrapping from frozen models",
        source: "BLIP-2 (arXiv:2301.12597), sections 3.2 and 3.3",
    },
    Concept {
        level: 3,
        question: "Why does freezing the vision encoder not make its forward pass cheaper?",
        right: "Its weights are multiplied all the same",
        because: "Freezing saves the tower's backward pass and its optimiser's memory, in \
                  training only.",
        wrong: [
            (
                "Its weights are then kept at 32 bits",
                "freezing says nothing about the number format",
            ),
            (
                "Its features are made again at each step",
                "in training each image is new anyway; in inference it runs once, in the prefill",
            ),
            (
                "It does, since frozen layers are skipped",
                "nothing is skipped: without their output there is no image",
            ),
        ],
        hint: "what does training do that inference does not?",
        source: "LLaVA (arXiv:2304.08485), section 4.2: the encoder is frozen in both stages",
    },
    Concept {
        level: 5,
        question: "Mixed-precision training at 16 bits with plain Adam: how many bytes does each \
                   trained parameter need, without activations?",
        right: "16: weight, gradient, and 32-bit copies for Adam",
        because: "2 for the weight, 2 for its gradient, and 4 each for a master weight and Adam's \
                  two moments.",
        wrong: [
            (
                "2: the weight alone, as it is for inference",
                "a gradient and the optimiser's state come with each parameter",
            ),
            (
                "4: weight and gradient, each of them in 16 bits",
                "Adam keeps two moments and a master weight in 32 bits besides",
            ),
            (
                "8: weight, gradient, and Adam's moments in 16 bits",
                "the moments and the master weight are kept in 32 bits: 12 bytes",
            ),
        ],
        hint: "what does Adam keep for each parameter?",
        source: "ZeRO (arXiv:1910.02054), section 3.1",
    },
    Concept {
        level: 5,
        question: "LoRA of rank 8 stands beside a frozen matrix of 4,096 × 4,096. How many \
                   weights are trained?",
        right: "65,536",
        because: "Two matrices, 4,096 × 8 and 8 × 4,096: 8 × (4,096 + 4,096).",
        wrong: [
            ("32,768", "that is one of the two: there is a matrix down to rank 8 and one up again"),
            ("2,097,152", "that is an eighth of the matrix: the rank is a side of two thin ones"),
            ("16,777,216", "that is the frozen matrix, which is not trained"),
        ],
        hint: "W + B·A",
        source: "LoRA (arXiv:2106.09685), section 4.1",
    },
    Concept {
        level: 5,
        question: "What does LoRA cost at inference, compared with the model without it?",
        right: "Nothing, once the product B·A was added to the frozen matrix",
        because: "The sum has the matrix's shape: as many parameters, as many FLOPs.",
        wrong: [
            (
                "Twice the FLOPs of each matrix that has an adapter",
                "B and A are thin, and after merging they are gone",
            ),
            (
                "A second KV cache, for the adapter's keys and values",
                "there are as many keys as before: only their values change",
            ),
            (
                "One more layer for each of the blocks, as adapters have",
                "that is how adapter layers work: LoRA runs beside a matrix",
            ),
        ],
        hint: "W + B·A is a matrix",
        source: "LoRA (arXiv:2106.09685), section 4.1",
    },
    Concept {
        level: 5,
        question: "What is kept at 4 bits in QLoRA, and what is trained?",
        right: "The frozen base is kept at 4 bits; adapters in 16 bits are trained",
        because: "Gradients pass through the base, expanded to 16 bits on the way, to the \
                  adapters.",
        wrong: [
            (
                "The adapters are kept at 4 bits; the base in 16 bits is trained",
                "the other way round: the base is large and frozen",
            ),
            (
                "Base and adapters are kept at 4 bits; both of them are trained",
                "4 bits are too coarse to add small steps to: the adapters are in 16",
            ),
            (
                "The activations are kept at 4 bits; the base in 16 bits is trained",
                "the weights of the base are quantised, and it is not trained",
            ),
        ],
        hint: "which part is large, and which part learns?",
        source: "QLoRA (arXiv:2305.14314), section 3",
    },
    Concept {
        level: 5,
        question: "Why does full fine-tuning of a 7B model not fit a GPU of 24 GB that runs its \
                   inference at 16 bits?",
        right: "Gradients and Adam's state take several times the weights' memory",
        because: "About 16 bytes for each parameter against 2: 112 GB against 14 GB, before \
                  activations.",
        wrong: [
            (
                "The forward pass of training multiplies with each weight twice over",
                "the forward pass is the same; FLOPs are not memory",
            ),
            (
                "The weights must be at 32 bits, which are 28 GB for themselves",
                "16-bit weights are trained with 32-bit copies: the optimiser's state is what \
                 counts",
            ),
            (
                "The KV cache of a training batch grows with each step of the training",
                "training has no cache that grows from step to step",
            ),
        ],
        hint: "what is kept for each parameter?",
        source: "ZeRO (arXiv:1910.02054), section 3.1",
    },
];
