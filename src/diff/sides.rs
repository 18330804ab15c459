//! The two sides of a pair, read and planned.

use super::pairs::{Entry, Input, Pair};
use super::run::Options;
use super::saved::Saved;
use super::side::Side;
use crate::check::Checked;
use crate::diag::{Code, Diagnostic, Sources, quote};
use crate::planned::Planned;
use crate::spec::{self, Failure, Loaded, Overrides};
use crate::stages::decoder::Logits;

/// What there is of a pair.
#[expect(clippy::large_enum_variant, reason = "a pair is compared and dropped")]
pub enum Sides {
    /// A base and a head.
    Both(Side, Side),
    /// A head, of which the base has the same design: one program plans it in one way.
    Same(Side),
    /// A base that has no head.
    Base(Side),
    /// A head that has no base, or one that cannot be used.
    Head(Side, Option<Checked>),
    /// A base that has no head and cannot be used.
    Gone(Checked),
    /// A side that cannot be used, and perhaps the other one.
    Unread(Option<Side>),
}

/// The most faults of a base that are named.
const MOST_FAULTS: usize = 5;

/// How plans are made now.
#[derive(Clone, Copy)]
struct Setting {
    logits: Logits,
    depth: usize,
}

/// An entry that was read and is no plan yet.
enum Opened {
    Spec(String, Box<Loaded>),
    Saved(String, Saved),
}

impl Sides {
    /// Reads and plans both sides. What fails the comparison is put down as unread.
    pub fn read(pair: Pair, options: &Options, unread: &mut Vec<Checked>) -> Sides {
        let [of_base, of_head] = &options.overrides;
        let is_base_named = pair.base.as_ref().is_some_and(|base| base.is_named);
        let base = pair.base.map(|entry| open(entry, of_base));
        let head = pair.head.map(|entry| open(entry, of_head));
        let opened = [&base, &head].map(|side| side.as_ref().and_then(|side| side.as_ref().ok()));
        let setting = Setting::of(opened, options);
        let is_same = matches!(opened, [Some(base), Some(head)] if base.is_same(head));
        let plan = |side: Option<Result<Opened, Checked>>| {
            side.map(|opened| opened.and_then(|opened| opened.plan(setting)))
        };
        let head = plan(head);
        if is_same && let Some(Ok(head)) = head {
            return Sides::Same(head);
        }
        match (plan(base), head) {
            (Some(Ok(base)), Some(Ok(head))) => Sides::Both(base, head),
            (Some(Ok(base)), None) => Sides::Base(base),
            (None, Some(Ok(head))) => Sides::Head(head, None),
            // Whoever names a base by itself asks for it.
            (Some(Err(base)), head) if is_base_named => {
                unread.push(base);
                let head = head.and_then(|head| head.map_err(|head| unread.push(head)).ok());
                Sides::Unread(head)
            }
            (Some(Err(base)), Some(Ok(head))) => Sides::Head(head, Some(base)),
            (Some(Err(base)), None) => Sides::Gone(base),
            (base, Some(Err(head))) => {
                unread.push(head);
                Sides::Unread(base.and_then(Result::ok))
            }
            (None, None) => Sides::Unread(None),
        }
    }

    /// Every side that there is, the base first.
    pub fn all(&self) -> impl Iterator<Item = &Side> {
        let (first, second) = match self {
            Sides::Both(base, head) => (Some(base), Some(head)),
            Sides::Same(side) | Sides::Base(side) | Sides::Head(side, _) => (Some(side), None),
            Sides::Gone(_) => (None, None),
            Sides::Unread(side) => (side.as_ref(), None),
        };
        first.into_iter().chain(second)
    }
}

impl Setting {
    /// What the options ask for; beside a saved plan, what that has.
    fn of(sides: [Option<&Opened>; 2], options: &Options) -> Setting {
        let saved = sides.into_iter().flatten().find_map(|opened| match opened {
            Opened::Saved(_, saved) => Some(saved),
            Opened::Spec(..) => None,
        });
        match saved {
            None => Setting { logits: options.logits, depth: options.depth },
            Some(saved) => Setting {
                logits: if saved.logits() == "last" { Logits::Last } else { Logits::All },
                depth: options.depth.min(saved.depth()),
            },
        }
    }
}

/// Reads what one side is made of.
fn open(Entry { label, input, .. }: Entry, overrides: &Overrides) -> Result<Opened, Checked> {
    let loaded = match input {
        Input::Saved(plan) => return Ok(Opened::Saved(label, Saved::new(*plan))),
        Input::File(file) => spec::load(&file, overrides),
        Input::Text(source, file) => spec::load_text(source, &file, overrides),
        Input::Unusable(diagnostics) => Err(Failure { diagnostics, sources: Sources::default() }),
    };
    match loaded {
        Ok(loaded) => Ok(Opened::Spec(label, loaded.into())),
        Err(failure) => Err(Checked::unread(&label, failure)),
    }
}

/// The warning that a base cannot be used: a change that mends it is no worse than a new spec.
pub fn no_base(base: &Checked, file: &str) -> Diagnostic {
    let code = base.faults.first().map_or(Code::BadValue, |fault| fault.code);
    let message = format!("nothing to compare with: the base {} cannot be used", quote(&base.file));
    let faults = base.faults.iter().take(MOST_FAULTS);
    let notes = faults.map(|fault| fault.message.clone()).collect();
    Diagnostic { notes, ..Diagnostic::warning(code, message).from_file(file) }
}

impl Opened {
    /// Whether both are specs of one design, whatever their names.
    fn is_same(&self, other: &Opened) -> bool {
        let design = |loaded: &Loaded| loaded.spec.design().0;
        match (self, other) {
            (Opened::Spec(_, a), Opened::Spec(_, b)) => design(a) == design(b),
            _ => false,
        }
    }

    fn plan(self, Setting { logits, depth }: Setting) -> Result<Side, Checked> {
        match self {
            Opened::Saved(label, saved) => Ok(Side::saved(label, saved)),
            Opened::Spec(label, loaded) => Planned::of(*loaded, logits)
                .map_err(|failure: Failure| Checked::unread(&label, failure))
                .map(|planned| Side::planned(label.clone(), planned, depth)),
        }
    }
}
