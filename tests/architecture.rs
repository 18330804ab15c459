//! The rules of `src/ARCHITECTURE.md` that a machine can check.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use vlmcalc::internals::planned::plan;
use vlmcalc::internals::spec::Overrides;
use vlmcalc::internals::spec::presets::PRESETS;
use vlmcalc::internals::stages::decoder::Logits;

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

/// The modules from the top down, as the code map has them: each may import only what stands after it.
fn layers() -> Vec<String> {
    let text = fs::read_to_string("src/ARCHITECTURE.md").unwrap();
    let map = text.split("\n## ").find(|part| part.starts_with("Code map")).unwrap();
    let names = map.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let names = names.map(|name| name.trim_end_matches('/').trim_end_matches(".rs").to_owned());
    // The root of the library holds the modules, and imports none.
    names.chain(["lib".to_owned()]).collect()
}

/// What a file holds beside its tests.
fn code(path: &Path) -> String {
    let name = path.file_stem().unwrap().to_string_lossy();
    let text = fs::read_to_string(path).unwrap();
    if name.ends_with("tests") || name == "testing" {
        return String::new();
    }
    text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()
}

/// The top-level module that a file is in.
fn layer(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_run_one_way() {
    let layers = layers();
    let rank = |layer: &str| layers.iter().position(|known| known == layer);
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
fn the_code_map_has_every_module_and_no_other() {
    let modules: BTreeSet<String> =
        sources(Path::new("src")).iter().map(|path| layer(path)).collect();
    assert_eq!(layers().into_iter().collect::<BTreeSet<_>>(), modules);
}

#[test]
fn every_file_of_tests_is_compiled() {
    for path in sources(Path::new("tests")) {
        let (folder, name) = (path.parent().unwrap(), path.file_stem().unwrap().to_string_lossy());
        let (list, name) = match (&*name, folder == Path::new("tests")) {
            ("main", true) => continue,
            ("mod", _) => ("tests/main.rs".into(), folder.file_name().unwrap().to_string_lossy()),
            (_, true) => ("tests/main.rs".into(), name),
            _ => (folder.join("mod.rs"), name),
        };
        let modules = fs::read_to_string(&list).unwrap();
        let declared = |line: &str| line.trim_start_matches("pub ") == format!("mod {name};");
        assert!(
            modules.lines().any(declared),
            "{} is no module of {}",
            path.display(),
            list.display()
        );
    }
}

#[test]
fn a_module_is_named_after_what_it_is() {
    for path in sources(Path::new("src")).into_iter().chain(sources(Path::new("tests"))) {
        for part in path.with_extension("").iter() {
            let vague = ["utils", "util", "helpers", "common", "misc"].map(OsStr::new);
            assert!(!vague.contains(&part), "{} says nothing", path.display());
        }
    }
}

#[test]
fn no_test_is_skipped() {
    for path in sources(Path::new("src")).into_iter().chain(sources(Path::new("tests"))) {
        let text = fs::read_to_string(&path).unwrap();
        let skipped = text.lines().any(|line| line.trim_start().starts_with("#[ignore"));
        assert!(!skipped, "{} has a test that does not run", path.display());
    }
}

#[test]
fn only_kernels_are_unsafe() {
    for path in sources(Path::new("src")) {
        let allowed = fs::read_to_string(&path).unwrap().contains("allow(unsafe_code");
        assert!(!allowed || layer(&path) == "kernels", "{} is unsafe", path.display());
    }
}

/// A view that looked for a stage by its path would find nothing, and say nothing, when the stage
/// is called otherwise: it asks for the role.
#[test]
fn views_know_no_path_of_a_stage() {
    let mut paths = BTreeSet::new();
    for preset in PRESETS {
        let planned =
            plan(preset.name, &Overrides::default(), Logits::All).unwrap_or_else(|_| panic!());
        let rows = planned.report.prefill.rows.into_iter();
        paths.extend(rows.map(|row| row.path).filter(|path| path.contains('.')));
    }
    assert!(paths.len() > 50, "{paths:?}");
    for view in ["compare", "diagram", "drill", "explain", "render"] {
        for path in sources(&Path::new("src").join(view)) {
            let literals = code(&path);
            let known = paths.iter().find(|stage| literals.contains(&format!("\"{stage}")));
            assert_eq!(known, None, "{}", path.display());
        }
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

#[test]
fn the_top_level_holds_what_belongs_there_and_no_test_writes_to_it() {
    const KNOWN: [&str; 9] = [
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "benches",
        "configs",
        "src",
        "target",
        "tests",
    ];
    let names = std::fs::read_dir(".").unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    // Dotfiles, and licence texts.
    let is_free = |name: &String| name.starts_with('.') || name.starts_with("LICENSE");
    let unknown: Vec<String> =
        names.filter(|name| !is_free(name) && !KNOWN.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
