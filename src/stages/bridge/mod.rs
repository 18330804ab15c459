//! The bridge: from the encoder's width and tokens to the LLM's.
//!
//! One bridge per file: what a spec says of it (`NAMESpec`), what is designed (`NAME`), and its
//! wiring. To add one, write its file and add it to the list of `bridges!`.

mod avg_pool;
mod linear;
mod mlp;
mod pixel_shuffle;
mod projector;
mod qformer;
mod resampler;
mod typical;

pub use avg_pool::{AvgPool, AvgPoolSpec, Pooled};
pub use linear::{Linear, LinearSpec};
pub use mlp::{Layers, Mlp, MlpSpec};
pub use pixel_shuffle::{PixelShuffle, PixelShuffleSpec};
pub use projector::{Projector, ProjectorSpec};
pub use qformer::{QFormer, QFormerSpec};
pub use resampler::{Resampler, ResamplerForm, ResamplerSpec};
pub use typical::{Make, Typical};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, Multiple, NodeId};
use crate::ops::Grid;
use crate::stages::faults::Faults;

/// Every bridge: what it is, its variant, its name in a spec, and its types as it is written and as it
/// is designed.
macro_rules! bridges {
    ($($(#[$doc:meta])* $variant:ident $name:literal $written:ident => $designed:ident;)*) => {
        /// A bridge stands as its bare name, `bridge: linear`, or with its settings,
        /// `bridge: {mlp: {depth: 3}}`.
        #[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[schemars(rename = "Bridge", title = "Bridge")]
        pub enum BridgeSpec {
            $($(#[$doc])* $variant($written),)*
        }

        /// A bridge, every choice made.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Bridge {
            $($(#[$doc])* $variant($designed),)*
        }

        /// The typical form of every bridge, by its name.
        pub const TYPICAL: &[(&str, Make)] = &[$(($name, $designed::typical),)*];

        impl BridgeSpec {
            /// Its name in a spec.
            pub fn name(&self) -> &'static str {
                match self { $(BridgeSpec::$variant(_) => $name,)* }
            }

            /// The bridge that is described.
            pub fn design(&self, faults: &mut Faults) -> Bridge {
                faults.within(self.name(), |faults| match self {
                    $(BridgeSpec::$variant(bridge) => Bridge::$variant(bridge.design(faults)),)*
                })
            }
        }

        impl From<&Bridge> for BridgeSpec {
            /// The choice that says a bridge, with every choice in it.
            fn from(bridge: &Bridge) -> BridgeSpec {
                match bridge { $(Bridge::$variant(bridge) => BridgeSpec::$variant(bridge.into()),)* }
            }
        }

        impl Bridge {
            /// Its name in a spec.
            pub fn name(&self) -> &'static str {
                match self { $(Bridge::$variant(_) => $name,)* }
            }

            /// The bridge as a stage.
            pub fn stage(&self) -> &dyn BridgeStage {
                match self { $(Bridge::$variant(stage) => stage,)* }
            }
        }
    };
}

bridges! {
    /// One matrix on every token (LLaVA v0, PaliGemma). As many visual tokens as come in.
    Linear "linear" LinearSpec => Linear;
    /// Several layers on every token (LLaVA-1.5). As many visual tokens as come in.
    Mlp "mlp" MlpSpec => Mlp;
    /// Learned queries that ask the image in a BERT-like stack (BLIP-2, InstructBLIP): as many visual
    /// tokens as queries, whatever the image's size.
    Qformer "qformer" QFormerSpec => QFormer;
    /// Learned latents that ask the image, as a Perceiver or in one cross-attention (Flamingo,
    /// Idefics2, Qwen-VL): as many visual tokens as latents, whatever the image's size.
    Resampler "resampler" ResamplerSpec => Resampler;
    /// Blocks of r × r tokens folded into one that is r² times as wide, then projected (InternVL,
    /// SmolVLM).
    PixelShuffle "pixel-shuffle" PixelShuffleSpec => PixelShuffle;
    /// Blocks of tokens averaged into one, then projected (Gemma 3).
    AvgPool "avg-pool" AvgPoolSpec => AvgPool;
}

/// Encoder-side tokens as a bridge gets them.
#[derive(Clone, Debug)]
pub struct Visual {
    /// The tokens, `[B·images, N, D_v]`.
    pub node: NodeId,
    /// The patch grid that they come from.
    pub grid: Grid,
    /// Whether they are the patches and nothing else.
    pub patches_only: bool,
    /// D_v.
    pub width: Dim,
    /// B·images: how many images (or tiles) are encoded.
    pub images: Dim,
}

/// What a bridge must know of the LLM.
#[derive(Clone, Debug)]
pub struct Target {
    /// D, the LLM's width.
    pub width: Dim,
    /// Text tokens of a prompt (InstructBLIP's Q-Former reads them too).
    pub text: Dim,
}

/// A bridge.
pub trait BridgeStage {
    /// Its name in prose.
    fn title(&self) -> &'static str;

    /// What it does with the encoder's tokens, in sentences without numbers, for someone who meets
    /// it for the first time.
    fn in_words(&self) -> Vec<&'static str>;

    /// Wires it: `[B·images, N, D_v] → [B·images, V, D]`.
    ///
    /// # Errors
    /// A diagnostic and the spec path to point at, where the encoder's tokens do not suit it.
    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited>;
}

/// The encoder's tokens do not suit the bridge: what, and at which field.
pub type NotSuited = (&'static str, Diagnostic);

/// The patch grid, for a bridge that works on blocks of neighbours.
fn grid(x: &Visual, bridge: &str) -> Result<Grid, NotSuited> {
    if x.patches_only {
        return Ok(x.grid.clone());
    }
    let message = format!("`{bridge}` needs the patch grid, but class or register tokens are kept");
    let diagnostic = Diagnostic::error(Code::Mismatch, message)
        .help("write `feature_select: patches` to drop them before the bridge");
    Err(("encoder.feature_select", diagnostic))
}

/// What must divide rows and columns of a grid.
struct Divisor {
    /// The number.
    dim: Dim,
    /// What it is, for the message.
    name: &'static str,
    /// The spec's field that says it.
    field: &'static str,
    /// That field's name, if it says the number's square.
    squared: Option<&'static str>,
}

/// States that a number divides rows and columns of a grid.
fn require_multiple_of(b: &mut Builder, grid: &Grid, divisor: &Divisor) {
    let sides = [
        (&grid.rows, "number of patches in a column"),
        (&grid.columns, "number of patches in a row"),
    ];
    for (side, what) in sides {
        b.require(Multiple {
            dividend: side.clone(),
            divisor: divisor.dim.clone(),
            names: (what, divisor.name),
            fields: [divisor.field, "image"],
            pixels: Some(grid.patch.clone()),
            squared: divisor.squared,
            way_out: None,
        });
    }
}
