//! The parts of a page that the code says.

use super::{bridges, fields, media, models, numbers, operations, plans, stages};

/// What stands before the name of a part.
pub const START: &str = "<!-- made by tests/book: ";
const NAME_END: &str = " -->\n";
const END: &str = "<!-- end -->";

/// What a part holds.
fn make(what: &str) -> String {
    let (name, rest) = what.split_once(' ').unwrap_or((what, ""));
    match name {
        "operation" => operations::part(rest),
        "stage" => stages::part(rest),
        "total" => stages::total(rest),
        "bridge" => bridges::part(rest),
        "processors" => media::processors(),
        "samplers" => media::samplers(),
        "models" => models::part(rest),
        "fields" => fields::part(rest),
        "numbers" => numbers::part(rest),
        "plans" => plans::part(rest),
        "causal" => plans::causal(rest),
        "codes" => numbers::codes(),
        _ => panic!("no part is called `{name}`"),
    }
}

/// The page with its parts made anew, and what stands between them changed by `between`.
pub fn with_parts(page: &str, between: impl Fn(&str) -> String) -> String {
    let mut fresh = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(START) {
        let (what, after) = after.split_once(NAME_END).unwrap();
        let (_, after) = after.split_once(END).unwrap_or_else(|| panic!("`{what}` has no end"));
        let made = make(what);
        fresh += &format!("{}{START}{what}{NAME_END}\n{}\n\n{END}", between(before), made.trim());
        rest = after;
    }
    fresh + &between(rest)
}
