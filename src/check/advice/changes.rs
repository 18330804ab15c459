//! Changes of a spec that make its plan larger or smaller.
//!
//! To add one, write its function and its line in [`CHANGES`].

use crate::spec::{Dtype, FormatsSpec, Images, Spec};
use crate::stages::bridge::{
    AvgPoolSpec, BridgeSpec, LinearSpec, MlpSpec, PixelShuffleSpec, ProjectorSpec,
};
use crate::units::{Amount, Size};

/// A spec with one thing changed.
pub struct Step {
    /// What to write, as YAML.
    pub write: String,
    /// The spec with it.
    pub spec: Spec,
}

/// Steps away from a spec, each further than the one before.
pub struct Steps<'a> {
    /// How many there are.
    pub count: usize,
    /// One of them.
    pub at: Box<dyn Fn(usize) -> Step + 'a>,
}

/// All changes, those of the design first; each is asked for more (`true`) or less.
pub const CHANGES: [fn(&Spec, bool) -> Steps<'_>; 10] =
    [pixel_shuffle, avg_pool, latents, kv_heads, dtype, tied, image, tiles, images_and_batch, text];

impl<'a> Steps<'a> {
    fn none() -> Steps<'a> {
        Steps::of(Vec::new())
    }

    fn of(mut specs: Vec<(String, Spec)>) -> Steps<'a> {
        let count = specs.len();
        specs.reverse();
        Steps {
            count,
            at: Box::new(move |at| {
                let (write, spec) = &specs[count - 1 - at];
                Step { write: write.clone(), spec: spec.clone() }
            }),
        }
    }

    /// The numbers from the one beside `from` to `to`, each set by `set`, which says what to write.
    fn count_to(
        spec: &'a Spec,
        from: u64,
        to: u64,
        set: impl Fn(&mut Spec, u64) -> String + 'a,
    ) -> Steps<'a> {
        let count = usize::try_from(from.abs_diff(to)).unwrap_or(usize::MAX);
        let at = move |at: usize| {
            let way = at as u64 + 1;
            let number = if to > from { from + way } else { from - way };
            let mut spec = spec.clone();
            Step { write: set(&mut spec, number), spec }
        };
        Steps { count, at: Box::new(at) }
    }
}

/// The largest block of a pixel shuffle or a pool that is proposed.
const LARGEST_BLOCK: u64 = 4;

/// A projection like that of a bridge which keeps every token, and how a spec writes it: the plain
/// form of it, so that what is written is what was planned.
fn projection(bridge: &BridgeSpec) -> Option<(ProjectorSpec, &'static str)> {
    match bridge {
        BridgeSpec::Linear(_) => Some((ProjectorSpec::Linear(LinearSpec::default()), "")),
        BridgeSpec::Mlp(_) => Some((ProjectorSpec::Mlp(MlpSpec::default()), ", then: mlp")),
        _ => None,
    }
}

/// Blocks folded into one token.
fn pixel_shuffle(spec: &Spec, more: bool) -> Steps<'_> {
    if let Some(BridgeSpec::PixelShuffle(own)) = spec.bridge.as_ref() {
        let now = own.factor.get();
        let to = if more { 1 } else { now.max(2 * LARGEST_BLOCK) };
        return Steps::count_to(spec, now, to, move |spec, factor| {
            let shuffle = PixelShuffleSpec { factor: Size::of(factor), ..own.clone() };
            spec.bridge = BridgeSpec::PixelShuffle(shuffle).into();
            format!("bridge.pixel-shuffle.factor: {factor}")
        });
    }
    let (false, Some((then, written))) = (more, spec.bridge.as_ref().and_then(projection)) else {
        return Steps::none();
    };
    Steps::count_to(spec, 1, LARGEST_BLOCK, move |spec, factor| {
        let shuffle = PixelShuffleSpec::of(Size::of(factor), then.clone().into());
        spec.bridge = BridgeSpec::PixelShuffle(shuffle).into();
        format!("bridge: {{pixel-shuffle: {{factor: {factor}{written}}}}}")
    })
}

/// Blocks averaged into one token.
fn avg_pool(spec: &Spec, more: bool) -> Steps<'_> {
    let (false, Some((then, written))) = (more, spec.bridge.as_ref().and_then(projection)) else {
        return Steps::none();
    };
    Steps::count_to(spec, 1, LARGEST_BLOCK, move |spec, kernel| {
        let pool = AvgPoolSpec::of_blocks(Size::of(kernel), then.clone().into());
        spec.bridge = BridgeSpec::AvgPool(pool).into();
        format!("bridge: {{avg-pool: {{kernel: {kernel}{written}}}}}")
    })
}

