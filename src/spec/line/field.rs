//! The fields of a design that was typed, and what is wrong with them.

use std::mem::discriminant;
use std::ops::Range;

use super::vocabulary::nearest;
use crate::diag::{Code, Diagnostic, SourceId, Span, quote};
use crate::stages::bridge::BridgeKind;
use crate::units::Size;
use crate::yaml;

/// An example of everything.
const EXAMPLE: &str = "336/14 +cls width 1024 pixel-shuffle 2 -> llm 4096 text 64";

/// What a field says.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// The image's side, or its height.
    Image,
    /// Its width, if it is said apart.
    Columns,
    /// The patch's side.
    Patch,
    /// A class token.
    Class,
    /// How many register tokens there are.
    Registers,
    /// The encoder's width.
    Width,
    /// The bridge.
    Bridge(&'static BridgeKind),
    /// The LLM's width.
    Llm,
    /// Tiles of an image.
    Tiles,
    /// Text tokens.
    Text,
    /// Dropping of pixels that fill no patch.
    Drop,
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        match (self, other) {
            (Name::Bridge(one), Name::Bridge(another)) => one.name == another.name,
            _ => discriminant(self) == discriminant(other),
        }
    }
}

/// A field that was said.
pub struct Field {
    /// What it says.
    pub name: Name,
    /// Its number, if it has one.
    pub number: Option<u64>,
    /// Where it stands, in bytes.
    pub place: Range<usize>,
}

/// The fields of a text.
pub struct Fields<'a> {
    text: &'a str,
    source: SourceId,
    list: Vec<Field>,
    problems: Vec<Diagnostic>,
}

impl<'a> Fields<'a> {
    /// None yet.
    pub fn new(text: &'a str, source: SourceId) -> Fields<'a> {
        Fields { text, source, list: Vec::new(), problems: Vec::new() }
    }

    /// The same fields, if nothing is wrong with any.
    ///
    /// # Errors
    /// What is wrong, each with its place.
    pub fn checked(self) -> Result<Fields<'a>, Vec<Diagnostic>> {
        if self.problems.is_empty() {
            return Ok(self);
        }
        Err(yaml::few(self.problems, true))
    }

    /// Whether a field was said.
    pub fn has(&self, name: Name) -> bool {
        self.list.iter().any(|field| field.name == name)
    }

    /// Whether a field was said last.
    pub fn last_is(&self, name: Name) -> bool {
        self.list.last().is_some_and(|field| field.name == name)
    }

    /// The number of a field.
    pub fn number(&self, name: Name) -> Option<u64> {
        self.list.iter().find(|field| field.name == name)?.number
    }

    /// The bridge with its number.
    pub fn bridge(&self) -> Option<(&'static BridgeKind, Option<u64>)> {
        self.list.iter().find_map(|field| match field.name {
            Name::Bridge(kind) => Some((kind, field.number)),
            _ => None,
        })
    }

    /// The place of the first field of these, or the whole text.
    pub fn span(&self, is: impl Fn(Name) -> bool) -> Span {
        let place = self.list.iter().find(|field| is(field.name)).map(|field| &field.place);
        self.at(place.unwrap_or(&(0..self.text.len())))
    }

    /// Adds a field without a number.
    pub fn say(&mut self, name: Name, place: &Range<usize>) {
        self.add(Field { name, number: None, place: place.clone() });
    }

    /// Adds a field with its number; none if that is too large.
    pub fn say_number(&mut self, name: Name, number: Option<u64>, place: &Range<usize>) {
        let least = if matches!(name, Name::Text | Name::Registers) { 0 } else { 1 };
        if !number.is_some_and(|number| (least..=Size::MAX).contains(&number)) {
            let help = format!("write a whole number from 1 to {}", Size::MAX);
            self.refuse(Code::OutOfRange, place, "this number is not a size", help);
        }
        self.add(Field { name, number, place: place.clone() });
    }

    fn add(&mut self, field: Field) {
        let is_bridge = |name: Name| matches!(name, Name::Bridge(_));
        let is_rival = |other: &&Field| {
            other.name == field.name || (is_bridge(field.name) && is_bridge(other.name))
        };
        match self.list.iter().find(is_rival) {
            None => self.list.push(field),
            Some(earlier) => {
                let words = if earlier.name == field.name { "said twice" } else { "two bridges" };
                let problem = Diagnostic::error(Code::DuplicateKey, words)
                    .at(self.at(&field.place), "the second")
                    .label(self.at(&earlier.place), "the first")
                    .help("take one of them out");
                self.problems.push(problem);
            }
        }
    }

    /// A word that is not known.
    pub fn unknown(&mut self, letters: &str, place: &Range<usize>) {
        let words = format!(
            "{} is not understood",
            quote(self.text.get(place.clone()).unwrap_or_default())
        );
        let number = yaml::whole(letters).err().flatten();
        let meant = number
            .map(|number| format!("write `{number}`"))
            .or_else(|| nearest(letters).map(|near| format!("did you mean `{near}`?")));
        self.refuse(Code::BadAsk, place, words, meant.unwrap_or_else(like_the_example));
    }

    /// A keyword that lacks its number, of which this is a usual one.
    pub fn without_number(&mut self, letters: &str, usual: &str, place: &Range<usize>) {
        let help = format!("write a number after it, such as `{letters} {usual}`");
        self.refuse(Code::BadAsk, place, format!("{} needs a number", quote(letters)), help);
    }

    /// Words that make no sense where they stand.
    pub fn misplaced(&mut self, words: &str, place: &Range<usize>) {
        self.refuse(Code::BadAsk, place, words, like_the_example());
    }

    fn refuse(&mut self, code: Code, place: &Range<usize>, words: impl Into<String>, help: String) {
        self.problems.push(Diagnostic::error(code, words).at(self.at(place), "").help(help));
    }

    fn at(&self, place: &Range<usize>) -> Span {
        Span::new(self.source, place.start, place.end)
    }
}

fn like_the_example() -> String {
    format!("write it like `{EXAMPLE}`")
}
