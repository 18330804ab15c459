//! Steps one after the other: in a bridge, or within a step.

use super::super::flow::{At, Flow};
use super::super::{NotSuited, Reduction, Target};
use super::{FIELDS, Step, StepSpec};
use crate::graph::{Builder, Role};
use crate::stages::faults::Faults;

/// Where a list of steps stands.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// The section that says sizes.
    pub section: &'static str,
    /// The field of all of them; none where each has one of its own, in a bridge of `steps`.
    pub field: Option<&'static str>,
    /// What stands before their numbers.
    pub number: &'a str,
    /// The field, steps within steps included; none for a bridge whose steps no spec lists.
    pub place: Option<&'a str>,
}

impl<'a> Within<'a> {
    /// The steps that a bridge with a name consists of.
    pub fn named(section: &'static str) -> Within<'a> {
        Within { section, field: Some(section), number: "", place: None }
    }

    fn number(&self, at: usize) -> String {
        match self.number {
            "" => format!("{}", at + 1),
            before => format!("{before}_{}", at + 1),
        }
    }

    fn place(&self, at: usize) -> String {
        self.place.map_or_else(|| self.section.to_owned(), |place| format!("{place}.{at}"))
    }
}

impl<'a> At<'a> {
    /// Where the steps within this one stand, in a field of it.
    pub fn steps<R>(&self, below: &str, read: impl FnOnce(&Within<'_>) -> R) -> R {
        let place = format!("{}.{below}", self.place);
        let is_listed = self.place != self.section;
        read(&Within {
            section: self.section,
            field: Some(self.field),
            number: self.number.unwrap_or_default(),
            place: is_listed.then_some(&place),
        })
    }
}

/// The steps that are described, in a list.
pub fn design(steps: &[StepSpec], faults: &mut Faults) -> Vec<Step> {
    let steps = steps.iter().enumerate();
    steps.map(|(at, step)| faults.within(&at.to_string(), |faults| step.design(faults))).collect()
}

/// The steps as a spec says them.
pub fn say(steps: &[Step]) -> Vec<StepSpec> {
    steps.iter().map(StepSpec::from).collect()
}

/// The steps in a few words.
pub fn in_brief(steps: &[Step]) -> String {
    let steps: Vec<String> = steps.iter().map(|step| step.stage().in_brief()).collect();
    if steps.is_empty() { "nothing".to_owned() } else { steps.join(", ") }
}

/// What the steps do.
pub fn in_words(steps: &[Step]) -> Vec<&'static str> {
    let mut words = Vec::new();
    for sentence in steps.iter().flat_map(|step| step.stage().in_words()) {
        if words.last() != Some(&sentence) {
            words.push(sentence);
        }
    }
    words
}

/// What becomes of the number of tokens.
pub fn reduction(steps: &[Step]) -> Reduction {
    let each = steps.iter().enumerate().map(|(at, step)| (at, step.stage().reduction()));
    let mut merging = each.filter(|(_, reduction)| *reduction != Reduction::Kept);
    let found = (merging.next(), merging.next());
    let last = steps.iter().map(|step| step.stage().reduction()).rfind(|r| *r != Reduction::Kept);
    match found {
        (None, _) => Reduction::Kept,
        _ if last == Some(Reduction::Learned) => Reduction::Learned,
        (Some((at, reduction)), None)
            if steps[..at].iter().all(|step| matches!(step, Step::Norm(_))) =>
        {
            reduction
        }
        _ => Reduction::Regrouped,
    }
}

/// The first steps that make a part: one, or those that work on each token alone, of which one at most
/// has several matrices, whose names are those of its kind.
fn part(steps: &[Step]) -> &[Step] {
    let tokenwise = steps.iter().take_while(|step| step.is_tokenwise()).count();
    let is_gated = |step: &&Step| matches!(step, Step::GatedMlp(_));
    let second = steps.iter().enumerate().filter(|(_, step)| is_gated(step)).nth(1);
    let end = second.map_or(tokenwise, |(at, _)| tokenwise.min(at));
    &steps[..end.max(1)]
}

/// Wires steps, those that work on each token alone in one part with their neighbours.
pub fn wire(
    b: &mut Builder,
    steps: &[Step],
    mut x: Flow,
    to: &Target,
    within: &Within<'_>,
) -> Result<Flow, NotSuited> {
    let (mut first, input) = (0, x.width.clone());
    while first < steps.len() {
        let part = part(&steps[first..]);
        let (name, role) = match part {
            [one] => one.stage().part(),
            _ => ("projection", Role::Projection),
        };
        let name = format!("{name}_{}", within.number(first));
        x = b.scope((&*name, ""), role, |b| {
            part.iter().zip(first..).try_fold(x.clone(), |x, (step, at)| {
                let (module, number, place) = (at.to_string(), within.number(at), within.place(at));
                let at = At {
                    module: &module,
                    field: within.field.unwrap_or(FIELDS[at.min(FIELDS.len() - 1)]),
                    section: within.section,
                    number: Some(&number),
                    place: &place,
                    input: Some(&input),
                };
                step.stage().wire(b, x, to, &at)
            })
        })?;
        first += part.len();
    }
    Ok(x)
}
