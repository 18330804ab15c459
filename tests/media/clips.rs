//! What video processors make of clips, compared with what the real ones did, to the last integer.
//!
//! `clips/families/` has the settings of each family as a spec says them, `clips/tables/` the
//! measurements; `clips/extract.py` writes these.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;

use serde::Deserialize;
use serde_json::Value;
use vlmcalc::internals::diag::{Source as File, Sources};
use vlmcalc::internals::media::clip::{Clip, ClipLayout, ClipRule, Kept, Refusal, VideoProcessor};
use vlmcalc::internals::media::{Cells, Pixels};
use vlmcalc::internals::units::Size;
use vlmcalc::internals::yaml;

/// A file of `families/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Side of the encoder's patches in pixels.
    patch: Size,
    /// What kind each special token is.
    kinds: BTreeMap<String, String>,
    pub configs: BTreeMap<String, VideoProcessor>,
}

/// A row of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    config: String,
    size: [u64; 2],
    // Frames that are given, or a clip on disk.
    frames: Option<u64>,
    seconds: Option<f64>,
    fps: Option<f64>,
    source_frames: Option<u64>,
    #[serde(default)]
    call: BTreeMap<String, Value>,
    // What came of it.
    kept: Option<u64>,
    indices: Option<Indices>,
    resized: Option<[u64; 2]>,
    grid: Option<[u64; 3]>,
    patches: Option<u64>,
    frame_patches: Option<u64>,
    padded_patches: Option<u64>,
    units: Option<u64>,
    tiles: Option<[u64; 2]>,
    first_views: Option<Vec<[u64; 2]>>,
    visual: Option<u64>,
    kinds: Option<BTreeMap<String, u64>>,
    text: Option<(u64, u64, Option<String>, Option<String>)>,
    content: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Indices {
    head: Vec<u64>,
    tail: Vec<u64>,
}

pub fn families() -> Vec<String> {
    let files = fs::read_dir("tests/media/clips/families").unwrap();
    let name = |path: std::path::PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = files.map(|file| name(file.unwrap().path())).collect();
    names.sort();
    names
}

pub fn family(name: &str) -> Family {
    let path = format!("tests/media/clips/families/{name}.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let mut sources = Sources::default();
    let id = sources.add(File::new(path, text));
    let tree = yaml::parse(&sources, id).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
    yaml::decode(&tree, &sources).unwrap_or_else(|faults| panic!("{name}: {faults:?}"))
}

/// The processor with what a call sets.
fn called(processor: &VideoProcessor, call: &BTreeMap<String, Value>) -> ClipRule {
    let mut value = serde_json::to_value(processor).unwrap();
    for (key, set) in call {
        let samplers = value["sample"].as_object_mut().unwrap();
        let sampler = samplers.values_mut().next().unwrap().as_object_mut().unwrap();
        assert!(sampler.contains_key(key), "no setting `{key}`");
        sampler.insert(key.clone(), set.clone());
    }
    let processor: VideoProcessor = serde_json::from_value(value).unwrap();
    processor.rule().unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn clip(row: &Row) -> Clip {
    let size = Pixels::new(row.size[0], row.size[1]);
    match (row.frames, row.seconds, row.fps) {
        (Some(frames), None, None) => Clip::given(size, frames),
        (None, Some(seconds), Some(fps)) => Clip::on_disk(size, seconds, fps).unwrap(),
        _ => panic!("neither given nor on disk"),
    }
}

/// The kind of error that the reference raises.
fn raised(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Neither | Refusal::One => "TypeError",
        Refusal::NoFrame | Refusal::NoPixel { .. } => "ZeroDivisionError",
        Refusal::PastTheEnd { .. } => "IndexError",
        _ => "ValueError",
    }
}

/// What is compared, with the differences found.
struct Differences(Vec<String>);

impl Differences {
    fn equal<T: PartialEq + Debug>(&mut self, what: &str, expected: Option<T>, found: T) {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            self.0.push(format!("{what}: expected {expected:?}, found {found:?}"));
        }
    }
}

/// A clip as a processor sees it.
pub struct Seen {
    pub kept: Kept,
    pub layout: ClipLayout,
    pub cells: Cells,
}

pub fn seen(rule: &ClipRule, clip: &Clip) -> Result<Seen, Refusal> {
    let kept = rule.kept(clip)?;
    let layout = rule.layout(clip.size, &kept)?;
    Ok(Seen { kept, layout, cells: rule.cells().unwrap() })
}

