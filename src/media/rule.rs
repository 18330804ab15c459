//! A rule: what it is, what its settings are asked, and what is asked of it when it is prepared.

use std::fmt::Debug;

use super::{Cells, Grid, Kind, Layout, Markers, Pixels, Places, Problem, Problems, Refusal, View};

/// What is known of a rule by its name.
#[derive(Debug)]
pub struct RuleKind {
    /// The name in a spec.
    pub name: &'static str,
    /// The name in prose.
    pub title: &'static str,
    /// What it does, in a sentence or two.
    pub in_words: &'static str,
    /// Where it is written.
    pub source: &'static str,
}

/// The settings of a rule, as a spec says them.
pub trait Settings {
    /// What is known of the rule by its name.
    const KIND: RuleKind;

    /// Notes what is wrong with the settings.
    fn check(&self, problems: &mut Problems);

    /// The rule, ready to be asked: what all pictures share is made once. The settings have no
    /// problems.
    fn views(&self) -> Box<dyn Views>;

    /// The structural tokens around the views.
    fn markers(&self) -> Markers;

    /// LLM-side tokens of a view, as far as the rule says them itself.
    fn cells(&self) -> Option<Cells>;
}

/// How a rule resizes, cuts and joins. Nothing here allocates but [`Views::sizes`].
pub trait Views: Debug + Send + Sync {
    /// How a picture is resized and cut, whose sides are [checked](Pixels::checked).
    ///
    /// # Errors
    /// The processor refuses the picture.
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal>;

    /// How a picture is resized and cut, if several stand in one prompt.
    ///
    /// # Errors
    /// The processor refuses the picture.
    fn layout_among_several(&self, picture: Pixels) -> Result<Layout, Refusal> {
        self.layout(picture)
    }

    /// How the tokens of the views join: one view after the other, if a rule does not say
    /// otherwise.
    fn join(&self, picture: Pixels, layout: &Layout, cells: Cells) -> Joined {
        let _ = picture;
        Joined::in_turn(layout, cells)
    }

    /// Patches of a tile, on both sides together, that its neighbours show too: the tokens of such
    /// tiles are joined to one grid before the bridge. None overlap if a rule does not say so.
    fn overlap(&self) -> u64 {
        0
    }

    /// The views by size, tiles first.
    fn sizes(&self, picture: Pixels, layout: &Layout) -> Vec<View> {
        let _ = picture;
        let tiles = View { count: layout.tiles(), size: layout.tile };
        let overview = layout.overview.map(|size| View { count: 1, size });
        [tiles].into_iter().chain(overview).collect()
    }
}

/// LLM-side visual tokens of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Visual tokens, learned newlines and separators among them.
    pub tokens: u64,
    /// Rows of visual tokens, after which a marker may stand.
    pub lines: u64,
    /// The grid of the tiles together, without what was padded; nothing where tiles are not joined.
    pub unpadded: Option<Grid>,
    /// The grid that stays of it: the same, or a smaller one that it is resized or pooled to.
    pub kept: Option<Grid>,
}

impl Joined {
    /// The tokens of one view after those of the other.
    pub fn in_turn(layout: &Layout, cells: Cells) -> Joined {
        let tile = cells.of(layout.tile);
        let overview = layout.overview.map(|view| cells.of(view)).unwrap_or_default();
        Joined {
            tokens: layout.tiles() * tile.count() + overview.count(),
            lines: layout.tiles() * tile.rows + overview.rows,
            unpadded: None,
            kept: None,
        }
    }
}

/// What one picture costs in the LLM's sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Count {
    /// LLM-side visual tokens.
    pub visual: u64,
    /// Structural tokens around and between them.
    pub structural: u64,
}

/// A rule with its settings, ready to be asked.
#[derive(Debug)]
pub struct Rule {
    /// What is known of it by its name.
    pub kind: &'static RuleKind,
    views: Box<dyn Views>,
    markers: Markers,
    totals: Places,
    cells: Option<Cells>,
}

impl Rule {
    /// A rule of these settings.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn of<S: Settings>(settings: &S, kind: &'static RuleKind) -> Result<Rule, Vec<Problem>> {
        let (mut problems, markers) = (Problems::default(), settings.markers());
        settings.check(&mut problems);
        markers.check(&mut problems);
        let problems = problems.found();
        if !problems.is_empty() {
            return Err(problems);
        }
        let (views, cells) = (settings.views(), settings.cells());
        Ok(Rule { kind, views, markers, totals: Places::totals(&markers), cells })
    }

    /// LLM-side tokens of a view, as far as the settings say them.
    pub fn cells(&self) -> Option<Cells> {
        self.cells
    }

    /// How a picture is resized and cut.
    ///
    /// # Errors
    /// The processor refuses the picture.
    pub fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        self.views.layout(picture.checked()?)
    }

    /// How a picture is resized and cut, one of so many in a prompt.
    ///
    /// # Errors
    /// The processor refuses the picture.
    pub fn layout_among(&self, picture: Pixels, pictures: u64) -> Result<Layout, Refusal> {
        let picture = picture.checked()?;
        if pictures > 1 {
            self.views.layout_among_several(picture)
        } else {
            self.views.layout(picture)
        }
    }

    /// The views by size, tiles first.
    pub fn sizes(&self, picture: Pixels, layout: &Layout) -> Vec<View> {
        self.views.sizes(picture, layout)
    }

    /// Patches of a tile, on both sides together, that its neighbours show too.
    pub fn overlap(&self) -> u64 {
        self.views.overlap()
    }

    /// How the tokens of the views join, if each view becomes these.
    pub fn join(&self, picture: Pixels, layout: &Layout, cells: Cells) -> Joined {
        self.views.join(picture, layout, cells)
    }

    /// How often each place of a picture occurs where structural tokens may stand. The place `run`
    /// is not the picture's: it is 0.
    pub fn places(layout: &Layout, joined: &Joined) -> Places {
        let cut = u64::from(layout.is_cut());
        Places {
            run: 0,
            picture: 1,
            view: layout.views(),
            tile: cut * layout.tiles(),
            whole: u64::from(cut == 0 || layout.overview.is_some()),
            overview: u64::from(layout.overview.is_some()),
            between_columns: cut * layout.rows * (layout.columns - 1),
            row: cut * layout.rows,
            between_rows: cut * (layout.rows - 1),
            line: joined.lines,
            between_lines: joined.lines.saturating_sub(1),
        }
    }

    /// Structural tokens of each kind at these places.
    pub fn structural(&self, places: &Places) -> Vec<(Kind, u64)> {
        self.markers.by_kind(places)
    }

    /// What a picture costs that stands alone.
    ///
    /// # Errors
    /// The processor refuses the picture.
    pub fn count(&self, picture: Pixels, cells: Cells) -> Result<Count, Refusal> {
        let layout = self.layout(picture)?;
        let joined = self.join(picture, &layout, cells);
        let places = Places { run: 1, ..Rule::places(&layout, &joined) };
        Ok(Count { visual: joined.tokens, structural: places.weighed(&self.totals) })
    }
}
