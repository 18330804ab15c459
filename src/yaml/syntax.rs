//! Errors of YAML's syntax in plain words.

use crate::diag::{Code, Diagnostic, Span, quote};
use serde_yaml::granit_parser::{ErrorKind as Kind, ScanError};

/// The diagnostic of a parser error; `span` makes a place of two offsets into `text`.
pub(super) fn explain(
    error: &ScanError,
    text: &str,
    span: impl Fn(usize, usize) -> Span,
) -> Diagnostic {
    let reported = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let words = words(error.kind(), text, reported);
    let at = words.at.unwrap_or(reported);
    let width = text[at..].chars().next().filter(|&c| c != '\n').map_or(0, char::len_utf8);
    Diagnostic::error(words.code, words.message)
        .at(span(at, at + words.length.unwrap_or(width)), "")
        .help(words.help)
}

struct Words {
    code: Code,
    message: String,
    help: String,
    /// A better place than the parser's.
    at: Option<usize>,
    length: Option<usize>,
}

impl Words {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Words {
            code: Code::BadYaml,
            message: message.into(),
            help: help.into(),
            at: None,
            length: None,
        }
    }

    fn at(self, at: usize, length: usize) -> Self {
        Words { at: Some(at), length: Some(length), ..self }
    }
}

fn words(kind: &Kind, text: &str, at: usize) -> Words {
    match kind {
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabInIndentation
        | Kind::TabInPlainScalar
        | Kind::TabAtBlockScalarStart => {
            let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let indented = text[line..at].trim_start().is_empty();
            let from = if indented { line } else { at };
            let tab = text[from..].find('\t').map_or(at, |tab| from + tab);
            Words::new("a tab is used for indentation", "indent with spaces; YAML has no tabs")
                .at(tab, usize::from(tab < text.len()))
        }
        Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar => {
            let mark = text[at..].chars().next().filter(|c| "'\"".contains(*c)).unwrap_or('"');
            Words::new("a quoted text is never closed", format!("add the closing `{mark}`"))
        }
        Kind::UnclosedFlowCollection { open } => {
            let close = if *open == '[' { ']' } else { '}' };
            Words::new(format!("`{open}` is never closed"), format!("add the closing `{close}`"))
        }
        Kind::MismatchedFlowCollectionEnd { open, close } => {
            let right = if *open == '[' { ']' } else { '}' };
            let help = format!("close it with `{right}`");
            Words::new(format!("`{open}` is closed by `{close}`"), help)
        }
        Kind::MisplacedFlowCollectionEnd => {
            Words::new("a closing bracket without an opening one", "remove it, or open it before")
        }
        Kind::MappingValueNotAllowed => colon(text, at),
        Kind::InvalidColonPlacement | Kind::FlowMappingValueAdjacentCollection => Words::new(
            "a `:` is not allowed here",
            "close the `[` or `{` that was opened before, or put the text in quotes",
        ),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => {
            let line = text[at..].lines().next().unwrap_or("").trim_end();
            let message = format!("{} is not followed by `:`", quote(line));
            Words::new(message, "write `key: value`").at(at, line.len())
        }
        Kind::ExpectedBlockMappingKey | Kind::InvalidIndentation | Kind::MappingKeyNotAllowed => {
            Words::new("a key was expected here", "line up the keys of a section in one column")
        }
        Kind::ExpectedBlockSequenceEntry
        | Kind::BlockSequenceEntryNotAllowed
        | Kind::BlockEntryInFlowCollection => Words::new(
            "a list (`- item`) and a map (`key: value`) are mixed",
            "use either at one level, and indent the other below it",
        ),
        Kind::ExpectedFlowMappingSeparator => {
            Words::new("expected `,` or `}` here", "separate the keys in `{…}` by `, `")
        }
        Kind::ExpectedFlowSequenceSeparator => {
            Words::new("expected `,` or `]` here", "separate the items in `[…]` by `, `")
        }
        Kind::UnknownAnchor => {
            let end = text[at..].find(|c: char| c.is_whitespace() || ",]}".contains(c));
            let name = &text[at..end.map_or(text.len(), |end| at + end)];
            let anchor = quote(&name.replacen('*', "&", 1));
            let message = format!("{} refers to nothing", quote(name));
            Words::new(message, format!("define {anchor} above, or put the text in quotes"))
                .at(at, name.len())
        }
        Kind::UnexpectedCharacter { character } if character.is_control() => Words::new(
            format!("the control character U+{:04X} is in the text", u32::from(*character)),
            "remove it; a spec is plain text",
        ),
        Kind::UnexpectedCharacter { character } => {
            let message = format!("a value cannot start with `{character}`");
            Words::new(message, "put the text in quotes")
        }
        Kind::RecursionLimitExceeded => Words {
            code: Code::TooComplex,
            ..Words::new(
                format!("the spec is too complex: nested deeper than {} levels", super::MAX_DEPTH),
                "a spec has few levels; is this the right file?",
            )
        },
        Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidUnicodeEscape => {
            Words::new("an unknown `\\` escape in double quotes", "use single quotes, or `\\\\`")
        }
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            Words::new("text after the closing quote", "put all of the value inside the quotes")
        }
        Kind::CommentNotSeparated => {
            Words::new("a comment needs a blank before `#`", "write ` #`, or quote the text")
        }
        Kind::InvalidBlockScalarHeader => Words::new(
            "`>` and `|` begin a text of several lines in YAML",
            "a limit is written `{min: 257}` or `{max: 256}`; put other text in quotes",
        ),
        Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::UnexpectedEofBlockSequence
        | Kind::UnexpectedEofBlockMapping
        | Kind::UnexpectedEof => Words::new("the text ends too early", "is the file complete?"),
        _ => Words::new(
            "this is not valid YAML",
            "check the quotes, brackets and indentation here and in the line above",
        ),
    }
}

