//! The views of a picture that a processor resizes and cuts, and how their tokens join.

use std::sync::Arc;

use super::{MOST_SIZES, Picture, Source, VIEWS, View, by_size, say, sides, written};
use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Function};
use crate::graph::{Builder, Same};
use crate::media::{Cells, Grid, Kind, Padding, Pixels, Places, Rule};
use crate::stages::faults::Problem;
use crate::stages::image::Image;
use crate::units::ImageSize;

/// A processor's rule on a picture.
#[derive(Debug)]
pub struct Processed {
    rule: Arc<Rule>,
    /// What tells the rule apart from others of its name.
    settings: String,
    /// Pictures of the prompt.
    among: u64,
    /// The size on disk, if it is known.
    known: Option<Pixels>,
}

/// How the tokens of a picture's views join.
pub struct Joint {
    /// How the tiles form one grid; none where the tokens of one view follow those of the other.
    pub grids: Option<Grids>,
    /// Structural tokens of the picture, by kind.
    pub structural: Vec<(Kind, Dim)>,
}

/// Rows and columns of the grid that tiles form.
pub struct Grids {
    /// Of tiles.
    pub tiles: (Dim, Dim),
    /// Of tokens, without those that only show padding.
    pub unpadded: (Dim, Dim),
    /// Of tokens, to which the unpadded grid is resized.
    pub kept: (Dim, Dim),
}

/// What a function of a joint says before it counts structural tokens.
const JOINT: [&str; 16] = [
    "tokens",
    "tile_rows",
    "tile_columns",
    "unpadded_rows",
    "unpadded_columns",
    "rows",
    "columns",
    "start",
    "end",
    "tile",
    "overview",
    "column",
    "row",
    "separator",
    "newline",
    "number",
];

/// The place of the first kind in [`JOINT`].
const KINDS: usize = 7;

/// Pictures of many shapes, to see what a rule can do.
const SHAPES: [Pixels; 5] = [
    Pixels::new(480, 640),
    Pixels::new(1080, 1920),
    Pixels::new(37, 53),
    Pixels::new(2000, 300),
    Pixels::new(224, 224),
];

/// What is said of the size of pictures on disk.
const ON_DISK: [&str; 2] =
    ["height of the picture on disk in pixels", "width of the picture on disk in pixels"];

/// The pictures of a prompt that a processor resizes and cuts: so many alike as `image` says, or
/// those of the prompt's list.
///
/// # Errors
/// The processor refuses a picture, or its views cannot be told without its size.
pub fn processed(
    b: &mut Builder,
    (rule, settings): (&Arc<Rule>, &str),
    image: &Image,
    (alike, count): (&Dim, u64),
    sizes: &[(ImageSize, u64)],
) -> Result<Vec<Picture>, Vec<Problem>> {
    let names = ["H_disk", "W_disk"];
    let mut pictures = Vec::new();
    if sizes.is_empty() {
        let height = b.size(names[0], ON_DISK[0], "image.height", image.height).into();
        let width = b.size(names[1], ON_DISK[1], "image.width", image.width).into();
        pictures.push(((height, width), alike.clone(), "image"));
    }
    for (at, (size, count)) in sizes.iter().enumerate() {
        let disk = sides(b, names, ON_DISK, at, *size);
        pictures.push((disk, Dim::from(i128::from(*count)), "prompt.images"));
    }
    let (mut made, mut problems) = (Vec::new(), Vec::new());
    for (disk, alike, field) in pictures {
        let known = known(b, &disk);
        let settings = settings.to_owned();
        let processed = Processed { rule: rule.clone(), settings, among: count, known };
        match processed.views(b, &disk) {
            Ok(views) => made.push(Picture {
                count: alike,
                disk: Some(disk),
                views,
                source: Source::Rule(processed),
            }),
            Err(problem) => problems.push((field.to_owned(), problem)),
        }
    }
    if problems.is_empty() { Ok(made) } else { Err(problems) }
}

/// The size of a picture, if both sides are known.
fn known(b: &mut Builder, (height, width): &(Dim, Dim)) -> Option<Pixels> {
    let mut side = |side: &Dim| u64::try_from(b.symbols().eval(side).ok()??).ok();
    Some(Pixels::new(side(height)?, side(width)?))
}

