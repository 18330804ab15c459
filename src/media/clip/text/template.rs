//! A text with places for times and numbers.

use std::borrow::Cow;
use std::fmt::Write;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::words::in_words;
use crate::diag::{Code, refuse};

/// A text with places that are filled for each frame: `<{s.s} seconds>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Place(Place),
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Number of the set of frames, from 1.
    Number,
    /// Whole seconds, rounded down.
    Seconds,
    /// Seconds with one decimal.
    Tenths,
    /// Minutes and seconds, two digits each at least, rounded down.
    Minutes,
    /// Hours, minutes, seconds and thousandths of a time of day, rounded down.
    Clock,
    /// Hours, minutes and seconds of the whole clip, after days if there are some.
    Duration,
    /// Frames that are kept, in English words.
    Words,
}

/// The places by name, and whether they are the same for all frames.
const PLACES: [(&str, Place, bool); 7] = [
    ("{n}", Place::Number, false),
    ("{s}", Place::Seconds, false),
    ("{s.s}", Place::Tenths, false),
    ("{mm:ss}", Place::Minutes, false),
    ("{hh:mm:ss.mmm}", Place::Clock, false),
    ("{duration}", Place::Duration, true),
    ("{frames}", Place::Words, true),
];

/// What the places of a text are filled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    /// Number of the set of frames, from 1.
    pub number: u64,
    /// Time of the frame in seconds.
    pub seconds: f64,
    /// Seconds of the whole clip.
    pub duration: f64,
    /// Frames that are kept.
    pub frames: u64,
}

impl Template {
    /// The template that a text says.
    ///
    /// # Errors
    /// The place that is not known.
    pub fn read(text: &str) -> Result<Template, String> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some(at) = rest.find('{') {
            let (literal, place) = rest.split_at(at);
            let name = place.find('}').map(|end| &place[..=end]).ok_or(place)?;
            let known = PLACES.iter().find(|(known, ..)| *known == name).ok_or(name)?;
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            pieces.push(Piece::Place(known.1));
            rest = &place[name.len()..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Template { pieces })
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether a frame's time or number stands in it.
    pub fn is_of_frames(&self) -> bool {
        let of_frames = |place: Place| PLACES.iter().any(|known| known.1 == place && !known.2);
        self.pieces.iter().any(|piece| matches!(piece, Piece::Place(place) if of_frames(*place)))
    }

    /// The text with its places filled.
    pub fn filled(&self, values: &Values) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                // Writing into a string does not fail.
                Piece::Place(place) => drop(write_place(&mut text, *place, values)),
            }
        }
        text
    }

    /// The template as it is written.
    fn written(&self) -> String {
        let name =
            |place: &Place| PLACES.iter().find(|known| known.1 == *place).map(|known| known.0);
        let text = self.pieces.iter().map(|piece| match piece {
            Piece::Literal(literal) => literal,
            Piece::Place(place) => name(place).unwrap_or_default(),
        });
        text.collect()
    }
}

fn write_place(text: &mut String, place: Place, values: &Values) -> std::fmt::Result {
    let whole = values.seconds as u64;
    match place {
        Place::Number => write!(text, "{}", values.number),
        Place::Seconds => write!(text, "{whole}"),
        Place::Tenths => write!(text, "{:.1}", values.seconds),
        Place::Minutes => write!(text, "{:02}:{:02}", whole / 60, whole % 60),
        Place::Clock => {
            let (hours, minutes) = (whole / 3600 % 24, whole / 60 % 60);
            let thousandths = (values.seconds % 1.0 * 1000.0) as u64;
            write!(text, "{hours:02}:{minutes:02}:{:02}.{thousandths:03}", whole % 60)
        }
        Place::Duration => {
            let whole = values.duration as u64;
            match whole / 86_400 {
                0 => {}
                1 => text.push_str("1 day, "),
                days => write!(text, "{days} days, ")?,
            }
            let (hours, minutes) = (whole / 3600 % 24, whole / 60 % 60);
            write!(text, "{hours}:{minutes:02}:{:02}", whole % 60)
        }
        Place::Words => {
            text.push_str(&in_words(values.frames));
            Ok(())
        }
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written())
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Template, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Template;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Template, E> {
                Template::read(text).map_err(|place| {
                    let known: Vec<&str> = PLACES.iter().map(|known| known.0).collect();
                    let help = format!("write one of {}", known.join(", "));
                    refuse(
                        Code::BadValue,
                        format_args!("`{place}` is no place of a text"),
                        Some(&help),
                    )
                })
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl JsonSchema for Template {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let place = |known: &(&str, Place, bool)| {
            known.0.replace('{', r"\{").replace('}', r"\}").replace('.', r"\.")
        };
        let places: Vec<String> = PLACES.iter().map(place).collect();
        json_schema!({
            "type": "string",
            "pattern": format!("^([^{{]|{})*$", places.join("|")),
            "patternErrorMessage": "Write text with places such as {s.s} or {mm:ss}.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, seconds: f64) -> String {
        let values = Values { number: 3, seconds, duration: 90_061.5, frames: 21 };
        Template::read(text).unwrap().filled(&values)
    }

    #[test]
    fn places_are_filled() {
        assert_eq!(filled("Frame{n}: ", 0.0), "Frame3: ");
        assert_eq!(filled("{s}", 59.99), "59");
        // Halves of a tenth that are exact go to the even digit.
        assert_eq!(filled("<{s.s} seconds>", 0.25), "<0.2 seconds>");
        assert_eq!(filled("{s.s}", 0.75), "0.8");
        assert_eq!(filled("{mm:ss} ", 3600.0 + 61.9), "61:01 ");
        assert_eq!(filled("{hh:mm:ss.mmm}", 86_400.0 + 3661.0625), "01:01:01.062");
        assert_eq!(filled("{frames} from {duration}", 0.0), "twenty-one from 1 day, 1:01:01");
    }

    #[test]
    fn texts_are_read_and_written() {
        for text in ["", "video", "{s.s} ", "\nFrame from {mm:ss}:", "}"] {
            let template = Template::read(text).unwrap();
            assert_eq!(
                (template.written(), template.is_empty()),
                (text.to_owned(), text.is_empty())
            );
        }
        assert_eq!(Template::read("{x} {s}"), Err("{x}".to_owned()));
        assert_eq!(Template::read("a {s"), Err("{s".to_owned()));
        let is_of_frames = |text| Template::read(text).unwrap().is_of_frames();
        assert_eq!(["{s}", "{frames}", "s"].map(is_of_frames), [true, false, false]);
    }
}
