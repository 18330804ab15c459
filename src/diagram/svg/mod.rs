//! A picture as an SVG that stands alone: no script, no fonts from elsewhere, its own colours for
//! light and dark pages, and words for those who cannot see it.

mod boxes;
mod page;

use super::picture::{Lane, Picture, Side};
use super::text::{printed, whole_items};
use super::{Drawer, View};
use crate::diag::xml;
use crate::render::Format;
use boxes::{Canvas, Column, SHARES, TRUNK};
use page::{Font, Page, rectangle};

/// Pixels of the whole picture from left to right.
const WIDTH: usize = 880;

/// Pixels around everything.
const MARGIN: usize = 24;

/// Pixels from a component's border to its boxes.
const INSET: usize = 16;

const STYLE: &str = include_str!("style.css");

const NAME: Font = Font::new("name", 15, 28);
const SAID: Font = Font::new("said", 8, 19);
const HEADING: Font = Font::new("heading", 10, 20);
const COST: Font = Font::new("cost", 8, 18);
const STOP: Font = Font::new("stop", 11, 22);
const SMALL: Font = Font::new("small", 8, 17);

/// Diagrams as pictures.
pub const FORMAT: Format<Drawer> = Format {
    name: "svg",
    about: "A picture that stands alone, for light and dark pages",
    printer: Drawer { draw, may_follow: false },
};

/// The picture, with or without costs in its boxes.
fn draw(picture: &Picture, view: &View) -> String {
    let costs = view.has_costs();
    let shares = if picture.has_shares() { SHARES } else { 0 };
    let mut canvas = Canvas { page: Page::from(MARGIN), costs, shares };
    canvas.words(NAME, &picture.name);
    canvas.words(SAID, &picture.subtitle);
    canvas.page.y += MARGIN / 2;
    let left = MARGIN + INSET;
    let right = WIDTH - MARGIN - INSET;
    let mut column = Column { left, right, trunk: left + TRUNK, from: None };
    for lane in &picture.lanes {
        if lane.side == Side::Bridge {
            canvas.boundary(column, &picture.stop);
        }
        canvas.lane(&mut column, lane);
    }
    let end = canvas.page.y + INSET;
    canvas.down_to(&mut column, end);
    canvas.page.y = end + MARGIN;
    canvas.below(picture);
    let height = canvas.page.y + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n{}</svg>\n",
        xml(&picture.name),
        xml(&printed(&in_words(picture))),
        canvas.page.print()
    )
}

/// The picture read aloud.
fn in_words(picture: &Picture) -> String {
    let mut words = vec![picture.subtitle.clone()];
    for lane in &picture.lanes {
        if lane.side == Side::Bridge {
            words.push(picture.stop.clone());
        }
        let stages = lane.stages.iter().map(|stage| {
            let made = &stage.makes;
            format!("{} makes {} {}", stage.title, made.label, made.numbers)
        });
        words.push(format!("{}: {}", lane.title, stages.collect::<Vec<_>>().join("; ")));
    }
    format!("{}.", words.join(". "))
}

impl Canvas {
    /// A text across the page.
    fn words(&mut self, font: Font, text: &str) {
        let lines = font.wrap(text, WIDTH - 2 * MARGIN);
        self.page.y = self.page.text(font, MARGIN, self.page.y, &lines);
    }

    /// The line where encoder-side tokens stop.
    fn boundary(&mut self, column: Column, stop: &str) {
        let lines = STOP.wrap(stop, WIDTH - 2 * (column.trunk + MARGIN));
        let height = lines.len() * STOP.line + 12;
        let top = self.page.y + MARGIN;
        let y = top + height / 2;
        self.page
            .put(format!("<line class=\"line\" x1=\"0\" y1=\"{y}\" x2=\"{WIDTH}\" y2=\"{y}\"/>"));
        let widest = lines.iter().map(|line| STOP.measure(line)).max().unwrap_or(0);
        let left = column.trunk + MARGIN;
        self.page.put(rectangle("flag", [left, top], [widest, height]));
        self.page.text_around(STOP, left + widest / 2, top + 6, &lines);
        self.page.y = top + height + MARGIN - INSET;
    }

    /// A component: a panel with its name, and its stages on it.
    fn lane(&mut self, column: &mut Column, lane: &Lane) {
        if lane.is_closed() {
            return self.stages(column, &lane.stages, lane.side, false);
        }
        self.page.y += INSET;
        let (top, at) = (self.page.y, self.page.len());
        let right = WIDTH - MARGIN - INSET;
        // The trunk comes down on the left of the name.
        let left = if column.from.is_some() { column.trunk + INSET } else { column.left };
        let costs = if self.costs { lane.costs.in_words() } else { String::new() };
        let lines = HEADING.wrap(&lane.title, right - left);
        let bottom = self.page.text(HEADING, left, top + 8, &lines);
        let beside = HEADING.measure(&lane.title) + COST.measure(&costs) + INSET <= right - left;
        self.page.y = if beside {
            self.page.text_to(COST, right, top + 9, &costs);
            bottom
        } else {
            self.page.text(COST, left, bottom, &COST.wrap(&whole_items(&costs), right - left))
        };
        self.page.y += 4;
        self.stages(column, &lane.stages, lane.side, false);
        self.page.y += INSET;
        let size = [WIDTH - 2 * MARGIN, self.page.y - top];
        self.page.put_below(at, rectangle("lane", [MARGIN, top], size));
    }

    /// Totals and symbols.
    fn below(&mut self, picture: &Picture) {
        let totals: Vec<&str> = picture.total.shares().map(|share| &*share.amount).collect();
        self.words(SAID, &whole_items(&format!("Total: {}", totals.join(", "))));
        if self.costs {
            self.words(SMALL, picture.key());
        }
        self.page.y += 6;
        let column = |at: usize| picture.legend.iter().map(move |line| SMALL.measure(&line[at]));
        let value = MARGIN + column(0).max().unwrap_or(0) + INSET;
        let meaning = value + column(1).max().unwrap_or(0) + INSET;
        for line in &picture.legend {
            if meaning + column(2).max().unwrap_or(0) > WIDTH - MARGIN {
                let [name, value, meaning] = line;
                self.words(SMALL, &format!("{name} = {value}: {meaning}"));
                continue;
            }
            let y = self.page.y;
            for (x, text) in [MARGIN, value, meaning].into_iter().zip(line) {
                self.page.y = self.page.text(SMALL, x, y, std::slice::from_ref(text));
            }
        }
    }
}
