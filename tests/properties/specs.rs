//! Random specs.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use vlmcalc::internals::stages::bridge::{BRIDGES, Reduction};

use super::bridges::{SQUARE, bridge};

/// A transformer stack, as encoder and LLM have one.
#[derive(Clone, Debug)]
pub struct Stack {
    pub depth: i128,
    pub heads: i128,
    pub kv_heads: i128,
    pub head_dim: i128,
    /// The width, where it is not heads times head size.
    pub own_width: Option<i128>,
    pub mlp_width: i128,
    pub gated: bool,
    pub rms: bool,
    pub bias: [bool; 3],
    pub fused: bool,
    pub qk_norm: &'static str,
    pub position: Position,
}

/// How a stack knows positions.
#[derive(Clone, Debug)]
pub enum Position {
    Rotary,
    None,
    Learned(Option<i128>),
    LearnedAndRotary(Option<i128>),
}

impl Position {
    /// The rows of the table, if there is one; none if they are not said.
    pub fn rows(&mut self) -> Option<&mut Option<i128>> {
        match self {
            Position::Learned(rows) | Position::LearnedAndRotary(rows) => Some(rows),
            Position::Rotary | Position::None => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Encoder {
    pub stack: Stack,
    pub patch: i128,
    /// Frames of a patch.
    pub frames: Option<i128>,
    pub patch_bias: bool,
    pub matrix: bool,
    pub layer_scale: bool,
    pub four_norms: bool,
    pub class_token: bool,
    pub registers: i128,
    pub at_end: bool,
    /// The side of windows, where nothing stands beside the patches.
    pub window: Option<i128>,
    /// Among blocks with windows, every n-th has none.
    pub full_every: Option<i128>,
    pub pre_norm: bool,
    pub post_norm: bool,
    pub batched: bool,
    /// Of all layers that exist, the one whose output is taken.
    pub feature_layer: Option<i128>,
    pub select_all: bool,
}

#[derive(Clone, Debug)]
pub struct Llm {
    pub stack: Stack,
    pub vocab: i128,
    pub extra_vocab: i128,
    pub gate_up: bool,
    pub tied: bool,
    pub head_bias: bool,
    pub four_norms: bool,
    pub final_norm: bool,
    pub window: Option<i128>,
    pub full_every: Option<i128>,
    pub context: i128,
}

#[derive(Clone, Debug)]
pub struct Prompt {
    pub batch: i128,
    pub images: i128,
    pub tiles: i128,
    pub text: i128,
    pub structural: i128,
}

#[derive(Clone, Debug)]
pub struct Case {
    /// Side of the blocks that a bridge may fold; it divides the grid.
    pub factor: i128,
    /// Rows and columns of such blocks.
    pub blocks: (i128, i128),
    pub channels: i128,
    pub encoder: Encoder,
    /// The bridge's name and the YAML of its fields.
    pub bridge: (&'static str, String),
    pub llm: Llm,
    pub prompt: Prompt,
}

pub fn stack() -> impl Strategy<Value = Stack> {
    let heads = (1i128..4, 1i128..4, 1i128..6, option::of(1i128..20));
    let mlp = (1i128..5, 1i128..30, any::<bool>(), any::<bool>());
    let norms = select(vec!["none", "head", "full"]);
    let flags = (any::<[bool; 3]>(), any::<bool>(), norms, position());
    (heads, mlp, flags).prop_map(|(heads, (depth, mlp_width, gated, rms), flags)| {
        let (kv_heads, groups, head_dim, own_width) = heads;
        let (bias, fused, qk_norm, position) = flags;
        let heads = kv_heads * groups;
        // Rotary positions turn values in pairs, in a grid two pairs together.
        let is_rotary = matches!(position, Position::Rotary | Position::LearnedAndRotary(_));
        let head_dim = if is_rotary { 4 * head_dim } else { head_dim };
        Stack {
            depth,
            heads,
            kv_heads,
            head_dim,
            own_width,
            mlp_width,
            gated,
            rms,
            bias,
            fused,
            qk_norm,
            position,
        }
    })
}

pub fn position() -> impl Strategy<Value = Position> {
    prop_oneof![
        Just(Position::Rotary),
        Just(Position::None),
        option::of(1i128..50).prop_map(Position::Learned),
        option::of(1i128..50).prop_map(Position::LearnedAndRotary),
    ]
}

pub fn encoder() -> impl Strategy<Value = Encoder> {
    let flags = (any::<[bool; 7]>(), any::<[bool; 3]>());
    let windows = option::of((1i128..6, option::of(1i128..4)));
    let sizes = (1i128..5, option::of(1i128..4), windows);
    (stack(), sizes, flags, 0i128..3, option::of(0i128..100)).prop_map(
        |(stack, (patch, frames, windows), (flags, more), registers, layer)| {
            let [patch_bias, layer_scale, class_token, pre_norm, post_norm, batched, select_all] =
                flags;
            let [matrix, at_end, four_norms] = more;
            let windows = windows.filter(|_| !class_token && registers == 0);
            let depth = stack.depth;
            // From -depth - 1 to depth: the ways to count forwards and backwards.
            let feature_layer = layer.map(|layer| layer % (2 * depth + 2) - depth - 1);
            Encoder {
                stack,
                patch,
                frames,
                patch_bias,
                matrix,
                layer_scale,
                four_norms: four_norms && !layer_scale,
                class_token,
                registers,
                at_end,
                window: windows.map(|(side, _)| side),
                full_every: windows.and_then(|(_, every)| every.filter(|_| layer.is_none())),
                pre_norm,
                post_norm,
                batched,
                feature_layer,
                select_all,
            }
        },
    )
}

pub fn llm() -> impl Strategy<Value = Llm> {
    let window = option::of((1i128..40, option::of(1i128..4)));
    let vocab = (1i128..50, 0i128..4);
    (stack(), vocab, any::<[bool; 5]>(), window, 1i128..100).prop_map(
        |(mut stack, (vocab, extra_vocab), flags, window, mut context)| {
            let [tied, head_bias, four_norms, final_norm, gate_up] = flags;
            // A learned table has a row for each token of any prompt here.
            if let Some(rows) = stack.position.rows() {
                *rows = rows.map(|rows| rows + LONGEST);
                context += LONGEST;
            }
            Llm {
                stack,
                vocab,
                extra_vocab,
                gate_up,
                tied,
                head_bias,
                four_norms,
                final_norm,
                window: window.map(|(tokens, _)| tokens),
                full_every: window.and_then(|(_, every)| every),
                context,
            }
        },
    )
}

/// More tokens than any prompt here has.
const LONGEST: i128 = 10_000;

pub fn prompt() -> impl Strategy<Value = Prompt> {
    (1i128..4, 1i128..4, 1i128..4, 0i128..10, 0i128..4).prop_map(
        |(batch, images, tiles, text, structural)| Prompt {
            batch,
            images,
            tiles,
            text,
            structural,
        },
    )
}

pub fn case() -> impl Strategy<Value = Case> {
    let image = (1i128..4, (1i128..4, 1i128..4), 1i128..5);
    image.prop_flat_map(|(factor, blocks, channels)| {
        // Boxed: in one piece the strategies do not fit a test's stack.
        let parts = (encoder().boxed(), bridge(factor).boxed(), llm().boxed(), prompt().boxed());
        parts.prop_map(move |(mut encoder, bridge, mut llm, mut prompt)| {
            let kind = BRIDGES.iter().find(|kind| kind.name == bridge.0).unwrap();
            let reduction = kind.sample().stage().reduction();
            let asks_all = ["qformer", "resampler"].contains(&kind.name);
            encoder.select_all &= asks_all || reduction == Reduction::Kept;
            let blocks = if SQUARE.contains(&kind.name) { (blocks.0, blocks.0) } else { blocks };
            if kind.name == "ldp" {
                llm.stack.own_width = Some(8 * llm.stack.own_width.unwrap_or(2));
            }
            if bridge.1.contains("image_newline") {
                prompt.tiles = 1;
            }
            Case { factor, blocks, channels, encoder, bridge, llm, prompt }
        })
    })
}
