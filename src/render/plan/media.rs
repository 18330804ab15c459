//! From the picture on disk to its tokens: every step that the processor takes.

use super::super::document::{Block, Column, Row as Line, Table};
use super::{Layout, cells};
use crate::cost::{Figure, PictureFigures, ViewFigures};
use crate::media::{Layout as Cut, Padding, Pixels, Processor, RuleKind};
use crate::stages::views::Frames;
use crate::units::{counted, exact};

impl Layout<'_> {
    /// What becomes of the pictures, in a line; nothing without a processor.
    pub fn media_in_brief(&self) -> Option<Line> {
        let text = match &self.report.tokens.pictures[..] {
            [PictureFigures { frames: Some(frames), disk: Some(disk), .. }] => {
                let kept = counted(frames.kept.into(), "frame");
                let views = self.plain(&self.report.tokens.encodings);
                return Some(cells([
                    "clip on disk",
                    "",
                    &format!(
                        "{} frames of {}: {kept} kept, {views} views",
                        exact(frames.source.into()),
                        self.size(disk)
                    ),
                ]));
            }
            _ => self.pictures_in_brief()?,
        };
        Some(cells(["picture on disk", "", &text]))
    }

    fn pictures_in_brief(&self) -> Option<String> {
        let rule = self.rule()?;
        Some(match &self.report.tokens.pictures[..] {
            _ if self.report.tokens.encodings.value == Some(0) => return None,
            [] => return None,
            [picture] => {
                let disk = self.size(picture.disk.as_ref()?);
                let cut = picture.layout.as_ref().map_or_else(|| rule.title.to_owned(), in_brief);
                format!("{disk}: {cut}")
            }
            pictures => {
                let views = self.plain(&self.report.tokens.encodings);
                format!("{} sizes, {}: {views} views", pictures.len(), rule.title)
            }
        })
    }

    /// Every step, a table for each picture.
    pub fn media(&self) -> Vec<Block> {
        let tables = self.report.tokens.pictures.iter().filter_map(|picture| self.steps(picture));
        let mut blocks: Vec<Block> = tables.map(Block::Table).collect();
        let design = &self.report.design;
        let frame = design.video_processor.as_ref().map(|video| video.frame.kind());
        let rules = self.rule().into_iter().chain(frame.filter(|_| design.prompt.video.is_some()));
        let mut lines: Vec<String> = Vec::new();
        for rule in rules {
            let line = format!("{}: {}", rule.name, rule.in_words);
            if !lines.contains(&line) {
                lines.extend([line, format!("source: {}", rule.source)]);
            }
        }
        if lines.is_empty() {
            lines.push("no processor is given: `image` is the size after it".to_owned());
        }
        blocks.push(Block::Notes { heading: "The rule".into(), lines });
        blocks
    }

    fn rule(&self) -> Option<&'static RuleKind> {
        self.report.design.processor.as_ref().map(Processor::kind)
    }

    /// The steps of one picture.
    fn steps(&self, picture: &PictureFigures) -> Option<Table> {
        let disk = picture.disk.as_ref()?;
        let mut lines = vec![cells(["on disk", &self.size(disk), ""])];
        if let Some(Frames { source, kept, fps, text }) = &picture.frames {
            let rate = format!("{fps} frames per second");
            lines.push(cells(["frames", &exact((*source).into()), &rate]));
            lines.push(cells(["frames kept", &exact((*kept).into()), ""]));
            if text.pieces > 0 {
                let (pieces, characters) =
                    (exact(text.pieces.into()), exact(text.characters.into()));
                let how = format!("{characters} characters, whose tokens belong to `text_tokens`");
                lines.push(cells(["pieces of text", &pieces, &how]));
            }
        }
        if let Some(cut) = &picture.layout {
            lines.extend(of_layout(cut));
        }
        for view in self.report.tokens.views_of(picture) {
            lines.extend(self.of_views(view));
        }
        if let Some((rows, columns)) = &picture.grid {
            let grid = format!("{} × {}", self.plain(rows), self.plain(columns));
            lines.push(cells(["joined grid", &grid, "tokens of the tiles, without padding"]));
        }
        lines.push(Line::Line("encoder-side tokens stop here; the bridge hands over".into()));
        lines.push(cells(["visual tokens", &self.plain(&picture.visual), "LLM-side"]));
        for (kind, count) in picture.structural.iter().filter(|(_, count)| count.value != Some(0)) {
            lines.push(cells([kind.word(), &self.plain(count), "structural"]));
        }
        let heading = match picture.count.value {
            Some(1) => format!("From {} on disk to the LLM", self.size(disk)),
            _ => format!(
                "From {} on disk to the LLM, each of {} such pictures",
                self.size(disk),
                self.plain(&picture.count)
            ),
        };
        let columns = vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()];
        Some(Table { heading, columns, rows: lines })
    }

    /// Views of one size: their patches, and what the encoder makes of them.
    fn of_views(&self, view: &ViewFigures) -> Vec<Line> {
        let (rows, columns) = (self.plain(&view.grid.0), self.plain(&view.grid.1));
        let views = match view.count.value {
            Some(1) => "a view".to_owned(),
            _ => format!("each of {} views", self.plain(&view.count)),
        };
        let patches = format!("{rows} × {columns}, {views} of {}", self.size(&view.image));
        let encoder = match &view.visual {
            Some(visual) => format!("{views}, of which the bridge makes {}", self.plain(visual)),
            None => format!("{views}, whose tokens are joined to one grid before the bridge"),
        };
        let mut lines = vec![
            cells(["patches", &self.plain(&view.patches), &patches]),
            cells(["encoder-side tokens", &self.plain(&view.encoder_valid), &encoder]),
        ];
        if view.encoder.dim != view.encoder_valid.dim {
            lines.push(cells(["  with padding", &self.plain(&view.encoder), "that run"]));
        }
        lines
    }

    fn size(&self, (height, width): &(Figure, Figure)) -> String {
        format!("{}×{}", self.plain(height), self.plain(width))
    }
}

