//! From the words of `--ask` to what they say.

use std::ops::Range;

use super::build::Said;
use super::vocabulary::{
    FIELDS, PLAIN, UNITS, find, is_field, is_filler, is_letters, is_link, is_plain, is_slash,
    is_times, nearest, usual,
};
use super::words::{Kind, Word, words};
use crate::diag::{Code, Diagnostic, SourceId, Span, quote};
use crate::drill::design::Design;
use crate::units::Size;

/// An example of everything.
const EXAMPLE: &str = "336/14 +cls width 1024 pixel-shuffle 2 -> llm 4096 text 64";

/// Problems that are worth reading at once.
const MOST_PROBLEMS: usize = 10;

/// Reads a design.
///
/// # Errors
/// Every word that is not understood, or what does not fit together, each with its place.
pub fn parse(text: &str, source: SourceId) -> Result<Design, Vec<Diagnostic>> {
    let mut reader = Reader { source, text, fields: Vec::new(), problems: Vec::new() };
    reader.read(&words(text));
    if reader.problems.is_empty() {
        Said { source, length: text.len(), fields: &reader.fields }.design()
    } else {
        reader.problems.truncate(MOST_PROBLEMS);
        Err(reader.problems)
    }
}

/// A field that was said.
pub struct Field {
    /// Its name, one of the vocabulary's.
    pub name: &'static str,
    /// Its number, if it has one.
    pub number: Option<u64>,
    /// Where it stands, in bytes.
    pub place: Range<usize>,
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    fields: Vec<Field>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read(&mut self, words: &[Word]) {
        let mut at = 0;
        let mut behind_arrow = false;
        while let Some(word) = words.get(at) {
            let kind = |ahead: usize| words.get(at + ahead).map(|word| &word.kind);
            at += match &word.kind {
                Kind::Arrow => {
                    behind_arrow = true;
                    1
                }
                Kind::Sign('+' | ',' | ';' | '.' | '(' | ')' | '=' | ':' | '[' | ']') => 1,
                Kind::Letters(letters) if is_filler(letters) => 1,
                Kind::Letters(letters)
                    if matches!(letters.as_str(), "no" | "without") && is_plain(kind(1), "cls") =>
                {
                    2
                }
                Kind::Letters(letters) => {
                    self.letters(letters, word, &words[at + 1..], behind_arrow)
                }
                Kind::Number(_) => self.number(&words[at..], behind_arrow),
                Kind::Slash | Kind::Sign(_) => {
                    self.refuse(&word.place, "this is not understood");
                    1
                }
            };
        }
    }

    /// A keyword, and the number behind it. How many words that is.
    fn letters(&mut self, letters: &str, word: &Word, behind: &[Word], llm: bool) -> usize {
        if let Some(name) = find(PLAIN, letters) {
            self.set(name, None, &word.place);
            return 1;
        }
        let Some(mut name) = find(FIELDS, letters) else {
            let help = nearest(letters).map(|near| format!("did you mean `{near}`?"));
            self.unknown(&word.place, help);
            return 1;
        };
        if name == "width" && (llm || self.last_is("llm")) {
            name = "llm";
        }
        let skipped = behind.iter().take_while(|w| is_link(&w.kind)).count();
        match behind.get(skipped).map(|w| (&w.kind, w.place.end)) {
            // `llm width 4096`, `encoder width 1024`
            Some((Kind::Letters(next), _))
                if matches!(name, "llm" | "width") && find(FIELDS, next) == Some("width") =>
            {
                let rest = &behind[skipped + 1..];
                1 + skipped + self.letters(next, &behind[skipped], rest, name == "llm")
            }
            // `ViT 224/16`: the number is the image's.
            Some((Kind::Number(_), _)) if name == "image" || is_slash(behind.get(skipped + 1)) => {
                1 + skipped
            }
            Some((Kind::Number(number), end)) => {
                self.set(name, Some(*number), &(word.place.start..end));
                2 + skipped + squared(*number, &behind[skipped + 1..])
            }
            // `resampler 64 latents`: it was said before its number.
            _ if self.last_is(name) => 1,
            // `336 px`: its number came before.
            _ if name == "image" => 1,
            _ => {
                let help = format!("write a number behind it, such as `{letters} {}`", usual(name));
                let diagnostic =
                    Diagnostic::error(Code::BadAsk, format!("{} needs a number", quote(letters)));
                self.problems.push(diagnostic.at(self.span(&word.place), "").help(help));
                1
            }
        }
    }

