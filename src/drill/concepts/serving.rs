//! Serving: prefill and decode, batches, caches.

use super::Concept;

/// The questions.
pub const TABLE: &[Concept] = &[
    Concept {
        level: 4,
        question: "What is the time to the first token mostly made of, if nobody waits in a queue?",
        right: "The prefill, the vision encoder's pass included",
        because: "The first token comes when the prompt with its visual tokens has been read; \
                  each further one takes a decode step.",
        wrong: [
            (
                "The decode steps, one for each visual token",
                "visual tokens are read all at once: decode steps make the answer",
            ),
            (
                "The look-up of the words in the embedding table",
                "a look-up copies rows: it takes next to nothing",
            ),
            (
                "The sampling of the token among the vocabulary",
                "it takes little beside a pass through all of the weights",
            ),
        ],
        hint: "what must be done before there are logits?",
        source: "DistServe (arXiv:2401.09670), on time to first token and time per output token",
    },
    Concept {
        level: 5,
        question: "Eight requests decode together. Why do their tokens together come far faster \
                   than one request's alone?",
        right: "Weights that are read once serve all eight of them",
        because: "At small batches a decode step is bound by reading the weights, and that is \
                  shared. The caches are not.",
        wrong: [
            (
                "Their KV caches are merged into one of the same size",
                "each request has a cache of its own, and all are read",
            ),
            (
                "Their FLOPs are shared, since the matrices are the same",
                "each token is multiplied with all matrices: FLOPs grow eightfold",
            ),
            (
                "Their tokens are drafted for each other, and then checked",
                "that would be speculative decoding, which one request can have too",
            ),
        ],
        hint: "what is read in a step?",
        source: "Roofline (Williams et al. 2009); Orca (Yu et al., OSDI 2022)",
    },
    Concept {
        level: 4,
        question: "The batch grows from 1 to 16. What needs as much memory as before?",
        right: "The weights of all layers",
        because: "One copy serves all requests; each brings its own cache and activations.",
        wrong: [
            ("The KV cache of all layers", "each request has keys and values of its own"),
            ("The activations of a layer", "each token has values of its own on the way through"),
            ("The logits at the head", "there are as many rows of them as requests, at least"),
        ],
        hint: "what belongs to the model, and what to a request?",
        source: "`vlmcalc plan llava-1.5-7b --batch 16`",
    },
    Concept {
        level: 5,
        question: "What is continuous batching?",
        right: "Requests join and leave the batch at each decode step",
        because: "A static batch waits for its longest answer; scheduling each step fills places \
                  at once.",
        wrong: [
            (
                "Requests wait until the batch is full, then all of them run",
                "that is static batching, where places stay empty as short answers end",
            ),
            (
                "Requests with prompts of equal length are put together",
                "that saves padding, but does not say when a request may join",
            ),
            (
                "Requests are cut in parts, which run on several processors",
                "that spreads one request over hardware: it does not say when another joins",
            ),
        ],
        hint: "what happens to the place of an answer that has ended?",
        source: "Orca (Yu et al., OSDI 2022), on iteration-level scheduling",
    },
    Concept {
        level: 5,
        question: "How does PagedAttention let more requests fit into memory?",
        right: "Caches grow in blocks, each wherever memory is free",
        because: "Without it a request reserves one piece for its longest possible answer, most \
                  of which stays empty.",
        wrong: [
            (
                "Caches are kept on the disk, and read page by page",
                "blocks may be swapped out, but the gain is that nothing is reserved in vain",
            ),
            (
                "Caches are compressed, page by page, to fewer bits",
                "their numbers stay as they are: only their places change",
            ),
            (
                "Caches drop the pages that got the least attention",
                "no key or value is dropped: the results are exact",
            ),
        ],
        hint: "how does an operating system give memory to programs?",
        source: "vLLM (arXiv:2309.06180), sections 3 and 4",
    },
    Concept {
        level: 5,
        question: "Many prompts begin with the same image and go on with different questions. \
                   What can be computed once for all?",
        right: "Keys and values of the image's tokens, in every layer",
        because: "In a causal model they depend on nothing that comes later. After different \
                  texts they would differ, from the second layer at the latest.",
        wrong: [
            (
                "Keys and values of the questions, in every layer",
                "the questions are different, and so is all that comes from them",
            ),
            (
                "The output of the encoder, but no keys and values of the LLM",
                "causal attention lets nothing later change them: they can be kept too",
            ),
            (
                "The first token of the answer, which depends on the image",
                "it depends on the question as well",
            ),
        ],
        hint: "what does a causal token depend on?",
        source: "SGLang (arXiv:2312.07104), RadixAttention; vLLM's automatic prefix caching",
    },
    Concept {
        level: 5,
        question: "What does chunked prefill do for the other requests of a server?",
        right: "They go on decoding while a long prompt is read in parts",
        because: "A chunk and the others' decode steps share one pass, which uses weights well \
                  and stalls nobody for long.",
        wrong: [
            (
                "They get the keys and values of the prompt's parts as a cache",
                "that is prefix caching, and needs the same prompt",
            ),
            (
                "They wait until all parts of the long prompt have been read",
                "that is what happens without it: one long pass holds up the others",
            ),
            (
                "They lend it their memory while its parts are being read",
                "memory is not what it is about",
            ),
        ],
        hint: "who waits if a prompt of 30,000 tokens is read at once?",
        source: "Sarathi (arXiv:2308.16369)",
    },
    Concept {
        level: 5,
        question: "Why can speculative decoding be faster with the same distribution of answers?",
        right: "The large model checks several drafted tokens in one pass",
        because: "One pass over several tokens reads the weights once; a rule of acceptance keeps \
                  the large model's distribution.",
        wrong: [
            (
                "The large model runs only on tokens where the small one is unsure",
                "it runs on all of them: else the distribution would change",
            ),
            (
                "The small model takes the early layers, the large one the later ones",
                "that is early exit or cascading: both models are whole here",
            ),
            (
                "The two models take turns, so that each one reads half of the cache",
                "each has a cache of its own and reads all of it",
            ),
        ],
        hint: "what does a pass over five tokens cost that is bound by memory?",
        source: "Fast Inference from Transformers via Speculative Decoding (arXiv:2211.17192), \
                 section 2",
    },
];
