//! A few sizes of many models.

use std::fs;

use serde::Deserialize;
use vlmcalc::internals::media::Pixels;

use super::family::{Family, compare};

/// A picture of a model: what is not there was not measured.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    model: String,
    family: String,
    /// Any size gives the same, if none is said.
    size: Option<[u64; 2]>,
    resized: Option<[u64; 2]>,
    patches: Option<u64>,
    encoder: Option<u64>,
    visual: Option<u64>,
    structural: Option<u64>,
}

#[test]
fn every_count_of_every_model() {
    let text = fs::read_to_string("tests/media/counts.json").unwrap();
    let counts: Vec<Count> = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for count in &counts {
        let family = Family::read(&count.family);
        let [height, width] = count.size.unwrap_or([481, 1023]);
        let seen = family.see(Pixels::new(height, width), 1).unwrap();
        let layout = &seen.layout;
        let mut found = Vec::new();
        compare(
            &mut found,
            "resized",
            [layout.resized.height, layout.resized.width],
            count.resized,
        );
        compare(&mut found, "patches", seen.patches(), count.patches);
        compare(&mut found, "encoder tokens", seen.encoder(&family), count.encoder);
        compare(&mut found, "visual", seen.joined.tokens, count.visual);
        compare(&mut found, "structural", seen.structural(&family), count.structural);
        let of = |text| format!("{} {height}x{width}: {text}", count.model);
        wrong.extend(found.into_iter().map(of));
    }
    assert!(counts.len() > 400, "{}", counts.len());
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
