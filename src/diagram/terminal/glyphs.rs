//! The characters that a terminal picture is drawn with.

use super::super::text::ascii;

/// A border: corners and sides.
#[derive(Clone, Copy, Debug)]
pub struct Border {
    /// From left to right, above.
    pub top: [char; 3],
    /// From left to right, below.
    pub bottom: [char; 3],
    /// Left and right.
    pub side: char,
}

/// One of the two sets.
#[derive(Debug)]
pub struct Glyphs {
    /// Around boxes.
    pub border: Border,
    /// Around boxes that the logits do not depend on.
    pub unused: Border,
    /// The way of the tokens.
    pub down: char,
    /// Where it leaves a box.
    pub out: char,
    /// Where it enters one.
    pub into: char,
    /// Where something joins it from the right: the join, the way there, the corner.
    pub join: [char; 3],
    /// The same where something leaves it.
    pub fork: [char; 3],
    /// The line between the two kinds of token, and where the way crosses it.
    pub boundary: [char; 2],
    /// The line of a component's name, and where the way crosses it.
    pub lane: [char; 2],
    is_ascii: bool,
}

impl Glyphs {
    /// The text in characters that the set has.
    pub fn text(&self, text: &str) -> String {
        if self.is_ascii { ascii(text) } else { text.to_owned() }
    }
}

/// Box-drawing characters.
pub const UNICODE: Glyphs = Glyphs {
    border: Border { top: ['┌', '─', '┐'], bottom: ['└', '─', '┘'], side: '│' },
    unused: Border { top: ['┌', '┄', '┐'], bottom: ['└', '┄', '┘'], side: '┆' },
    down: '│',
    out: '┬',
    into: '▼',
    join: ['├', '─', '┘'],
    fork: ['├', '─', '┐'],
    boundary: ['━', '┿'],
    lane: ['┈', '│'],
    is_ascii: false,
};

/// ASCII only.
pub const ASCII: Glyphs = Glyphs {
    border: Border { top: ['+', '-', '+'], bottom: ['+', '-', '+'], side: '|' },
    unused: Border { top: ['.', '.', '.'], bottom: ['.', '.', '.'], side: ':' },
    down: '|',
    out: '+',
    into: 'v',
    join: ['+', '-', '+'],
    fork: ['+', '-', '+'],
    boundary: ['=', '|'],
    lane: ['.', '|'],
    is_ascii: true,
};
