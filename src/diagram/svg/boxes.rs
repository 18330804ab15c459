//! The boxes of an SVG picture, and the way of the tokens between them.

use super::super::picture::{Flow, Role, Share, Side, Stage};
use super::page::{Font, Page, head_down, head_left, head_right, path, rectangle};

const TITLE: Font = Font::new("title", 10, 20);
const WHAT: Font = Font::new("what", 8, 17);
const COST: Font = Font::new("cost", 8, 18);
const TOKENS: Font = Font::new("tokens", 10, 22);
const SHAPE: Font = Font::new("shape", 8, TOKENS.line);
const SYMBOLS: Font = Font::new("shape symbols", 8, TOKENS.line);

/// Pixels from the border of a box to what it says.
const INSET: usize = 12;

/// Pixels of shares, where there are any: `100.0 %`, and a gap.
pub const SHARES: usize = 76;

/// Pixels between boxes that nothing is written between, and around what is written.
const GAP: usize = 14;

/// Pixels from the trunk to what it carries.
const OFF: usize = 14;

/// Pixels of an arrow from the side to the trunk.
const SIDEWAYS: usize = 40;

/// Where shapes start from the left of the page, if nothing is there yet.
const STOPS: [usize; 3] = [0, 420, 590];

/// Pixels from the left border of a box to the trunk.
pub const TRUNK: usize = 36;

/// A column of the page that boxes stand in, with the trunk that they are on.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Left borders of boxes.
    pub left: usize,
    /// Right borders.
    pub right: usize,
    /// The trunk.
    pub trunk: usize,
    /// Where the trunk comes from, if something is on it.
    pub from: Option<usize>,
}

/// A drawing under way.
pub struct Canvas {
    /// The page.
    pub page: Page,
    /// Whether boxes say what they cost.
    pub costs: bool,
    /// Pixels for shares.
    pub shares: usize,
}

impl Canvas {
    /// Stages from the top down; those in a frame hand their last value to it.
    pub fn stages(&mut self, column: &mut Column, stages: &[Stage], side: Side, framed: bool) {
        let mut above = None;
        for (at, stage) in stages.iter().enumerate() {
            let leaves = at + 1 < stages.len() || !framed;
            match stage.role {
                Role::Trunk => self.on_trunk(column, stage, side, leaves),
                Role::Source => self.source(*column, stage, side),
                Role::Branch => self.branch(*column, stage, side),
                Role::Aside => self.aside(*column, stage, side),
                Role::Unused => above = Some(self.unused(*column, stage, side, above)),
            }
            above = above.filter(|_| stage.role == Role::Unused);
        }
    }

    /// The trunk down to `y`, with a head there.
    pub fn down_to(&mut self, column: &mut Column, y: usize) {
        if let Some(from) = column.from.take() {
            self.page.put(path("way", &[[column.trunk, from], [column.trunk, y - 8]]));
            self.page.put(head_down(column.trunk, y));
        }
    }

    fn on_trunk(&mut self, column: &mut Column, stage: &Stage, side: Side, leaves: bool) {
        for flow in stage.takes.iter().chain(&stage.joins) {
            match column.from {
                None => {
                    column.from = Some(self.page.y);
                    self.flow(*column, flow);
                }
                // It joins what is on the trunk already.
                Some(_) => {
                    let y = self.page.y + TOKENS.line - 6;
                    let (end, start) = (column.trunk + 2, column.trunk + SIDEWAYS);
                    self.page.put(path("way", &[[start, y], [end + 8, y]]));
                    self.page.put(head_left(end, y));
                    self.flow(Column { trunk: start - OFF / 2, ..*column }, flow);
                }
            }
        }
        self.page.y += GAP;
        let top = self.page.y;
        self.down_to(column, top);
        self.boxed(*column, stage, side);
        column.from = Some(self.page.y);
        if leaves {
            self.flow(*column, &stage.makes);
        }
    }

    /// A box beside the trunk whose value joins it.
    fn source(&mut self, column: Column, stage: &Stage, side: Side) {
        let mut beside = column.beside();
        for flow in &stage.takes {
            beside.from.get_or_insert(self.page.y);
            self.flow(beside, flow);
        }
        self.page.y += GAP;
        let top = self.page.y;
        self.down_to(&mut beside, top);
        self.joining(column, stage, side);
    }

    /// A box beside the trunk that reads from it, and whose value joins it.
    fn branch(&mut self, column: Column, stage: &Stage, side: Side) {
        self.page.y += GAP;
        let (y, left) = (self.page.y + 20, column.beside().left);
        self.page.put(path("way", &[[column.trunk, y], [left - 8, y]]));
        self.page.put(head_right(left, y));
        self.joining(column, stage, side);
    }

    /// A box beside the trunk, and the way of its value into the trunk.
    fn joining(&mut self, column: Column, stage: &Stage, side: Side) {
        let beside = column.beside();
        self.boxed(beside, stage, side);
        let out = self.page.y;
        self.flow(beside, &stage.makes);
        let y = self.page.y + 4;
        let end = column.trunk + 1;
        self.page.put(path("way", &[[beside.trunk, out], [beside.trunk, y], [end + 8, y]]));
        self.page.put(head_left(end, y));
        self.page.y = y + 4;
    }

