//! Inputs made to hurt: none may panic, hang, or eat memory.

use super::{Alias, Keys, MAX_BYTES, apply, canonicalise, decode, parse};
use crate::diag::{Code, Diagnostic, Source, Sources, render};
use crate::units::Size;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Spec {
    name: Option<String>,
    encoder: Tower,
    bridge: Bridge,
    llm: Tower,
    #[serde(default)]
    set: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Tower {
    width: Size,
    depth: Option<u16>,
    #[serde(default)]
    list: Vec<f32>,
    #[serde(default)]
    gated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code)]
enum Bridge {
    Linear,
    Mlp { depth: Size },
}

const ALIASES: &[Alias] = &[Alias { section: "llm", alias: "hidden_size", canonical: "width" }];
const KEYS: Keys = Keys { aliases: ALIASES, dotted: "set" };

/// The whole way of a text; the codes of what is wrong with it.
fn run(text: &str) -> Vec<Code> {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("f", text));
    let found = parse(&sources, id).and_then(|mut tree| {
        let faults = canonicalise(&mut tree, ALIASES);
        apply(&mut tree, &mut sources, "set.b=1", KEYS)?;
        if !faults.is_empty() {
            return Err(faults);
        }
        decode::<Spec>(&tree, &sources).map(|_| ())
    });
    let found: Vec<Diagnostic> = found.err().unwrap_or_default();
    assert!(found.len() <= super::MAX_FAULTS);
    for d in &found {
        let text = render(d, &sources, false);
        assert!(text.len() < 4000 && d.line_column(&sources).is_some(), "{text}");
    }
    found.iter().map(|d| d.code).collect()
}

#[track_caller]
fn refused(text: &str, code: Code) {
    let start = Instant::now();
    let found = run(text);
    let time = start.elapsed();
    assert_eq!(found.first(), Some(&code));
    // Far above what a release build needs, as tests run unoptimised and beside others.
    assert!(time < Duration::from_secs(5), "{time:?}");
}

#[test]
fn bombs_and_towers() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..10 {
        let uses = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb += &format!("a{n}: &a{n} [{uses}]\n");
    }
    refused(&bomb, Code::TooComplex);
    refused(&"[".repeat(100_000), Code::TooComplex);
    refused(&"{a: ".repeat(100_000), Code::TooComplex);
    refused(&"- ".repeat(100_000), Code::TooComplex);
    refused(&"? ".repeat(100_000), Code::TooComplex);
    let tower: String = (0..1000).map(|n| " ".repeat(n) + "k:\n").collect();
    refused(&tower, Code::TooComplex);
    let nested = format!("a: {}{}{}", "&x [".repeat(30), "1, ".repeat(15_000), "]".repeat(30));
    refused(&nested, Code::TooComplex);
}

#[test]
fn full_files() {
    let fill = |unit: &str| unit.repeat(MAX_BYTES / unit.len());
    refused(&format!("[{}", fill("{a: 1}, ")), Code::TooLarge);
    refused(&fill("{a: 1}, ")[..MAX_BYTES - 8], Code::BadYaml);
    refused(&format!("a: [{}", &fill("{a: 1}, ")[..MAX_BYTES - 8]), Code::TooComplex);
    refused(&format!("llm: {}", &fill("x")[..MAX_BYTES - 8]), Code::MissingField);
    refused(&format!("llm: {{width: {}}}", &fill("9")[..MAX_BYTES - 16]), Code::MissingField);
    refused(&fill("x"), Code::BadOverride);
    refused(&format!("'{}", &fill("x")[..MAX_BYTES - 8]), Code::BadYaml);
    refused(&fill("a: 1\n"), Code::TooComplex);
    refused(&fill("a: 1\n")[..MAX_BYTES / 20], Code::DuplicateKey);
    refused(&fill("!t x\n"), Code::BadYaml);
    refused(&fill("&a "), Code::BadYaml);
    refused(&fill("# c\n"), Code::Empty);
    refused(&fill("\n"), Code::Empty);
    refused(&fill("---\n"), Code::BadYaml);
    refused(&fill("\t"), Code::Empty);
    refused(&fill("\u{202e}"), Code::BadOverride);
    refused(&fill("\u{1b}"), Code::BadYaml);
    refused(&format!("a: {{{}}}", &fill("k: {<<: *k}, ")[..MAX_BYTES - 30]), Code::BadYaml);
}

#[test]
fn mutations_never_panic() {
    const GOOD: &str = "name: 'é中' # c\nencoder: &e\n  width: 1_024\n  depth: 16\n\
        bridge: {mlp: {depth: 2}}\nllm: {<<: *e, hidden_size: 8, list: [1, 2.5], gated: true}\n\
        ? set\n: {\"x\": 1e3}\n";
    assert_eq!(run(GOOD), []);
    const BITS: &[u8] = b"\0\t\n\r !\"#%&'*,-.:<>?@[\\]`{|}~0aex\xff\xc3\xa9";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let rounds = 5_000;
    let mut good = 0;
    for _ in 0..rounds {
        let mut bytes = GOOD.as_bytes().to_vec();
        for _ in 0..=random(6) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = BITS[random(BITS.len())],
                1 => bytes.insert(at, BITS[random(BITS.len())]),
                2 => drop(bytes.remove(at)),
                _ => {
                    let end = at + random(bytes.len() - at);
                    let part = bytes[at..end].to_vec();
                    let to = random(bytes.len());
                    bytes.splice(to..to, part);
                }
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        good += usize::from(run(&text).is_empty());
        let mut sources = Sources::default();
        let id = sources.add(Source::new("f", GOOD));
        let mut tree = parse(&sources, id).unwrap();
        if let Err(found) = apply(&mut tree, &mut sources, &text[..floor(&text, 40)], KEYS) {
            found.iter().for_each(|d| assert!(!render(d, &sources, true).is_empty()));
        }
    }
    assert!(good > rounds / 100, "only {good} of {rounds} are still good");
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
