//! A number that changed, as a row of a problem.

use crate::cost::numbers::unit;
use crate::units::{brief, change, exact};

/// The name of a number, what it was, what it is, and by how much it changed: in percent, or where
/// three digits are the same on both sides, exactly.
pub fn change_row(path: &str, old: i128, new: i128) -> [String; 4] {
    let unit = unit(path);
    let [was, is] = [brief(old, unit), brief(new, unit)];
    let by = match was == is {
        true => difference(old, new),
        false => change(old, new).or_else(|| difference(old, new)),
    };
    [path.to_owned(), was, is, by.unwrap_or_default()]
}

/// `+8,192`.
fn difference(old: i128, new: i128) -> Option<String> {
    let sign = if new > old { "+" } else { "" };
    Some(format!("{sign}{}", exact(new.checked_sub(old)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_short_and_say_what_changed() {
        let row = |path, old, new| change_row(path, old, new).join(" | ");
        assert_eq!(row("tokens.visual", 576, 1024), "tokens.visual | 576 | 1,024 | +77.8 %");
        assert_eq!(row("tokens.text", 0, 64), "tokens.text | 0 | 64 | +64");
        assert_eq!(
            row("params.total", 7_046_118_400, 7_046_126_592),
            "params.total | 7.05 B | 7.05 B | +8,192"
        );
        assert_eq!(
            row("memory.weight_bytes", 2 << 30, 1 << 30),
            "memory.weight_bytes | 2.00 GiB | 1.00 GiB | −50.0 %"
        );
    }
}
