//! The SVG of `vlmcalc diagram`: well-formed, and no text leaves its box or meets another.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use unicode_width::UnicodeWidthStr;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

/// What is at a place of the picture, in pixels.
#[derive(Debug)]
struct Placed {
    class: String,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    #[expect(dead_code, reason = "shown where a test fails")]
    text: String,
}

type Attributes = BTreeMap<String, String>;

/// The rectangles and texts of an SVG.
#[track_caller]
fn read(svg: &str) -> (Vec<Placed>, Vec<Placed>) {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_comments = true;
    let (mut rectangles, mut texts) = (Vec::new(), Vec::new());
    let mut open: Vec<(String, Attributes, String)> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                open.push((tag.name().as_ref().to_owned(), attributes(&tag), String::new()));
            }
            Event::Empty(tag) if tag.name().as_ref() == "rect" => {
                rectangles.extend(rectangle(&attributes(&tag)));
            }
            Event::Text(text) => {
                if let Some((_, _, all)) = open.last_mut() {
                    all.push_str(&text);
                }
            }
            Event::GeneralRef(_) => {
                if let Some((_, _, all)) = open.last_mut() {
                    all.push('?');
                }
            }
            Event::End(_) => {
                let (name, attributes, text) = open.pop().unwrap();
                assert!(!["script", "image", "foreignObject", "a"].contains(&&*name), "{name}");
                if name == "text" {
                    texts.push(placed_text(&attributes, text));
                }
            }
            _ => {}
        }
    }
    assert!(open.is_empty());
    (rectangles, texts)
}

fn attributes(tag: &quick_xml::events::BytesStart) -> Attributes {
    let read = tag.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        (attribute.key.as_ref().to_owned(), attribute.value.into_owned())
    });
    read.collect()
}

fn rectangle(attributes: &Attributes) -> Option<Placed> {
    let number = |name: &str| attributes.get(name).map_or(0.0, |text| text.parse::<f64>().unwrap());
    let class = attributes.get("class")?.clone();
    let (left, top) = (number("x"), number("y"));
    let (right, bottom) = (left + number("width"), top + number("height"));
    Some(Placed { class, left, top, right, bottom, text: String::new() })
}

/// A text, as wide as its characters are on the average in a wide font.
fn placed_text(attributes: &Attributes, text: String) -> Placed {
    let class = attributes["class"].clone();
    let [size, em] = match class.split(' ').next().unwrap() {
        "name" => [22.0, 0.64],
        "heading" | "title" => [14.0, 0.64],
        "tokens" => [15.0, 0.64],
        "stop" => [16.0, 0.64],
        "said" => [13.0, 0.6],
        "what" | "cost" | "small" | "shape" => [12.0, 0.605],
        other => panic!("a text of class {other}"),
    };
    let number = |name: &str| attributes[name].parse::<f64>().unwrap();
    let width = text.width() as f64 * size * em;
    let left = match attributes.get("text-anchor").map(String::as_str) {
        Some("end") => number("x") - width,
        Some("middle") => number("x") - width / 2.0,
        _ => number("x"),
    };
    let bottom = number("y");
    let top = bottom - size * 0.75;
    Placed { class, left, top, right: left + width, bottom, text }
}

#[track_caller]
fn check(svg: &str, what: &str) {
    let (rectangles, texts) = read(svg);
    assert!(texts.len() > 20 && rectangles.len() > 4, "{what}");
    let page = rectangles.iter().find(|shape| shape.class == "page").unwrap();
    for text in &texts {
        assert!(text.left >= 0.0 && text.right <= page.right, "{what}: {text:?}");
        assert!(text.bottom <= page.bottom - 8.0, "{what}: {text:?}");
        // A text that starts in a box ends in it.
        for shape in &rectangles {
            let middle = [(text.left + text.right) / 2.0, (text.top + text.bottom) / 2.0];
            let starts = shape.left <= middle[0] && middle[0] <= shape.right;
            let within = shape.top <= middle[1] && middle[1] <= shape.bottom;
            if starts && within {
                let kept = text.left >= shape.left + 3.0
                    && text.right <= shape.right - 3.0
                    && text.top >= shape.top + 3.0
                    && text.bottom <= shape.bottom - 3.0;
                assert!(kept || shape.class == "page", "{what}: {text:?} leaves {shape:?}");
            }
        }
    }
    for (at, one) in texts.iter().enumerate() {
        for other in &texts[at + 1..] {
            let apart = one.right <= other.left
                || other.right <= one.left
                || one.bottom <= other.top
                || other.bottom <= one.top;
            assert!(apart, "{what}: {one:?} meets {other:?}");
        }
    }
    // Boxes are apart or one in the other.
    for (at, one) in rectangles.iter().enumerate() {
        for other in &rectangles[at + 1..] {
            let apart = one.bottom <= other.top || other.bottom <= one.top;
            let holds = |a: &Placed, b: &Placed| {
                a.left <= b.left && a.right >= b.right && a.top <= b.top && a.bottom >= b.bottom
            };
            let nested = holds(one, other) || holds(other, one);
            assert!(apart || nested, "{what}: {one:?} crosses {other:?}");
        }
    }
}

