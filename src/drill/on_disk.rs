//! Made-up pipelines with a processor: pictures and clips as they are on disk.

use super::pipelines::{self, MADE_UP};
use super::rng::Rng;
use super::subject::{Subject, amount, size};
use crate::media::Processor;
use crate::media::clip::{ClipSpec, Pool, Rounding, Temporal, VideoProcessor};
use crate::media::rules::{AspectGrid, Fixed, SmartResize};
use crate::spec::{PromptSpec, Spec};
use crate::stages::bridge::{
    AvgPoolSpec, BridgeSpec, LinearSpec, MergerSpec, MlpSpec, PixelShuffleSpec,
};
use crate::stages::encoder::EncoderSpec;
use crate::stages::image::{ImageSpec, Remainder};
use crate::stages::options::Position;
use crate::units::{Amount, ImageSize, Size};

/// Height and width of photos, screens, scans and icons; some sides are halfway between multiples of
/// 28 or 32.
const PICTURES: &[(u64, u64)] = &[
    (480, 640),
    (640, 480),
    (720, 1280),
    (1080, 1920),
    (1920, 1080),
    (768, 1024),
    (1200, 800),
    (1050, 700),
    (658, 490),
    (350, 462),
    (400, 720),
    (464, 1200),
    (686, 1024),
    (1536, 2048),
    (3508, 2480),
    (4032, 3024),
    (2160, 3840),
    (224, 224),
    (500, 375),
    (300, 1000),
    (900, 250),
    (70, 98),
];

/// Patch, smallest and largest area, with blocks of 2 × 2 patches merged.
const SMART: &[(u64, u64, u64)] = &[
    (14, 3136, 1_003_520),    // the class defaults of Qwen2VLImageProcessor
    (14, 3136, 12_845_056),   // Qwen2-VL and Qwen2.5-VL as published
    (16, 65_536, 16_777_216), // Qwen3-VL as published
];

/// Side of a tile, patch, and the most tiles.
const TILED: &[(u64, u64, u64)] = &[
    (448, 14, 12), // InternVL 1.5 to 3.5
    (448, 14, 6),
    (336, 14, 9),
    (364, 14, 12), // Aya Vision
    (512, 16, 10),
];

/// A pipeline whose processor rounds the sides of a picture.
pub fn smart(rng: &mut Rng) -> Option<Subject> {
    let (patch, least, most) = rng.pick(SMART)?;
    let spec = Spec { image: picture(rng)?, ..native(rng, patch, least, most)? };
    Subject::new(MADE_UP, spec)
}

/// The same, most blocks of whose encoder look within windows.
pub fn windowed(rng: &mut Rng) -> Option<Subject> {
    let (patch, least, _) = rng.pick(SMART)?;
    let most = (patch * patch * 4).checked_mul(rng.pick(&[256, 1280])?)?;
    let spec = Spec { image: picture(rng)?, ..native(rng, patch, least, most)? };
    let encoder = EncoderSpec {
        window: Some(size(rng.pick(&[8, 8, 16])?)),
        full_attention_every: Some(size(4)),
        ..spec.encoder
    };
    Subject::new(MADE_UP, Spec { encoder, ..spec })
}

/// A pipeline whose processor cuts a picture into tiles.
pub fn tiled(rng: &mut Rng) -> Option<Subject> {
    let (tile, patch, most) = rng.pick(TILED)?;
    let processor = AspectGrid { tile: size(tile), max_tiles: size(most), ..AspectGrid::default() };
    let bridge = match rng.below(3) {
        0 => LinearSpec::default().into(),
        1 => BridgeSpec::PixelShuffle(PixelShuffleSpec {
            factor: size(2),
            norm: None,
            rounding: Default::default(),
            then: Default::default(),
        }),
        _ => AvgPoolSpec::of_blocks(size(2), Default::default()).into(),
    };
    let encoder = EncoderSpec { registers: Default::default(), ..pipelines::encoder(rng, patch)? };
    let spec = around(rng, encoder, bridge)?;
    let spec = Spec { image: picture(rng)?, processor: Some(processor.into()), ..spec };
    Subject::new(MADE_UP, spec)
}

/// A pipeline that sees a clip: frames that share patches, or frames whose tokens are pooled.
pub fn clip(rng: &mut Rng) -> Option<Subject> {
    let (height, width) = rng.pick(PICTURES)?;
    let clip = ClipSpec {
        size: ImageSize { height: size(height), width: size(width) },
        frames: Some(size(rng.pick(&[4, 8, 12, 15, 16, 24, 32, 64])?)),
        seconds: None,
        fps: None,
        sample: None,
    };
    let spec = if rng.one_in(3) { pooled(rng)? } else { shared(rng)? };
    let prompt = PromptSpec { video: Some(clip), images: Default::default(), ..spec.prompt };
    Subject::new(MADE_UP, Spec { prompt, ..spec })
}

