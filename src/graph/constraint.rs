//! What must hold of a design's sizes, checked once they are known.

use crate::diag::{Code, Diagnostic};
use crate::dim::{Condition, Dim, Field, Relation, Symbols};

/// A rule about two sizes.
#[derive(Clone, Debug)]
pub enum Constraint {
    /// One is a multiple of the other.
    Multiple(Multiple),
    /// One is at most the other.
    AtMost(AtMost),
    /// Both are the same number.
    Same(Same),
    /// What was wired by the value of a size that varies is right where it is chosen again.
    Chosen(Chosen),
}

/// A constraint that does not hold.
pub struct Broken {
    /// The field to point at.
    pub field: Field,
    /// What is wrong, and what would do.
    pub problem: Diagnostic,
    /// The two sizes and another field that is concerned: where these are the same, two constraints
    /// are broken for one reason, as height and width of a square are.
    pub reason: (i128, i128, Field),
}

impl Constraint {
    /// Whether and how it does not hold; nothing if the sizes are not known. What cannot be
    /// evaluated is reported where its number is needed.
    pub fn broken(&self, symbols: &Symbols) -> Option<Broken> {
        let value = |dim: &Dim| symbols.eval(dim).ok().flatten();
        match self {
            Constraint::Multiple(rule) => {
                let (dividend, divisor) = (value(&rule.dividend)?, value(&rule.divisor)?);
                if divisor != 0 && dividend % divisor == 0 {
                    return None;
                }
                let pixels = rule.pixels.as_ref().and_then(value);
                let problem = rule.diagnose(dividend, divisor, pixels);
                let [field, other] = rule.fields.clone();
                Some(Broken { field, problem, reason: (dividend, divisor, other) })
            }
            Constraint::AtMost(rule) => {
                let (needed, most) = (value(&rule.needed)?, value(&rule.most)?);
                let broken = || Broken {
                    field: rule.field.clone(),
                    problem: rule.diagnose(needed, most),
                    reason: (needed, most, rule.field.clone()),
                };
                (needed > most).then(broken)
            }
            Constraint::Same(rule) => {
                let (made, reserved) = (value(&rule.made)?, value(&rule.reserved)?);
                let broken = || Broken {
                    field: rule.field.clone(),
                    problem: rule.diagnose(made, reserved),
                    reason: (made, reserved, rule.field.clone()),
                };
                (made != reserved).then(broken)
            }
            Constraint::Chosen(_) => None,
        }
    }

    /// What must hold, without its words.
    pub fn condition(&self) -> Condition<'_> {
        let (left, relation, right) = match self {
            Constraint::Multiple(rule) => (&rule.dividend, Relation::IsMultiple, &rule.divisor),
            Constraint::AtMost(rule) => (&rule.needed, Relation::IsAtMost, &rule.most),
            Constraint::Same(rule) => (&rule.made, Relation::Equals, &rule.reserved),
            Constraint::Chosen(Chosen { size, value, is: true }) => (size, Relation::Equals, value),
            Constraint::Chosen(Chosen { size, value, is: false }) => {
                (size, Relation::Differs, value)
            }
        };
        Condition { left, relation, right }
    }
}

/// A size that must be a multiple of another.
#[derive(Clone, Debug)]
pub struct Multiple {
    /// What is divided.
    pub dividend: Dim,
    /// By what. A plain number has no others that would do in its place.
    pub divisor: Dim,
    /// What they are, for the message, e.g. ("image height", "patch size").
    pub names: (&'static str, &'static str),
    /// The fields to blame: the one to point at first, then others.
    pub fields: [Field; 2],
    /// If the dividend counts patches: pixels of a patch, so that a hint can speak of image sizes.
    pub pixels: Option<Dim>,
    /// The field that holds the divisor's square, if the spec does not give the divisor itself.
    pub squared: Option<&'static str>,
    /// A way out other than another size, e.g. a field that allows a remainder.
    pub way_out: Option<&'static str>,
}

impl From<Multiple> for Constraint {
    fn from(rule: Multiple) -> Constraint {
        Constraint::Multiple(rule)
    }
}

