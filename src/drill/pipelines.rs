//! Pipelines to ask about: real ones, and made-up ones in the sizes of real models.

use super::rng::Rng;
use super::subject::{Subject, amount, size};
use crate::planned::plan;
use crate::spec::presets::PRESETS;
use crate::spec::{Dtype, FormatsSpec, Images, Overrides, PromptSpec, Spec};
use crate::stages::bridge::{
    BRIDGES, BridgeKind, BridgeSpec, Draw, LinearSpec, MlpSpec, ProjectorSpec,
};
use crate::stages::decoder::Logits;
use crate::stages::encoder::EncoderSpec;
use crate::stages::image::{ImageSpec, Remainder};
use crate::stages::llm::LlmSpec;
use crate::units::{Amount, Size};

/// What a made-up pipeline is called.
pub const MADE_UP: &str = "A made-up model";

/// Image side and patch side: ViT, CLIP, SigLIP, InternViT, SigLIP 2 as published.
const IMAGES: &[(u64, u64)] = &[
    (224, 14),
    (224, 16),
    (224, 32),
    (256, 16),
    (336, 14),
    (384, 16),
    (384, 14), // SigLIP so400m: 27 patches per side, 6 pixels dropped
    (448, 14),
    (512, 16),
    (560, 14),
    (768, 16),
    (896, 14),
    (980, 14),
    (1024, 16),
];

/// Width, depth, heads and MLP width of encoders.
const ENCODERS: &[[u64; 4]] = &[
    [768, 12, 12, 3072],   // ViT-B (CLIP, SigLIP)
    [1024, 24, 16, 4096],  // ViT-L (CLIP, InternViT 300M)
    [1152, 27, 16, 4304],  // SigLIP so400m
    [1280, 32, 16, 5120],  // ViT-H
    [1408, 40, 16, 6144],  // EVA ViT-g
    [1664, 48, 16, 8192],  // OpenCLIP ViT-bigG
    [3200, 45, 25, 12800], // InternViT 6B
];

/// Width, depth, heads, KV heads, head size, MLP width and vocabulary of LLMs.
const LLMS: &[[u64; 7]] = &[
    [576, 30, 9, 3, 64, 1536, 49152],      // SmolLM2 135M
    [896, 24, 14, 2, 64, 4864, 151936],    // Qwen2.5 0.5B
    [1536, 28, 12, 2, 128, 8960, 151936],  // Qwen2.5 1.5B
    [2048, 18, 8, 1, 256, 16384, 256000],  // Gemma 2B
    [2048, 36, 16, 2, 128, 11008, 151936], // Qwen2.5 3B
    [3584, 28, 28, 4, 128, 18944, 152064], // Qwen2.5 7B
    [4096, 32, 32, 32, 128, 11008, 32000], // Llama 2 7B
    [4096, 32, 32, 8, 128, 14336, 128256], // Llama 3 8B
    [5120, 40, 40, 40, 128, 13824, 32000], // Llama 2 13B
];

/// The real pipelines that questions are drawn from: every preset.
pub fn real() -> Vec<Subject> {
    let designs = PRESETS.iter().filter_map(|preset| {
        let planned = plan(preset.name, &Overrides::default(), Logits::All).ok()?;
        Some(Subject::from(planned))
    });
    designs.collect()
}

/// The kinds of bridges, from easy to hard.
pub fn kinds() -> Vec<&'static BridgeKind> {
    let mut kinds = BRIDGES.to_vec();
    kinds.sort_by_key(|kind| kind.practice.place);
    kinds
}

