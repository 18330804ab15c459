//! Structural tokens: what stands in the LLM's sequence around and between visual tokens.
//!
//! A processor says at which [places](Markers) it writes how many tokens of which [kind](Kind).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Amount;

use super::Problems;

/// What a structural token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A picture or view begins.
    Start,
    /// A picture or view ends.
    End,
    /// Which tile follows.
    Tile,
    /// The whole picture follows.
    Overview,
    /// The next column.
    Column,
    /// The next row.
    Row,
    /// Something else begins.
    Separator,
    /// A line break, as text has it.
    Newline,
    /// The number of the picture, with what stands around it.
    Number,
}

/// Structural tokens of each kind at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Marks {
    /// Tokens that say that a picture or view begins.
    #[serde(skip_serializing_if = "is_none")]
    pub start: Amount,
    /// Tokens that say that a picture or view ends.
    #[serde(skip_serializing_if = "is_none")]
    pub end: Amount,
    /// Tokens that say which tile follows.
    #[serde(skip_serializing_if = "is_none")]
    pub tile: Amount,
    /// Tokens that say that the whole picture follows.
    #[serde(skip_serializing_if = "is_none")]
    pub overview: Amount,
    /// Tokens that say that a column ends.
    #[serde(skip_serializing_if = "is_none")]
    pub column: Amount,
    /// Tokens that say that a row ends.
    #[serde(skip_serializing_if = "is_none")]
    pub row: Amount,
    /// Tokens that separate what is not said otherwise.
    #[serde(skip_serializing_if = "is_none")]
    pub separator: Amount,
    /// Line breaks, each a token.
    #[serde(skip_serializing_if = "is_none")]
    pub newline: Amount,
    /// Tokens for the picture's number, as where pictures are counted.
    #[serde(skip_serializing_if = "is_none")]
    pub number: Amount,
}

fn is_none(amount: &Amount) -> bool {
    amount.get() == 0
}

impl Marks {
    /// Each kind with how many tokens of it there are.
    pub fn each(&self) -> [(Kind, u64); 9] {
        [
            (Kind::Start, self.start.get()),
            (Kind::End, self.end.get()),
            (Kind::Tile, self.tile.get()),
            (Kind::Overview, self.overview.get()),
            (Kind::Column, self.column.get()),
            (Kind::Row, self.row.get()),
            (Kind::Separator, self.separator.get()),
            (Kind::Newline, self.newline.get()),
            (Kind::Number, self.number.get()),
        ]
    }

    /// Tokens of all kinds.
    pub fn total(&self) -> u64 {
        self.each().iter().map(|(_, count)| count).sum()
    }
}

macro_rules! places {
    ($($(#[$doc:meta])* $place:ident,)*) => {
        /// Where a processor writes structural tokens, and how many. What is not given is 0.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Markers {
            $($(#[$doc])* #[serde(skip_serializing_if = "is_empty")] pub $place: Marks,)*
        }

        /// How often each place occurs.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Places {
            $($(#[$doc])* pub $place: u64,)*
        }

        impl Markers {
            /// Each place that has tokens, with how often it occurs.
            fn with(&self, places: &Places) -> impl Iterator<Item = (Marks, u64)> {
                [$((self.$place, places.$place),)*].into_iter()
            }
        }

        impl Places {
            /// Every place once.
            pub fn once() -> Places {
                Places { $($place: 1,)* }
            }

            /// Tokens at all places, if so many stand at each.
            pub fn weighed(&self, totals: &Places) -> u64 {
                0 $(+ self.$place * totals.$place)*
            }

            /// Tokens of all kinds at each place.
            pub fn totals(markers: &Markers) -> Places {
                Places { $($place: markers.$place.total(),)* }
            }

            /// Both together, as for two pictures.
            #[must_use]
            pub fn plus(self, other: Places) -> Places {
                Places { $($place: self.$place + other.$place,)* }
            }
        }
    };
}

places! {
    /// Once for pictures that follow each other with no text between them.
    run,
    /// Once for each picture.
    picture,
    /// Once for each view, tile or overview.
    view,
    /// Once for each tile, where the picture is cut or has an overview.
    tile,
    /// Once for the view of the whole picture, be it alone or beside tiles.
    whole,
    /// Once for the view of the whole picture, if it stands beside tiles.
    overview,
    /// Between two tiles of a row, where the picture is cut.
    between_columns,
    /// After each row of tiles, where the picture is cut.
    row,
    /// Between two rows of tiles, where the picture is cut.
    between_rows,
    /// After each row of tokens.
    line,
    /// Between two rows of tokens.
    between_lines,
}

fn is_empty(marks: &Marks) -> bool {
    marks.total() == 0
}

impl Markers {
    /// The most structural tokens at one place.
    const MOST: u64 = 1000;

    /// Notes numbers that no processor has, and that sums might not hold.
    pub fn check(&self, problems: &mut Problems) {
        let each = Places { run: 1, ..Places::default() };
        if self.with(&each).any(|(marks, _)| marks.each().iter().any(|(_, n)| *n > Markers::MOST)) {
            let help = format!("write at most {} tokens for a place", Markers::MOST);
            problems.add("markers", "there are more structural tokens than a processor has", help);
        }
    }

    /// Tokens of each kind that occurs, in the order of kinds.
    pub fn by_kind(&self, places: &Places) -> Vec<(Kind, u64)> {
        let mut sums = Marks::default().each();
        for (marks, times) in self.with(places) {
            for (sum, (_, count)) in sums.iter_mut().zip(marks.each()) {
                sum.1 += count * times;
            }
        }
        sums.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

impl Kind {
    /// The word for it in a spec and in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Start => "start",
            Kind::End => "end",
            Kind::Tile => "tile",
            Kind::Overview => "overview",
            Kind::Column => "column",
            Kind::Row => "row",
            Kind::Separator => "separator",
            Kind::Newline => "newline",
            Kind::Number => "number",
        }
    }
}