#[test]
fn texts_stay_in_their_boxes() {
    let listed = vlmcalc(&["presets", "--names"]).stdout;
    for preset in listed.lines().filter_map(|line| line.split_whitespace().next()) {
        for more in [["--depth", "0"], ["--depth", "1"], ["--depth", "2"]] {
            let args = [&["diagram", preset, "--format", "svg"][..], &more].concat();
            let Ran { code, stdout, stderr } = vlmcalc(&args);
            assert_eq!((code, stderr.as_str()), (0, ""));
            check(&stdout, &format!("{preset} {more:?}"));
        }
    }
}

/// The points of elements with a class that starts so, each from an attribute `points`.
fn points(svg: &str, start: &str) -> Vec<Vec<[i64; 2]>> {
    let lines = svg.lines().filter(|line| line.starts_with(start));
    let lines = lines.map(|line| {
        let points = line.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        let pairs = points.split(' ').map(|point| point.split_once(',').unwrap());
        pairs.map(|(x, y)| [x.parse().unwrap(), y.parse().unwrap()]).collect()
    });
    lines.collect()
}

#[test]
fn every_arrowhead_has_a_shaft() {
    let listed = vlmcalc(&["presets"]).stdout;
    for preset in listed.lines().filter_map(|line| line.split_whitespace().next()) {
        for depth in ["0", "1", "2"] {
            let svg = vlmcalc(&["diagram", preset, "--format", "svg", "--depth", depth]).stdout;
            let shafts = points(&svg, "<polyline");
            for head in points(&svg, "<polygon") {
                let [x, y] = head[2];
                let is_near = |[a, b]: [i64; 2]| (a - x).abs() + (b - y).abs() == 8;
                let meets = shafts.iter().any(|shaft| is_near(*shaft.last().unwrap()));
                assert!(meets, "{preset} at {depth}: {head:?}");
            }
        }
    }
}

#[test]
fn odd_names_and_huge_numbers_stay_in_theirs() {
    let long = "中文<b>&\"'模型 ".repeat(30);
    let spec = format!(
        "name: |-\n  {long}\nimage: {{size: 160000, tiles: 1000}}\n\
         encoder: {{patch: 16, width: 1000000000}}\nbridge: linear\n\
         llm: {{width: 1000000000, heads: 3, head_dim: 1000000000}}\n\
         prompt: {{batch: 12345, images: 12345}}\n"
    );
    let said = "visual_tokens: 192\nllm: {}\n";
    for spec in [spec.as_str(), "encoder: {}\nbridge: linear\nllm: {}\n", said] {
        let Ran { code, stdout, stderr } =
            vlmcalc_reading(&["diagram", "-", "--format", "svg", "--depth", "2"], spec);
        assert_eq!((code, stderr.as_str()), (0, ""));
        check(&stdout, spec);
    }
}

#[test]
fn it_can_be_read_aloud() {
    let svg = vlmcalc(&["diagram", "llava-1.5-7b", "--format", "svg"]).stdout;
    assert!(svg.contains("role=\"img\" aria-labelledby=\"title desc\""));
    assert!(svg.contains("<title id=\"title\">llava-1.5-7b</title>"));
    let desc = svg.split("<desc id=\"desc\">").nth(1).unwrap().split("</desc>").next().unwrap();
    insta::assert_snapshot!("read_aloud", desc);
    assert!(svg.contains("prefers-color-scheme: dark"));
}
