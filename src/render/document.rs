//! A plan laid out, before any format.

use std::borrow::Cow;

/// What is printed, in order.
#[derive(Clone, Debug)]
pub struct Document {
    /// The heading.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// The parts.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Clone, Debug)]
pub enum Block {
    /// A table under its heading.
    Table(Table),
    /// Sentences under their heading.
    Notes {
        /// The heading.
        heading: String,
        /// The sentences.
        lines: Vec<String>,
    },
    /// Paragraphs under their heading.
    Prose {
        /// The heading.
        heading: String,
        /// The paragraphs.
        paragraphs: Vec<String>,
    },
    /// A sentence that must be seen.
    Warning(String),
    /// What else there is, for a person at a terminal.
    Hint(String),
}

/// On which side cells stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The heading; may be empty.
    pub name: Cow<'static, str>,
    /// Where its cells stand.
    pub align: Align,
    /// On a narrow terminal, columns of low worth go first; those of 0 never go.
    pub droppable: u8,
    /// Whether its cells may be wrapped.
    pub wrap: bool,
    /// Whether the second lines of its cells go below their row where the table is too wide.
    pub stacks: bool,
    /// Whether its cells are changes, which are coloured by their sign.
    pub signed: bool,
}

impl Column {
    /// Words that stay whole.
    pub fn words(name: impl Into<Cow<'static, str>>) -> Column {
        let name = name.into();
        let align = Align::Left;
        Column { name, align, droppable: 0, wrap: false, stacks: false, signed: false }
    }

    /// Numbers.
    pub fn numbers(name: impl Into<Cow<'static, str>>) -> Column {
        Column { align: Align::Right, ..Column::words(name) }
    }

    /// The same column, left out on a narrow terminal; the highest goes first.
    pub fn droppable(self, order: u8) -> Column {
        Column { droppable: order, ..self }
    }

    /// The same column, whose cells may be wrapped.
    pub fn wrapping(self) -> Column {
        Column { wrap: true, ..self }
    }

    /// The same column, whose cells are changes.
    pub fn signed(self) -> Column {
        Column { signed: true, ..self }
    }

    /// The same column, whose cells have a second line that may go below their row.
    pub fn stacking(self) -> Column {
        Column { stacks: true, ..self }
    }
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The heading; a table without one belongs to what stands above it.
    pub heading: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; a row without cells is a dividing line with this text.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub enum Row {
    /// One cell for each column; a cell may have several lines.
    Cells(Vec<String>),
    /// A line across the table, with words on it.
    Line(String),
}
