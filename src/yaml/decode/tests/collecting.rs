//! Finding all faults of a spec, and none that it does not have.

use super::{GOOD, faults, try_decode};
use crate::diag::Code;
use serde::Deserialize;
use std::collections::BTreeMap;

#[test]
fn all_faults_at_once() {
    let text = "\
imge: 8x8
encoder: {widht: 0, heads: sixteen, cls: no, taps: [1, x, 300], q: 1}
bridge: {qfromer: {querys: 4k}}
prompt: [1]
";
    let found = faults(text);
    let short: Vec<_> = found.iter().map(|line| line.split(" | ").next().unwrap()).collect();
    assert_eq!(
        short,
        [
            "unknown-key 1:1 unknown key `imge` at the top level",
            "missing-field 2:1 missing `depth` in `encoder`",
            "unknown-key 2:11 unknown key `widht` in `encoder`",
            "out-of-range 2:18 `encoder.widht`: 0 is not a size",
            "wrong-type 2:28 `encoder.heads` must be a whole number, not the text `sixteen`",
            "wrong-type 2:42 `encoder.cls` must be `true` or `false`, not the text `no`",
            "wrong-type 2:56 `encoder.taps.1` must be a whole number, not the text `x`",
            "out-of-range 2:59 `encoder.taps.2` is out of range: `300`",
            "unknown-key 2:65 unknown key `q` in `encoder`",
            "unknown-variant 3:10 unknown bridge `qfromer`",
            "unknown-key 3:20 unknown key `querys` in `bridge.qfromer`",
            "wrong-type 3:28 `bridge.qfromer.querys` must be a whole number, not the text `4k`",
            "wrong-type 4:9 `prompt` must be a map of keys, not a list",
        ]
    );
}

#[test]
fn stand_ins_raise_no_faults_of_their_own() {
    // `image` refuses the stand-in, so the whole spec has to give way, after all else is found.
    let found = faults("image: [1]\nencoder: {width: 1, depth: 0, heads: 3}\nbridge: x\n");
    assert_eq!(found.len(), 3, "{found:#?}");
    // `bridge` is missing as well, but `serde` does not come to it without an `image`.
    assert_eq!(faults("encoder: 1\n").len(), 2);
    let found = faults("[1, 2]\n");
    assert_eq!(
        found,
        [
            "wrong-type 1:1 the spec must be a map of keys, not a list | write its keys below it, indented, or as `{key: value}`"
        ]
    );
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Raw")]
struct Checked;

#[derive(Deserialize)]
struct Raw {
    a: u8,
    b: u8,
}

impl TryFrom<Raw> for Checked {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        if raw.a == raw.b { Ok(Checked) } else { Err("[mismatch] `a` and `b` differ".into()) }
    }
}

#[test]
fn checks_over_several_keys() {
    assert!(try_decode::<Checked>("{a: 2, b: 2}").is_ok());
    let (found, _) = try_decode::<Checked>("{a: 2, b: 3}").unwrap_err();
    assert_eq!((found[0].code, found[0].message.as_str()), (Code::Mismatch, "`a` and `b` differ"));
    // The check sees the stand-in of `b`: only the fault of `b` counts.
    let (found, _) = try_decode::<Checked>("{a: 2, b: x}").unwrap_err();
    assert_eq!((found.len(), found[0].code), (1, Code::WrongType));
}

#[test]
fn many_faults_end_soon() {
    let taps = "x, ".repeat(15_000);
    let text = GOOD.replace("heads: 3", &format!("heads: 3, taps: [{taps}]"));
    let start = std::time::Instant::now();
    assert_eq!(faults(&text).len(), 5);
    let keys: String = (0..10_000).map(|n| format!("k{n}: 1\n")).collect();
    assert_eq!(faults(&(GOOD.to_owned() + &keys)).len(), 5);
    assert!(start.elapsed().as_secs() < 5);
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Key {
    One,
}

#[test]
fn faults_of_keys() {
    let (found, sources) = try_decode::<BTreeMap<Key, u8>>("{one: 1, two: {a: 1}}").unwrap_err();
    assert_eq!((found.len(), found[0].code), (1, Code::UnknownVariant));
    assert_eq!(found[0].line_column(&sources), Some((1, 10)));
    let (found, _) = try_decode::<BTreeMap<u8, u8>>("{one: 1}").unwrap_err();
    assert_eq!((found.len(), found[0].message.as_str()), (1, "the key `one` must be u8"));
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Tree {
    Fork(Box<Tree>),
    Leaf,
}

#[test]
fn types_that_contain_themselves() {
    let deep = format!("a: {}1{}", "{Fork: ".repeat(28), "}".repeat(28));
    let (found, _) = try_decode::<BTreeMap<String, Tree>>(&deep).unwrap_err();
    assert_eq!((found.len(), found[0].code), (1, Code::WrongType));
}
