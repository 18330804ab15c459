//! The rules of `src/ARCHITECTURE.md` that a machine can check.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the top down: each may import only what stands after it.
const LAYERS: [&str; 27] = [
    "cli", "report", "docs", "baseline", "diff", "check", "drill", "compare", "explain", "diagram",
    "schema", "render", "exec", "planned", "cost", "pipeline", "spec", "stages", "graph", "ops",
    "yaml", "files", "dim", "units", "diag", "kernels", "lib",
];

/// Lines that a file may have, its tests included.
const LONGEST: usize = 400;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The top-level module that a file is in.
fn layer(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_run_one_way() {
    let rank = |layer: &str| LAYERS.iter().position(|known| *known == layer);
    let mut wrong = Vec::new();
    for path in sources(Path::new("src")) {
        let here = layer(&path);
        let Some(own) = rank(&here).filter(|_| here != "lib") else { continue };
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            for part in line.split("crate::").skip(1) {
                let target: String =
                    part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if rank(&target).is_some_and(|other| other < own) {
                    wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point up:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_layer() {
    for path in sources(Path::new("src")) {
        let here = layer(&path);
        assert!(here == "main" || LAYERS.contains(&here.as_str()), "{here} has no layer");
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for path in sources(Path::new("src")).into_iter().chain(sources(Path::new("tests"))) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines", path.display());
    }
}

#[test]
fn stages_hold_no_numbers_of_their_own() {
    for path in sources(Path::new("src/stages")) {
        let text = fs::read_to_string(&path).unwrap();
        for call in ["matmul_flops", "other_flops", ".pow(3)", "impl Op for"] {
            assert!(!text.contains(call), "{} computes a cost: {call}", path.display());
        }
    }
}

#[test]
fn spec_types_keep_source_positions() {
    for folder in ["src/spec", "src/stages"] {
        for path in sources(Path::new(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            for attribute in
                ["serde(tag", "serde(flatten", "serde(untagged", "flatten)]", "untagged)]"]
            {
                assert!(!text.contains(attribute), "{}: {attribute}", path.display());
            }
        }
    }
}
