//! A family: its processor, and what is asked of its encoder.

use std::fs;

use serde::Deserialize;
use vlmcalc::internals::diag::{Source, Sources};
use vlmcalc::internals::media::{Cells, Joined, Layout, Padding, Pixels, Processor, Rule};
use vlmcalc::internals::units::Size;
use vlmcalc::internals::yaml;

/// A file of `families/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Side of the encoder's patches in pixels.
    patch: Size,
    /// Tokens of each view beside those of its patches.
    #[serde(default)]
    class_tokens: Option<Size>,
    processor: Processor,
}

pub struct Family {
    pub rule: Rule,
    pub cells: Cells,
    patch: u64,
    class_tokens: u64,
}

/// A picture as a family sees it.
pub struct Seen {
    pub layout: Layout,
    pub joined: Joined,
    /// Patches of each view.
    pub view_patches: Vec<[u64; 2]>,
}

/// The names of all files.
pub fn names() -> Vec<String> {
    let files = fs::read_dir("tests/media/families").unwrap();
    let name = |path: std::path::PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = files.map(|file| name(file.unwrap().path())).collect();
    names.sort();
    names
}

/// A file, read as specs are.
fn decode(name: &str, text: String) -> File {
    let mut sources = Sources::default();
    let id = sources.add(Source::new(name, text));
    let tree = yaml::parse(&sources, id).unwrap_or_else(|faults| panic!("{faults:?}"));
    yaml::decode(&tree, &sources).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The processor of a file's text.
pub fn processor(name: &str, text: String) -> Processor {
    decode(name, text).processor
}

impl Family {
    /// The family of a file.
    pub fn read(name: &str) -> Family {
        let path = format!("tests/media/families/{name}.yaml");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let file = decode(name, text);
        let rule = file.processor.rule().unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        Family {
            cells: rule.cells().unwrap_or_else(|| panic!("{name} says no tokens")),
            rule,
            patch: file.patch.get(),
            class_tokens: file.class_tokens.map_or(0, Size::get),
        }
    }

    /// A picture as the family sees it, one of several or alone.
    pub fn see(&self, picture: Pixels, among: u64) -> Option<Seen> {
        let layout = self.rule.layout_among(picture, among).ok()?;
        let patches = |size: Pixels| [size.height / self.patch, size.width / self.patch];
        let sizes = self.rule.sizes(picture, &layout);
        let view_patches =
            sizes.iter().flat_map(|view| vec![patches(view.size); view.count as usize]);
        Some(Seen {
            joined: self.rule.join(picture, &layout, self.cells),
            view_patches: view_patches.collect(),
            layout,
        })
    }
}

impl Seen {
    /// Patches of all views.
    pub fn patches(&self) -> u64 {
        self.view_patches.iter().map(|[rows, columns]| rows * columns).sum()
    }

    /// Encoder-side tokens that hold something of the picture.
    pub fn encoder_valid(&self, family: &Family) -> u64 {
        self.patches() + self.layout.views() * family.class_tokens
    }

    /// Encoder-side tokens that the reference runs on.
    pub fn encoder(&self, family: &Family) -> u64 {
        let views = self.layout.views_run();
        match self.layout.padding {
            Padding::Patches(patches) => views * (patches + family.class_tokens),
            Padding::Pixels(size) => {
                views
                    * ((size.height / family.patch) * (size.width / family.patch)
                        + family.class_tokens)
            }
            Padding::None | Padding::Views(_) => self.encoder_valid(family),
        }
    }

    /// Structural tokens, if the picture stands alone.
    pub fn structural(&self, family: &Family) -> u64 {
        let mut places = Rule::places(&self.layout, &self.joined);
        places.run = 1;
        family.rule.structural(&places).iter().map(|(_, count)| count).sum()
    }
}

/// Notes a difference, if there is one.
pub fn compare<T: PartialEq + std::fmt::Debug>(
    wrong: &mut Vec<String>,
    what: &str,
    ours: T,
    theirs: Option<T>,
) {
    if let Some(theirs) = theirs.filter(|theirs| *theirs != ours) {
        wrong.push(format!("{what}: {ours:?}, measured {theirs:?}"));
    }
}
