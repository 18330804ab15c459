//! What a reader should know of a plan beside its numbers.

use super::{Measure, Pass, TokenFigures};
use crate::graph::Component;
use crate::spec::{Design, Dtype, VisualTokens};
use crate::stages::image::Remainder;
use crate::units::{Unit, counted, exact, human};

/// Notes in the order of the pipeline.
pub fn notes(design: &Design, prefill: &Pass, tokens: &TokenFigures) -> Vec<String> {
    let all = [
        remainder(design, tokens),
        position_table(design, tokens),
        picked(design),
        newline(design, tokens),
        unused(design, prefill),
        tied(design),
        window(design),
        quantised(design),
    ];
    all.into_iter().flatten().collect()
}

/// Pixels that fill no whole patch.
fn remainder(design: &Design, tokens: &TokenFigures) -> Option<String> {
    let patch = i128::from(design.encoder().patch?);
    let view = tokens.only_view()?;
    let sides = [(&view.image.0, &view.grid.0), (&view.image.1, &view.grid.1)];
    // Pixels that the patches take beyond those of the image; below 0 they leave some out.
    let mut beyond = [0; 2];
    for (slot, (pixels, patches)) in beyond.iter_mut().zip(sides) {
        *slot = patches.value?.checked_mul(patch)?.checked_sub(pixels.value?)?;
    }
    let [rows, columns] = beyond.map(|pixels| exact(pixels.abs()));
    let pixels = format!("{rows} rows and {columns} columns of pixels");
    let said = match design.image.remainder {
        Remainder::Drop => format!("{pixels} fill no whole patch: dropped"),
        Remainder::Pad => format!("{pixels} are added: the image is padded to whole patches"),
        Remainder::Error => return None,
    };
    (beyond != [0; 2]).then_some(said)
}

/// A position table of another length than the tokens.
fn position_table(design: &Design, tokens: &TokenFigures) -> Option<String> {
    let encoder = design.towers.only()?;
    let table = encoder.stack.position.table().filter(|table| !table.by_axis)?;
    let rows = table.rows?;
    let each = tokens.encoder_valid.value?.checked_div(tokens.encodings.value?)?;
    // Register tokens have no position, and perhaps the class token.
    let has_none = encoder.class_token && !encoder.class_position;
    let each = each.checked_sub(tokens.registers)?.checked_sub(has_none.into())?;
    let rows = i128::from(rows);
    (each != rows).then(|| {
        format!(
            "position table of {} for {}: interpolated or cut",
            counted(rows, "row"),
            counted(each, "token")
        )
    })
}

/// A token that the bridge adds.
fn newline(design: &Design, tokens: &TokenFigures) -> Option<String> {
    let is_made = design.bridge.has_newline() && design.visual == VisualTokens::Made;
    let still = || tokens.pictures.iter().filter(|picture| picture.frames.is_none());
    let joined = still().filter(|picture| picture.grid.is_some()).count();
    let after = match (joined, still().count()) {
        _ if !is_made => return None,
        (0, 0) if !tokens.pictures.is_empty() => {
            let newlines = design.video_processor.as_ref()?.newlines.get();
            let newlines = (newlines > 0).then(|| counted(newlines.into(), "newline token"))?;
            return Some(format!("the bridge puts {newlines} after the clip's"));
        }
        (0, _) => "an image's",
        (joined, all) if joined == all => "each row of the joined tiles",
        _ => "each row of the joined tiles, or after those of one that is not cut",
    };
    Some(format!("the bridge puts 1 newline token after {after}"))
}

/// Visual tokens that are not those that the bridge makes.
fn picked(design: &Design) -> Option<String> {
    match design.visual {
        VisualTokens::Picked(count) => {
            let tokens = counted(count.into(), "visual token");
            Some(format!("the LLM reads {tokens} of an image, as the spec says, not the bridge's"))
        }
        VisualTokens::Made | VisualTokens::Said(_) => None,
    }
}

