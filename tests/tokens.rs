//! `vlmcalc tokens`: rows, lists, files, hosted models, the most and the largest.

use serde_json::{Value, json};

use crate::command::{Ran, vlmcalc, vlmcalc_reading};
use crate::folder::Folder;
use crate::reports::hostile;
use vlmcalc::internals::diag::is_unsafe;

/// A PNG of a size: its header is all that is read.
fn png(height: u32, width: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    file.extend(b"\x08\x02\0\0\0CRC!");
    file
}

/// A JPEG of a size that EXIF turns by a quarter.
fn turned_jpeg(height: u16, width: u16) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xe1\0\x22Exif\0\0II\x2a\0\x08\0\0\0\x01\0".to_vec();
    file.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    file.extend(b"\xff\xc0\0\x11\x08");
    file.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    file.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x02");
    file
}

/// The rows that a command lists as JSON.
#[track_caller]
fn rows(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn counted(args: &[&str]) -> Vec<Value> {
    rows(&vlmcalc(&[&["tokens"], args, &["--format", "json"]].concat()))
}

/// A number of each row.
fn all(rows: &[Value], key: &str) -> Vec<Value> {
    rows.iter().map(|row| row[key].clone()).collect()
}

#[test]
fn a_row_for_each_model_and_image() {
    insta::assert_snapshot!(
        "models_and_images",
        vlmcalc(&[
            "tokens",
            "llava-1.5-7b",
            "gpt-4o",
            "gpt-5.4:original",
            "--image",
            "336",
            "--image",
            "480x640",
            "--width",
            "80"
        ])
        .stdout
    );
    let rows = counted(&["internvl3-8b", "--image", "448"]);
    assert_eq!(
        rows,
        [json!({
            "name": "internvl3-8b", "image": "448x448", "resized": "448x448", "tiles": 1,
            "patches": 1024, "encoder": 1025, "visual": 256, "structural": 2,
            "share_of_context": 258.0 / 32768.0,
        })]
    );
}

#[test]
fn without_a_size_it_is_the_spec_s_own() {
    let rows = counted(&["llava-1.5-7b", "textbook"]);
    assert_eq!(all(&rows, "image"), ["336x336", "224x224"]);
    assert_eq!(all(&rows, "visual"), [576, 196]);
    assert_eq!(rows[1]["share_of_context"], Value::Null);
    let Ran { code, stdout, stderr } = vlmcalc(&["tokens", "gpt-4o"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("say a size"), "{stderr}");
}

#[test]
fn a_prompt_of_several_images_is_a_row() {
    let rows = counted(&["internvl3-8b", "gpt-4o", "--prompt", "448,448x896"]);
    assert_eq!(all(&rows, "image"), ["448x448,448x896"; 2]);
    assert_eq!(all(&rows, "visual"), [768, 255 + 425]);
    assert_eq!(rows[0]["structural"], 4);
    let set = counted(&["textbook", "--image", "224", "--set", "encoder.patch=14"]);
    assert_eq!(set[0]["visual"], 256);
}

#[test]
fn a_model_that_refuses_an_image_says_so() {
    let Ran { code, stdout, stderr } =
        vlmcalc(&["tokens", "llava-1.5-7b", "claude", "--image", "100", "--image", "9000"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    insta::assert_snapshot!("refused", stdout);
    let rows = counted(&["llava-1.5-7b", "claude", "--image", "9000x100", "--image", "100"]);
    assert_eq!(all(&rows, "visual"), [json!(null), json!(null), json!(null), json!(16)]);
    assert_eq!(
        rows[2]["refused"],
        "a picture of 9000x100 is refused: a side is longer than 8000 pixels"
    );
    assert_eq!(rows[2]["structural"], Value::Null);
    let Ran { code, stdout, stderr } = vlmcalc(&["tokens", "claude", "--image", "9000"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("error[refused]") && stderr.contains("8000"), "{stderr}");
}

/// Specs whose processors resize, cut, and join, without more of their models than tokens need.
fn with_processors() -> Folder {
    let folder = Folder::new();
    let llm = "llm: {width: 64, context: 32768}\n";
    folder.write(
        "qwen.yaml",
        format!(
            "processor: {{smart-resize: {{factor: 28, min_pixels: 3136, max_pixels: 12845056}}}}\n\
             encoder: {{patch: 14, width: 32, depth: 1, heads: 2, position: rotary}}\n\
             bridge: {{pixel-shuffle: {{factor: 2}}}}\n{llm}"
        ),
    );
    folder.write(
        "internvl.yaml",
        format!(
            "processor: {{aspect-grid: {{tile: 448, max_tiles: 12, \
             markers: {{picture: {{start: 1, end: 1}}}}}}}}\n\
             encoder: {{patch: 14, width: 32, depth: 1, heads: 2, class_token: true}}\n\
             bridge: {{pixel-shuffle: {{factor: 2}}}}\n{llm}"
        ),
    );
    folder.write(
        "next.yaml",
        format!(
            "processor: {{anyres: {{tile: 336, \
             pinpoints: [336x672, 672x336, 672x672, 1008x336, 336x1008]}}}}\n\
             encoder: {{patch: 14, width: 32, depth: 1, heads: 2, class_token: true}}\n\
             bridge: {{mlp: {{image_newline: true}}}}\n{llm}"
        ),
    );
    folder
}

#[test]
fn the_size_on_disk_goes_through_the_processor() {
    let folder = with_processors();
    let counted =
        |args: &[&str]| rows(&folder.run(&[&["tokens"], args, &["--format", "json"]].concat()));
    let of = |model: &str, image: &str| counted(&[model, "--image", image]).remove(0);
    // Qwen2.5-VL's own, and those of InternVL and LLaVA-NeXT at 720p and 224.
    let row = of("qwen.yaml", "1365x2048");
    assert_eq!((&row["patches"], &row["visual"]), (&json!(14_308), &json!(3577)));
    let row = of("internvl.yaml", "720x1280");
    assert_eq!(
        (&row["tiles"], &row["visual"], &row["structural"]),
        (&json!(9), &json!(2304), &json!(2))
    );
    assert_eq!(row["structural_by_kind"], json!({"start": 1, "end": 1}));
    let row = of("next.yaml", "720x1280");
    assert_eq!(
        (&row["tiles"], &row["encoder"], &row["visual"]),
        (&json!(5), &json!(2885), &json!(1948))
    );
    assert_eq!(of("next.yaml", "224")["visual"], 1176);
    let row = counted(&["qwen.yaml", "--prompt", "448,900x700"]).remove(0);
    assert_eq!((&row["resized"], &row["visual"]), (&json!("448x448,896x700"), &json!(1056)));
    let refused = folder.run(&["tokens", "qwen.yaml", "--image", "10x4000"]);
    assert!(refused.code == 2 && refused.stderr.contains("200 times"), "{}", refused.stderr);
}

#[test]
fn the_extremes_of_processors_are_those_of_their_pipelines() {
    let folder = with_processors();
    let args = ["tokens", "qwen.yaml", "internvl.yaml", "next.yaml"];
    let ran = folder.run(&[&args[..], &["--worst", "--up-to", "300", "--format", "json"]].concat());
    let worst = rows(&ran);
    for one in &worst {
        let model = format!("{}.yaml", one["name"].as_str().unwrap());
        for end in ["worst", "least"] {
            let image = one[end]["image"].as_str().unwrap();
            let built =
                rows(&folder.run(&["tokens", &model, "--image", image, "--format", "json"]));
            assert_eq!(built[0]["visual"], one[end]["visual"], "{model} {image}");
            assert_eq!(built[0]["structural"], one[end]["structural"], "{model} {image}");
        }
    }
    assert_eq!(worst[0]["worst"], json!({"visual": 121, "structural": 0, "image": "295x295"}));
    assert_eq!(worst[1]["least"], json!({"visual": 256, "structural": 2, "image": "1x1"}));
    let fit = folder.run(&[&args[..], &["--fit", "1000", "--aspect", "16:9"]].concat());
    insta::assert_snapshot!("fit", fit.stdout);
    // Tokens that are said outright are none of the processor's.
    let ran = folder.run(&["tokens", "qwen.yaml", "--worst", "--set", "visual_tokens=9"]);
    assert!(ran.code == 2 && ran.stderr.contains("does not tell"), "{}", ran.stderr);
}

#[test]
fn images_of_a_folder() {
    let folder = Folder::new();
    folder.write("photos/b.png", png(1024, 1024));
    folder.write("photos/a.jpg", turned_jpeg(480, 640));
    folder.write("photos/notes.txt", "notes on photos");
    folder.write("photos/broken.png", png(0, 1));
    folder.write("photos/.hidden.png", png(1, 1));
    folder.write("photos/below/c.png", png(2048, 4096));
    let ran = folder.run(&["tokens", "gpt-4o", "--dir", "photos", "--width", "80"]);
    insta::assert_snapshot!("folder", format!("{}{}", ran.stdout, ran.stderr));
    assert_eq!(ran.code, 0);
    let args = ["tokens", "gpt-4o", "--dir", "photos", "--recursive", "--format", "json"];
    let ran = folder.run(&args);
    let found = rows(&ran);
    assert_eq!(all(&found, "file"), ["photos/a.jpg", "photos/b.png", "photos/below/c.png"]);
    assert_eq!(all(&found, "image"), ["640x480", "1024x1024", "2048x4096"]);
    assert_eq!(all(&found, "visual"), [425, 765, 1105]);
    assert!(!ran.stderr.contains("--recursive"), "{}", ran.stderr);
    // One that is named has to be readable.
    for (args, code) in [
        (&["--image", "photos/a.jpg"][..], 0),
        (&["--prompt", "photos/a.jpg,100"], 0),
        (&["--image", "photos/notes.txt"], 2),
        (&["--image", "photos/gone.png"], 2),
        (&["--image", "photos"], 2),
        (&["--video", "photos/a.jpg"], 2),
        (&["--dir", "photos/gone"], 2),
        (&["--dir", "photos/a.jpg"], 2),
    ] {
        let ran = folder.run(&[&["tokens", "gpt-4o"], args].concat());
        assert_eq!(ran.code, code, "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout.is_empty(), code != 0, "{args:?}");
    }
    folder.write("empty/readme.md", "no image here, and no header of one");
    let ran = folder.run(&["tokens", "gpt-4o", "--dir", "empty"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("holds no image"), "{}", ran.stderr);
}

#[test]
fn sizes_of_a_list() {
    let sizes = "name,height,width\na,1024,1024\nb,2048,4096\n";
    let args = ["tokens", "gpt-4o", "--batch-file", "-"];
    let found = rows(&vlmcalc_reading(&[&args[..], &["--format", "json"]].concat(), sizes));
    assert_eq!(all(&found, "file"), ["a", "b"]);
    assert_eq!(all(&found, "visual"), [765, 1105]);
    let lines: String = (1..=30).map(|side| format!("{}x100\n", side * 100)).collect();
    let long = vlmcalc_reading(&args, &lines);
    insta::assert_snapshot!("long_list", long.stdout);
    let each = vlmcalc_reading(&[&args[..], &["--each"]].concat(), &lines).stdout;
    assert_eq!(each.lines().filter(|line| line.contains("x100 ")).count(), 30, "{each}");
    let jsonl = vlmcalc_reading(&[&args[..], &["--format", "jsonl"]].concat(), &lines).stdout;
    assert_eq!(jsonl.lines().count(), 30);
    let csv = vlmcalc_reading(&[&args[..], &["--format", "csv"]].concat(), &lines).stdout;
    assert!(csv.starts_with("name,file,image,resized,tiles,"), "{csv}");
    assert_eq!(csv.lines().count(), 31);
    let wrong = vlmcalc_reading(&args, "480,640\n480\u{1b}x,640\n\n0,1\n");
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    insta::assert_snapshot!("faulty_list", wrong.stderr);
    let twice = vlmcalc(&["tokens", "-", "--batch-file", "-"]);
    assert_eq!(twice.code, 2);
    let gone = vlmcalc(&["tokens", "gpt-4o", "--batch-file", "gone.csv"]);
    assert!(gone.code == 2 && gone.stderr.contains("error[cannot-read]"), "{}", gone.stderr);
}

#[test]
fn clips() {
    let found = counted(&["gemini-3", "--video", "480x640", "--seconds", "10", "--fps", "29.97"]);
    assert_eq!(found[0]["visual"], 700);
    assert_eq!(found[0]["image"], "480x640 x 299 frames");
    let spec = counted(&["qwen2.5-vl-7b", "--video", "280x392", "--frames", "8"]);
    assert_eq!((&spec[0]["patches"], &spec[0]["visual"]), (&json!(2240), &json!(560)));
    // Without a processor, frames are as the encoder sees them.
    let plain = counted(&["llava-1.5-7b", "--video", "336", "--frames", "16"]);
    assert_eq!(plain[0]["visual"], 16 * 576);
    for args in [
        &["gemini-3", "--video", "480x640"][..],
        &["gemini-3", "--video", "480x640", "--frames", "16"],
        &["gpt-4o", "--video", "480x640", "--frames", "16", "--fps", "2"],
        &["gemini-3", "--video", "480x640", "--frames", "16", "--seconds", "1", "--fps", "1"],
        &["gemini-3", "--video", "480x640", "--seconds", "0", "--fps", "1"],
        &["gemini-3", "--frames", "16"],
        &["llava-v1.6-mistral-7b", "--video", "336", "--frames", "16"],
    ] {
        let ran = vlmcalc(&[&["tokens"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
    }
}

#[test]
fn the_most_the_least_and_the_largest() {
    let worst = counted(&["gpt-4o", "claude", "--worst", "--up-to", "600"]);
    assert_eq!(
        worst,
        [
            json!({"name": "gpt-4o",
                "worst": {"visual": 765, "structural": 0, "image": "513x513"},
                "least": {"visual": 255, "structural": 0, "image": "1x1"}}),
            json!({"name": "claude",
                "worst": {"visual": 484, "structural": 0, "image": "589x589"},
                "least": {"visual": 1, "structural": 0, "image": "1x1"}}),
        ]
    );
    let args = ["claude", "gpt-4o:low", "--fit", "1000", "--aspect", "16:9"];
    let largest = counted(&args);
    assert_eq!(all(&largest, "image"), ["639x1136", "2304x4096"]);
    assert_eq!(all(&largest, "is_limit"), [false, true]);
    let refused = vlmcalc(&["tokens", "llava-1.5-7b", "--worst"]);
    assert!(refused.code == 2 && refused.stderr.contains("no processor"), "{}", refused.stderr);
    insta::assert_snapshot!(
        "extremes",
        [
            &["--worst", "--up-to", "64x128"][..],
            &["--fit", "5"],
            &["--fit", "300", "--aspect", "1080x1920", "--format", "markdown"],
        ]
        .map(|args| vlmcalc(&[&["tokens", "gpt-4o", "claude"], args].concat()).stdout)
        .join("\n")
    );
}

#[test]
fn hosted_models_say_where_their_rules_are_from() {
    insta::assert_snapshot!("hosted", vlmcalc(&["tokens", "--hosted", "--width", "100"]).stdout);
    let row = &counted(&["claude-opus-4-7", "--image", "1928"])[0];
    assert_eq!((&row["visual"], &row["encoder"]), (&json!(4761), &Value::Null));
    assert_eq!(row["hosted"]["architecture"], "undisclosed");
    for (args, words) in [
        (&["tokens", "rufus", "--image", "8"][..], "neither the architecture"),
        (&["tokens", "gpt-4o:huge", "--image", "8"], "its settings are `high`, `low`"),
        (&["tokens", "claude:high", "--image", "8"], "it has none"),
        (&["tokens", "gpt4o", "--image", "8"], "the hosted model `gpt-4o`"),
        (&["plan", "gpt-4o"], "`vlmcalc tokens gpt-4o`"),
    ] {
        let Ran { code, stdout, stderr } = vlmcalc(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(words), "{args:?}: {stderr}");
    }
    // A file of that name comes first.
    let folder = Folder::new();
    folder.write("gpt-4o", "image: 28\nencoder: {patch: 14}\nbridge: linear\n");
    let found = rows(&folder.run(&["tokens", "gpt-4o", "--format", "json"]));
    assert_eq!(found[0]["visual"], 4);
}

#[test]
fn hostile_names_of_files_stay_in_their_place() {
    let folder = Folder::new();
    let name = format!("{}.png", hostile::FILE);
    folder.write(&format!("photos/{name}"), png(8, 8));
    folder.write(&format!("photos/{}.txt", hostile::FILE), "no image, and no header of one");
    for format in ["table", "markdown", "json", "jsonl", "csv"] {
        let ran = folder.run(&["tokens", "gpt-4o", "--dir", "photos", "--format", format]);
        assert_eq!(ran.code, 0, "{format}: {}", ran.stderr);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{format}: {text:?}");
        }
        if format == "json" {
            assert_eq!(rows(&ran)[0]["file"], format!("photos/{name}"));
        }
    }
}