impl Processed {
    /// The views of a picture.
    fn views(&self, b: &mut Builder, disk: &(Dim, Dim)) -> Result<Vec<View>, Diagnostic> {
        let (most, padding) = match self.known {
            Some(picture) => {
                let layout = self.rule.layout_among(picture, self.among);
                let layout = layout.map_err(|refusal| refusal.diagnostic(picture))?;
                (MOST_SIZES, layout.padding)
            }
            None if self.is_single_sized() => (1, self.padding()),
            None => return Err(self.missing_size()),
        };
        let inputs = [disk.0.clone(), disk.1.clone()];
        Ok(written(
            b,
            &self.function_of_views(),
            &inputs,
            most,
            padding,
            ("views of a picture", "processor"),
        ))
    }

    /// Whether all views of a picture have one size, whatever the picture.
    fn is_single_sized(&self) -> bool {
        SHAPES.into_iter().all(|picture| match self.rule.layout_among(picture, self.among) {
            Ok(layout) => by_size(&self.rule.sizes(picture, &layout)).len() == 1,
            Err(_) => true,
        })
    }

    /// What views are padded to, whatever the picture.
    fn padding(&self) -> Padding {
        let layouts = SHAPES.into_iter().map(|shape| self.rule.layout_among(shape, self.among));
        layouts.flatten().next().map_or(Padding::None, |layout| layout.padding)
    }

    fn missing_size(&self) -> Diagnostic {
        let text = format!(
            "the views that `{}` makes of a picture cannot be told without its size",
            self.rule.kind.name
        );
        Diagnostic::error(Code::MissingField, text)
            .help("say the size of the picture on disk, height x width: `image: 480x640`")
    }

    /// From the size on disk to views by size.
    fn function_of_views(&self) -> Arc<Function> {
        let (rule, among) = (self.rule.clone(), self.among);
        let eval = move |sides: &[i128], outputs: &mut [i128]| {
            let picture = pixels(sides)?;
            let layout = rule.layout_among(picture, among).map_err(|_| REFUSED)?;
            say(&rule.sizes(picture, &layout), layout.padding, outputs)
        };
        Arc::new(Function {
            name: self.name(""),
            settings: format!("{} of {among}", self.settings),
            inputs: &["height", "width"],
            outputs: &VIEWS,
            eval: Box::new(eval),
            source: self.rule.kind.source,
        })
    }

    /// From the size on disk and the tokens of a view, in rows and columns, to the picture's tokens.
    fn function_of_joint(&self) -> Arc<Function> {
        let (rule, among) = (self.rule.clone(), self.among);
        let eval = move |inputs: &[i128], outputs: &mut [i128]| {
            let picture = pixels(inputs)?;
            let layout = rule.layout_among(picture, among).map_err(|_| REFUSED)?;
            let side = |at: usize| u64::try_from(inputs[at]).map_err(|_| REFUSED);
            let cells = rule.cells().unwrap_or(Cells::Same(Grid::new(side(2)?, side(3)?)));
            let joined = rule.join(picture, &layout, cells);
            let (unpadded, kept) =
                (joined.unpadded.unwrap_or_default(), joined.kept.unwrap_or_default());
            let grids = [
                layout.rows,
                layout.columns,
                unpadded.rows,
                unpadded.columns,
                kept.rows,
                kept.columns,
            ];
            outputs.fill(0);
            outputs[0] = joined.tokens.into();
            for (to, side) in outputs[1..].iter_mut().zip(grids) {
                *to = side.into();
            }
            for (kind, count) in rule.structural(&Rule::places(&layout, &joined)) {
                if let Some(at) = JOINT.iter().skip(KINDS).position(|name| *name == kind.word()) {
                    outputs[KINDS + at] = count.into();
                }
            }
            Ok(())
        };
        Arc::new(Function {
            name: self.name("_joined"),
            settings: format!("{} of {among}", self.settings),
            inputs: &["height", "width", "rows", "columns"],
            outputs: &JOINT,
            eval: Box::new(eval),
            source: self.rule.kind.source,
        })
    }

    /// The rule's name in formulas.
    fn name(&self, end: &str) -> String {
        self.rule.kind.name.replace('-', "_") + end
    }

    /// Whether the tiles of a picture join to one grid after the bridge.
    fn joins(&self) -> bool {
        if self.rule.overlap() > 0 {
            return false;
        }
        let cells = self.rule.cells().unwrap_or(Cells::Same(Grid::new(24, 24)));
        let joins = |picture: Pixels| {
            let layout = self.rule.layout_among(picture, self.among).ok()?;
            self.rule.join(picture, &layout, cells).kept
        };
        match self.known {
            Some(picture) => joins(picture).is_some(),
            None => SHAPES.into_iter().any(|picture| joins(picture).is_some()),
        }
    }
}