/// What runs without being needed.
fn unused(design: &Design, prefill: &Pass) -> Option<String> {
    // What is stored for audio is a component of its own, which no one expects to run.
    let of_audio = prefill.component(Component::Audio);
    let of_audio = of_audio.map_or(Some(0), |row| row.costs.get(Measure::Params))?;
    let params = prefill.unused.get(Measure::Params)?.checked_sub(of_audio)?;
    let flops = prefill.unused.get(Measure::MatmulFlops)?;
    let parts = design.towers.all().flat_map(|tower| {
        [
            tower.feature_layer.as_ref().map(|_| "blocks after the feature layer"),
            tower.head.map(|head| head.in_words()),
            tower.mask_token.then_some("the mask token"),
        ]
    });
    let mut named: Vec<&str> = Vec::new();
    for part in parts.flatten() {
        if !named.contains(&part) {
            named.push(part);
        }
    }
    let what = named.join(", ");
    (params > 0).then(|| {
        let (params, flops) = (human(params, Unit::Count), human(flops, Unit::Flop));
        let what = if what.is_empty() { what } else { format!(": {what}") };
        format!("{params} parameters, {flops} unused{what}")
    })
}

fn tied(design: &Design) -> Option<String> {
    let text = "head and token embedding share one matrix: stored once";
    design.llm.tied.then(|| text.to_owned())
}

fn window(design: &Design) -> Option<String> {
    let window = design.llm.window?.tokens;
    Some(format!(
        "window of {} bounds cache and decode; the prefill is dense",
        counted(window.into(), "token")
    ))
}

/// What integers of few bits leave out.
fn quantised(design: &Design) -> Option<String> {
    let formats = &design.prompt.formats;
    let is_small = |dtype: &Dtype| dtype.bits() < 16;
    let few = formats.weights.into_iter().find(is_small)?;
    let kept = match (formats.kv.bits(), formats.activations.bits()) {
        (kv, activations) if kv == activations => format!("cache and activations are at {kv} bits"),
        (kv, activations) => format!("the cache is at {kv} bits, activations at {activations}"),
    };
    Some(format!("{}: scales of blocks are not counted; {kept}", few.name()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::report;

    fn notes(image: &str, prompt: &str) -> Vec<String> {
        let text = format!(
            "image: {{{image}}}\nencoder: {{patch: 14, width: 2, depth: 1, heads: 1, mlp_width: 1}}\n\
             bridge: linear\nllm: {{width: 3, depth: 1, heads: 1, position: none, mlp_width: 4, vocab: 9}}\n\
             prompt: {{text_tokens: 1{prompt}}}\n"
        );
        report(&text).notes
    }

    #[test]
    fn pixels_that_are_dropped_or_added() {
        let dropped = "6 rows and 5 columns of pixels fill no whole patch: dropped";
        assert_eq!(notes("height: 384, width: 495, remainder: drop", ""), [dropped]);
        let added =
            "8 rows and 9 columns of pixels are added: the image is padded to whole patches";
        assert_eq!(notes("height: 384, width: 495, remainder: pad", ""), [added]);
        let columns =
            "0 rows and 1 columns of pixels are added: the image is padded to whole patches";
        assert_eq!(notes("height: 28, width: 27, remainder: pad", ""), [columns]);
        for remainder in ["drop", "pad", "error"] {
            let whole = format!("size: 28, remainder: {remainder}");
            assert_eq!(notes(&whole, ""), Vec::<String>::new());
        }
    }

    #[test]
    fn what_quantised_weights_leave_out() {
        for dtype in ["int8", "int4"] {
            let said = format!(
                "{dtype}: scales of blocks are not counted; cache and activations are at 16 bits"
            );
            assert_eq!(notes("size: 28", &format!(", dtype: {dtype}")), [said]);
        }
        for dtype in ["f32", "bf16", "f16"] {
            assert_eq!(notes("size: 28", &format!(", dtype: {dtype}")), Vec::<String>::new());
        }
    }
}
