//! What would bring a number to where it should be: changes of the spec, tried by planning them.

mod changes;

use changes::{CHANGES, Step, Steps};

use super::judge::distance;
use crate::cost::numbers::{Fact, find, unit};
use crate::planned::count;
use crate::render::DEFAULT_DEPTH;
use crate::spec::{Expectation, Spec};
use crate::stages::decoder::Logits;
use crate::units::full;

/// The most changes that are proposed for one number.
const MOST: usize = 3;
/// A list of at most this many steps is tried step by step: some of them may not suit the rest of
/// the spec. In a longer one they all do.
const FEW: usize = 8;

/// What to write into a spec so that a number holds, and what it is then, as far as planning the
/// changed spec can tell: `` `image: 224` gives 256 ``. `off` is how far it is off now.
pub fn advise(
    spec: &Spec,
    logits: Logits,
    path: &str,
    expectation: &Expectation,
    off: i128,
) -> Vec<String> {
    let mut proposals = Vec::new();
    for change in CHANGES {
        if proposals.len() == MOST {
            break;
        }
        let steps = change(spec, off < 0);
        let found = Search { logits, path, expectation, off, steps: &steps }.first();
        proposals.extend(
            found.map(|(step, number)| {
                format!("`{}` gives {}", step.write, full(number, unit(path)))
            }),
        );
    }
    proposals
}

/// The search for the first of some steps that puts a number right.
struct Search<'a> {
    logits: Logits,
    path: &'a str,
    expectation: &'a Expectation,
    off: i128,
    steps: &'a Steps<'a>,
}

impl Search<'_> {
    /// The step, and the number with it.
    fn first(&self) -> Option<(Step, i128)> {
        if self.steps.count <= FEW {
            return (0..self.steps.count).find_map(|at| self.holds_at(at));
        }
        // The number moves in one direction: the first step that is not off as before.
        let is_off =
            |at| self.try_at(at).is_none_or(|(_, off, _)| off.signum() == self.off.signum());
        let (mut low, mut high) = (0, self.steps.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_off(middle) { low = middle + 1 } else { high = middle }
        }
        if low < self.steps.count { self.holds_at(low) } else { None }
    }

    fn holds_at(&self, at: usize) -> Option<(Step, i128)> {
        let (step, off, number) = self.try_at(at)?;
        (off == 0).then_some((step, number))
    }

    /// A step, how far the number is off with it, and the number; nothing if the changed spec
    /// cannot be planned.
    fn try_at(&self, at: usize) -> Option<(Step, i128, i128)> {
        let step = (self.steps.at)(at);
        let report = count("", &step.spec, self.logits).ok()?;
        let Fact::Number(Some(number), _) = find(&report, self.path, DEFAULT_DEPTH)? else {
            return None;
        };
        let off = distance(number, self.expectation, &report)?;
        Some((step, off, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned::plan;
    use crate::spec::Overrides;

    /// What is proposed for a preset's number.
    fn proposed(preset: &str, path: &str, wanted: &str) -> Vec<String> {
        let planned = plan(preset, &Overrides::default(), Logits::All).unwrap();
        let expectation: Expectation = serde_json::from_str(wanted).unwrap();
        let report = &planned.report;
        let fact = find(report, path, DEFAULT_DEPTH);
        let Some(Fact::Number(Some(number), _)) = fact else { panic!("{path}") };
        let off = distance(number, &expectation, report).unwrap();
        assert_ne!(off, 0, "{path} holds");
        advise(&planned.loaded.spec, Logits::All, path, &expectation, off)
    }

    #[test]
    fn fewer_tokens() {
        assert_eq!(
            proposed("llava-1.5-7b", "tokens.visual", r#"{"max": 256}"#),
            [
                "`bridge: {pixel-shuffle: {factor: 2, then: mlp}}` gives 144",
                "`bridge: {avg-pool: {kernel: 2, then: mlp}}` gives 144",
                "`image: 224` gives 256",
            ]
        );
        assert_eq!(
            proposed("blip2-opt-2.7b", "tokens.visual", r#"{"max": 20}"#),
            ["`bridge.qformer.queries: 20` gives 20"]
        );
        assert_eq!(
            proposed("internvl3-8b", "tokens.visual", r#"{"max": 100}"#),
            ["`bridge.pixel-shuffle.factor: 4` gives 64", "`image: 280` gives 100"]
        );
    }

    #[test]
    fn more_tokens_and_exact_ones() {
        let more = proposed("internvl3-8b", "tokens.visual", r#"{"min": 576}"#);
        assert_eq!(
            more,
            ["`bridge.pixel-shuffle.factor: 1` gives 1,024", "`image: 672` gives 576"]
        );
        let exact = proposed("llava-v0-7b", "tokens.visual", "576");
        assert_eq!(exact, ["`image: 336` gives 576"]);
        assert_eq!(proposed("llava-v0-7b", "tokens.visual", "577"), [""; 0]);
    }

    #[test]
    fn less_memory() {
        let cache = proposed("llava-1.5-7b", "memory.kv_cache_bytes", r#"{"max": 100000000}"#);
        assert_eq!(
            cache[0],
            "`bridge: {pixel-shuffle: {factor: 3, then: mlp}}` gives 67,108,864 B (64.0 MiB)"
        );
        let weights = proposed("llava-1.5-7b", "memory.weight_bytes", r#"{"max": 8000000000}"#);
        assert_eq!(weights, ["`prompt.dtype: int8` gives 7,063,427,072 B (6.58 GiB)"]);
    }

    #[test]
    fn a_shorter_prompt() {
        let fits =
            proposed("llava-1.5-7b", "tokens.sequence", r#"{"max_fraction_of_context": "15%"}"#);
        assert_eq!(fits.last().unwrap(), "`image: 322` gives 593");
        let text = proposed("tiny", "tokens.text", r#"{"max": 7}"#);
        assert_eq!(text, ["`prompt.text_tokens: 7` gives 7"]);
    }
}
