//! The boxes of a terminal picture, on the trunk and beside it.

use super::super::picture::{Costs, Stage};
use super::super::text::{width, wrap};
use super::glyphs::Border;
use super::line::{Line, Style};
use super::{Area, Canvas, TRUNK};

/// The least columns that words get beside costs; with fewer, costs go below them.
const LEAST_WORDS: usize = 26;

/// Columns of a share, `100.0 %`.
const SHARE: usize = 7;

/// Columns of an amount, `symbolic params`.
const AMOUNT: usize = 15;

/// Columns from the trunk to the boxes beside it.
const BESIDE: usize = 5;

/// Where the way of the tokens meets a box.
#[derive(Clone, Copy)]
struct Ends {
    /// At its top.
    enters: bool,
    /// At its bottom.
    leaves: bool,
}

impl Canvas {
    /// A box on the trunk, what it takes from outside above it, what it makes below it.
    pub(super) fn on_trunk(&mut self, area: &Area, stage: &Stage, leaves: bool) {
        for flow in stage.takes.iter().chain(&stage.joins) {
            if self.begun {
                // It joins what is on the trunk already.
                let [join, way, _] = self.glyphs.join;
                let start = format!("{}{join}{way} ", " ".repeat(area.trunk));
                self.flow_from(area, flow, Line::of(Style::Plain, start));
            } else {
                self.begun = true;
                self.flow(area, flow);
            }
        }
        let border = self.glyphs.border;
        self.bordered(area, stage, border, Ends { enters: true, leaves });
        if leaves {
            self.flow(area, &stage.makes);
        }
    }

    /// A box beside the trunk that reads from it, and whose value joins it.
    pub(super) fn branch(&mut self, area: &Area, stage: &Stage) {
        self.between(area, self.glyphs.fork);
        self.joining(area, stage, true);
    }

    /// A box beside the trunk whose value joins it.
    pub(super) fn source(&mut self, area: &Area, stage: &Stage) {
        let beside = self.beside(area);
        for flow in &stage.takes {
            self.flow(&beside, flow);
        }
        self.joining(area, stage, !stage.takes.is_empty());
    }

    /// A box beside the trunk, and the way of its value into the trunk.
    fn joining(&mut self, area: &Area, stage: &Stage, enters: bool) {
        let beside = self.beside(area);
        self.bordered(&beside, stage, self.glyphs.border, Ends { enters, leaves: true });
        self.flow(&beside, &stage.makes);
        self.between(area, self.glyphs.join);
    }

    /// A box beside the trunk that reads what is further up, and that something further down reads.
    pub(super) fn aside(&mut self, area: &Area, stage: &Stage) {
        let beside = self.beside(area);
        let ends = Ends { enters: false, leaves: true };
        self.bordered(&beside, stage, self.glyphs.border, ends);
        self.flow(&beside, &stage.makes);
    }

    /// A box beside the trunk that reads from it, or from the box above, and that nothing reads.
    pub(super) fn unused(&mut self, area: &Area, stage: &Stage, [is_below, leaves]: [bool; 2]) {
        if !is_below {
            self.between(area, self.glyphs.fork);
        }
        let beside = self.beside(area);
        self.bordered(&beside, stage, self.glyphs.unused, Ends { enters: true, leaves });
    }

    /// The way between the trunk and the trunk beside it.
    fn between(&mut self, area: &Area, [start, way, corner]: [char; 3]) {
        let between = std::iter::repeat_n(way, BESIDE - 1 + TRUNK).collect::<String>();
        let line = format!("{}{start}{between}{corner}", " ".repeat(area.trunk));
        self.push(area, Line::of(Style::Plain, line));
    }

    /// The part of an area to the right of the trunk.
    fn beside(&self, area: &Area) -> Area {
        let start = area.trunk + BESIDE;
        let before = area.before.clone().then(self.trunk(area).padded(start));
        Area { before, after: area.after.clone(), width: area.width - start, trunk: TRUNK }
    }

