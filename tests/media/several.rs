//! Several pictures in one prompt.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use vlmcalc::internals::media::{Kind, Pixels, Places, Rule};

use super::family::{Family, compare};

/// A prompt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    images: Vec<[u64; 2]>,
    /// How the pictures were given: `nested` as those of one prompt, `adjacent` with no text
    /// between them, `separated_by_text`; otherwise it changes nothing.
    mode: String,
    each: Vec<Each>,
    visual: u64,
    structural: u64,
    /// Keys of cross-attention, those of empty views among them.
    cross_run: Option<u64>,
}

/// One picture of it, counted alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Each {
    visual: u64,
    kinds: BTreeMap<String, u64>,
    /// Keys of cross-attention.
    cross: Option<u64>,
}

/// Structural tokens by kind. Newlines are text where the table does not count them.
fn kinds(family: &Family, places: &Places, newlines: bool) -> BTreeMap<String, u64> {
    let counted = |kind: &Kind| newlines || *kind != Kind::Newline;
    let kinds = family.rule.structural(places);
    let kinds = kinds.into_iter().filter(|(kind, _)| counted(kind));
    kinds.map(|(kind, count)| (kind.word().to_owned(), count)).collect()
}

/// The differences of a prompt.
fn differences(family: &Family, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let newlines = row.each.iter().any(|each| each.kinds.contains_key("newline"));
    let among = if row.mode == "nested" { row.images.len() as u64 } else { 1 };
    let runs = if row.mode == "separated_by_text" { row.images.len() as u64 } else { 1 };
    let (mut all, mut visual, mut run) = (Places::default(), 0, 0);
    for (&[height, width], each) in row.images.iter().zip(&row.each) {
        let seen = family.see(Pixels::new(height, width), among).unwrap();
        let places = Rule::places(&seen.layout, &seen.joined);
        let alone = kinds(family, &Places { run: 1, ..places }, newlines);
        compare(&mut wrong, &format!("kinds of {height}x{width}"), alone, Some(each.kinds.clone()));
        let tokens = if each.cross.is_some() { 1 } else { seen.joined.tokens };
        compare(&mut wrong, &format!("visual of {height}x{width}"), tokens, Some(each.visual));
        compare(&mut wrong, "keys", seen.joined.tokens, each.cross);
        all = all.plus(places);
        visual += tokens;
        run += seen.layout.views_run() * family.cells.of(seen.layout.tile).count();
    }
    let structural = kinds(family, &Places { run: runs, ..all }, newlines).values().sum();
    compare(&mut wrong, "visual", visual, Some(row.visual));
    compare(&mut wrong, "structural", structural, Some(row.structural));
    compare(&mut wrong, "keys with empty views", run, row.cross_run);
    wrong
}

#[test]
fn every_prompt_of_several_pictures() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for file in fs::read_dir("tests/media/several").unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let family = Family::read(name);
        let table: Vec<Row> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        rows += table.len();
        for row in &table {
            let of = |text| format!("{name} {:?} {}: {text}", row.images, row.mode);
            wrong.extend(differences(&family, row).into_iter().map(of));
        }
    }
    assert_eq!(rows, 264);
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
