//! What must hold of a spec's sizes, checked once they are known.

use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, EvalError, Symbols};

/// `divisor` must divide `dividend`.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// What is divided.
    pub dividend: Dim,
    /// By what.
    pub divisor: Dim,
    /// What they are, for the message, e.g. ("image height", "patch size").
    pub names: (&'static str, &'static str),
    /// The fields to blame: the one to point at first, then others.
    pub fields: [&'static str; 2],
    /// If the dividend counts patches: pixels of a patch, so that a hint can speak of image sizes.
    pub pixels: Option<Dim>,
    /// The field that holds the divisor's square, if the spec does not give the divisor itself.
    pub squared: Option<&'static str>,
    /// A way out other than another size, e.g. a field that allows a remainder.
    pub way_out: Option<&'static str>,
}

impl Constraint {
    /// The two numbers if they are known and the constraint does not hold.
    ///
    /// # Errors
    /// [`EvalError`] if one of them cannot be computed.
    pub fn broken(&self, symbols: &Symbols) -> Result<Option<(i128, i128)>, EvalError> {
        let dividend = symbols.eval(&self.dividend)?;
        let divisor = symbols.eval(&self.divisor)?;
        Ok(dividend.zip(divisor).filter(|(a, b)| *b == 0 || a % b != 0))
    }

    /// The message with sizes that would work; `pixels` is the value of [`Self::pixels`].
    pub fn diagnose(&self, dividend: i128, divisor: i128, pixels: Option<i128>) -> Diagnostic {
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
        if !divisors.is_empty() {
            let written = match self.squared {
                None => format!("{} as {by}", choice(divisors)),
                Some(field) => choice(divisors.iter().map(|n| format!("`{field}: {}`", n * n))),
            };
            help.push_str(&format!("; so would {written}"));
        }
        if let Some(way_out) = self.way_out {
            help.push_str(&format!("; {way_out}"));
        }
        Diagnostic::error(Code::NotDivisible, message)
            .note(format!(
                "{dividend} / {divisor} = {} rest {}",
                dividend.checked_div(divisor).unwrap_or_default(),
                dividend.checked_rem(divisor).unwrap_or_default()
            ))
            .help(help)
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