/// `resized to 476×644`, or `3 × 4 tiles of 448×448, overview`.
fn in_brief(cut: &Cut) -> String {
    if !cut.is_cut() {
        return format!("resized to {}", size(cut.tile));
    }
    let tiles = match cut.tiles() {
        1 => format!("a tile of {}", size(cut.tile)),
        _ => format!("{} × {} tiles of {}", cut.rows, cut.columns, size(cut.tile)),
    };
    match cut.overview {
        None => tiles,
        Some(overview) if overview == cut.tile => format!("{tiles}, overview"),
        Some(overview) => format!("{tiles}, overview {}", size(overview)),
    }
}

/// What the processor does, step by step.
fn of_layout(cut: &Cut) -> Vec<Line> {
    let mut lines = vec![cells(["resized", &size(cut.resized), ""])];
    if cut.canvas != cut.resized {
        lines.push(cells(["padded", &size(cut.canvas), "the canvas"]));
    }
    if cut.is_cut() {
        let grid = format!("{} × {}", cut.rows, cut.columns);
        lines.push(cells(["tiles", &grid, &format!("each {}", size(cut.tile))]));
    }
    if let Some(overview) = cut.overview {
        lines.push(cells(["overview", &size(overview), "the whole picture once more"]));
    }
    match cut.padding {
        Padding::None => {}
        Padding::Pixels(to) => {
            lines.push(cells(["each view padded", &size(to), "before the encoder"]));
        }
        Padding::Patches(to) => {
            let to = format!("{} patches", exact(to.into()));
            lines.push(cells(["each view padded", &to, "before the encoder"]));
        }
        Padding::Views(to) => {
            lines.push(cells(["views padded", &exact(to.into()), "empty ones among them"]));
        }
    }
    lines
}

fn size(pixels: Pixels) -> String {
    format!("{}×{}", exact(pixels.height.into()), exact(pixels.width.into()))
}
