//! What is counted of the pictures of a prompt.

use crate::dim::{Dim, Symbols};
use crate::media::Kind;
use crate::stages::joint::OfPicture;
use crate::stages::views::{Frames, Picture};
use crate::stages::vision::Encoded;

/// Counts of what the encoder sees and makes of it; nothing where there is no encoder.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The pictures, those that are alike together.
    pub pictures: Vec<SeenPicture>,
    /// The views, those of one picture and size together.
    pub views: Vec<SeenViews>,
    /// Views of a prompt: how many times the encoder runs for it.
    pub encodings: Dim,
    /// Patches.
    pub patches: Dim,
    /// What the encoder makes of the patches: as many tokens, or fewer where it merges some.
    pub kept: Dim,
    /// Encoder-side tokens, class and register tokens and padding included.
    pub encoder: Dim,
    /// Encoder-side tokens without padding.
    pub encoder_valid: Dim,
    /// Width of an encoder-side token.
    pub encoder_width: Dim,
}

/// Pictures of a prompt that are alike.
#[derive(Clone, Debug)]
pub struct SeenPicture {
    /// How many there are.
    pub count: Dim,
    /// Height and width on disk in pixels, where a processor resizes it.
    pub disk: Option<(Dim, Dim)>,
    /// The frames, where it is a clip that a video processor samples.
    pub frames: Option<Frames>,
    /// What each becomes in the LLM's sequence.
    pub becomes: OfPicture,
}

/// Views of one size.
#[derive(Clone, Debug)]
pub struct SeenViews {
    /// Pictures of a prompt that have them.
    pub pictures: Dim,
    /// Height and width of the picture on disk in pixels, where a processor resizes it.
    pub disk: Option<(Dim, Dim)>,
    /// Views of a picture.
    pub count: Dim,
    /// Height and width of a view in pixels.
    pub image: (Dim, Dim),
    /// Rows and columns of its patches.
    pub grid: (Dim, Dim),
    /// Its patches.
    pub patches: Dim,
    /// What the encoder makes of them: as many tokens, or fewer where it merges some.
    pub kept: Dim,
    /// Its encoder-side tokens, padding included.
    pub encoder: Dim,
    /// Its encoder-side tokens without padding.
    pub encoder_valid: Dim,
    /// The tokens that the bridge makes of it; nothing where it gets no view by itself.
    pub visual: Option<Dim>,
}

impl Seen {
    /// The counts of all pictures, of whose views the bridge makes so many tokens each.
    pub(super) fn new(
        symbols: &Symbols,
        pictures: &[Picture],
        encoded: &[Encoded],
        made: &[Option<Dim>],
        becomes: Vec<OfPicture>,
    ) -> Seen {
        let all = pictures
            .iter()
            .flat_map(|picture| picture.views.iter().map(move |view| (picture, view)));
        let of_pictures = pictures.iter().zip(becomes);
        let of_pictures = of_pictures.map(|(picture, becomes)| SeenPicture {
            count: picture.count.clone(),
            disk: picture.disk.clone(),
            frames: picture.clip().map(|clip| clip.frames().clone()),
            becomes,
        });
        let mut seen = Seen { pictures: of_pictures.collect(), ..Seen::default() };
        for (((picture, view), encoded), made) in all.zip(encoded).zip(made) {
            let encodings = &picture.count * &view.count;
            let grid = &encoded.grid;
            let valid = |dim: &Dim| symbols.needed(dim);
            let pair = |(a, b): (&Dim, &Dim)| (valid(a), valid(b));
            let of_all = valid(&encodings);
            let (patches, encoder_valid) = (valid(&encoded.patches), valid(&encoded.tokens));
            let kept = valid(&encoded.kept);
            seen.patches += &of_all * &patches;
            seen.kept += &of_all * &kept;
            seen.encoder += &encodings * &encoded.tokens;
            seen.encoder_valid += of_all * &encoder_valid;
            seen.encodings += encodings;
            seen.encoder_width = encoded.visual.width.clone();
            seen.views.push(SeenViews {
                pictures: picture.count.clone(),
                disk: picture.disk.clone(),
                count: valid(&view.count),
                image: pair((&encoded.image.0, &encoded.image.1)),
                grid: pair((&grid.rows, &grid.columns)),
                patches,
                kept,
                encoder: encoded.tokens.clone(),
                encoder_valid,
                visual: made.clone(),
            });
        }
        seen
    }

    /// Structural tokens of the prompt that the processor writes, by kind.
    pub fn structural(&self) -> Vec<(Kind, Dim)> {
        let mut sums: Vec<(Kind, Dim)> = Vec::new();
        for SeenPicture { count, becomes, .. } in &self.pictures {
            for (kind, of_one) in &becomes.structural {
                let all = count * of_one;
                match sums.iter_mut().find(|(known, _)| known == kind) {
                    Some((_, sum)) => *sum += all,
                    None => sums.push((*kind, all)),
                }
            }
        }
        sums
    }
}
