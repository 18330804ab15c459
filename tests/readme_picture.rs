//! The README's picture of a terminal shows what the tool prints.
//!
//! `UPDATE=1 cargo test --test integration readme_picture::` draws it anew.

use std::fs;

use unicode_width::UnicodeWidthStr;

use crate::command::{Ran, vlmcalc};

const PICTURE: &str = ".github/terminal.svg";

/// What is typed, and how many lines of the answer are shown.
const TYPED: [(&str, usize); 2] =
    [("vlmcalc plan llava-1.5-7b", 14), ("vlmcalc diagram llava-1.5-7b --depth 0", 24)];

/// Pixels of a character, and around everything.
const COLUMN: f64 = 8.4;
const LINE: usize = 17;
const MARGIN: usize = 20;
const BAR: usize = 36;
const COLUMNS: usize = 80;

const STYLE: &str = "\
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; \
fill: #e6edf3; white-space: pre; }
.bold { font-weight: 700; fill: #ffffff; }
.dim { fill: #8b949e; }
.line { font-weight: 700; fill: #f2cc60; }
.prompt { fill: #3fb950; font-weight: 700; }
.window { fill: #0d1117; stroke: #30363d; }
.bar { fill: #161b22; }
.rule { fill: none; stroke: #e6edf3; }
.rule.dim { stroke: #8b949e; }
.rule.line { stroke: #f2cc60; }
.heavy { stroke-width: 3; }
.head { fill: #e6edf3; }";

/// A piece of a line and its class.
type Piece = (&'static str, String);

/// A line with ANSI codes in pieces.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (at, part) in line.split('\u{1b}').enumerate() {
        let (code, text) = if at == 0 { ("[0", part) } else { part.split_once('m').unwrap() };
        let class = match code {
            "[0" => "",
            "[1" => "bold",
            "[2" => "dim",
            "[1;33" => "line",
            other => panic!("no style for {other:?}"),
        };
        if !text.is_empty() {
            pieces.push((class, text.to_owned()));
        }
    }
    pieces
}

/// What the terminal shows, line by line.
fn session() -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    for (typed, shown) in TYPED {
        let more = ["--width", "80", "--color", "always"];
        let args: Vec<&str> = typed.split(' ').skip(1).chain(more).collect();
        let Ran { code, stdout, stderr } = vlmcalc(&args);
        assert_eq!((code, stderr.as_str()), (0, ""), "{typed}");
        lines.push(vec![("prompt", "$ ".to_owned()), ("bold", typed.to_owned())]);
        lines.extend(stdout.lines().take(shown).map(pieces));
        lines.push(Vec::new());
    }
    lines.push(vec![("prompt", "$ ".to_owned()), ("", "█".to_owned())]);
    lines
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The strokes of a box-drawing character: up, right, down, left.
fn strokes(c: char) -> Option<[bool; 4]> {
    let named = match c {
        '─' | '━' => "right left",
        '│' => "up down",
        '┌' => "right down",
        '┐' => "down left",
        '└' => "up right",
        '┘' => "up left",
        '├' => "up right down",
        '┬' => "right down left",
        '┿' => "up right down left",
        '▼' => "",
        _ => return None,
    };
    Some(["up", "right", "down", "left"].map(|stroke| named.contains(stroke)))
}

/// Box-drawing characters as lines, so that they meet whatever font there is and however high it
/// is; `x` and `top` are the upper left corner.
fn rules(class: &str, text: &str, x: f64, top: usize) -> String {
    let middle = top as f64 + LINE as f64 / 2.0;
    let bottom = top + LINE;
    // Light lines and heavy ones.
    let mut lines = [String::new(), String::new()];
    let mut heads = String::new();
    let characters: Vec<char> = text.chars().collect();
    let mut left = x;
    for same in characters.chunk_by(|a, b| a == b) {
        let right = left + same.len() as f64 * COLUMN;
        let centre = (left + right) / 2.0;
        let [up, to_right, down, to_left] = strokes(same[0]).unwrap();
        let (from, to) =
            (if to_left { left } else { centre }, if to_right { right } else { centre });
        if to_left || to_right {
            let is_heavy = ['━', '┿'].contains(&same[0]);
            lines[usize::from(is_heavy)] += &format!("M{from:.1},{middle}H{to:.1}");
        }
        if up {
            lines[0] += &format!("M{centre:.1},{top}V{middle}");
        }
        if down {
            lines[0] += &format!("M{centre:.1},{middle}V{bottom}");
        }
        if same[0] == '▼' {
            let (high, low) = (middle - 4.5, middle + 3.5);
            lines[0] += &format!("M{centre:.1},{top}V{high}");
            let corners = format!("M{left:.1},{high}H{right:.1}L{centre:.1},{low}Z");
            heads += &format!("<path class=\"head\" d=\"{corners}\"/>\n");
        }
        left = right;
    }
    let paths = ["rule", "rule heavy"].into_iter().zip(lines).filter(|(_, d)| !d.is_empty());
    let paths = paths.map(|(kind, d)| format!("<path class=\"{kind} {class}\" d=\"{d}\"/>\n"));
    paths.collect::<String>() + &heads
}

/// A text that is as wide as its characters should be.
fn words(class: &str, text: &str, x: f64, top: usize) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let (y, room) = (top + LINE - 5, text.width() as f64 * COLUMN);
    format!(
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y}\" textLength=\"{room:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>\n",
        xml(text)
    )
}

/// The session in a window.
fn drawn() -> String {
    let lines = session();
    let width = (COLUMNS as f64 * COLUMN) as usize + 2 * MARGIN;
    let height = BAR + lines.len() * LINE + MARGIN;
    let commands = TYPED.map(|(typed, _)| typed).join(", ");
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">vlmcalc in a terminal</title>\n\
         <desc id=\"desc\">What these commands print: {commands}</desc>\n\
         <style>\n{STYLE}\n</style>\n\
         <rect class=\"window\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n\
         <path class=\"bar\" d=\"M1,28 V11 A10,10 0 0 1 11,1 H{} A10,10 0 0 1 {},11 V28 Z\"/>\n",
        width - 1,
        height - 1,
        width - 11,
        width - 1
    );
    for (at, colour) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
        out += &format!("<circle cx=\"{}\" cy=\"14\" r=\"6\" fill=\"{colour}\"/>\n", 18 + 20 * at);
    }
    for (at, line) in lines.iter().enumerate() {
        let top = BAR + at * LINE;
        let mut column = 0;
        for (class, text) in line {
            let characters: Vec<char> = text.chars().collect();
            for run in characters.chunk_by(|a, b| strokes(*a).is_some() == strokes(*b).is_some()) {
                let draw = if strokes(run[0]).is_some() { rules } else { words };
                let run: String = run.iter().collect();
                out += &draw(class, &run, MARGIN as f64 + column as f64 * COLUMN, top);
                column += run.width();
            }
        }
        assert!(column <= COLUMNS, "{line:?}");
    }
    out + "</svg>\n"
}

#[test]
fn the_terminal_shows_real_output() {
    let fresh = drawn();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(".github").unwrap();
        fs::write(PICTURE, &fresh).unwrap();
    } else {
        let kept = fs::read_to_string(PICTURE).unwrap();
        assert!(fresh == kept, "run `UPDATE=1 cargo test --test integration readme_picture::`");
    }
}
