//! A picture in the characters of a terminal.
//!
//! The way of the tokens runs down in one column, the trunk. Boxes that are on it stand across it;
//! what is only read, and what is not needed, stands beside it.

mod below;
mod boxes;
mod glyphs;
mod line;

use super::picture::{Costs, Flow, Lane, Picture, Role, Side, Stage};
use super::text::{whole_items, width, wrap};
use super::{Drawer, View};
use crate::render::Format;
use glyphs::Glyphs;
use line::{Line, Style};

/// Narrower terminals get this and wrap by themselves.
const LEAST_WIDTH: usize = 40;

/// Wider boxes do not read better.
const MOST_WIDTH: usize = 120;

/// From this width on boxes say what they cost, if nothing else is asked for.
const ROOM_FOR_COSTS: usize = 72;

/// The columns at which a value's label and its two shapes start, where there is room.
const STOPS: [usize; 3] = [0, 36, 57];

/// The column of the trunk.
const TRUNK: usize = 4;

/// Diagrams for a terminal.
pub const FORMAT: Format<Drawer> = Format {
    name: "terminal",
    about: "Box-drawing characters for a terminal",
    printer: Drawer { draw, may_follow: true },
};

/// The picture as text, every line ended. No line is wider than the view.
fn draw(picture: &Picture, view: &View) -> String {
    let width = view.width.clamp(LEAST_WIDTH, MOST_WIDTH);
    let mut canvas = Canvas {
        glyphs: if view.ascii { &glyphs::ASCII } else { &glyphs::UNICODE },
        costs: view.costs.unwrap_or(width >= ROOM_FOR_COSTS),
        shares: picture.has_shares(),
        begun: false,
        lines: Vec::new(),
    };
    let page = Area { before: Line::default(), after: Line::default(), width, trunk: TRUNK };
    canvas.words(&page, Style::Bold, &picture.name);
    canvas.words(&page, Style::Plain, &picture.subtitle);
    canvas.push(&page, Line::default());
    for lane in &picture.lanes {
        canvas.lane(&page, lane, &picture.stop);
    }
    canvas.push(&page, Line::default());
    canvas.totals(&page, picture);
    canvas.legend(&page, picture);
    canvas.lines.iter().map(|line| format!("{}\n", line.print(view.color))).collect()
}

/// A part of the page: what stands before and after its lines, and the columns between.
#[derive(Clone, Debug)]
struct Area {
    before: Line,
    after: Line,
    width: usize,
    /// The column of the trunk in it.
    trunk: usize,
}

struct Canvas {
    glyphs: &'static Glyphs,
    /// Whether boxes say what they cost.
    costs: bool,
    /// Whether they say shares.
    shares: bool,
    /// Whether something is on its way down the trunk.
    begun: bool,
    lines: Vec<Line>,
}

impl Canvas {
    fn push(&mut self, area: &Area, line: Line) {
        let line = line.padded(area.width);
        self.lines.push(area.before.clone().then(line).then(area.after.clone()));
    }

    /// A text from the left, in as many lines as it needs.
    fn words(&mut self, area: &Area, style: Style, text: &str) {
        for line in wrap(&self.glyphs.text(text), area.width) {
            self.push(area, Line::of(style, line));
        }
    }

    /// The trunk alone, as the start of a line.
    fn trunk(&self, area: &Area) -> Line {
        let glyph = if self.begun { self.glyphs.down } else { ' ' };
        Line::of(Style::Plain, format!("{}{glyph}", " ".repeat(area.trunk)))
    }

    /// A component: the line before it if tokens change sides there, its name, its stages.
    fn lane(&mut self, page: &Area, lane: &Lane, stop: &str) {
        if lane.side == Side::Bridge {
            self.push(page, self.trunk(page));
            self.across(page, self.glyphs.boundary, stop, [Style::Boundary; 2], None);
            self.push(page, self.trunk(page));
        }
        if !lane.is_closed() {
            let costs = self.costs.then_some(&lane.costs);
            let styles = [Style::Dim, Style::Bold];
            self.across(page, self.glyphs.lane, &lane.title, styles, costs);
        }
        self.stages(page, &lane.stages, false);
    }

