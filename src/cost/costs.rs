//! The numbers that are counted of every operation.

use crate::diag::{Code, Diagnostic};
use crate::dim::EvalError;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Stored parameters.
    Params,
    /// FLOPs of matrix products and convolutions.
    MatmulFlops,
    /// All other FLOPs.
    OtherFlops,
    /// Elements that stay in the KV cache.
    Cache,
    /// FLOPs of the matrix products that the result needs: none of what it does not depend on, of
    /// padding, of keys beyond a window and of experts that no token picks.
    NeededFlops,
}

impl Measure {
    /// The key in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Measure::Params => "params",
            Measure::MatmulFlops => "matmul_flops",
            Measure::OtherFlops => "other_flops",
            Measure::Cache => "kv_cache_elements",
            Measure::NeededFlops => "needed_flops",
        }
    }
}

/// How many measures there are.
const COUNT: usize = 5;

/// Every measure, in the order of [`Costs`].
pub const MEASURES: [Measure; COUNT] = [
    Measure::Params,
    Measure::MatmulFlops,
    Measure::OtherFlops,
    Measure::Cache,
    Measure::NeededFlops,
];

/// The measures of which the JSON has a number for each row.
pub const OF_ROWS: [Measure; 4] =
    [Measure::Params, Measure::MatmulFlops, Measure::OtherFlops, Measure::Cache];

/// One value for each measure.
pub(super) type OfEach<T> = [T; COUNT];

/// One number for each measure; none where it is still symbolic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs(pub(super) OfEach<Option<i128>>);

impl Costs {
    pub(super) const ZERO: Costs = Costs([Some(0); COUNT]);

    /// The number for one measure.
    pub fn get(&self, measure: Measure) -> Option<i128> {
        self.0[measure as usize]
    }

    /// The sum; symbolic where one of them is.
    pub(super) fn plus(&self, other: &Costs) -> Result<Costs, EvalError> {
        let mut sum = Costs::ZERO;
        for (at, slot) in sum.0.iter_mut().enumerate() {
            *slot = match (self.0[at], other.0[at]) {
                (Some(a), Some(b)) => Some(a.checked_add(b).ok_or(EvalError::Overflow)?),
                _ => None,
            };
        }
        Ok(sum)
    }
}

/// The product of two numbers that may not be known.
pub fn product(a: Option<i128>, b: Option<i128>) -> Result<Option<i128>, EvalError> {
    a.zip(b).map(|(a, b)| a.checked_mul(b).ok_or(EvalError::Overflow)).transpose()
}

/// A number that cannot be computed.
pub fn too_large(what: &str, error: EvalError) -> Diagnostic {
    Diagnostic::error(Code::Overflow, format!("cannot count `{what}`: {error}"))
        .help("the sizes of the spec multiply to an absurd number; check them for stray digits")
}