/// Two frames share patches, as in Qwen2-VL and its kin.
fn shared(rng: &mut Rng) -> Option<Spec> {
    let (patch, ..) = rng.pick(SMART)?;
    let factor = patch * 2;
    // Of each frame: 128 to 768 tokens, as in Qwen2.5-VL.
    let (least, most) = (factor * factor * 128, factor * factor * 768);
    let spec = native(rng, patch, least, most)?;
    let encoder = EncoderSpec { temporal_patch: Some(size(2)), ..spec.encoder };
    let video = of_frames(spec.processor?, Temporal::Patch(size(2)), None, 0)?;
    Some(Spec { processor: None, video_processor: Some(video), encoder, ..spec })
}

/// The tokens of each frame are pooled, as in LLaVA-OneVision.
fn pooled(rng: &mut Rng) -> Option<Spec> {
    let (side, patch) = rng.pick(&[(384, 14), (336, 14), (384, 16), (448, 14)])?;
    let fixed = Fixed {
        size: ImageSize { height: size(side), width: size(side) },
        tokens: None,
        markers: Default::default(),
    };
    let rounding = if rng.one_in(2) { Rounding::Ceil } else { Rounding::Floor };
    let pool = Pool { side: size(2), rounding };
    let newlines = rng.below(2);
    let video = of_frames(fixed.into(), Temporal::default(), Some(pool), newlines)?;
    let encoder = EncoderSpec { registers: Default::default(), ..pipelines::encoder(rng, patch)? };
    let bridge = MlpSpec { image_newline: (newlines > 0).into(), ..MlpSpec::default() };
    let spec = around(rng, encoder, bridge.into())?;
    let image = ImageSpec { remainder: Remainder::Drop.into(), ..ImageSpec::default() };
    Some(Spec { image, video_processor: Some(video), ..spec })
}

fn of_frames(
    frame: Processor,
    temporal: Temporal,
    pool: Option<Pool>,
    newlines: u64,
) -> Option<VideoProcessor> {
    Some(VideoProcessor {
        sample: None,
        frame,
        budget: Default::default(),
        temporal,
        pool,
        newlines: amount(newlines)?,
        compressed_to: None,
        text: Default::default(),
    })
}

/// A tower that takes pictures of any shape, rounded to whole blocks of 2 × 2 patches.
fn native(rng: &mut Rng, patch: u64, least: u64, most: u64) -> Option<Spec> {
    let processor = SmartResize {
        factor: size(patch * 2),
        min_pixels: size(least),
        max_pixels: size(most),
        ..SmartResize::default()
    };
    let encoder = EncoderSpec {
        class_token: false.into(),
        registers: Amount::of(0).into(),
        position: Position::Rotary.into(),
        ..pipelines::encoder(rng, patch)?
    };
    let spec = around(rng, encoder, MergerSpec::default().into())?;
    Some(Spec { processor: Some(processor.into()), ..spec })
}

/// Everything after the picture, for one picture in a prompt.
fn around(rng: &mut Rng, encoder: EncoderSpec, bridge: BridgeSpec) -> Option<Spec> {
    Some(Spec {
        audio: None,
        name: None,
        image: ImageSpec::default(),
        processor: None,
        video_processor: None,
        encoder,
        bridge: bridge.into(),
        deepstack: None,
        visual_tokens: None,
        llm: pipelines::llm(rng)?,
        prompt: PromptSpec { images: Default::default(), ..pipelines::prompt(rng)? },
        expect: Default::default(),
    })
}

/// The size of a picture on disk.
fn picture(rng: &mut Rng) -> Option<ImageSpec> {
    let (height, width) = rng.pick(PICTURES)?;
    let [height, width]: [Option<Size>; 2] = [height, width].map(|side| Some(size(side)));
    Some(ImageSpec { height, width, ..ImageSpec::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_with_a_processor_plans_and_knows_its_tokens() {
        for make in [smart, windowed, tiled, clip] {
            for seed in 0..30 {
                let subject = make(&mut Rng::new(seed, 0)).unwrap();
                assert!(subject.report.tokens.visual.value.is_some(), "{seed}: {:?}", subject.spec);
            }
        }
    }
}
