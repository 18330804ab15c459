//! A page that shapes and texts are put on, in pixels from the upper left corner.

use super::super::text::{printed, width, wrap};
use crate::diag::xml;

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub struct Font {
    /// The class in the style sheet.
    pub class: &'static str,
    /// Pixels of a column, rounded up: no common font is wider on the average.
    pub column: usize,
    /// Pixels from one line to the next.
    pub line: usize,
}

impl Font {
    /// A font of this class, with pixels of a column and of a line.
    pub const fn new(class: &'static str, column: usize, line: usize) -> Font {
        Font { class, column, line }
    }

    /// Pixels that a text takes.
    pub fn measure(self, text: &str) -> usize {
        width(text) * self.column
    }

    /// The text in lines of at most `room` pixels.
    pub fn wrap(self, text: &str, room: usize) -> Vec<String> {
        wrap(text, room / self.column)
    }
}

/// What is on the page so far.
#[derive(Debug)]
pub struct Page {
    elements: Vec<String>,
    /// Where the next thing goes.
    pub y: usize,
}

impl Page {
    /// An empty page that starts at `y`.
    pub fn from(y: usize) -> Page {
        Page { elements: Vec::new(), y }
    }

    /// Puts an element on the page.
    pub fn put(&mut self, element: String) {
        self.elements.push(element);
    }

    /// The number of elements so far.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Puts an element below those from `at` on.
    pub fn put_below(&mut self, at: usize, element: String) {
        self.elements.insert(at.min(self.elements.len()), element);
    }

    /// Puts a text in lines below each other, the first one's top at `y`; says where the last ends.
    pub fn text(&mut self, font: Font, x: usize, y: usize, lines: &[String]) -> usize {
        let mut bottom = y;
        for line in lines {
            bottom += font.line;
            self.put(said(font, x, bottom, "start", line));
        }
        bottom
    }

    /// Puts a line that ends at `x`.
    pub fn text_to(&mut self, font: Font, x: usize, y: usize, line: &str) {
        self.put(said(font, x, y + font.line, "end", line));
    }

    /// Puts lines below each other, each with its middle at `x`.
    pub fn text_around(&mut self, font: Font, x: usize, y: usize, lines: &[String]) {
        for (at, line) in lines.iter().enumerate() {
            self.put(said(font, x, y + (at + 1) * font.line, "middle", line));
        }
    }

    /// All elements, a line each.
    pub fn print(&self) -> String {
        self.elements.iter().map(|element| format!("{element}\n")).collect()
    }
}

/// A text whose line ends at `bottom`.
fn said(font: Font, x: usize, bottom: usize, anchor: &str, text: &str) -> String {
    let y = bottom - font.line / 4;
    let anchor =
        if anchor == "start" { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
    format!(
        "<text class=\"{}\" x=\"{x}\" y=\"{y}\"{anchor}>{}</text>",
        font.class,
        xml(&printed(text))
    )
}

/// A rectangle with round corners.
pub fn rectangle(class: &str, [x, y]: [usize; 2], [width, height]: [usize; 2]) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>"
    )
}

/// A line through points.
pub fn path(class: &str, points: &[[usize; 2]]) -> String {
    let points: Vec<String> = points.iter().map(|[x, y]| format!("{x},{y}")).collect();
    format!("<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "))
}

/// The head of an arrow that points down to `y`.
pub fn head_down(x: usize, y: usize) -> String {
    let (left, right, top) = (x - 6, x + 6, y - 10);
    format!("<polygon class=\"head\" points=\"{left},{top} {right},{top} {x},{y}\"/>")
}

/// The head of an arrow that points right to `x`.
pub fn head_right(x: usize, y: usize) -> String {
    let (left, top, bottom) = (x - 10, y - 6, y + 6);
    format!("<polygon class=\"head\" points=\"{left},{top} {left},{bottom} {x},{y}\"/>")
}

/// The head of an arrow that points left to `x`.
pub fn head_left(x: usize, y: usize) -> String {
    let (right, top, bottom) = (x + 10, y - 6, y + 6);
    format!("<polygon class=\"head\" points=\"{right},{top} {right},{bottom} {x},{y}\"/>")
}
