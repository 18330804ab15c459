//! Markdown for a terminal: what the pages of `vlmcalc doc` are written in.
//!
//! Headings, paragraphs, lists, fenced code and tables. A comment that is a line of its own is left
//! out; there is no other HTML.

use super::super::document::{Column, Row, Table};
use super::{Paint, push_line, table, wrapped};

/// What code is indented by.
const CODE: &str = "    ";

/// A page as text, every line ended, none wider than `width` but for code.
pub fn page(markdown: &str, width: usize, color: bool) -> String {
    let paint = Paint { color };
    let mut out = String::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                push_line(&mut out, &format!("{CODE}{line}"));
            }
        } else if let Some(heading) = heading(line) {
            push_line(&mut out, &paint.heading(&inline(heading)));
        } else if is_comment(line) || (line.is_empty() && out.ends_with("\n\n")) {
            // What a comment stands between is one gap.
        } else if line.starts_with('|') && lines.peek().is_some_and(|next| next.starts_with("|--"))
        {
            let mut rows = vec![cells(line)];
            while let Some(next) = lines.next_if(|next| next.starts_with('|')) {
                rows.push(cells(next));
            }
            out.push_str(&table::print(&of_lines(&rows), Some(width), &Paint { color: false }));
        } else {
            let mut text = line.trim_end().to_owned();
            while let Some(next) = lines.next_if(|next| continues(&text, next)) {
                text.push(' ');
                text.push_str(next.trim());
            }
            for line in wrapped(&inline(&text), &" ".repeat(hang(&text)), Some(width)) {
                push_line(&mut out, &line);
            }
        }
    }
    out
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len()).then(|| text.strip_prefix(' ')).flatten()
}

fn is_comment(line: &str) -> bool {
    line.starts_with("<!--") && line.ends_with("-->")
}

/// The cells of a line of a table, without marks: in a table every cell is set apart anyway.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().replace("\\|", "\u{1}");
    let line = line.strip_prefix('|').unwrap_or(&line);
    let cells = line
        .strip_suffix('|')
        .unwrap_or(line)
        .split('|')
        .map(|cell| inline(cell.trim()).replace('`', ""));
    cells.map(|cell| cell.replace('\u{1}', "|")).collect()
}

/// A table of its lines: the names of the columns, where they stand, and the rows.
fn of_lines(lines: &[Vec<String>]) -> Table {
    let sides = lines.get(1).into_iter().flatten();
    let names = lines.first().into_iter().flatten().cloned();
    let columns = names.zip(sides).map(|(name, side)| match side.ends_with(':') {
        true => Column::numbers(name),
        false => Column::words(name).wrapping(),
    });
    let columns: Vec<Column> = columns.collect();
    // A row has as many cells as there are columns, whatever its line says.
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    let rows = lines.iter().skip(2);
    let rows = rows.map(|row| Row::Cells((0..columns.len()).map(|at| cell(row, at)).collect()));
    // It stands under the text of the page, which says what it is.
    Table { heading: "table".to_owned(), rows: rows.collect(), columns }
}

/// Whether a line belongs to the paragraph or item before it.
fn continues(before: &str, line: &str) -> bool {
    let starts = line.is_empty() || line.starts_with("```") || heading(line).is_some();
    let starts = starts || line.starts_with('|') || is_comment(line);
    !before.is_empty() && !starts && hang(line) == 0
}

/// The columns of an item's marker, under which its text goes on; 0 if the line is no item.
fn hang(line: &str) -> usize {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let is_numbered = digits > 0 && text[digits..].starts_with(". ");
    match text.starts_with("- ") {
        true => indent + 2,
        false if is_numbered => indent + digits + 2,
        false => 0,
    }
}

/// Links as their words, with the address if it leads to the web; no bold marks.
fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut left = text;
    while let Some(open) = left.find('[') {
        let link = left[open..].split_once("](").and_then(|(words, after)| {
            let (address, after) = after.split_once(')')?;
            (!words[1..].contains(['[', ']'])).then_some((&words[1..], address, after))
        });
        let Some((words, address, after)) = link else {
            out.push_str(&left[..=open]);
            left = &left[open + 1..];
            continue;
        };
        out.push_str(&left[..open]);
        out.push_str(words);
        if address.starts_with("http") {
            out.push_str(&format!(" ({address})"));
        }
        left = after;
    }
    out.push_str(left);
    // Every second part is code, which stays as it is.
    let parts = out.split('`').enumerate();
    let plain =
        parts.map(|(at, part)| if at % 2 == 0 { part.replace("**", "") } else { part.into() });
    plain.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_fit_the_width() {
        let text = "# A page\n\nSome words that\nbelong together, `[B, N]`.\n\n- one item\n  with \
                    more\n- two\n10. ten of many words\n\n```yaml\na: {b: 1}   # wide as it is\n```\n";
        let expected = "A page\n\nSome words that\nbelong together,\n`[B, N]`.\n\n- one item with\n  \
                        more\n- two\n10. ten of many\n    words\n\n    a: {b: 1}   # wide as it is\n";
        assert_eq!(page(text, 16, false), expected);
        assert!(page(text, 16, true).starts_with("\u{1b}[1mA page\u{1b}[0m\n"));
    }

    #[test]
    fn links_become_words() {
        assert_eq!(inline("see [the list](doc.md), [B, N]"), "see the list, [B, N]");
        assert_eq!(inline("**[site](https://a.b)**!"), "site (https://a.b)!");
        assert_eq!(inline("[a [b](c)"), "[a b");
        assert_eq!(inline("**a** `b/**` c"), "a `b/**` c");
    }

    #[test]
    fn tables_are_laid_out_and_comments_left_out() {
        let text = "a\n\n<!-- made -->\n\n| op | FLOPs |\n|---|---:|\n| `linear` \\| b | `2·N` |\n| c |\n\n\
                    <!-- end -->\nb\n";
        let expected =
            "a\n\n op           FLOPs\n─────────────────────\n linear | b     2·N\n c\n\nb\n";
        assert_eq!(page(text, 40, false), expected);
        assert_eq!(page("| a |\n", 40, false), "| a |\n");
    }

    #[test]
    fn a_fence_that_is_not_closed_is_code_to_the_end() {
        assert_eq!(page("```\n- x\n", 60, false), "    - x\n");
    }
}