/// A `:` where none may be: a blank missing after another one, two in a line, or indentation.
fn colon(text: &str, at: usize) -> Words {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    // The text of the value that the `:` ended up in began in this line or in one above.
    let mut end = line_start;
    while let Some(above) = text[..end].strip_suffix('\n') {
        let start = above.rfind('\n').map_or(0, |newline| newline + 1);
        let line = above[start..].trim();
        if !line.is_empty() && !line.starts_with('#') {
            let from = start + above[start..].find(line).unwrap_or(0);
            if let Some((key, value)) = line.split_once(':').filter(|(key, value)| {
                let word = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
                word && value.starts_with(|c: char| !c.is_whitespace() && c != '/')
            }) {
                let help = format!("write {}", quote(&format!("{key}: {value}")));
                return Words::new("no blank after the colon", help).at(from, line.len());
            }
            break;
        }
        end = start;
    }
    if text[line_start..at].contains(": ") {
        return Words::new(
            "a second `:` in one line",
            "start the inner map on a new line or write `{key: value}`; text with `: ` needs quotes",
        );
    }
    Words::new(
        "a key is not allowed here",
        "line up the keys of a section in one column; a key with a value has no keys below it",
    )
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::diag::{Code, Source, Sources};

    #[track_caller]
    fn check(text: &str, place: (usize, usize), message: &str, help: &str) {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("f", text));
        let found = parse(&sources, id).unwrap_err();
        let d = &found[0];
        assert_eq!((found.len(), d.code), (1, Code::BadYaml), "{found:?}");
        assert_eq!(d.line_column(&sources), Some(place), "{d:?}");
        assert!(d.message.contains(message), "{d:?}");
        assert!(d.help.as_ref().unwrap().contains(help), "{d:?}");
    }

    #[test]
    fn each_error_has_its_place_and_words() {
        check("a:\n\tb: 1\n", (2, 1), "a tab is used", "spaces");
        check("a:\tb\n\tc: 1\n", (2, 1), "a tab is used", "spaces");
        check("a: 'x\nb: 1\n", (1, 4), "never closed", "closing `'`");
        check("a: \"x", (1, 4), "never closed", "closing `\"`");
        check("a: {b: 1\n", (1, 4), "`{` is never closed", "`}`");
        check("a: {b: 1]\n", (1, 4), "`{` is closed by `]`", "`}`");
        check("a: 1\n}\n", (2, 1), "without an opening", "remove");
        check("a: [1, 2\nb: 3\n", (2, 2), "`:` is not allowed", "`[`");
        check("a: 1\nb\n", (2, 1), "`b` is not followed by `:`", "key: value");
        check("- a\nb: 1\n", (2, 1), "are mixed", "either");
        check("a: *zz\n", (1, 4), "`*zz` refers to nothing", "`&zz`");
        check("a: @x\n", (1, 4), "start with `@`", "quotes");
        check("a: b\0c\n", (1, 5), "U+0000", "remove");
        check("a: \"q\\z\"\n", (1, 4), "escape", "single quotes");
        check("a: 'x' y\n", (1, 8), "after the closing quote", "inside");
        check("a: b: c\n", (1, 5), "second `:`", "new line");
        check("a: 1\n b: 2\n", (2, 3), "not allowed here", "line up");
        check("e:\n  width:1024\n  depth: 24\n", (2, 3), "no blank", "`width: 1024`");
        check("a: 1\n  b: 2\nc: 3\n", (2, 4), "not allowed here", "line up");
    }
}
