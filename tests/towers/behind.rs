//! CLIP behind SAM, as in DeepSeek-OCR: what `behind.py` measured of transformers' towers.

use vlmcalc::internals::cost::{Measure, Report};
use vlmcalc::internals::planned::count;
use vlmcalc::internals::spec::{self, Overrides};
use vlmcalc::internals::stages::decoder::Logits;
use vlmcalc::internals::units::ImageSize;

use super::{Counts, of_tower, tensors};

const PARAMS: i128 = 398_144_768;

/// Sides of a square picture, matmul FLOPs of both towers, and the tokens that they hand on.
const IMAGES: [(&str, i128, i128); 2] =
    [("1024", 1_138_624_856_064, 256), ("640", 387_625_549_824, 100)];

/// Shapes, each with how many tensors have it.
const TENSORS: [(&[i64], i64); 22] = [
    (&[1, 64, 64, 768], 1),
    (&[27, 64], 16),
    (&[127, 64], 8),
    (&[256], 4),
    (&[256, 256, 3, 3], 1),
    (&[256, 768, 1, 1], 1),
    (&[257, 1024], 1),
    (&[512, 256, 3, 3], 1),
    (&[768], 73),
    (&[768, 3, 16, 16], 1),
    (&[768, 768], 12),
    (&[768, 3072], 12),
    (&[1024], 219),
    (&[1024, 512, 3, 3], 1),
    (&[1024, 1024], 96),
    (&[1024, 4096], 24),
    (&[2304], 12),
    (&[2304, 768], 12),
    (&[3072], 12),
    (&[3072, 768], 12),
    (&[4096], 24),
    (&[4096, 1024], 24),
];

fn plan(image: &str) -> Report {
    let image = vec![ImageSize::read(image).unwrap()];
    let overrides = Overrides { image, ..Overrides::default() };
    let loaded = spec::load("deepseek-ocr", &overrides).expect("a preset");
    count(&loaded.name, &loaded.spec, Logits::All).expect("a spec that fits together")
}

#[test]
fn clip_behind_sam_is_exact() {
    let stored: Counts = TENSORS.iter().map(|(shape, count)| (shape.to_vec(), *count)).collect();
    for (image, flops, tokens) in IMAGES {
        let report = plan(image);
        assert_eq!(of_tower(&report, Measure::Params), Some(PARAMS), "{image}");
        assert_eq!(of_tower(&report, Measure::MatmulFlops), Some(flops), "{image}");
        assert_eq!(report.tokens.encoder.value, Some(tokens), "{image}");
        assert_eq!(tensors(&report), stored, "{image}");
    }
}
