//! The numbers of a plan that a baseline keeps.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::cost::Report;
use crate::cost::numbers::{Key, Said, each, keys};
use crate::diag::cut_to;
use crate::render::figure::{SYMBOLIC, Stated};
use crate::units::{Unit, exact_with_unit};

/// Characters of a formula that a message shows.
const SHOWN: usize = 80;

/// Numbers by their paths.
pub type Figures = BTreeMap<String, Figure>;

/// A number as a baseline has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    /// This many.
    Known(i128),
    /// Not known; its formula and the sizes in it.
    Formula(String),
    /// Not known.
    Unknown,
}

/// Where a number stands among those of its spec: part after part as in a plan. In each part they
/// stand by their letters.
pub fn order(path: &str) -> usize {
    let own = Key::at(path).map(part);
    let first = keys().position(|key| is_kept(key) && Some(part(key)) == own);
    first.unwrap_or(usize::MAX)
}

/// What the path of a number, or of a list of them, begins with.
fn part(key: &Key) -> &'static str {
    let path = key.path.trim_end_matches(".N");
    path.rsplit_once('.').map_or("", |(part, _)| part)
}

fn is_kept(key: &Key) -> bool {
    key.number.is_some_and(|number| number.kept)
}

/// The numbers of a plan.
pub fn figures(report: &Report) -> Figures {
    let mut figures = Figures::new();
    each(report, 0, &mut |path, said, number| {
        if let (Said::Number(value, form), Some(_)) = (said, number.filter(|number| number.kept)) {
            figures.insert(path.to_owned(), Stated::of(*value, form.as_ref()).into());
        }
    });
    figures
}

impl From<Stated> for Figure {
    fn from(number: Stated) -> Figure {
        match number {
            Stated::Known(value) => Figure::Known(value),
            Stated::Symbolic { .. } => Figure::Formula(number.text()),
        }
    }
}

impl Figure {
    /// The number, if it is known.
    pub fn value(&self) -> Option<i128> {
        match self {
            Figure::Known(value) => Some(*value),
            Figure::Formula(_) | Figure::Unknown => None,
        }
    }

    /// As people read it: `7,063,427,072`, `335,544,320 B`, `symbolic`, `not known`.
    pub fn shown(&self, unit: Unit) -> String {
        match self {
            Figure::Known(value) => exact_with_unit(*value, unit),
            Figure::Formula(formula) => format!("{SYMBOLIC}, {}", cut_to(SHOWN, formula)),
            Figure::Unknown => "not known".to_owned(),
        }
    }

    /// Two numbers as people read them. Of two formulas, where they begin to differ.
    pub fn both(old: &Figure, new: &Figure, unit: Unit) -> [String; 2] {
        let (Figure::Formula(a), Figure::Formula(b)) = (old, new) else {
            return [old, new].map(|figure| figure.shown(unit));
        };
        let alike = a.char_indices().zip(b.chars()).take_while(|((_, a), b)| a == b);
        let alike = alike.last().map_or(0, |((at, c), _)| at + c.len_utf8());
        // Back to where the size, or the term, begins.
        let start = a[..alike].rfind([',', '(', '+']).map_or(0, |at| at + 1);
        let before = if start > 0 { "… " } else { "" };
        [a, b].map(|text| {
            format!(
                "{SYMBOLIC}, {before}{}",
                cut_to(SHOWN, text[start..].trim_start().trim_end_matches(')'))
            )
        })
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Figure, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Figure;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a whole number, a formula in quotes, or null")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Figure, E> {
                Ok(Figure::Known(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Figure, E> {
                Ok(Figure::Known(value.into()))
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Figure, E> {
                Ok(Figure::Known(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Figure, E> {
                Ok(Figure::Formula(text.to_owned()))
            }

            fn visit_unit<E: Error>(self) -> Result<Figure, E> {
                Ok(Figure::Unknown)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