/// A made-up pipeline with a bridge of one of these kinds. It always plans; nothing only where there
/// is no kind.
pub fn made_up(rng: &mut Rng, kinds: &[&'static BridgeKind]) -> Option<Subject> {
    let kind = rng.pick(kinds)?;
    // A block of the bridge must divide the grid: another image is drawn until it does.
    (0..64).find_map(|_| {
        let (side, patch) = rng.pick(IMAGES)?;
        let llm = llm(rng)?;
        let bridge = bridge(rng, kind, side / patch, llm.width?)?;
        let spec = Spec {
            audio: None,
            name: None,
            image: image(rng, side, patch),
            processor: None,
            video_processor: None,
            encoder: encoder(rng, patch)?,
            bridge: bridge.into(),
            deepstack: None,
            visual_tokens: None,
            llm,
            prompt: prompt(rng)?,
            expect: Default::default(),
        };
        Subject::new(MADE_UP, spec)
    })
}

fn image(rng: &mut Rng, side: u64, patch: u64) -> ImageSpec {
    let remainder = if side.is_multiple_of(patch) { Remainder::Error } else { Remainder::Drop };
    // The tile counts of LLaVA-NeXT, InternVL and SmolVLM, their thumbnail included.
    let tiles = if rng.one_in(6) { rng.pick(&[5, 7, 13]).unwrap_or(1) } else { 1 };
    let side = Some(size(side));
    ImageSpec {
        height: side,
        width: side,
        remainder: remainder.into(),
        tiles: Some(size(tiles)),
        ..ImageSpec::default()
    }
}

/// A known encoder, with class and register tokens or not.
pub fn encoder(rng: &mut Rng, patch: u64) -> Option<EncoderSpec> {
    let [width, depth, heads, mlp_width] = rng.pick(ENCODERS)?;
    Some(EncoderSpec {
        patch: Some(size(patch)),
        width: Some(size(width)),
        depth: Some(size(depth)),
        heads: Some(size(heads)),
        mlp_width: Some(size(mlp_width)),
        class_token: rng.one_in(2).into(),
        registers: amount(if rng.one_in(5) { 4 } else { 0 })?.into(), // DINOv2 with registers has 4
        ..EncoderSpec::default()
    })
}

/// A bridge of a kind from a grid of `side` × `side` patches to an LLM of this width.
fn bridge(rng: &mut Rng, kind: &BridgeKind, side: u64, llm: Size) -> Option<BridgeSpec> {
    let then = match rng.below(2) {
        0 => ProjectorSpec::Linear(LinearSpec::default()),
        _ => ProjectorSpec::Mlp(MlpSpec::default()),
    };
    let mut pick = |sizes: &[u64]| rng.pick(sizes).unwrap_or(1);
    (kind.practice.drawn)(&mut Draw { side, llm, then, pick: &mut pick })
}

/// A known LLM.
pub fn llm(rng: &mut Rng) -> Option<LlmSpec> {
    let [width, depth, heads, kv_heads, head_dim, mlp_width, vocab] = rng.pick(LLMS)?;
    Some(LlmSpec {
        width: Some(size(width)),
        depth: Some(size(depth)),
        heads: Some(size(heads)),
        kv_heads: Some(size(kv_heads)),
        head_dim: Some(size(head_dim)),
        mlp_width: Some(size(mlp_width)),
        vocab: Some(size(vocab)),
        ..LlmSpec::default()
    })
}

/// A prompt with text.
pub fn prompt(rng: &mut Rng) -> Option<PromptSpec> {
    let dtypes = [Dtype::Bf16, Dtype::Bf16, Dtype::Bf16, Dtype::Int8, Dtype::F32];
    Some(PromptSpec {
        images: Images::from(Amount::of(if rng.one_in(8) { 2 } else { 1 })).into(),
        text_tokens: amount(rng.pick(&[32, 64, 100, 128, 256, 500])?),
        dtype: FormatsSpec::from(rng.pick(&dtypes)?).into(),
        ..PromptSpec::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_design() {
        assert_eq!(real().len(), PRESETS.len());
    }

    #[test]
    fn a_made_up_pipeline_plans_and_knows_all_its_sizes() {
        for kind in kinds() {
            for seed in 0..20 {
                let design = made_up(&mut Rng::new(seed, 0), &[kind]).unwrap();
                assert_eq!(design.spec.bridge.as_ref().map(BridgeSpec::name), Some(kind.name));
                assert!(design.report.memory.weights.value.is_some(), "{} {seed}", kind.name);
                assert!(design.report.tokens.sequence.value.is_some());
            }
        }
        assert!(made_up(&mut Rng::new(0, 0), &[]).is_none());
    }

    #[test]
    fn every_encoder_and_llm_of_the_tables_has_whole_heads() {
        for [width, _, heads, _] in ENCODERS {
            assert_eq!(width % heads, 0, "{width}");
        }
        for [_, _, heads, kv_heads, ..] in LLMS {
            assert_eq!(heads % kv_heads, 0, "{heads}");
        }
    }
}