    /// A number, alone, before its keyword, or the sides of an image. How many words that is.
    fn number(&mut self, words: &[Word], llm: bool) -> usize {
        let number = |at: usize| match words.get(at).map(|word| &word.kind) {
            Some(Kind::Number(number)) => Some(*number),
            _ => None,
        };
        let place = |at: usize| words[at].place.clone();
        // `14 px patches`, `14x14 patches`
        let doubled = number(0).map_or(0, |side| squared(side, &words[1..]));
        let unit = usize::from(is_letters(words.get(1 + doubled), UNITS));
        if is_field(words.get(1 + doubled + unit), "patch") && (unit > 0 || doubled > 0) {
            self.set("patch", number(0), &place(0));
            return 2 + doubled + unit;
        }
        if is_times(words.get(1)) && number(2).is_some() {
            self.set("image", number(0), &place(0));
            self.set("columns", number(2), &place(2));
            return 3 + self.patch(&words[3..]);
        }
        if is_slash(words.get(1 + unit)) {
            self.set("image", number(0), &place(0));
            return 1 + unit + self.patch(&words[1 + unit..]);
        }
        if unit == 1 {
            self.set("image", number(0), &place(0));
            return 2;
        }
        // `4096 wide`, `64 latents`: a keyword that has no number of its own.
        if let Some(Kind::Letters(letters)) = words.get(1).map(|w| &w.kind)
            && let Some(name) = find(FIELDS, letters)
            && number(2).is_none()
        {
            let name = if name == "width" && llm { "llm" } else { name };
            self.set(name, number(0), &(place(0).start..place(1).end));
            return 2;
        }
        if llm && !self.has("llm") {
            self.set("llm", number(0), &place(0));
        } else if !self.has("image") {
            self.set("image", number(0), &place(0));
        } else {
            self.refuse(&place(0), "it is not said what this number is");
        }
        1
    }

    /// ` / 14` behind the sides of an image. How many words that is.
    fn patch(&mut self, words: &[Word]) -> usize {
        let unit = usize::from(is_letters(words.first(), UNITS));
        let slash = words.get(unit);
        if !is_slash(slash) {
            return unit;
        }
        match words.get(unit + 1) {
            Some(Word { kind: Kind::Number(number), place }) => {
                self.set("patch", Some(*number), place);
                unit + 2
            }
            _ => {
                let place = slash.map_or(0..0, |word| word.place.clone());
                self.refuse(&place, "the patch is missing behind it");
                unit + 1
            }
        }
    }

    fn set(&mut self, name: &'static str, number: Option<Option<u64>>, place: &Range<usize>) {
        let may_be_none = matches!(name, "text" | "registers");
        let fits = |n: u64| Size::new(n).is_some() || (may_be_none && n == 0);
        if number.is_some_and(|number| !number.is_some_and(fits)) {
            let diagnostic = Diagnostic::error(Code::OutOfRange, "this number is no size");
            let help = format!("write a whole number from 1 to {}", Size::MAX);
            self.problems.push(diagnostic.at(self.span(place), "").help(help));
        }
        let bridges = ["linear", "mlp", "pixel-shuffle", "avg-pool", "resampler", "qformer"];
        let rival = |field: &&Field| {
            field.name == name || (bridges.contains(&name) && bridges.contains(&field.name))
        };
        if let Some(earlier) = self.fields.iter().find(rival) {
            let words = if earlier.name == name { "said twice" } else { "two bridges" };
            let diagnostic = Diagnostic::error(Code::DuplicateKey, words)
                .at(self.span(place), "the second")
                .label(self.span(&earlier.place), "the first")
                .help("take one of them out");
            self.problems.push(diagnostic);
            return;
        }
        self.fields.push(Field { name, number: number.flatten(), place: place.clone() });
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    fn last_is(&self, name: &str) -> bool {
        self.fields.last().is_some_and(|field| field.name == name)
    }

    fn span(&self, place: &Range<usize>) -> Span {
        Span::new(self.source, place.start, place.end)
    }

    fn refuse(&mut self, place: &Range<usize>, words: &str) {
        let diagnostic = Diagnostic::error(Code::BadAsk, words).at(self.span(place), "");
        self.problems.push(diagnostic.help(format!("write it like `{EXAMPLE}`")));
    }

    fn unknown(&mut self, place: &Range<usize>, help: Option<String>) {
        let word = quote(self.text.get(place.clone()).unwrap_or_default());
        let diagnostic = Diagnostic::error(Code::BadAsk, format!("{word} is not understood"));
        let diagnostic = diagnostic.at(self.span(place), "");
        let example = format!("write it like `{EXAMPLE}`");
        self.problems.push(diagnostic.help(help.unwrap_or(example)));
    }
}

/// ` × 2` behind the side of a block, which says the same again. How many words that is.
fn squared(side: Option<u64>, behind: &[Word]) -> usize {
    let same =
        matches!(behind.get(1).map(|w| &w.kind), Some(Kind::Number(other)) if *other == side);
    if same && is_times(behind.first()) { 2 } else { 0 }
}
