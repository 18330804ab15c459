//! Tables at the width of a terminal.

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

/// The names of all presets.
fn presets() -> Vec<String> {
    let listed = vlmcalc(&["presets", "--names"]).stdout;
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
        for view in [
            &[][..],
            &["--full", "--exact", "--macs"],
            &["--depth", "9", "--exact", "--formulas"],
            &["--depth", "0", "--units", "binary"],
        ] {
            let args = [&["--width", width], view].concat();
            let stdout = plan_all(&args);
            let wide: Vec<&str> =
                stdout.lines().filter(|line| line.chars().count() > columns).collect();
            assert!(wide.is_empty(), "{args:?}:\n{}", wide.join("\n"));
        }
    }
}

#[test]
fn the_first_screen_is_one() {
    // A terminal of 24 lines, one of them the next prompt.
    let open = "bridge: {resampler: {latents: 4}}\nprompt: {batch: 2, images: 3}\n";
    let mut screens = vec![vlmcalc_reading(&["plan", "-", "--width", "80"], open).stdout];
    for preset in presets() {
        for args in [&[][..], &["--batch", "8", "--images", "2", "--generated-tokens", "100"]] {
            screens.push(vlmcalc(&[&["plan", &preset, "--width", "80"], args].concat()).stdout);
        }
    }
    for screen in screens {
        let (lines, columns) =
            (screen.lines().count(), screen.lines().map(|line| line.chars().count()).max());
        assert!(lines <= 23 && columns <= Some(80), "{lines} lines of {columns:?}:\n{screen}");
    }
}

#[test]
fn a_stage_has_one_line_of_shapes() {
    for (width, name) in [("80", "shapes_at_80"), ("120", "shapes_at_120")] {
        let args = ["plan", "internvl3-1b", "--section", "shapes", "--width", width];
        insta::assert_snapshot!(name, vlmcalc(&args).stdout);
    }
}

#[test]
fn what_attention_holds_within_itself() {
    let args = ["plan", "qwen-vl-7b", "--section", "shapes", "--depth", "9", "--width", "120"];
    insta::assert_snapshot!("inside_attention", vlmcalc(&args).stdout);
}
