//! A commented spec to begin with.

use std::iter;

use crate::stages::bridge::{BRIDGES, BridgeKind, Reduction};
use crate::stages::faults::Faults;
use crate::units::{ImageSize, Size};

/// What a spec to begin with says; the other sizes of a part are in it only where they are those of
/// the model that the part is by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The image.
    pub image: ImageSize,
    /// Side of a patch in pixels.
    pub patch: Size,
    /// Width of the vision encoder.
    pub encoder: Size,
    /// The bridge, by the name of its kind.
    pub bridge: &'static str,
    /// Its size, if it takes one: the side of a block, or the number of its tokens; a usual one if
    /// not given.
    pub size: Option<Size>,
    /// Width of the LLM.
    pub llm: Size,
}

impl Default for Template {
    /// LLaVA-1.5 7B in rough: CLIP ViT-L/14 at 336 px, an MLP, Vicuna 7B.
    fn default() -> Template {
        Template {
            image: ImageSize::square(Size::of(336)),
            patch: Size::of(14),
            encoder: Size::of(1024),
            bridge: "mlp",
            size: None,
            llm: Size::of(4096),
        }
    }
}

impl Template {
    /// The YAML, each field with what it is.
    pub fn yaml(&self) -> String {
        let own = Template::default();
        let encoder = known(self.encoder == own.encoder);
        let llm = known(self.llm == own.llm);
        let Template { image, patch, encoder: width, llm: llm_width, .. } = self;
        let bridge = self.bridge();
        format!(
            "\
# A pipeline to begin with: change what is yours. `vlmcalc doc encoder.patch` says what a field
# means, and a size that is left out stays a symbol.

image: {image} # pixels, after the processor's resizing; or height x width, as 480x640

encoder: # the vision encoder
  patch: {patch} # side of a patch in pixels; the image must be a multiple of it
  width: {width} # values of a token
  {encoder}depth: 24 # blocks
  {encoder}heads: 16
  {encoder}mlp_width: 4096
  # class_token: true # one more encoder-side token (CLIP has it, SigLIP has not)
  # feature_layer: -2 # the output of the last block but one goes to the bridge (LLaVA)

# linear, mlp, or with settings: {{pixel-shuffle: {{factor: 2, then: mlp}}}} (`vlmcalc doc bridge`)
bridge: {bridge}

llm:
  width: {llm_width}
  {llm}depth: 32
  {llm}heads: 32
  # kv_heads: 8 # fewer than heads: grouped-query attention, with a smaller KV cache
  {llm}mlp_width: 11008
  {llm}vocab: 32000
  # context: 4096 # tokens that fit

prompt:
  text_tokens: 64
  # images: 2
  # generated_tokens: 256
  # dtype: {{weights: int4}} # bf16 if not given

# What must hold, for `vlmcalc check`:
# expect:
#   memory.weight_bytes: {{max: 16 GiB}}
"
        )
    }

    /// The bridge as a spec says it, with the settings of a well-known model if it needs some.
    fn bridge(&self) -> String {
        let typical = self.kind().map(|kind| ((kind.typical)(Some(self.encoder)).yaml, kind));
        match typical {
            Some((typical, kind)) if !["linear", "mlp"].contains(&self.bridge) => {
                let sized = match (kind.practice.usual, self.size) {
                    (Some(usual), Some(size)) => typical.replacen(usual, &size.to_string(), 1),
                    _ => typical,
                };
                format!("{{{sized}}}")
            }
            _ => self.bridge.to_owned(),
        }
    }

    /// What the bridge's size is and one that suits the image, if it takes one: of a block, a side
    /// that divides the grid of patches.
    pub fn size_of_bridge(&self) -> Option<(&'static str, Size)> {
        let practice = &self.kind()?.practice;
        let usual = practice.usual?.parse().ok().and_then(Size::new)?;
        let bridge = (practice.sized)(usual).design(&mut Faults::default());
        if matches!(bridge.stage().reduction(), Reduction::Learned | Reduction::Pooled(None)) {
            return Some(("visual tokens of an image", usual));
        }
        let patch = self.patch.get();
        let grid = [self.image.height.get() / patch, self.image.width.get() / patch];
        let suits = |side: &u64| grid.iter().all(|rows| rows % side == 0);
        let side = iter::once(usual.get()).chain(2..=MOST_SIDE).find(suits).unwrap_or(1);
        Some(("side of a block in patches", Size::new(side)?))
    }

    fn kind(&self) -> Option<&'static BridgeKind> {
        BRIDGES.iter().find(|kind| kind.name == self.bridge).copied()
    }
}

/// The largest side of a block that is proposed.
const MOST_SIDE: u64 = 16;

/// What stands before a field: nothing, or what makes it a comment.
fn known(is_known: bool) -> &'static str {
    if is_known { "" } else { "# " }
}