/// Queries or latents, which are the visual tokens of an image.
fn latents(spec: &Spec, more: bool) -> Steps<'_> {
    let (now, field) = match spec.bridge.as_ref() {
        Some(BridgeSpec::Qformer(qformer)) => (qformer.queries.get(), "qformer.queries"),
        Some(BridgeSpec::Resampler(resampler)) => (resampler.latents.get(), "resampler.latents"),
        _ => return Steps::none(),
    };
    let to = if more { now.saturating_mul(16).min(Size::MAX) } else { 1 };
    Steps::count_to(spec, now, to, move |spec, count| {
        match spec.bridge.as_mut() {
            Some(BridgeSpec::Qformer(qformer)) => qformer.queries = Size::of(count),
            Some(BridgeSpec::Resampler(resampler)) => resampler.latents = Size::of(count),
            _ => {}
        }
        format!("bridge.{field}: {count}")
    })
}

/// KV heads that several heads share.
fn kv_heads(spec: &Spec, more: bool) -> Steps<'_> {
    let Some(heads) = spec.llm.heads.map(Size::get) else { return Steps::none() };
    let now = spec.llm.kv_heads.map_or(heads, Size::get);
    // Powers of two are what models have.
    let powers = (0..16).map(|power| 1 << power).filter(|kv| heads % kv == 0);
    let mut fitting: Vec<u64> =
        powers.filter(|kv| if more { *kv > now } else { *kv < now }).collect();
    if !more {
        fitting.reverse();
    }
    let changed = fitting.into_iter().map(|kv| {
        let mut spec = spec.clone();
        spec.llm.kv_heads = Some(Size::of(kv));
        (format!("llm.kv_heads: {kv}"), spec)
    });
    Steps::of(changed.collect())
}

/// Fewer bits.
fn dtype(spec: &Spec, more: bool) -> Steps<'_> {
    let now = spec.design().0.prompt.formats.weights.map(Dtype::bits).into_iter().max();
    let smaller = [Dtype::Bf16, Dtype::Int8, Dtype::Int4].into_iter();
    let changed = smaller.filter(|dtype| !more && Some(dtype.bits()) < now).map(|dtype| {
        let mut spec = spec.clone();
        spec.prompt.dtype = FormatsSpec::from(dtype).into();
        (format!("prompt.dtype: {}", dtype.name()), spec)
    });
    Steps::of(changed.collect())
}

/// One matrix for embedding and head.
fn tied(spec: &Spec, more: bool) -> Steps<'_> {
    if more || spec.design().0.llm.tied {
        return Steps::none();
    }
    let mut changed = spec.clone();
    changed.llm.tied = true.into();
    Steps::of(vec![("llm.tied: true".to_owned(), changed)])
}

/// Another image size, square as the one that is given, of whole patches and blocks of them.
fn image(spec: &Spec, more: bool) -> Steps<'_> {
    let (Some(side), Some(patch)) = (spec.image.height, spec.encoder.patch) else {
        return Steps::none();
    };
    let block = match spec.bridge.as_ref() {
        Some(BridgeSpec::PixelShuffle(shuffle)) => shuffle.factor.get(),
        Some(BridgeSpec::AvgPool(pool)) => pool.kernel.map_or(1, Size::get),
        _ => 1,
    };
    let step = patch.get().saturating_mul(block);
    if spec.image.width != Some(side) || side.get() % step != 0 {
        return Steps::none();
    }
    let now = side.get() / step;
    let to = if more { now.saturating_mul(8).min(Size::MAX / step) } else { 1 };
    Steps::count_to(spec, now, to, move |spec, blocks| {
        let side = Size::of(blocks * step);
        (spec.image.height, spec.image.width) = (Some(side), Some(side));
        format!("image: {side}")
    })
}

/// Fewer tiles.
fn tiles(spec: &Spec, more: bool) -> Steps<'_> {
    let now = spec.design().0.image.tiles.get();
    Steps::count_to(spec, now, if more { now } else { 1 }, |spec, tiles| {
        spec.image.tiles = Some(Size::of(tiles));
        format!("image.tiles: {tiles}")
    })
}

/// Fewer images in a prompt, or if there is one, fewer prompts.
fn images_and_batch(spec: &Spec, more: bool) -> Steps<'_> {
    let prompt = spec.design().0.prompt;
    let (images, batch) = (prompt.images.count(), prompt.batch.get());
    match more {
        true => Steps::none(),
        false if images > 1 => Steps::count_to(spec, images, 1, |spec, images| {
            spec.prompt.images = Images::from(Amount::of(images)).into();
            format!("prompt.images: {images}")
        }),
        false => Steps::count_to(spec, batch, 1, |spec, batch| {
            spec.prompt.batch = Size::of(batch).into();
            format!("prompt.batch: {batch}")
        }),
    }
}

/// A shorter text.
fn text(spec: &Spec, more: bool) -> Steps<'_> {
    let Some(now) = spec.prompt.text_tokens.map(Amount::get) else { return Steps::none() };
    Steps::count_to(spec, now, if more { now } else { 0 }, |spec, text| {
        spec.prompt.text_tokens = Some(Amount::of(text));
        format!("prompt.text_tokens: {text}")
    })
}
