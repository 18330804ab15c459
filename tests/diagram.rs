//! `vlmcalc diagram` in its formats: snapshots, widths, characters, and whether other tools can
//! read it.

use unicode_width::UnicodeWidthStr;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

const NOTHING_KNOWN: &str = "encoder: {}\nbridge: linear\nllm: {}\n";

const SAID: &str = "name: said\nvisual_tokens: 192\nllm: {width: 64, heads: 4}\n";

/// A name with what any format might take for its own.
const ODD_NAME: &str = r##"'a"b<i>&amp;#35;;]|}%%{init}%%\n中文 --> end'"##;

fn presets() -> Vec<String> {
    let listed = vlmcalc(&["presets", "--names"]).stdout;
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[track_caller]
fn diagram(args: &[&str]) -> String {
    let Ran { code, stdout, stderr } = vlmcalc(&[&["diagram"], args].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

/// A diagram of a spec with an odd name, of one with no size given, and of one without an encoder.
fn odd(format: &str) -> [String; 3] {
    let named = format!("name: {ODD_NAME}\nimage: 32\n{NOTHING_KNOWN}");
    [named.as_str(), NOTHING_KNOWN, SAID].map(|spec| {
        let Ran { code, stdout, stderr } =
            vlmcalc_reading(&["diagram", "-", "--format", format], spec);
        assert_eq!((code, stderr.as_str()), (0, ""), "{spec}");
        stdout
    })
}

/// Diagrams of all presets at all depths in a format, and the odd ones.
fn all(format: &str) -> Vec<String> {
    let drawn = presets().into_iter().flat_map(|preset| {
        let at = |depth: &str| diagram(&[&preset, "--format", format, "--depth", depth]);
        ["0", "1", "2"].map(at)
    });
    let no_image = diagram(&["blip2-opt-2.7b", "--images", "0", "--format", format]);
    drawn.chain(odd(format)).chain([no_image]).collect()
}

#[test]
fn pictures_at_three_widths() {
    for width in ["60", "80", "120"] {
        let unicode = diagram(&["llava-1.5-7b", "--width", width]);
        insta::assert_snapshot!(format!("llava_at_{width}"), unicode);
        let ascii = diagram(&["internvl3-8b", "--width", width, "--ascii"]);
        insta::assert_snapshot!(format!("internvl_ascii_at_{width}"), ascii);
    }
    insta::assert_snapshot!("nothing_known", odd("terminal")[1]);
}

#[test]
fn components_and_blocks() {
    insta::assert_snapshot!(
        "instructblip_components",
        diagram(&["instructblip-vicuna-7b", "--depth", "0"])
    );
    insta::assert_snapshot!("blip2_blocks", diagram(&["blip2-opt-2.7b", "--depth", "2"]));
}

#[test]
fn tiles_images_and_batch_are_said() {
    let set = ["smolvlm-256m", "--set", "image.tiles=13", "--images", "2", "--batch", "3"];
    let drawn = diagram(&set);
    for text in [
        "batch 3, 2 images 512×512 (height × width), 13 tiles for each image",
        "26 × 1,024 encoder-side tokens  [78, 1024, 768]",
        "26,624 encoder-side tokens stop here",
        "1,664 LLM-side visual tokens  [3, 1664, 576]",
        "1,728 tokens",
    ] {
        assert!(drawn.contains(text), "{text} is missing in\n{drawn}");
    }
}

#[test]
fn without_an_encoder_and_without_an_image() {
    insta::assert_snapshot!("visual_tokens_said", odd("terminal")[2]);
    let no_image = diagram(&["llava-1.5-7b", "--images", "0", "--depth", "0"]);
    insta::assert_snapshot!("no_image", no_image);
}

#[test]
fn a_name_is_not_broken() {
    // Words after which a name goes on.
    let inside = ["Decoder", "LM", "Final", "Token", "Patch", "ViT", "Position", "Joined", "with"];
    let signs = ["width", "×", "x", "→", "->", "patch", "class"];
    for preset in presets() {
        for more in [&["--width", "60"][..], &["--width", "80"], &["--width", "100", "--ascii"]] {
            for depth in ["0", "1", "2"] {
                let drawn = diagram(&[&[preset.as_str(), "--depth", depth][..], more].concat());
                for line in drawn.lines().filter(|line| line.ends_with(['│', '┆', '|', ':'])) {
                    let said = line.trim_matches(['│', '┆', '|', ':', ' ']);
                    let words = said.split("   ").next().unwrap().trim();
                    let last = words.rsplit(' ').next().unwrap();
                    assert!(!inside.contains(&last) && !signs.contains(&last), "{line}");
                }
            }
        }
    }
}

#[test]
fn percent_is_explained_where_there_is_one() {
    for format in ["terminal", "svg"] {
        let [_, symbolic, _] = odd(format);
        assert!(symbolic.contains("FLOPs: matmul FLOPs") && !symbolic.contains("Percent"));
        assert!(diagram(&["tiny", "--format", format]).contains("Percent: share of the total"));
    }
}

#[test]
fn no_line_is_wider_than_asked_and_ascii_is_ascii() {
    let presets = presets();
    let specs: Vec<&str> = presets.iter().map(String::as_str).collect();
    for (width, columns) in [("40", 40), ("60", 60), ("80", 80), ("120", 120), ("400", 120)] {
        for more in [&["--depth", "0"][..], &["--depth", "2", "--costs"], &["--ascii", "--costs"]] {
            let args = [&specs, &["--width", width][..], more].concat();
            let drawn = diagram(&args);
            let wide: Vec<&str> = drawn.lines().filter(|line| line.width() > columns).collect();
            assert!(wide.is_empty(), "{more:?} at {width}:\n{}", wide.join("\n"));
            assert!(!more.contains(&"--ascii") || drawn.is_ascii(), "{width}");
        }
    }
}

#[test]
fn a_pipe_gets_80_columns_and_costs_are_shown_where_there_is_room() {
    let drawn = diagram(&["textbook"]);
    assert_eq!(drawn, diagram(&["textbook", "--width", "80"]));
    assert!(drawn.contains("1.64 GFLOP"));
    assert!(!diagram(&["textbook", "--width", "60"]).contains("1.64 GFLOP"));
    assert!(diagram(&["textbook", "--width", "60", "--costs"]).contains("1.64 GFLOP"));
    assert!(!diagram(&["textbook", "--no-costs"]).contains("1.64 GFLOP"));
    for format in ["mermaid", "dot", "svg"] {
        assert!(diagram(&["textbook", "--format", format]).contains("1.64 GFLOP"));
        let bare = diagram(&["textbook", "--format", format, "--no-costs"]);
        assert!(!bare.contains("1.64 GFLOP"));
    }
}

#[test]
fn a_picture_shows_one_pipeline() {
    assert!(diagram(&["tiny", "textbook"]).contains("\n\ntextbook\n"));
    for format in ["mermaid", "dot", "svg"] {
        let Ran { code, stdout, stderr } =
            vlmcalc(&["diagram", "tiny", "textbook", "--format", format]);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains("one pipeline, and 2 specs are given"), "{stderr}");
        assert!(stderr.contains("help: "), "{stderr}");
    }
    assert_eq!(vlmcalc(&["diagram", "tiny", "--depth", "3"]).code, 2);
    assert_eq!(vlmcalc(&["diagram", "tniy"]).code, 2);
}

#[test]
fn other_formats() {
    for format in ["mermaid", "dot", "svg"] {
        insta::assert_snapshot!(
            format!("llava_as_{format}"),
            diagram(&["llava-1.5-7b", "--format", format])
        );
    }
}

/// The names of boxes that are declared, and the pairs that arrows join.
fn arrows<'a>(lines: &[&'a str], arrow: impl Fn(&str) -> bool) -> Vec<[&'a str; 2]> {
    let pairs = lines.iter().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| arrow(word))?;
        Some([words[at - 1], words[at + 1]])
    });
    pairs.collect()
}

