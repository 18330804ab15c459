//! From words to what they say.

use std::ops::Range;

use super::cursor::Cursor;
use super::field::{Fields, Name};
use super::vocabulary::{
    denies, is_of, is_slash, is_times, is_unit, known, links, says_nothing, usual,
};
use super::words::{Kind, Word, words};
use crate::diag::{Diagnostic, SourceId};

impl<'t> Fields<'t> {
    /// The fields of a text.
    ///
    /// # Errors
    /// Every word that is not understood, and fields that are said twice, each with its place.
    pub fn read(text: &'t str, source: SourceId) -> Result<Fields<'t>, Vec<Diagnostic>> {
        let words = words(text);
        let fields = Fields::new(text, source);
        let mut reader = Reader { words: Cursor::new(&words), fields, is_llm: false };
        reader.read();
        reader.fields.checked()
    }
}

/// A number, none if it is too large, and where it stands.
type Number<'a> = (Option<u64>, &'a Range<usize>);

/// The words under way, and what they have said.
struct Reader<'w, 't> {
    words: Cursor<'w>,
    fields: Fields<'t>,
    /// Whether an arrow was read: what follows is the LLM's.
    is_llm: bool,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        while let Some(Word { kind, place }) = self.words.next() {
            match kind {
                Kind::Arrow => self.is_llm = true,
                kind if says_nothing(kind) => {}
                Kind::Number(number) => self.number(*number, place),
                // `no cls` is what holds anyway.
                Kind::Letters(letters) if denies(letters) && self.takes(is_of(Name::Class)) => {}
                Kind::Letters(letters) => match known(letters) {
                    Some(name) => self.keyword(name, letters, place, self.is_llm),
                    None => {
                        self.fields.unknown(letters, place);
                        self.skip_number();
                    }
                },
                Kind::Slash | Kind::Sign(_) => {
                    self.fields.misplaced("this is not understood", place);
                }
            }
        }
    }

    /// A keyword, and the number after it: `patch 14`, `llm: 4,096`, `pixel-shuffle by 2x2`. What
    /// is wide is the LLM, if that was said.
    fn keyword(&mut self, name: Name, letters: &str, place: &Range<usize>, is_llm: bool) {
        let name = match name {
            Name::Width if is_llm || self.fields.last_is(Name::Llm) => Name::Llm,
            other => other,
        };
        let Some(usual) = usual(name) else { return self.fields.say(name, place) };
        self.words.skip(links);
        // `llm width 4096`, `encoder width 1024`
        if matches!(name, Name::Llm | Name::Width)
            && let Some(Word { kind: Kind::Letters(letters), place }) =
                self.words.next_if(is_of(Name::Width))
        {
            return self.keyword(Name::Width, letters, place, name == Name::Llm);
        }
        match self.words.peek(0) {
            // `ViT 224/16`: the number is the image's, and comes next.
            Some(Kind::Number(_)) if name == Name::Image || self.next_is(1, is_slash) => {}
            Some(Kind::Number(number)) => {
                let end = self.words.next().map_or(place.end, |word| word.place.end);
                self.fields.say_number(name, *number, &(place.start..end));
                square(&mut self.words, *number);
            }
            // `336 px`, `resampler 64 latents`: it was said before its number.
            _ if name == Name::Image || self.fields.last_is(name) => {}
            // `4k`, which says itself what is wrong with it.
            Some(Kind::Letters(next)) if next.starts_with(|c: char| c.is_ascii_digit()) => {}
            _ => self.fields.without_number(letters, usual, place),
        }
    }

    /// A number before its keyword, or a side of the image; else the LLM's width or the image's
    /// side, whichever it can be.
    fn number(&mut self, number: Option<u64>, place: &Range<usize>) {
        if self.words.all(|words| patches(words, number)).is_some() {
            self.fields.say_number(Name::Patch, number, place);
        } else if let Some((columns, second)) = self.words.all(second_side) {
            self.fields.say_number(Name::Image, number, place);
            self.fields.say_number(Name::Columns, columns, second);
            self.patch();
        } else if self.takes(is_unit) || self.next_is(0, is_slash) {
            self.fields.say_number(Name::Image, number, place);
            self.patch();
        } else if let Some((name, second)) = self.words.all(keyword_after_number) {
            let is_llm = name == Name::Width && self.is_llm;
            let name = if is_llm { Name::Llm } else { name };
            self.fields.say_number(name, number, &(place.start..second.end));
        } else if self.is_llm && !self.fields.has(Name::Llm) {
            self.fields.say_number(Name::Llm, number, place);
        } else if !self.fields.has(Name::Image) {
            self.fields.say_number(Name::Image, number, place);
        } else {
            self.fields.misplaced("it is not said what this number is", place);
        }
    }

    /// ` / 14` after the sides of an image, if it is there.
    fn patch(&mut self) {
        self.takes(is_unit);
        let Some(slash) = self.words.next_if(is_slash) else { return };
        match self.words.all(next_number) {
            Some((number, place)) => self.fields.say_number(Name::Patch, number, place),
            None => self.fields.misplaced("the patch is missing after it", &slash.place),
        }
    }

    /// Reads over the number of a word that is not known, but for the sides of an image and what
    /// belongs to the word after it.
    fn skip_number(&mut self) {
        self.words.skip(links);
        let is_of_next = |kind: &Kind| match kind {
            Kind::Letters(letters) => known(letters).and_then(usual).is_some(),
            kind => is_slash(kind),
        };
        if !self.next_is(1, is_of_next) && !self.next_is(1, is_times) {
            self.takes(|kind| matches!(kind, Kind::Number(_)));
        }
    }

    fn takes(&mut self, is: impl Fn(&Kind) -> bool) -> bool {
        self.words.next_if(is).is_some()
    }

    fn next_is(&self, ahead: usize, is: impl Fn(&Kind) -> bool) -> bool {
        self.words.peek(ahead).is_some_and(is)
    }
}

/// ` × 2` after the side of a block, which says the same again.
fn square<'a>(words: &mut Cursor<'a>, side: Option<u64>) -> Option<&'a Word> {
    words.all(|words| {
        words.next_if(is_times)?;
        words.next_if(|kind| *kind == Kind::Number(side))
    })
}

/// What follows the side of a patch in `14 px patches` and `14x14 patches`.
fn patches<'a>(words: &mut Cursor<'a>, side: Option<u64>) -> Option<&'a Word> {
    let square = square(words, side);
    let unit = words.next_if(is_unit);
    square.or(unit)?;
    words.next_if(is_of(Name::Patch))
}

/// ` × 672` after the first side of an image.
fn second_side<'a>(words: &mut Cursor<'a>) -> Option<Number<'a>> {
    words.next_if(is_times)?;
    next_number(words)
}

fn next_number<'a>(words: &mut Cursor<'a>) -> Option<Number<'a>> {
    match words.next()? {
        Word { kind: Kind::Number(number), place } => Some((*number, place)),
        _ => None,
    }
}

/// A keyword without a number of its own: `4096 wide`, `64 latents`.
fn keyword_after_number<'a>(words: &mut Cursor<'a>) -> Option<(Name, &'a Range<usize>)> {
    let Word { kind: Kind::Letters(letters), place } = words.next()? else { return None };
    let name = known(letters).filter(|name| usual(*name).is_some())?;
    let has_number = matches!(words.peek(0), Some(Kind::Number(_)));
    (!has_number).then_some((name, place))
}