impl Multiple {
    /// The message with sizes that would work; `pixels` is the value of [`Self::pixels`].
    fn diagnose(&self, dividend: i128, divisor: i128, pixels: Option<i128>) -> Diagnostic {
        let (what, by) = self.names;
        let message = format!("the {what} ({dividend}) is not a multiple of the {by} ({divisor})");
        let multiples = choice(near_multiples(dividend, divisor));
        let mut help = match pixels {
            None => format!("{multiples} would do as {what}"),
            Some(pixels) => {
                let sides = near_multiples(dividend, divisor).map(|n| n * pixels);
                format!("an image side of {} gives {multiples}, which would do", choice(sides))
            }
        };
        let divisors = near_divisors(dividend, divisor);
        if !divisors.is_empty() && self.divisor.symbols().next().is_some() {
            let written = match self.squared {
                None => format!("{} as {by}", choice(divisors)),
                Some(field) => choice(divisors.iter().map(|n| format!("`{field}: {}`", n * n))),
            };
            help.push_str(&format!("; so would {written}"));
        }
        if self.fields.iter().any(|field| field.starts_with("image.")) {
            help = format!("`image` is the size after the processor's resizing; {help}");
        }
        if let Some(way_out) = self.way_out {
            help.push_str(&format!("; {way_out}"));
        }
        Diagnostic::error(Code::NotDivisible, message)
            .note(format!(
                "{dividend} / {divisor} = {} remainder {}",
                dividend.checked_div(divisor).unwrap_or_default(),
                dividend.checked_rem(divisor).unwrap_or_default()
            ))
            .help(help)
    }
}

/// A size that another bounds.
#[derive(Clone, Debug)]
pub struct AtMost {
    /// What is needed.
    pub needed: Dim,
    /// What there is.
    pub most: Dim,
    /// What they are, for the message, e.g. ("tokens of a prompt", "rows of its table").
    pub names: (&'static str, &'static str),
    /// The field to point at.
    pub field: Field,
    /// Why there is no way around it.
    pub why: &'static str,
}

impl From<AtMost> for Constraint {
    fn from(rule: AtMost) -> Constraint {
        Constraint::AtMost(rule)
    }
}

impl AtMost {
    /// The message with sizes that would work.
    fn diagnose(&self, needed: i128, most: i128) -> Diagnostic {
        let (what, of) = self.names;
        let message = format!("the {what} ({needed}) are more than the {of} ({most})");
        let help = format!("{needed} {of} would do, or {most} {what}: {}", self.why);
        Diagnostic::error(Code::OutOfRange, message).help(help)
    }
}

/// A size that is said in two places.
#[derive(Clone, Debug)]
pub struct Same {
    /// What the stages make.
    pub made: Dim,
    /// What is expected of them.
    pub reserved: Dim,
    /// What they are, for the message.
    pub names: (&'static str, &'static str),
    /// The field to point at.
    pub field: Field,
    /// What would do.
    pub help: &'static str,
}

impl From<Same> for Constraint {
    fn from(rule: Same) -> Constraint {
        Constraint::Same(rule)
    }
}

impl Same {
    fn diagnose(&self, made: i128, reserved: i128) -> Diagnostic {
        let (what, expected) = self.names;
        let message = format!("the {what} are {made}, but the {expected} are {reserved}");
        Diagnostic::error(Code::Mismatch, message).help(self.help)
    }
}

/// A choice of what to wire by the value of a size.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The size.
    pub size: Dim,
    /// The value that it was compared with.
    pub value: Dim,
    /// Whether it has that value.
    pub is: bool,
}

impl From<Chosen> for Constraint {
    fn from(choice: Chosen) -> Constraint {
        Constraint::Chosen(choice)
    }
}

/// The multiples of `divisor` just below and above `n`, without zero.
fn near_multiples(n: i128, divisor: i128) -> impl Iterator<Item = i128> {
    let below = n.checked_div(divisor).unwrap_or_default() * divisor;
    [below, below + divisor].into_iter().filter(|multiple| *multiple > 0)
}

/// The divisors of `n` nearest to `wanted`, one on each side, 1 excluded.
fn near_divisors(n: i128, wanted: i128) -> Vec<i128> {
    // A size worth hinting at is small; a search over more would only take time.
    let reach = wanted.min(4096);
    let divides = |d: &i128| *d > 1 && n % *d == 0;
    let below = (wanted - reach..wanted).rev().find(divides);
    let above = (wanted + 1..=wanted + reach).find(divides);
    below.into_iter().chain(above).collect()
}

/// `14`, or `14 or 16`.
fn choice(options: impl IntoIterator<Item = impl ToString>) -> String {
    let options: Vec<String> = options.into_iter().map(|option| option.to_string()).collect();
    options.join(" or ")
}
