//! What the parts of a pipeline are for, so that nothing has to be found by its name.

/// A component of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// From pixels to encoder-side tokens.
    VisionEncoder,
    /// From encoder-side tokens to the visual tokens of the LLM.
    Bridge,
    /// From the joined sequence to logits.
    Llm,
    /// What is stored for audio.
    Audio,
}

impl Component {
    /// The name in paths and in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Component::VisionEncoder => "vision_encoder",
            Component::Bridge => "bridge",
            Component::Llm => "llm",
            Component::Audio => "audio",
        }
    }

    /// What it is called in a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Component::VisionEncoder => "vision encoder",
            Component::Bridge => "bridge",
            Component::Llm => "LLM",
            Component::Audio => "audio",
        }
    }

    /// The component of this name.
    pub fn of_key(key: &str) -> Option<Component> {
        COMPONENTS.into_iter().find(|component| component.key() == key)
    }
}

/// Every component, in the order of the pipeline.
pub const COMPONENTS: [Component; 4] =
    [Component::VisionEncoder, Component::Bridge, Component::Llm, Component::Audio];

/// What a scope is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The whole pass.
    Pass,
    /// A component.
    Component(Component),
    /// What is made of views of one size, where there are several.
    Views,
    /// One of several towers.
    Tower,
    /// A stage of a tower, on a grid of its own.
    Stage,
    /// From pixels to the input of the first block.
    PatchEmbedding,
    /// The encoder of an encoder-decoder LLM, which reads the prompt.
    Reader,
    /// A stack of blocks, run one after the other.
    Blocks,
    /// The blocks after the layer whose features are taken.
    LaterBlocks,
    /// In a stack, the blocks that see a window.
    SlidingBlocks,
    /// In a stack, the blocks that see everything.
    FullBlocks,
    /// Tokens look at each other.
    Attention,
    /// Tokens look at others.
    CrossAttention,
    /// The MLP of a block, or one that stands alone.
    Mlp,
    /// The experts of a block.
    Experts,
    /// A convolution along the sequence, in place of attention.
    Convolution,
    /// Attention by a state that does not grow.
    LinearAttention,
    /// In a stack of several kinds, the blocks of one.
    KindOfBlocks,
    /// An MLP before anything else is done with the tokens.
    InputMlp,
    /// A normalisation that stands alone.
    Norm,
    /// Some tokens are kept.
    Selection,
    /// Tokens that only pad a sequence are dropped.
    Unpadded,
    /// Learned tokens enter: queries or latents.
    Learned,
    /// A learned token is put after those of an image.
    Newline,
    /// What a block reads is put aside for a later part.
    Kept,
    /// Features of several layers become one.
    Features,
    /// The features are pooled into one vector that no other part reads.
    PooledHead,
    /// Features of an inner layer of the tower, on their way into a block of the LLM.
    DeepStack,
    /// Blocks of neighbouring tokens become one: folded or averaged.
    Merge,
    /// The projection to the LLM's width.
    Projection,
    /// Steps within a step, or beside others.
    Steps,
    /// Words become vectors.
    TokenEmbedding,
    /// Words become what each layer has of them.
    PerLayerInputs,
    /// What a layer has of its tokens is added to them.
    PerLayer,
    /// Several streams of the same tokens begin, end or change.
    Streams,
    /// A path beside the attention of a block.
    SidePath,
    /// Positions are added.
    PositionEmbedding,
    /// Visual tokens meet text.
    Join,
    /// From the last block to logits.
    Head,
    /// What is stored and does not run.
    Stored,
}