    /// A box, or a frame with the boxes in it.
    fn bordered(&mut self, area: &Area, stage: &Stage, border: Border, ends: Ends) {
        let inner = area.width - 4;
        let side = |text: &str| Line::of(Style::Dim, text);
        let inside = Area {
            before: area.before.clone().then(side(&format!("{} ", border.side))),
            after: side(&format!(" {}", border.side)).then(area.after.clone()),
            width: inner,
            trunk: area.trunk.saturating_sub(2),
        };
        self.edge(area, border.top, ends.enters.then_some(self.glyphs.into));
        for line in self.content(stage, inner) {
            self.push(&inside, line);
        }
        if !stage.inside.is_empty() {
            self.stages(&inside, &stage.inside, true);
        }
        self.edge(area, border.bottom, ends.leaves.then_some(self.glyphs.out));
    }

    /// The upper or lower edge, with the mark where the trunk meets it.
    fn edge(&mut self, area: &Area, [left, middle, right]: [char; 3], mark: Option<char>) {
        let rule = |count: usize| std::iter::repeat_n(middle, count).collect::<String>();
        let Some(mark) = mark else {
            let line = format!("{left}{}{right}", rule(area.width - 2));
            return self.push(area, Line::of(Style::Dim, line));
        };
        let start = Line::of(Style::Dim, format!("{left}{}", rule(area.trunk - 1)));
        let end = format!("{}{right}", rule(area.width - area.trunk - 2));
        self.push(area, start.with(Style::Plain, mark).with(Style::Dim, end));
    }

    /// What a box says: its words on the left, its costs on the right, or below.
    fn content(&self, stage: &Stage, columns: usize) -> Vec<Line> {
        let costs = stage.costs.as_ref().filter(|_| self.costs);
        let costs = costs.map(|costs| self.cells(costs)).unwrap_or_default();
        let taken = costs.iter().map(|cell| width(cell)).max().unwrap_or(0);
        let beside = taken > 0 && columns >= taken + 2 + LEAST_WORDS;
        let room = if beside { columns - taken - 2 } else { columns };
        let mut lines = self.said(stage, room);
        if !beside {
            let below = costs.iter().flat_map(|cell| wrap(cell.trim(), columns));
            return lines
                .into_iter()
                .chain(below.map(|cell| Line::of(Style::Plain, cell)))
                .collect();
        }
        lines.resize_with(lines.len().max(costs.len()), Line::default);
        let mut costs = costs.into_iter();
        let with = |line: Line| match costs.next() {
            Some(cell) => line.padded(columns - width(&cell)).with(Style::Plain, cell),
            None => line,
        };
        lines.into_iter().map(with).collect()
    }

    /// Title and description: in one line if there are no costs to stand beside two.
    fn said(&self, stage: &Stage, room: usize) -> Vec<Line> {
        let [title, what] = [&stage.title, &stage.what].map(|text| self.glyphs.text(text));
        let has_costs = self.costs && stage.costs.is_some();
        if !has_costs && !what.is_empty() && width(&title) + 2 + width(&what) <= room {
            let title = Line::of(Style::Bold, title);
            return vec![title.with(Style::Plain, format!("  {what}"))];
        }
        let texts = [(Style::Bold, title), (Style::Plain, what)];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let lines = texts.flat_map(|(style, text)| {
            wrap(&text, room).into_iter().map(move |line| Line::of(style, line))
        });
        lines.collect()
    }

    /// Parameters and FLOPs, each with its share, in columns.
    fn cells(&self, costs: &Costs) -> Vec<String> {
        let cells = costs.shares().map(|part| {
            let blanks =
                |text: &str, columns: usize| " ".repeat(columns.saturating_sub(width(text)));
            let [amount, share] = [&part.amount, &part.share].map(|text| self.glyphs.text(text));
            let start = blanks(&amount, AMOUNT);
            let share =
                if self.shares { format!("  {}{share}", blanks(&share, SHARE)) } else { share };
            format!("{start}{amount}{share}")
        });
        cells.collect()
    }
}