/// The reason of a size that has no value, since the processor refuses the picture.
const REFUSED: &str = "the processor refuses the picture";

fn pixels(sides: &[i128]) -> Result<Pixels, &'static str> {
    let side = |at: usize| u64::try_from(sides[at]).map_err(|_| REFUSED);
    Ok(Pixels::new(side(0)?, side(1)?))
}

impl Picture {
    /// Whether its views have a size of their own, which no setting says.
    pub fn has_any_size(&self) -> bool {
        let cells = self.processed().and_then(|processed| processed.rule.cells());
        matches!(cells, Some(Cells::Squares(_)))
    }

    /// Rows and columns of the tiles that hold something: of those that the spec says, one row.
    pub fn tiles(&self, b: &mut Builder, view: &View) -> (Dim, Dim) {
        let (Some(processed), Some(disk)) = (self.processed(), &self.disk) else {
            return (Dim::one(), view.count.clone());
        };
        let inputs = [disk.0.clone(), disk.1.clone(), Dim::one(), Dim::one()];
        let outputs = b.symbols().call(&processed.function_of_joint(), &inputs);
        (outputs[1].clone(), outputs[2].clone())
    }

    /// Rows and columns of tiles that overlap, and by how many patches; nothing where none do.
    pub fn overlap(&self, b: &mut Builder) -> Option<((Dim, Dim), Dim)> {
        let (processed, disk) = (self.processed()?, self.disk.as_ref()?);
        let overlap = Some(processed.rule.overlap()).filter(|overlap| *overlap > 0)?;
        let inputs = [disk.0.clone(), disk.1.clone(), Dim::one(), Dim::one()];
        let outputs = b.symbols().call(&processed.function_of_joint(), &inputs);
        let mut side = |name: &str, meaning: &str, at: usize| -> Dim {
            b.named(name, meaning, outputs[at].clone()).into()
        };
        let rows = side("t_r", "rows of tiles that overlap", 1);
        let columns = side("t_c", "columns of tiles that overlap", 2);
        Some(((rows, columns), Dim::from(i128::from(overlap))))
    }

    /// What the processor says of the tokens of the picture, of whose views the first one becomes
    /// a grid of this many rows and columns, and all together so many tokens; nothing where there is
    /// no processor.
    pub fn joint(&self, b: &mut Builder, cells: &(Dim, Dim), made: Dim) -> Option<Joint> {
        let (processed, disk) = (self.processed()?, self.disk.as_ref()?);
        let inputs = match processed.rule.cells() {
            Some(_) => [disk.0.clone(), disk.1.clone(), Dim::one(), Dim::one()],
            None => [disk.0.clone(), disk.1.clone(), cells.0.clone(), cells.1.clone()],
        };
        let outputs = b.symbols().call(&processed.function_of_joint(), &inputs);
        let grids = processed.joins().then(|| {
            let mut side = |name: &str, meaning: &str, at: usize| -> Dim {
                b.named(name, meaning, outputs[at].clone()).into()
            };
            let rows = side("A", "rows of the joined grid of tiles", 5);
            let columns = side("C_j", "columns of the joined grid of tiles", 6);
            let pair = |at: usize| (outputs[at].clone(), outputs[at + 1].clone());
            Grids { tiles: pair(1), unpadded: pair(3), kept: (rows, columns) }
        });
        if grids.is_none() {
            b.require(Same {
                made,
                reserved: outputs[0].clone(),
                names: (
                    "tokens that encoder and bridge make of a picture",
                    "tokens that the processor reserves for it",
                ),
                field: "processor".into(),
                help: "the settings of `processor` must suit the encoder's patch and the bridge: a \
                       `factor` is the patch times the side of a merged block, `tokens` are those of \
                       one view",
            });
        }
        let place = |kind: Kind| JOINT.iter().skip(KINDS).position(|name| *name == kind.word());
        let kinds = processed.rule.structural(&Places::once()).into_iter();
        let structural = kinds
            .filter_map(|(kind, _)| Some((kind, outputs[KINDS + place(kind)?].clone())))
            .collect();
        Some(Joint { grids, structural })
    }
}
