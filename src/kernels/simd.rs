//! Picks the widest vector instructions of this processor at run time.
//!
//! A kernel's inner loop is an ordinary `#[inline(always)]` function which the compiler vectorises;
//! `dispatch!` compiles it once per [`Level`]. The loops use separate multiplications and
//! additions (Rust never fuses them) and sums of [`LANES`] partial sums, so all levels give the
//! same bits. Only matrix products differ between processors.

/// Partial sums of a reduction: one AVX-512 register of `f32`.
pub const LANES: usize = 16;

/// A set of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What the compiler assumes of every processor of this architecture.
    Portable,
    /// 256-bit AVX2.
    Avx2,
    /// 512-bit AVX-512 (F, BW, DQ, VL).
    Avx512,
}

/// The widest level that this processor has.
pub fn level() -> Level {
    #[cfg(test)]
    if let Some(level) = FORCED.get() {
        return level;
    }
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            return Level::Avx512;
        }
        if is_x86_feature_detected!("avx2") {
            return Level::Avx2;
        }
    }
    Level::Portable
}

/// `dispatch!(fn name(a: A) -> B = body)` defines `name`, which runs `body` compiled for
/// [`level`]. `body` must be `#[inline(always)]`, as must all that it calls in its loops: what is
/// not inlined is compiled for [`Level::Portable`]. (So `for` rather than `for_each`.)
macro_rules! dispatch {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),*) $(-> $out:ty)? = $body:path) => {
        $(#[$meta])*
        $vis fn $name($($arg: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512($($arg: $type),*) $(-> $out)? {
                    $body($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) $(-> $out)? {
                    $body($($arg),*)
                }
                // SAFETY: `level` has just found these instructions on this processor.
                #[allow(unsafe_code)]
                match $crate::kernels::simd::level() {
                    $crate::kernels::simd::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    $crate::kernels::simd::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::kernels::simd::Level::Portable => {}
                }
            }
            $body($($arg),*)
        }
    };
}
pub(crate) use dispatch;

/// The sum of the partial sums, in an order that is always the same.
#[inline(always)]
pub fn sum(lanes: [f32; LANES]) -> f32 {
    let mut lanes = lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
thread_local! {
    static FORCED: std::cell::Cell<Option<Level>> = const { std::cell::Cell::new(None) };
}

/// Runs `body` (on this thread) at every level up to this processor's own and returns the results.
#[cfg(test)]
pub fn at_every_level<T>(mut body: impl FnMut() -> T) -> Vec<T> {
    let best = level() as usize;
    [Level::Portable, Level::Avx2, Level::Avx512][..=best]
        .iter()
        .map(|level| {
            FORCED.set(Some(*level));
            let result = body();
            FORCED.set(None);
            result
        })
        .collect()
}
