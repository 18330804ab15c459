//! Random pictures, compared with the reference's own functions (`reference.py`).

use std::fs;

use serde::Deserialize;
use vlmcalc::internals::media::{Padding, Pixels};

use super::family::{Family, compare};

/// A picture of a family: what is not there was not computed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    family: String,
    size: [u64; 2],
    #[serde(default)]
    refused: bool,
    resized: Option<[u64; 2]>,
    tile: Option<[u64; 2]>,
    grid: Option<[u64; 2]>,
    overview: Option<[u64; 2]>,
    padded: Option<[u64; 2]>,
    visual: Option<u64>,
}

/// The differences of a picture.
fn differences(family: &Family, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let seen = family.see(Pixels::new(row.size[0], row.size[1]), 1);
    compare(&mut wrong, "refused", seen.is_none(), Some(row.refused));
    let Some(seen) = seen.filter(|_| !row.refused) else { return wrong };
    let sides = |size: Pixels| [size.height, size.width];
    let layout = seen.layout;
    let padded = match layout.padding {
        Padding::Pixels(size) => sides(size),
        _ => sides(layout.tile),
    };
    compare(&mut wrong, "resized", sides(layout.resized), row.resized);
    compare(&mut wrong, "tile", sides(layout.tile), row.tile);
    compare(&mut wrong, "grid", [layout.rows, layout.columns], row.grid);
    compare(&mut wrong, "overview", layout.overview.map(sides), Some(row.overview));
    compare(&mut wrong, "padded", padded, row.padded);
    compare(&mut wrong, "visual", seen.joined.tokens, row.visual);
    wrong
}

#[test]
fn every_random_picture() {
    let text = fs::read_to_string("tests/media/random.json").unwrap();
    let rows: Vec<Row> = serde_json::from_str(&text).unwrap();
    let (mut wrong, mut families) = (Vec::new(), 0);
    for rows in rows.chunk_by(|a, b| a.family == b.family) {
        let family = Family::read(&rows[0].family);
        families += 1;
        for row in rows {
            let of = |text| format!("{} {:?}: {text}", row.family, row.size);
            wrong.extend(differences(&family, row).into_iter().map(of));
        }
    }
    assert_eq!(families, 31);
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
