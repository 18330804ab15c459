//! The attention core: scores, softmax, weighted sum.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first,
};
use crate::dim::{Dim, Symbols};

/// `softmax(Q·Kᵀ/√d)·V` over heads, after the projections.
///
/// Inputs `q [B, N, h·d]`, `k [B, M, h_kv·d]`, `v [B, M, h_kv·d]`; output `[B, N, h·d]`. Several
/// query heads may share a key head; that saves projections and cache, not products: matmul FLOPs
/// are `4·B·h·d` for each pair of a query and a key: `N·M` pairs, dense, with no discount for a mask,
/// or those within windows of a grid; a fourth input is a mask as the reference makes it, which says
/// nothing that `reach` does not. A sliding window needs `N·min(M, W)` of them. Other FLOPs: 6 per score (scale, and softmax's maximum, subtraction,
/// exponential, sum, division). The scores are never stored whole.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Query heads.
    pub heads: Dim,
    /// Key and value heads.
    pub kv_heads: Dim,
    /// Size of a head.
    pub head_dim: Dim,
    /// Width of all queries.
    pub width: Dim,
    /// Width of all keys, and of all values.
    pub kv_width: Dim,
    /// Which keys a query sees.
    pub reach: Reach,
}

/// Which keys a query sees.
#[derive(Clone, Debug)]
pub enum Reach {
    /// All.
    All,
    /// Those of its own window of the patch grid.
    Windows(Box<Windows>),
    /// Those that are no padding.
    Valid(Box<Valid>),
    /// Those at or before its own position.
    Causal {
        /// How many of them at most.
        window: Option<Box<SlidingWindow>>,
    },
}

/// Which tokens of a sequence are no padding: after some that are none, so many of each stretch, in
/// so many stretches. All others but the last are padding. The products with them are executed.
#[derive(Clone, Debug)]
pub struct Valid {
    /// Tokens before the first stretch.
    pub before: Dim,
    /// Tokens of a stretch that are valid.
    pub tokens: Dim,
    /// Tokens of a stretch.
    pub stretch: Dim,
    /// Stretches that have valid tokens.
    pub stretches: Dim,
    /// Tokens at the end of the sequence that are no padding.
    pub after: Dim,
    /// Whether what is no padding sees it all the same, and only padding does not (Llama 3.2 Vision).
    pub is_seen: bool,
}

/// The last tokens that a query sees.
#[derive(Clone, Debug)]
pub struct SlidingWindow {
    /// W, tokens of the window.
    pub tokens: Dim,
    /// Keys that a query needs of those that there are, min(M, W). The products with the others are
    /// executed, and hidden by a mask.
    pub keys: Dim,
    /// Of a chunk, not a window: the tokens before those of this pass. A query sees none of an earlier
    /// chunk.
    pub chunked_after: Option<Dim>,
}

/// A grid of tokens cut into square windows from its first row and column on. What is left over at
/// the other edges makes smaller windows.
#[derive(Clone, Debug)]
pub struct Windows {
    /// The grid; N = rows·columns.
    pub grid: Grid,
    /// Rows and columns of a window.
    pub side: Dim,
    /// Pairs of a query and a key in the same window, of all windows of a grid.
    pub pairs: Dim,
}

impl Windows {
    /// The windows of a grid. Each side of it is cut into ⌊n/w⌋ parts of w and one of what is left:
    /// the pairs are the product of both sides' sums of squares.
    pub fn new(symbols: &mut Symbols, grid: Grid, side: Dim) -> Windows {
        let mut squares = |n: &Dim| {
            let whole = symbols.floor_div(n, &side);
            let left = n - &whole * &side;
            whole * side.pow(2) + left.pow(2)
        };
        let pairs = squares(&grid.rows) * squares(&grid.columns);
        Windows { grid, side, pairs }
    }
}

impl Attention {
    /// The shapes within: queries, keys and values by heads, and the scores, which of windows are
    /// `[B, h, pairs]`.
    pub fn inside(&self, inputs: &[&Shape]) -> [(&'static str, Shape); 4] {
        let axis = |of: usize, at: usize| {
            inputs.get(of).and_then(|shape| shape.0.get(at)).cloned().unwrap_or_default()
        };
        let (batch, queries, keys) = (axis(0, 0), axis(0, 1), axis(1, 1));
        let heads = |count: &Dim, tokens: &Dim| {
            Shape::new([batch.clone(), count.clone(), tokens.clone(), self.head_dim.clone()])
        };
        let (of, h) = (batch.clone(), self.heads.clone());
        let scores = match &self.reach {
            Reach::Windows(windows) => Shape::new([of, h, windows.pairs.clone()]),
            Reach::All | Reach::Valid(_) | Reach::Causal { .. } => {
                Shape::new([of, h, queries.clone(), keys.clone()])
            }
        };
        [
            ("queries", heads(&self.heads, &queries)),
            ("keys", heads(&self.kv_heads, &keys)),
            ("values", heads(&self.kv_heads, &keys)),
            ("scores (not stored)", scores),
        ]
    }
}

impl Operation for Attention {
    fn kind(&self) -> &'static str {
        match self.reach {
            Reach::All | Reach::Valid(_) => "attention",
            Reach::Windows(_) => "window attention",
            Reach::Causal { .. } => "causal attention",
        }
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [q, k, v, ..] = inputs else {
            return Err(Mismatch("takes q, k and v".into()));
        };
        let fits = q.last() == self.width && k.last() == self.kv_width && k == v;
        if fits && q.0.len() == 3 && k.0.len() == 3 && q.0[0] == k.0[0] {
            Ok((*q).clone())
        } else {
            Err(Mismatch("q, k and v do not match the heads".into()))
        }
    }

    fn work(&self, inputs: &[&Shape], output: &Shape) -> Work {
        // Pairs of a query and a key in all samples.
        let pairs = match (&self.reach, output.0.first()) {
            (Reach::Windows(windows), Some(batch)) => batch * &windows.pairs,
            _ => output.rows() * keys(inputs),
        };
        let needed = match &self.reach {
            Reach::Causal { window: Some(window) } => {
                Some(4 * output.rows() * &window.keys * &self.width)
            }
            _ => None,
        };
        let matmul = 4 * &pairs * &self.width;
        Work { matmul, needed, other: 6 * pairs * &self.heads }
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let [q, k, v] = std::array::from_fn(|_| first(&mut inputs));
        machine.attention(self, q, k, v)
    }
}

/// M, the number of keys.
fn keys(inputs: &[&Shape]) -> Dim {
    inputs.get(1).and_then(|k| k.0.get(1)).cloned().unwrap_or_default()
}
