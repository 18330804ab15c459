//! A clip as it is on disk, or as its frames are handed over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::diag::{Code, Diagnostic};
use crate::media::rounding::half_even;
use crate::media::{Pixels, Problem};
use crate::units::{ImageSize, Rate, Size};

/// A clip in a prompt: `{size: 480x640, frames: 16}` are 16 frames, all of which are kept;
/// `{size: 480x640, seconds: 10, fps: 24}` is a clip on disk, from which the processor samples.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Video")]
pub struct ClipSpec {
    /// Height × width of a frame in pixels, before the processor: `480x640`.
    #[schemars(example = "480x640")]
    pub size: ImageSize,
    /// Frames of the clip; if not given, they follow from `seconds` and `fps`.
    #[schemars(example = 16)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<Size>,
    /// Seconds that the clip takes.
    #[schemars(example = 10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<Rate>,
    /// Frames per second of the clip on disk; 24 if not given, as the processors assume.
    #[schemars(example = 29.97)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<Rate>,
    /// Whether the processor samples frames, if it does; otherwise all frames are kept. Frames that
    /// are given without `seconds` and `fps` are kept, and clips on disk are sampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<bool>,
}

/// A clip: its frames, and whether a processor may choose among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip {
    /// Height and width of a frame in pixels.
    pub size: Pixels,
    /// How many frames there are, and how fast they follow.
    pub source: Source,
    /// Whether the processor samples, if it does.
    pub is_sampled: bool,
}

/// The frames of a clip in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Frames.
    pub frames: u64,
    /// Frames per second.
    pub fps: f64,
}

impl Source {
    /// Seconds from the first frame to the end of the last.
    pub fn seconds(self) -> f64 {
        self.frames as f64 / self.fps
    }
}

impl Clip {
    /// Frames per second where nothing says them, as the processors assume (transformers 5.24:
    /// "Defaulting to `fps=24`").
    pub const FPS: f64 = 24.0;
    /// The most frames of a clip.
    pub const MOST: u64 = Size::MAX;

    /// Frames that are handed over as they are: all are kept.
    pub fn given(size: Pixels, frames: u64) -> Clip {
        Clip { size, source: Source { frames, fps: Clip::FPS }, is_sampled: false }
    }

    /// A clip on disk, from which a processor samples.
    ///
    /// # Errors
    /// There are more frames than [`Clip::MOST`].
    pub fn on_disk(size: Pixels, seconds: f64, fps: f64) -> Result<Clip, Refusal> {
        let frames = seconds * fps;
        if frames > Clip::MOST as f64 {
            return Err(Refusal::TooLong { limit: Clip::MOST });
        }
        let source = Source { frames: half_even(frames).max(1), fps };
        Ok(Clip { size, source, is_sampled: true })
    }
}

impl ClipSpec {
    /// The clip that is described.
    ///
    /// # Errors
    /// The field that is missing or too many, or what makes the clip too long.
    pub fn clip(&self) -> Result<Clip, Problem> {
        let size = Pixels::from(self.size);
        let missing = |field, text: &str| {
            let help = "write `frames: 16` for frames that are all kept, or `seconds: 10` and \
                        `fps: 24` for a clip on disk";
            Err((field, Diagnostic::error(Code::MissingField, text).help(help)))
        };
        let source = |frames: Size, fps: f64| Source { frames: frames.get(), fps };
        let on_disk = |source| Clip { size, source, is_sampled: true };
        let clip = match (self.frames, self.seconds.map(Rate::get), self.fps.map(Rate::get)) {
            (Some(frames), None, None) => Clip::given(size, frames.get()),
            (Some(frames), None, Some(fps)) => on_disk(source(frames, fps)),
            (Some(frames), Some(seconds), None) => {
                on_disk(source(frames, frames.get() as f64 / seconds))
            }
            (None, Some(seconds), Some(fps)) => Clip::on_disk(size, seconds, fps)
                .map_err(|refusal| ("seconds", refusal.diagnostic()))?,
            (None, Some(_), None) => return missing("fps", "a clip of `seconds` needs `fps`"),
            (None, None, _) => return missing("frames", "a clip needs `frames` or `seconds`"),
            (Some(_), Some(_), Some(_)) => {
                let text = "a clip has `frames`, `seconds` and `fps`";
                let help = "keep two: the third follows from them";
                return Err(("seconds", Diagnostic::error(Code::Mismatch, text).help(help)));
            }
        };
        Ok(Clip { is_sampled: self.sample.unwrap_or(clip.is_sampled), ..clip })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(yaml: serde_json::Value) -> Result<Clip, &'static str> {
        let spec: ClipSpec = serde_json::from_value(yaml).unwrap();
        spec.clip().map_err(|(field, _)| field)
    }

    #[test]
    fn a_clip_is_given_or_on_disk() {
        let size = Pixels::new(480, 640);
        let on_disk = |frames, fps| Clip { size, source: Source { frames, fps }, is_sampled: true };
        let json = |text: &str| {
            let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
            value["size"] = "480x640".into();
            clip(value)
        };
        assert_eq!(json(r#"{"frames": 16}"#), Ok(Clip::given(size, 16)));
        // Halves to the even number, and at least one frame.
        assert_eq!(json(r#"{"seconds": 0.5, "fps": 5}"#), Ok(on_disk(2, 5.0)));
        assert_eq!(json(r#"{"seconds": 0.1, "fps": 1}"#), Ok(on_disk(1, 1.0)));
        assert_eq!(json(r#"{"seconds": 10.5, "fps": 29.97}"#), Ok(on_disk(315, 29.97)));
        assert_eq!(json(r#"{"frames": 300, "fps": 30}"#), Ok(on_disk(300, 30.0)));
        assert_eq!(json(r#"{"frames": 300, "seconds": 10}"#), Ok(on_disk(300, 30.0)));
        let kept = Clip { is_sampled: false, ..on_disk(300, 30.0) };
        assert_eq!(json(r#"{"frames": 300, "fps": 30, "sample": false}"#), Ok(kept));
        assert_eq!(json("{}"), Err("frames"));
        assert_eq!(json(r#"{"fps": 30}"#), Err("frames"));
        assert_eq!(json(r#"{"seconds": 30}"#), Err("fps"));
        assert_eq!(json(r#"{"frames": 1, "seconds": 30, "fps": 2}"#), Err("seconds"));
        assert_eq!(json(r#"{"seconds": 1e9, "fps": 1e9}"#), Err("seconds"));
    }
}
