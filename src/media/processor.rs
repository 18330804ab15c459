//! The processor of a spec: one of the rules, with its settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::{
    Anyres, AspectGrid, Canvas, CoveringGrid, DynamicHd, EdgeLimits, EdgeTiles, Fixed,
    HoldingCanvas, LongestEdge, NativeOrGrid, NearestGrid, OverlapCrops, PanAndScan, ShrinkAndPad,
    ShrinkToFit, Slices, SmartResize, TokenBudget,
};
use super::{Problem, Rule, RuleKind, Settings};

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident,)*) => {
        /// A rule stands as its bare name, `processor: smart-resize`, or with its settings,
        /// `processor: {smart-resize: {factor: 28}}`.
        #[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[schemars(title = "Processor")]
        pub enum Processor {
            $($(#[$doc])* $rule($rule),)*
        }

        /// The rules.
        pub const RULES: &[&RuleKind] = &[$(&<$rule as Settings>::KIND,)*];

        impl Processor {
            /// What is known of the rule by its name.
            pub fn kind(&self) -> &'static RuleKind {
                match self { $(Processor::$rule(_) => &<$rule as Settings>::KIND,)* }
            }

            /// The rule, ready to be asked.
            ///
            /// # Errors
            /// What is wrong with settings taken together.
            pub fn rule(&self) -> Result<Rule, Vec<Problem>> {
                match self {
                    $(Processor::$rule(settings) => Rule::of(settings, self.kind()),)*
                }
            }
        }

        $(impl From<$rule> for Processor {
            fn from(settings: $rule) -> Processor {
                Processor::$rule(settings)
            }
        })*
    };
}

rules! {
    /// Resized to one size, whatever the picture (LLaVA-1.5, BLIP-2, PaliGemma, Gemma 3).
    Fixed,
    /// Both sides to multiples of a number, the area within limits (Qwen2-VL to Qwen3.5, GLM-4.1V).
    SmartResize,
    /// Shrunk to a longest side, each side up to a multiple (Pixtral, Mistral Small 3.1).
    LongestEdge,
    /// Shrunk to a number of patches and padded to whole blocks (Kimi K2.5).
    ShrinkAndPad,
    /// Shrunk into a box and padded to whole patches (Fuyu).
    ShrinkToFit,
    /// Scaled to just fit a number of tokens (Gemma 4).
    TokenBudget,
    /// Both sides to whole tokens, as near to the ratio as can be (Muse).
    NearestGrid,
    /// Within limits of the longer and the shorter side, perhaps with its quarters (Idefics2).
    EdgeLimits,
    /// The longer side to one length, cut into whole tiles (Idefics3, SmolVLM).
    EdgeTiles,
    /// The grid of tiles of the closest ratio, and a thumbnail (InternVL, Aya Vision).
    AspectGrid,
    /// A small picture at its own size, a large one in a grid (LFM2-VL).
    NativeOrGrid,
    /// The grid of tiles that a picture is enlarged to least (Command A, Llama 3.2 Vision, Llama
    /// 4).
    Canvas,
    /// The grid of tiles that enlarges a picture most (PerceptionLM).
    HoldingCanvas,
    /// The fewest tiles that hold nearly all of the picture (Ovis2).
    CoveringGrid,
    /// As many tiles as the picture begins, without the tokens of the padding (Phi-4 multimodal).
    DynamicHd,
    /// The best of a list of canvases, unpadded (LLaVA-NeXT, LLaVA-OneVision).
    Anyres,
    /// Crops that overlap, pooled as one grid (Molmo2).
    OverlapCrops,
    /// The picture and slices of it at their own ratio (MiniCPM-V).
    Slices,
    /// The picture and strips along its longer side (Gemma 3).
    PanAndScan,
}