fn compare(family: &Family, rule: &ClipRule, row: &Row, differences: &mut Differences) {
    let clip = clip(row);
    differences.equal("source frames", row.source_frames, clip.source.frames);
    let Seen { kept, layout, cells } = match (seen(rule, &clip), &row.error) {
        (Ok(seen), None) => seen,
        (Err(refusal), Some(error)) => {
            assert!(!refusal.message().is_empty() && !refusal.help().is_empty());
            return differences.equal("error", Some(&**error), raised(refusal));
        }
        (Ok(_), Some(error)) => return differences.0.push(format!("no {error}")),
        (Err(refusal), None) => return differences.0.push(refusal.message()),
    };
    differences.equal("kept", row.kept, kept.count());
    if let Some(Indices { head, tail }) = &row.indices {
        let from = kept.count() - tail.len() as u64;
        let indices = |from: u64, many: usize| {
            (from..).take(many).map(|place| kept.index(place)).collect::<Vec<_>>()
        };
        differences.equal("head", Some(head.clone()), indices(0, head.len()));
        differences.equal("tail", Some(tail.clone()), indices(from, tail.len()));
    }
    let (frame, patch) = (layout.frame(), family.patch.get());
    let in_patches = |view: Pixels| [view.height / patch, view.width / patch];
    differences.equal("resized", row.resized, [frame.canvas.height, frame.canvas.width]);
    if let Some(grid) = row.grid {
        let visual = rule.settings().pool.map(|pool| {
            let [rows, columns] = in_patches(frame.canvas);
            let pooled = pool.pooled(vlmcalc::internals::media::Grid::new(rows, columns));
            [pooled.rows, pooled.columns]
        });
        let [rows, columns] = visual.unwrap_or(in_patches(frame.canvas));
        differences.equal("grid", Some(grid), [layout.pictures[0].seen, rows, columns]);
    }
    let patches = layout.patches(patch).unwrap();
    differences.equal("patches", row.patches, patches.needed);
    differences.equal("frame patches", row.frame_patches, patches.needed / layout.frames);
    differences.equal("padded patches", row.padded_patches, patches.executed / layout.frames);
    differences.equal("units", row.units, layout.groups());
    let tiles = if frame.is_cut() { [frame.rows, frame.columns] } else { [0, 0] };
    differences.equal("tiles", row.tiles, tiles);
    let views = frame.overview.into_iter().chain((0..frame.tiles()).map(|_| frame.tile));
    differences.equal("first views", row.first_views.clone(), views.map(in_patches).collect());
    let visual = rule.visual(&layout, cells).unwrap();
    match row.content.as_deref() {
        Some("still") => differences.equal("visual", row.visual, visual.least),
        Some("noise") | None => differences.equal("visual", row.visual, visual.most),
        Some(_) => {
            let range = visual.least..=visual.most;
            differences.equal("in range", Some(true), range.contains(&row.visual.unwrap()));
        }
    }
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (token, count) in row.kinds.iter().flatten().filter(|(_, count)| **count > 0) {
        *kinds.entry(&*family.kinds[token]).or_default() += count;
    }
    let structural = rule.structural(&layout, cells).unwrap();
    let structural = structural.iter().map(|(kind, count)| (kind.word(), *count)).collect();
    differences.equal("kinds", Some(kinds), structural);
    let text = rule.text(&clip, &kept, &layout);
    let found = (text.pieces, text.characters, text.first, text.last);
    differences.equal("text", row.text.clone(), found);
}

#[test]
fn every_row_is_exact() {
    let mut rows = 0;
    let mut wrong = Vec::new();
    for name in families() {
        let family = family(&name);
        let text = fs::read_to_string(format!("tests/media/clips/tables/{name}.json")).unwrap();
        let table: Vec<Row> = serde_json::from_str(&text).unwrap();
        for (number, row) in table.iter().enumerate() {
            let rule = called(&family.configs[&row.config], &row.call);
            let mut differences = Differences(Vec::new());
            compare(&family, &rule, row, &mut differences);
            wrong.extend(differences.0.iter().map(|found| format!("{name} {number}: {found}")));
        }
        rows += table.len();
    }
    assert!(rows >= 513, "{rows} rows");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
