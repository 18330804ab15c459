//! Matrices as people type them: `2,1,0,3`, `1,0,2;2,1,-1`, `[[1, 0], [2, 1]]`.

use super::decimal::Decimal;
use crate::diag::{Code, Diagnostic, SourceId, Span, quote};
use crate::units::counted;

/// More rows or columns than this are no toy.
const MOST: usize = 64;

/// Rows of numbers, all equally long, and where they stand.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The rows; one at least, none of them empty.
    pub rows: Vec<Vec<Decimal>>,
    /// The place of the text.
    pub span: Span,
}

impl Matrix {
    /// Numbers in a row.
    pub fn columns(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// `[4 × 3]`.
    pub fn size(&self) -> String {
        format!("[{} × {}]", self.rows.len(), self.columns())
    }
}

/// Reads the matrix that stands in a text from byte `base` on.
///
/// # Errors
/// What is no number, rows of different lengths, or too many numbers.
pub fn matrix(text: &str, id: SourceId, base: usize) -> Result<Matrix, Diagnostic> {
    let span = Span::new(id, base, base + text.len());
    let mut rows: Vec<Vec<Decimal>> = Vec::new();
    for (at, row) in rows_of(text) {
        let numbers = row_of(row, id, base + at)?;
        if let Some(first) = rows.first().filter(|first| first.len() != numbers.len()) {
            let message = format!(
                "row {} has {}, the first row {}",
                rows.len() + 1,
                counted(numbers.len() as i128, "number"),
                first.len()
            );
            let place = Span::new(id, base + at, base + at + row.len());
            return Err(Diagnostic::error(Code::Mismatch, message)
                .at(place, "")
                .help("all rows of a matrix are equally long"));
        }
        rows.push(numbers);
    }
    let matrix = Matrix { rows, span };
    if matrix.rows.len() > MOST || matrix.columns() > MOST {
        let message = format!("a matrix of {} is too large for a toy", matrix.size());
        return Err(Diagnostic::error(Code::TooLarge, message)
            .at(span, "")
            .help(format!("write at most {MOST} rows and {MOST} columns")));
    }
    Ok(matrix)
}

/// The rows with their places: `a;b`, `[a],[b]` or `[[a],[b]]`.
fn rows_of(text: &str) -> Vec<(usize, &str)> {
    let (start, inner) = unbracketed(text);
    if !inner.contains('[') {
        return pieces(inner, ';').map(|(at, row)| (start + at, row)).collect();
    }
    // A comma or semicolon after a closing bracket ends a row.
    let mut rows = Vec::new();
    let mut from = 0;
    for (at, _) in inner.match_indices(']') {
        let lead = inner[from..].len() - inner[from..].trim_start_matches([',', ';', ' ']).len();
        let row = &inner[from + lead..=at];
        let (skipped, bare) = unbracketed(row);
        rows.push((start + from + lead + skipped, bare));
        from = at + 1;
    }
    let last = inner[from..].trim();
    if !last.is_empty() {
        rows.push((start + inner.len() - inner[from..].trim_start().len(), last));
    }
    rows
}

/// The text between a pair of brackets around all of it, with its place. `[a],[b]` has none.
fn unbracketed(text: &str) -> (usize, &str) {
    let lead = text.len() - text.trim_start().len();
    let bare = text.trim();
    let inner = bare.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    match inner {
        Some(inner) if encloses(inner) => (lead + 1, inner),
        _ => (lead, bare),
    }
}

/// Whether brackets inside close no more than they open, read from the left.
fn encloses(inner: &str) -> bool {
    let mut open = 0i32;
    inner.chars().all(|c| {
        open += i32::from(c == '[') - i32::from(c == ']');
        open >= 0
    })
}

fn row_of(row: &str, id: SourceId, base: usize) -> Result<Vec<Decimal>, Diagnostic> {
    let mut numbers = Vec::new();
    for (at, piece) in pieces(row, ',') {
        let lead = piece.len() - piece.trim_start().len();
        let word = piece.trim();
        let number = Decimal::parse(word).ok_or_else(|| {
            let place = Span::new(id, base + at + lead, base + at + lead + word.len());
            let message = match word {
                "" => "a number is missing".to_owned(),
                word => format!("{} is not a decimal number", quote(word)),
            };
            Diagnostic::error(Code::BadValue, message).at(place, "").help(
                "write numbers with commas between them and rows with semicolons: `1,0.5;-2,3`",
            )
        })?;
        numbers.push(number);
    }
    Ok(numbers)
}

/// The pieces between separators, with their places.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = (usize, &str)> {
    text.split(separator).scan(0, |next, piece| {
        let at = *next;
        *next += piece.len() + 1;
        Some((at, piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Source, Sources};

    fn read(text: &str) -> Result<Vec<Vec<String>>, (String, String)> {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("toy", text));
        match matrix(text, id, 0) {
            Ok(found) => {
                let row = |row: &Vec<Decimal>| row.iter().map(ToString::to_string).collect();
                Ok(found.rows.iter().map(row).collect())
            }
            Err(d) => {
                let place = d.primary.unwrap().span.text(&sources).to_owned();
                Err((d.message, place))
            }
        }
    }

    #[test]
    fn every_way_to_write_a_matrix() {
        let both = Ok(vec![vec!["1".to_owned(), "−0.5".into()], vec!["2".into(), "3".into()]]);
        for text in [
            "1,-0.5;2,3",
            "[1,−0.5;2,3]",
            "[[1, -0.5], [2, 3]]",
            "[1,-.5],[2,3]",
            " [[1,-0.50];[2,3]] ",
            "[ [1,-0.5] , [2,3] ]",
        ] {
            assert_eq!(read(text), both, "{text}");
        }
        assert_eq!(read("[2]"), Ok(vec![vec!["2".to_owned()]]));
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let fault = |text: &str| read(text).unwrap_err();
        assert_eq!(fault("1,x;2,3"), ("`x` is not a decimal number".into(), "x".into()));
        assert_eq!(fault("[[1,2],[3,y z]]").1, "y z");
        assert_eq!(fault("1,,2").0, "a number is missing");
        assert_eq!(fault("").0, "a number is missing");
        assert_eq!(fault("[]").0, "a number is missing");
        assert_eq!(
            fault("[[1,2],[3]]"),
            ("row 2 has 1 number, the first row 2".into(), "3".into())
        );
        for text in ["[[1,2],[3,4]", "[1,2]]", "]1,2[", "[[1,2] 3]", "1e3", "[[1],[2]],3]"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(fault("1;".repeat(99).trim_end_matches(';')).0.contains("too large for a toy"));
    }
}
