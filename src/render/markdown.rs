//! A document as GitHub-flavoured Markdown.

use super::document::{Align, Block, Document, Row, Table};
use super::{Format, Layout};
use crate::diag::sanitize;

/// Documents as Markdown.
pub const FORMAT: Format<Layout> = Format {
    name: "markdown",
    about: "GitHub-flavoured Markdown",
    printer: Layout { print: |document, _| print(document), is_fitted: false },
};

/// The document as Markdown, every line ended.
pub fn print(document: &Document) -> String {
    let mut out = format!("## {}\n\n{}\n", escape(&document.title), escape(&document.subtitle));
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Table(table) => out.push_str(&print_table(table)),
            Block::Notes { heading, lines } => {
                out.push_str(&format!("### {}\n\n", escape(heading)));
                for line in lines {
                    out.push_str(&format!("- {}\n", escape(line)));
                }
            }
            Block::Prose { heading, paragraphs } => {
                out.push_str(&format!("### {}\n", escape(heading)));
                for paragraph in paragraphs {
                    out.push_str(&format!("\n{}\n", escape(paragraph)));
                }
            }
            Block::Hint(_) => drop(out.pop()),
            Block::Warning(text) => out.push_str(&format!("> **{}**\n", escape(text))),
        }
    }
    out
}

fn print_table(table: &Table) -> String {
    let heading = match table.heading.as_str() {
        "" => String::new(),
        heading => format!("### {}\n\n", escape(heading)),
    };
    heading + &rows(table)
}

/// A table without its heading.
pub fn rows(table: &Table) -> String {
    let mut out = String::new();
    let names: Vec<String> = table.columns.iter().map(|column| escape(&column.name)).collect();
    out.push_str(&row(&names));
    let rule: Vec<String> = table
        .columns
        .iter()
        .map(|column| match column.align {
            Align::Left => "---".to_owned(),
            Align::Right => "---:".to_owned(),
        })
        .collect();
    out.push_str(&row(&rule));
    for cells in &table.rows {
        match cells {
            Row::Cells(cells) => {
                let cells: Vec<String> = cells.iter().map(|cell| indented(cell)).collect();
                out.push_str(&row(&cells));
            }
            Row::Line(words) if words.is_empty() => {}
            Row::Line(words) => {
                let mut cells = vec![String::new(); table.columns.len()];
                if let Some(first) = cells.first_mut() {
                    *first = format!("*{}*", escape(words));
                }
                out.push_str(&row(&cells));
            }
        }
    }
    out
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// A cell, with leading blanks that stay and line breaks that a table row can hold.
fn indented(cell: &str) -> String {
    let blanks = cell.len() - cell.trim_start_matches(' ').len();
    let lines: Vec<String> = cell.trim_start_matches(' ').split('\n').map(escape).collect();
    format!("{}{}", "&nbsp;".repeat(blanks), lines.join("<br>"))
}

/// Text that Markdown and HTML take as it is, and in which GitHub finds nobody to notify and
/// nothing to link to.
///
/// GitHub looks for `@name`, `#12` and addresses in the finished text, where backslashes are gone;
/// an invisible blank stops that.
pub fn escape(text: &str) -> String {
    const BLANK: &str = "&#8203;";
    let mut out = String::with_capacity(text.len());
    let safe = sanitize(text);
    let mut left = safe.chars().peekable();
    while let Some(c) = left.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' | '#' => out.extend(["\\", c.encode_utf8(&mut [0; 4]), BLANK]),
            ':' if left.peek() == Some(&'/') => out.extend([":", BLANK]),
            '.' if ends_with_www(&out) => out.extend([BLANK, "."]),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    text.len()
        .checked_sub(3)
        .and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out() {
        assert_eq!(escape("a|b *c* <img> @x"), "a\\|b \\*c\\* &lt;img&gt; \\@&#8203;x");
        assert_eq!(escape("[x](y)`z`"), "\\[x\\](y)\\`z\\`");
        assert_eq!(escape("https://a.b: www.c"), "https:&#8203;//a.b: www&#8203;.c");
        assert!(!escape("a\nb\u{1b}[31m").contains(['\n', '\u{1b}']));
    }
}
