//! Made-up pipelines whose LLM has more than plain layers, in the sizes of real ones.

use std::collections::BTreeMap;

use super::pipelines;
use super::rng::Rng;
use super::subject::{Subject, size};
use crate::spec::Spec;
use crate::stages::feed::{FeedSpec, MoeSpec, SharedSpec};
use crate::stages::llm::layer::LayerSpec;
use crate::stages::llm::layers::{LayersSpec, Run};
use crate::stages::mixer::{CrossSpec, DeltaNetSpec, MixerSpec, MlaSpec, ShortConvSpec};

/// Experts of a layer, those that a token is sent to, the width inside one, and inside a shared one
/// (0 if there is none).
const MIXTURES: &[[u64; 4]] = &[
    [8, 2, 14336, 0],     // Mixtral 8x7B
    [16, 1, 8192, 8192],  // Llama 4 Scout
    [32, 4, 2880, 0],     // gpt-oss 20B
    [64, 8, 1024, 0],     // OLMoE
    [128, 8, 768, 0],     // Qwen3 30B-A3B
    [128, 8, 1408, 1408], // GLM-4.5 Air
];

/// Width, depth, heads, and of latent attention: rank of the latent, parts of a key without and with
/// position, size of a value.
const LATENT: &[[u64; 7]] = &[
    [2048, 27, 16, 512, 128, 64, 128],  // DeepSeek-V2 Lite
    [2560, 62, 40, 256, 64, 32, 64],    // MiniCPM3 4B
    [5120, 60, 128, 512, 128, 64, 128], // DeepSeek-V2
    [7168, 61, 128, 512, 128, 64, 128], // DeepSeek-V3
    [7168, 61, 64, 512, 128, 64, 128],  // Kimi K2
];

/// A pipeline whose LLM has mixtures of experts.
pub fn experts(rng: &mut Rng) -> Option<Subject> {
    let [experts, top_k, width, shared] = rng.pick(MIXTURES)?;
    let shared = Some(size(shared)).filter(|_| shared > 0);
    let moe = MoeSpec {
        experts: size(experts),
        top_k: size(top_k),
        width: Some(size(width)),
        mlp: Default::default(),
        bias: Default::default(),
        storage: Default::default(),
        runs: Default::default(),
        router: Default::default(),
        shared: shared.map(|width| SharedSpec {
            width,
            gate: Default::default(),
            norms: Default::default(),
        }),
    };
    with(rng, |spec| spec.llm.mlp = FeedSpec::Moe(moe).into())
}

/// A pipeline whose LLM caches latents.
pub fn latent(rng: &mut Rng) -> Option<Subject> {
    let [width, depth, heads, kv_rank, nope_dim, rope_dim, v_dim] = rng.pick(LATENT)?;
    let mla = MlaSpec {
        q_rank: None,
        kv_rank: size(kv_rank),
        nope_dim: size(nope_dim),
        rope_dim: size(rope_dim),
        v_dim: size(v_dim),
        norms: Default::default(),
        cache: Default::default(),
    };
    with(rng, |spec| {
        spec.llm.width = Some(size(width));
        spec.llm.depth = Some(size(depth));
        spec.llm.heads = Some(size(heads));
        (spec.llm.kv_heads, spec.llm.head_dim) = (None, None);
        spec.llm.attention = MixerSpec::Mla(mla).into();
    })
}

/// A pipeline whose LLM has layers of two kinds, of which one keeps little or nothing.
pub fn hybrid(rng: &mut Rng) -> Option<Subject> {
    let most = LayerSpec::default();
    // How many of the other kind stand before each full layer.
    let (few, run) = match rng.below(3) {
        0 => (LayerSpec { sliding_window: Some(size(rng.pick(&[128, 512])?)), ..most }, [1, 5]),
        1 => (
            mixed(MixerSpec::ShortConv(ShortConvSpec {
                kernel: size(3),
                bias: Default::default(),
            })),
            [2, 3],
        ),
        _ => (
            mixed(MixerSpec::DeltaNet(DeltaNetSpec {
                heads: size(32),
                key_heads: Some(size(16)),
                key_dim: size(128),
                value_dim: None,
                kernel: None,
                projections: Default::default(),
            })),
            [3, 5],
        ),
    };
    let run = rng.pick(&run)?;
    with(rng, |spec| {
        spec.llm.layers = Some(layers([("few", few), ("full", LayerSpec::default())], run))
    })
}

/// A pipeline whose LLM asks the image in some layers.
pub fn cross(rng: &mut Rng) -> Option<Subject> {
    let cached = rng.one_in(2);
    let spec = CrossSpec { context_width: None, cached: cached.into() };
    let asks = LayerSpec { gates: true.into(), ..mixed(MixerSpec::Cross(spec)) };
    let run = rng.pick(&[3, 4])?;
    with(rng, |spec| {
        spec.llm.layers = Some(layers([("text", LayerSpec::default()), ("asks", asks)], run))
    })
}

/// A made-up pipeline with another LLM.
fn with(rng: &mut Rng, change: impl FnOnce(&mut Spec)) -> Option<Subject> {
    pipelines::made_up(rng, &pipelines::kinds())?.with(change)
}

/// A kind of layer that is as others but for how its tokens look at each other.
fn mixed(mixer: MixerSpec) -> LayerSpec {
    LayerSpec { attention: mixer.into(), ..LayerSpec::default() }
}

/// So many layers of the first kind before each of the second, over and over.
fn layers(kinds: [(&str, LayerSpec); 2], run: u64) -> LayersSpec {
    let [first, second] = [(&kinds[0], run), (&kinds[1], 1)]
        .map(|((name, _), count)| Run { kind: (*name).to_owned(), count: size(count) });
    let kinds = kinds.map(|(name, layer)| (name.to_owned(), layer));
    LayersSpec { kinds: BTreeMap::from(kinds), pattern: vec![first, second], order: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_with_another_llm_plans_and_knows_its_cache() {
        for make in [experts, latent, hybrid, cross] {
            for seed in 0..30 {
                let subject = make(&mut Rng::new(seed, 0)).unwrap();
                assert!(subject.report.memory.kv_cache.value.is_some(), "{seed}");
            }
        }
    }
}
