//! What is asked about: a picture, several of one prompt, a clip.

use crate::media::Pixels;
use crate::pictures::Clip;

/// A row's pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where they come from: a file, or the name beside a size.
    pub name: Option<String>,
    /// The pictures.
    pub media: Media,
}

/// Pictures of one prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// What the spec itself says.
    Own,
    /// Pictures of these sizes, in order.
    Images(Vec<Pixels>),
    /// A clip.
    Clip(Clip),
}

impl Media {
    /// One picture.
    pub fn image(size: Pixels) -> Media {
        Media::Images(vec![size])
    }

    /// The sizes in words, height x width; nothing where the spec says them.
    pub fn in_words(&self) -> Option<String> {
        match self {
            Media::Own => None,
            Media::Images(sizes) => {
                Some(sizes.iter().map(Pixels::to_string).collect::<Vec<_>>().join(","))
            }
            Media::Clip(Clip { size, frames, .. }) => Some(format!("{size} x {frames} frames")),
        }
    }
}
