//! The two sides of a pair, read and planned.

use super::pairs::{Entry, Input, Pair};
use super::run::Options;
use super::saved::Saved;
use super::side::Side;
use crate::check::Checked;
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
    /// A head that has no base.
    Head(Side),
    /// A side that cannot be read, and perhaps the other one.
    Unread(Option<Side>),
}

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
    /// Reads and plans both sides. What cannot be used is put down.
    pub fn read(pair: Pair, options: &Options, unread: &mut Vec<Checked>) -> Sides {
        let is_one_sided = pair.base.is_none() || pair.head.is_none();
        let mut kept =
            |opened: Result<Opened, Checked>| opened.map_err(|fault| unread.push(fault)).ok();
        let base = pair.base.and_then(|entry| kept(open(entry)));
        let head = pair.head.and_then(|entry| kept(open(entry)));
        let setting = Setting::of([&base, &head], options);
        let is_same = matches!((&base, &head), (Some(base), Some(head)) if base.is_same(head));
        let mut side =
            |opened: Option<Opened>| opened?.plan(setting).map_err(|fault| unread.push(fault)).ok();
        let head = side(head);
        if is_same && let Some(head) = head {
            return Sides::Same(head);
        }
        match (side(base), head) {
            (Some(base), Some(head)) => Sides::Both(base, head),
            (Some(base), None) if is_one_sided => Sides::Base(base),
            (None, Some(head)) if is_one_sided => Sides::Head(head),
            (base, head) => Sides::Unread(base.or(head)),
        }
    }

    /// Every side that there is, the base first.
    pub fn all(&self) -> impl Iterator<Item = &Side> {
        let (first, second) = match self {
            Sides::Both(base, head) => (Some(base), Some(head)),
            Sides::Same(side) | Sides::Base(side) | Sides::Head(side) => (Some(side), None),
            Sides::Unread(side) => (side.as_ref(), None),
        };
        first.into_iter().chain(second)
    }
}

impl Setting {
    /// What the options ask for; beside a saved plan, what that has.
    fn of(sides: [&Option<Opened>; 2], options: &Options) -> Setting {
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
fn open(Entry { label, input }: Entry) -> Result<Opened, Checked> {
    let none = Overrides::default();
    let loaded = match input {
        Input::Saved(plan) => return Ok(Opened::Saved(label, Saved::new(*plan))),
        Input::File(file) => spec::load(&file, &none),
        Input::Text(source, file) => spec::load_text(source, &file, &none),
    };
    match loaded {
        Ok(loaded) => Ok(Opened::Spec(label, loaded.into())),
        Err(failure) => Err(Checked::unread(&label, failure)),
    }
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