#[track_caller]
fn all_declared(pairs: &[[&str; 2]], declared: &[&str]) {
    assert!(pairs.len() > 2, "{pairs:?}");
    for name in pairs.iter().flatten() {
        assert!(declared.contains(name), "{name} is no box of {declared:?}");
    }
}

#[test]
fn mermaid_has_only_what_a_flowchart_may() {
    for drawn in all("mermaid") {
        let mut lines = drawn.lines();
        assert_eq!(lines.next(), Some("---"));
        assert!(lines.next().unwrap().starts_with("title: \""));
        assert!(lines.next().unwrap().starts_with("config: "));
        assert_eq!([lines.next(), lines.next()], [Some("---"), Some("flowchart TB")]);
        // Texts stand in quotes, in which nothing has a meaning but breaks, bold and numbers.
        let bare: Vec<String> = lines
            .map(|line| {
                assert!(line.split('"').count() % 2 == 1, "{line}");
                let parts = line.split('"').enumerate();
                let parts = parts.map(|(at, part)| {
                    let plain = part.replace("<br/>", "").replace("<b>", "").replace("</b>", "");
                    assert!(at % 2 == 0 || !plain.contains(['<', '>', '[', '`', '%']), "{line}");
                    if at % 2 == 0 { part } else { "" }
                });
                parts.collect()
            })
            .collect();
        let lines: Vec<&str> = bare.iter().map(|line| line.trim()).collect();
        let opened = lines.iter().filter(|line| line.starts_with("subgraph ")).count();
        assert_eq!(lines.iter().filter(|line| **line == "end").count(), opened);
        let declared: Vec<&str> =
            lines.iter().filter_map(|line| Some(line.split_once(['[', '('])?.0)).collect();
        let bare: Vec<String> = lines.iter().map(|line| line.replace("||", "")).collect();
        let bare: Vec<&str> = bare.iter().map(String::as_str).collect();
        let is_arrow = |word: &str| ["-->", "==>", "-.->", "~~~"].contains(&word);
        all_declared(&arrows(&bare, is_arrow), &declared);
    }
}

#[test]
fn dot_is_balanced_and_its_arrows_join_boxes() {
    for drawn in all("dot") {
        let (mut braces, mut angles, mut quoted) = (0i32, 0i32, false);
        let mut bare = String::new();
        let mut before = ' ';
        for c in drawn.chars() {
            let is_arrow = before == '-' && c == '>';
            match c {
                '"' if angles == 0 => quoted = !quoted,
                '<' if !quoted => angles += 1,
                '>' if !quoted && !is_arrow => angles -= 1,
                '{' if !quoted && angles == 0 => braces += 1,
                '}' if !quoted && angles == 0 => braces -= 1,
                _ => {}
            }
            assert!((0..=2).contains(&angles) && braces >= 0, "{drawn}");
            if angles == 0 && !quoted {
                bare.push(c);
            }
            before = c;
        }
        assert_eq!((braces, angles, quoted), (0, 0, false));
        let lines: Vec<&str> = bare.lines().map(str::trim).collect();
        let declared: Vec<&str> =
            lines.iter().filter_map(|line| Some(line.split_once(" [label=")?.0)).collect();
        all_declared(&arrows(&lines, |word| word == "->"), &declared);
    }
}
