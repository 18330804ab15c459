//! Tables at the width of a terminal.

use crate::command::{Ran, vlmcalc};

/// The names of all presets.
fn presets() -> Vec<String> {
    let listed = vlmcalc(&["presets"]).stdout;
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

/// All presets planned at once with further arguments.
fn plan_all(args: &[&str]) -> String {
    let presets = presets();
    let names = presets.iter().map(String::as_str);
    let args: Vec<&str> = ["plan"].into_iter().chain(names).chain(args.iter().copied()).collect();
    let Ran { code, stdout, stderr } = vlmcalc(&args);
    assert_eq!((code, stderr.as_str()), (0, ""));
    stdout
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (width, columns) in [("60", 60), ("80", 80)] {
        for view in [&[][..], &["--depth", "9", "--exact", "--formulas"], &["--depth", "0"]] {
            let args = [&["--width", width], view].concat();
            let stdout = plan_all(&args);
            let wide: Vec<&str> =
                stdout.lines().filter(|line| line.chars().count() > columns).collect();
            assert!(wide.is_empty(), "{args:?}:\n{}", wide.join("\n"));
        }
    }
}

#[test]
fn shapes_keep_their_input_on_a_narrow_terminal() {
    for width in ["60", "80"] {
        let stdout = plan_all(&["--width", width]);
        let headings =
            stdout.lines().filter(|line| line.starts_with(" stage") && line.ends_with("output"));
        let (all, with_input) = headings.fold((0, 0), |(all, with), line| {
            (all + 1, with + usize::from(line.contains("input")))
        });
        assert_eq!((all, with_input), (presets().len(), presets().len()));
    }
    let stdout = vlmcalc(&["plan", "internvl3-1b", "--width", "80"]).stdout;
    let shapes = stdout.split("\n\n").find(|block| block.starts_with("Shapes")).unwrap();
    insta::assert_snapshot!("shapes_at_80", shapes);
}