    /// Words on a rule across the page, with costs at its end or below it.
    fn across(
        &mut self,
        page: &Area,
        [rule, cross]: [char; 2],
        words: &str,
        [dim, style]: [Style; 2],
        costs: Option<&Costs>,
    ) {
        let rules = |count: usize| std::iter::repeat_n(rule, count).collect::<String>();
        let cross = if self.begun { cross } else { rule };
        let start = format!("{}{cross}{}", rules(page.trunk), rules(2));
        let room = page.width - width(&start) - 2;
        let mut lines = wrap(&self.glyphs.text(words), room).into_iter();
        let first = format!(" {} ", lines.next().unwrap_or_default());
        let first = Line::of(dim, &start).with(style, first);
        let costs = costs
            .map_or_else(String::new, |costs| self.glyphs.text(&whole_items(&costs.in_words())));
        let beside = first.width() + width(&costs) + 3 <= page.width;
        let (end, below) = match (costs.is_empty(), beside) {
            (true, _) => (String::new(), Vec::new()),
            (_, true) => (format!(" {costs}"), Vec::new()),
            (_, false) => (String::new(), wrap(&costs, room)),
        };
        let free = page.width.saturating_sub(first.width() + width(&end));
        self.push(page, first.with(dim, rules(free)).with(Style::Plain, end));
        let below = below.into_iter().map(|line| (Style::Plain, line));
        for (style, text) in lines.map(|line| (style, line)).chain(below) {
            let line = self.trunk(page).padded(width(&start) + 1);
            self.push(page, line.with(style, text));
        }
    }

    /// Stages from the top down; those in a frame hand their last value to it.
    fn stages(&mut self, area: &Area, stages: &[Stage], framed: bool) {
        let mut before = Role::Trunk;
        for (at, stage) in stages.iter().enumerate() {
            let next = stages.get(at + 1);
            let follows = next.is_some_and(|next| next.role == Role::Unused);
            match stage.role {
                Role::Trunk => self.on_trunk(area, stage, next.is_some() || !framed),
                Role::Source => self.source(area, stage),
                Role::Branch => self.branch(area, stage),
                Role::Aside => self.aside(area, stage),
                Role::Unused => self.unused(area, stage, [before == Role::Unused, follows]),
            }
            before = stage.role;
        }
    }

    /// A value on its way down: how many tokens there are, and their shape.
    fn flow(&mut self, area: &Area, flow: &Flow) {
        let start = self.trunk(area).padded(area.trunk + 2);
        self.flow_from(area, flow, start);
    }

    /// The same after the start of a line.
    fn flow_from(&mut self, area: &Area, flow: &Flow, first: Line) {
        let parts = [
            (Style::Bold, &flow.label),
            (Style::Plain, &flow.numbers),
            (Style::Dim, &flow.symbols),
        ];
        let start = self.trunk(area).padded(first.width());
        let mut line = first;
        for ((style, text), stop) in parts.into_iter().zip(STOPS) {
            let text = self.glyphs.text(text);
            let is_first = line.width() == start.width();
            let next = line.width() + if is_first { 0 } else { 2 };
            let stop = stop.saturating_sub(area.before.width()).max(next);
            let fits = |from: usize| from + width(&text) <= area.width;
            let has_room = area.before.width() + area.width >= ROOM_FOR_COSTS;
            if has_room && fits(stop) {
                line = line.padded(stop);
            } else if is_first || fits(next) {
                line = line.padded(next);
            } else {
                self.push(area, std::mem::replace(&mut line, start.clone()));
            }
            let mut pieces = wrap(&text, area.width - start.width()).into_iter().peekable();
            while let Some(piece) = pieces.next() {
                line = line.with(style, piece);
                if pieces.peek().is_some() {
                    self.push(area, std::mem::replace(&mut line, start.clone()));
                }
            }
        }
        self.push(area, line);
    }
}
