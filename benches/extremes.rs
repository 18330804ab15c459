//! How long the most and the least tokens of all sizes up to 4096 × 4096 take, for every processor
//! of `tests/media/tables`.
//!
//! Prints the time of each, and fails if all together take more than a minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use vlmcalc::internals::diag::{Source, Sources};
use vlmcalc::internals::media::{Pixels, Processor, extremes};
use vlmcalc::internals::yaml;

/// What all processors together may take, on two cores.
const MOST: Duration = Duration::from_secs(60);

fn main() {
    let tables = std::fs::read_dir("tests/media/tables").expect("the tables");
    let names: Vec<String> = tables
        .map(|file| file.expect("a file").path())
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let mut times = BTreeMap::new();
    for name in names {
        let rule = processor(&name).rule().expect("settings without problems");
        let cells = rule.cells().expect("tokens of a view");
        let start = Instant::now();
        let found = extremes(Pixels::square(4096), |picture| rule.count(picture, cells));
        times.insert(name, (start.elapsed(), found.expect("a picture that is accepted")));
    }
    for (name, (time, found)) in &times {
        let (least, most) = (found.least, found.most);
        println!(
            "{name:<30} {time:>8.2?}   {} at {} to {} at {}, {} refused",
            least.count.visual, least.picture, most.count.visual, most.picture, found.refused
        );
    }
    let all: Duration = times.values().map(|(time, _)| *time).sum();
    println!("{} processors  {all:.2?}", times.len());
    assert!(all < MOST, "all sizes of all processors take more than {MOST:?}");
}

/// The processor of a family.
fn processor(name: &str) -> Processor {
    #[derive(serde::Deserialize)]
    struct File {
        processor: Processor,
    }
    let path = format!("tests/media/families/{name}.yaml");
    let text = std::fs::read_to_string(&path).expect("a file of the family");
    let mut sources = Sources::default();
    let id = sources.add(Source::new(path, text));
    let tree = yaml::parse(&sources, id).expect("YAML");
    yaml::decode::<File>(&tree, &sources).expect("a processor").processor
}