    /// A box beside the trunk that reads what is further up, and that something further down reads.
    fn aside(&mut self, column: Column, stage: &Stage, side: Side) {
        let beside = column.beside();
        self.page.y += GAP;
        self.boxed(beside, stage, side);
        let out = self.page.y;
        self.flow(beside, &stage.makes);
        let y = self.page.y + 4;
        self.page.put(path("way", &[[beside.trunk, out], [beside.trunk, y]]));
        self.page.y = y + 4;
    }

    /// A box beside the trunk, read from it or from the box `above`, that nothing reads. Says where
    /// its lower border is.
    fn unused(&mut self, column: Column, stage: &Stage, side: Side, above: Option<usize>) -> usize {
        let beside = column.beside();
        self.page.y += GAP;
        let top = self.page.y;
        self.boxed(beside, stage, side);
        match above {
            Some(from) => {
                self.page.put(path("aside", &[[beside.trunk, from], [beside.trunk, top - 8]]));
                self.page.put(head_down(beside.trunk, top));
            }
            None => {
                let y = top + 20;
                self.page.put(path("aside", &[[column.trunk, y], [beside.left - 8, y]]));
                self.page.put(head_right(beside.left, y));
            }
        }
        self.page.y
    }

    /// A value on its way down: how many tokens there are, and their shape.
    fn flow(&mut self, column: Column, flow: &Flow) {
        let x = column.trunk + OFF;
        let room = column.right.saturating_sub(x);
        let mut y = self.page.y + 6;
        let mut left = x;
        let parts = [(TOKENS, &flow.label), (SHAPE, &flow.numbers), (SYMBOLS, &flow.symbols)];
        for ((font, text), stop) in parts.into_iter().zip(STOPS) {
            left = left.max(stop);
            if left > x && left + font.measure(text) > column.right {
                y += TOKENS.line;
                left = x;
            }
            let lines = font.wrap(text, room);
            let bottom = self.page.text(font, left, y, &lines);
            y = bottom.saturating_sub(TOKENS.line);
            left = match &lines[..] {
                [only] => left + font.measure(only) + OFF,
                // The next one starts below what was broken.
                _ => column.right,
            };
        }
        self.page.y = y + TOKENS.line;
    }

    /// A box, or a frame with the boxes in it, from the page's place down.
    fn boxed(&mut self, column: Column, stage: &Stage, side: Side) {
        let (top, at) = (self.page.y, self.page.len());
        let bottom = self.says(column, stage);
        self.page.y = bottom;
        let framed = !stage.inside.is_empty();
        if framed {
            let mut inside = Column { left: column.left + 12, right: column.right - 12, ..column };
            inside.from = Some(self.page.y);
            self.stages(&mut inside, &stage.inside, side, true);
            let end = self.page.y + GAP;
            if let Some(from) = inside.from {
                self.page.put(path("way", &[[inside.trunk, from], [inside.trunk, end]]));
            }
            self.page.y = end;
        }
        let class = match (stage.role, side) {
            (Role::Unused, _) => "unused",
            (_, Side::Encoder) => "encoder",
            (_, Side::Bridge) => "bridge",
            (_, Side::Llm) => "llm",
        };
        let kind = if framed { "frame" } else { "box" };
        let size = [column.right - column.left, self.page.y - top];
        let border = rectangle(&format!("{kind} {class}"), [column.left, top], size);
        self.page.put_below(at, border);
    }

    /// What a box says: its words on the left, its costs on the right. Says where that ends.
    fn says(&mut self, column: Column, stage: &Stage) -> usize {
        let (left, right) = (column.left + INSET, column.right - INSET);
        let costs = stage.costs.iter().filter(|_| self.costs).flat_map(|costs| costs.shares());
        let costs: Vec<&Share> = costs.collect();
        let amounts = costs.iter().map(|cost| COST.measure(&cost.amount)).max();
        let taken = amounts.map_or(0, |widest| widest + self.shares + OFF);
        let room = right - left - taken;
        let top = self.page.y + 7;
        let mut bottom = self.page.text(TITLE, left, top, &TITLE.wrap(&stage.title, room));
        if !stage.what.is_empty() {
            bottom = self.page.text(WHAT, left, bottom, &WHAT.wrap(&stage.what, room));
        }
        let mut y = top;
        for cost in costs {
            self.page.text_to(COST, right - self.shares, y, &cost.amount);
            if !cost.share.is_empty() {
                self.page.text_to(COST, right, y, &cost.share);
            }
            y += COST.line;
        }
        bottom.max(y) + 9
    }
}

impl Column {
    /// The column to the right of the trunk.
    fn beside(self) -> Column {
        let left = self.trunk + 44;
        Column { left, right: self.right, trunk: left + TRUNK, from: None }
    }
}
