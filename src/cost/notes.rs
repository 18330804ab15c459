//! What a reader should know of a plan beside its numbers.

use super::{Measure, Pass, TokenFigures};
use crate::spec::Spec;
use crate::stages::image::Remainder;
use crate::stages::options::{Position, PositionTable};
use crate::units::exact;

/// Notes in the order of the pipeline.
pub fn notes(spec: &Spec, prefill: &Pass, tokens: &TokenFigures) -> Vec<String> {
    let all = [
        remainder(spec, tokens),
        position_table(spec, tokens),
        unused(prefill),
        tied(spec),
        window(spec),
    ];
    all.into_iter().flatten().collect()
}

/// Pixels that fill no whole patch.
fn remainder(spec: &Spec, tokens: &TokenFigures) -> Option<String> {
    let patch = i128::from(spec.encoder.patch?);
    let sides = [(&tokens.image.0, &tokens.grid.0), (&tokens.image.1, &tokens.grid.1)];
    let mut rest = [0; 2];
    for (slot, (pixels, patches)) in rest.iter_mut().zip(sides) {
        *slot = (pixels.value? - patches.value? * patch).abs();
    }
    let [height, width] = rest;
    let did = match spec.image.remainder {
        Remainder::Error => return None,
        Remainder::Drop => "dropped",
        Remainder::Pad => "padded",
    };
    (height + width > 0)
        .then(|| format!("{height} rows and {width} columns of pixels fill no whole patch: {did}"))
}

/// A position table of another length than the tokens.
fn position_table(spec: &Spec, tokens: &TokenFigures) -> Option<String> {
    let Position::Learned(PositionTable { rows: Some(rows) }) = spec.encoder.position else {
        return None;
    };
    let each = tokens.encoder.value?.checked_div(tokens.encodings.value?)?;
    let rows = i128::from(rows);
    (each != rows).then(|| {
        format!(
            "the encoder's position table has {} rows for {} tokens: the model interpolates it or \
             reads a part",
            exact(rows),
            exact(each)
        )
    })
}

/// What runs without being needed.
fn unused(prefill: &Pass) -> Option<String> {
    let params = prefill.unused.get(Measure::Params)?;
    let flops = prefill.unused.get(Measure::MatmulFlops)?;
    (params > 0).then(|| {
        format!(
            "{} parameters and {} matmul FLOPs are counted though the logits do not depend on \
             them: they lie behind the selected feature layer",
            exact(params),
            exact(flops)
        )
    })
}

fn tied(spec: &Spec) -> Option<String> {
    let text = "the head shares the token embedding's matrix: stored once, multiplied all the same";
    spec.llm.tied.then(|| text.to_owned())
}

fn window(spec: &Spec) -> Option<String> {
    let window = spec.llm.sliding_window?;
    Some(format!(
        "a sliding window of {} tokens bounds cache and decode; the prefill is dense, as the \
         reference computes it",
        exact(window.into())
    ))
}
