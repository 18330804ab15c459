//! One picture of many sizes.

use std::fs;

use serde::Deserialize;
use vlmcalc::internals::media::Pixels;

use super::family::{Family, compare};

/// A row: what is not there was not measured.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    size: [u64; 2],
    refused: Option<String>,
    resized: Option<[u64; 2]>,
    canvas: Option<[u64; 2]>,
    /// What a picture, or its thumbnail, is resized to that is not cut (LFM2-VL).
    native: Option<[u64; 2]>,
    grid: Option<[u64; 2]>,
    overview: Option<bool>,
    views: Option<u64>,
    /// Strips that pan and scan would cut (the rule of another file).
    strips: Option<u64>,
    patches: Option<u64>,
    padded_patches: Option<u64>,
    patch_grid: Option<[u64; 2]>,
    view_patches: Option<Vec<[u64; 2]>>,
    encoder: Option<u64>,
    encoder_valid: Option<u64>,
    kept: Option<[u64; 2]>,
    visual: Option<u64>,
    structural: Option<u64>,
}

fn sides(size: Pixels) -> [u64; 2] {
    [size.height, size.width]
}

/// The differences of a row.
fn differences(family: &Family, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let picture = Pixels::new(row.size[0], row.size[1]);
    let Some(seen) = family.see(picture, 1) else {
        compare(&mut wrong, "refused", true, Some(row.refused.is_some()));
        return wrong;
    };
    compare(&mut wrong, "refused", false, Some(row.refused.is_some()));
    let layout = &seen.layout;
    let grid = if layout.is_cut() || row.grid == Some([1, 1]) {
        [layout.rows, layout.columns]
    } else {
        [0, 0]
    };
    let native = layout.overview.unwrap_or(layout.tile);
    // The whole picture is seen first where the table lists views, but for LFM2-VL.
    let mut view_patches = seen.view_patches.clone();
    if row.native.is_none() {
        view_patches.rotate_right(usize::from(layout.overview.is_some()));
    }
    compare(&mut wrong, "resized", sides(layout.resized), row.resized);
    compare(&mut wrong, "canvas", sides(layout.canvas), row.canvas);
    compare(&mut wrong, "native", sides(native), row.native);
    compare(&mut wrong, "grid", grid, row.grid);
    compare(&mut wrong, "overview", layout.overview.is_some(), row.overview);
    compare(&mut wrong, "views", layout.views(), row.views);
    compare(&mut wrong, "patches", seen.patches(), row.patches);
    compare(&mut wrong, "padded patches", seen.encoder(family), row.padded_patches);
    compare(&mut wrong, "patch grid", seen.view_patches[0], row.patch_grid);
    compare(&mut wrong, "patches of views", view_patches, row.view_patches.clone());
    compare(&mut wrong, "encoder tokens", seen.encoder(family), row.encoder);
    compare(&mut wrong, "valid encoder tokens", seen.encoder_valid(family), row.encoder_valid);
    compare(
        &mut wrong,
        "kept",
        seen.joined.kept.map(|grid| [grid.rows, grid.columns]),
        row.kept.map(Some),
    );
    compare(&mut wrong, "visual", seen.joined.tokens, row.visual);
    compare(&mut wrong, "structural", seen.structural(family), row.structural);
    let count = family.rule.count(picture, family.cells).unwrap();
    compare(&mut wrong, "count", (count.visual, count.structural), row.visual.zip(row.structural));
    wrong
}

/// The differences of all rows of a family, each with the picture.
fn check(name: &str, rows: &[Row], family: &Family) -> Vec<String> {
    let of = |row: &Row| {
        let [height, width] = row.size;
        let wrong = differences(family, row);
        wrong.into_iter().map(move |text| format!("{name} {height}x{width}: {text}"))
    };
    rows.iter().flat_map(of).collect()
}

#[test]
fn every_row_of_every_table() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for file in fs::read_dir("tests/media/tables").unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let table: Vec<Row> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        wrong.extend(check(name, &table, &Family::read(name)));
        rows += table.len();
    }
    assert_eq!(rows, 21 * 45);
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn strips_of_pan_and_scan() {
    let family = Family::read("gemma-3-pan-and-scan");
    let text = fs::read_to_string("tests/media/tables/gemma-3.json").unwrap();
    for row in serde_json::from_str::<Vec<Row>>(&text).unwrap() {
        let layout = family.see(Pixels::new(row.size[0], row.size[1]), 1).unwrap().layout;
        let strips = if layout.is_cut() { layout.tiles() } else { 0 };
        assert_eq!(Some(strips), row.strips, "{:?}", row.size);
    }
}
