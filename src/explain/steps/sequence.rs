//! The sequence that the LLM reads.

use super::super::step::{Line, Step, Value};
use super::super::story::Story;
use crate::units::{counted, exact, percent};

/// Visual, structural and text tokens in one row, and their share of the context.
pub fn step(story: &Story) -> Step {
    let tokens = &story.report.tokens;
    let mut step = Step { title: "The sequence".into(), ..Step::default() };
    step.text.push(
        "Words become vectors by a look-up in the embedding table. Visual tokens and words stand in \
         one sequence: rows of the same width, which go through the same blocks."
            .to_owned(),
    );
    let mut parts = vec![("visual tokens", &tokens.visual)];
    if tokens.structural.value != Some(0) {
        step.text
            .push("Structural tokens mark where an image, a row or a tile begins and ends.".into());
        step.text.extend(kinds(story));
        parts.push(("structural tokens", &tokens.structural));
    }
    parts.push(("text tokens", &tokens.text));
    step.lines = parts.iter().map(|(what, figure)| story.count(what, figure)).collect();
    let sum: Vec<String> = parts.iter().map(|(_, figure)| story.said(figure)).collect();
    step.lines.push(story.worked("sequence", &tokens.sequence, sum.join(" + ")));
    if tokens.generated.value != Some(0) {
        step.lines.push(story.count("tokens of the answer", &tokens.generated));
    }
    step.lines.extend(share(story));
    step.text
        .extend(story.report.excess().map(|excess| format!("{}: {}.", excess.clause, excess.by())));
    step
}

/// Which structural tokens the processor writes.
fn kinds(story: &Story) -> Option<String> {
    let kinds = story.report.tokens.structural_kinds.iter();
    let kinds = kinds.filter(|(_, count)| count.value != Some(0));
    let kinds: Vec<String> =
        kinds.map(|(kind, count)| format!("{} {}", story.said(count), kind.word())).collect();
    (!kinds.is_empty()).then(|| format!("The processor writes, by kind: {}.", kinds.join(", ")))
}

/// The share of the context that prompt and answer take.
fn share(story: &Story) -> Option<Line> {
    let (used, length) = story.report.context_use()?;
    Some(Line {
        what: "share of the context".into(),
        formula: String::new(),
        shapes: String::new(),
        numbers: format!("{} of {}", exact(used), counted(length, "token")),
        value: Value::Text(percent(used, length)),
        dims: Vec::new(),
    })
}
