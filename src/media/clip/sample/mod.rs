//! Which frames of a clip a processor keeps: one file per rule.

mod capped;
mod centred;
mod per_second;
mod spread;
mod stepped;
mod timed;
mod trimmed;
mod uniform;

pub use capped::Capped;
pub use centred::Centred;
pub use per_second::PerSecond;
pub use spread::Spread;
pub use stepped::Stepped;
pub use timed::Timed;
pub use trimmed::Trimmed;
pub use uniform::Uniform;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kept, Refusal, Source};
use crate::media::{Problems, RuleKind};

/// A rule that chooses frames, with its settings.
pub trait Sampler {
    /// What is known of the rule by its name.
    const KIND: RuleKind;

    /// The frames that are kept.
    ///
    /// # Errors
    /// The processor refuses the clip.
    fn kept(&self, source: Source) -> Result<Kept, Refusal>;

    /// The most frames that are ever kept, if there is a limit.
    fn most(&self) -> Option<u64>;

    /// Notes what is wrong with settings taken together.
    fn check(&self, problems: &mut Problems) {
        let _ = problems;
    }
}

macro_rules! samplers {
    ($($(#[$doc:meta])* $sampler:ident,)*) => {
        /// How frames are sampled from a clip on disk. A rule stands as its bare name,
        /// `sample: spread`, or with its settings, `sample: {spread: {fps: 2}}`. They are those of
        /// the reference's class where nothing is said; `null` takes a default back.
        #[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Sample {
            $($(#[$doc])* $sampler($sampler),)*
        }

        /// The rules that choose frames.
        pub const SAMPLERS: &[&RuleKind] = &[$(&<$sampler as Sampler>::KIND,)*];

        impl Sample {
            /// What is known of the rule by its name.
            pub fn kind(&self) -> &'static RuleKind {
                match self { $(Sample::$sampler(_) => &<$sampler as Sampler>::KIND,)* }
            }

            /// The frames that are kept.
            ///
            /// # Errors
            /// The processor refuses the clip.
            pub fn kept(&self, source: Source) -> Result<Kept, Refusal> {
                match self { $(Sample::$sampler(sampler) => sampler.kept(source),)* }
            }

            /// The most frames that are ever kept, if there is a limit.
            pub fn most(&self) -> Option<u64> {
                match self { $(Sample::$sampler(sampler) => sampler.most(),)* }
            }

            /// Notes what is wrong with settings taken together.
            pub(super) fn check(&self, problems: &mut Problems) {
                match self { $(Sample::$sampler(sampler) => sampler.check(problems),)* }
            }
        }

        $(impl From<$sampler> for Sample {
            fn from(sampler: $sampler) -> Sample {
                Sample::$sampler(sampler)
            }
        })*
    };
}

samplers! {
    /// The first frame of each of so many equal parts (LLaVA-OneVision, LLaVA-NeXT-Video,
    /// PerceptionLM, Gemma 4, Kimi K2.5).
    Uniform,
    /// Frames at even steps, a multiple of a patch's frames of them (Qwen2-VL, Qwen2.5-VL,
    /// VideoLLaMA3).
    Stepped,
    /// Frames spread from the first to the last (Qwen3-VL, Qwen3.5).
    Spread,
    /// Frames at times, an even number of them (GLM-4.1V).
    Timed,
    /// The middle of each of so many equal parts (InternVL).
    Centred,
    /// Frames spread over a clip whose first and last second are left out (SmolVLM2).
    Trimmed,
    /// One frame a second, and composite pictures of those between (MiniCPM-V 4.6).
    PerSecond,
    /// Frames at even steps, no more of them in a second than a limit (Molmo2).
    Capped,
}

/// The whole frames of a clip at this many per second of it.
fn at_rate(source: Source, fps: f64) -> f64 {
    source.frames as f64 / source.fps * fps
}

/// Sees to it that a clip has the frames that are asked for.
fn enough(source: Source, wanted: u64) -> Result<u64, Refusal> {
    if wanted > source.frames {
        return Err(Refusal::TooShort { wanted, frames: source.frames });
    }
    Ok(wanted)
}
