//! Markdown as the pages have it.

use std::fmt::Display;

/// A table; columns whose name ends in `:` hold numbers.
pub fn table<const N: usize>(
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    rows_of(&columns, rows.into_iter().map(Vec::from))
}

/// A table with any number of columns.
pub fn rows_of(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let names: Vec<&str> = columns.iter().map(|name| name.trim_end_matches(':')).collect();
    let sides = columns.iter().map(|name| if name.ends_with(':') { "---:" } else { "---" });
    let mut text =
        format!("| {} |\n|{}|\n", names.join(" | "), sides.collect::<Vec<_>>().join("|"));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

/// A name or formula.
pub fn code(text: impl Display) -> String {
    format!("`{text}`")
}

/// Names in one line.
pub fn codes<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// Items of a list.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().map(|item| format!("- {item}\n")).collect()
}

/// A text with every sentence in a line of its own.
pub fn sentences(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        let is_end = out.ends_with(". ")
            && chars.peek().is_some_and(|next| next.is_uppercase() || *next == '`');
        if is_end {
            out.pop();
            out.push('\n');
        }
    }
    out
}
