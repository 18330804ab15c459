//! Reading typed values, and the words of each fault.

mod collecting;
mod sizes;

use crate::diag::{Code, Diagnostic, Source, Sources, refuse, render};
use crate::units::Size;
use crate::yaml::{decode, parse};
use serde::Deserialize;
use serde::de::Deserializer;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Spec {
    image: Image,
    encoder: Encoder,
    bridge: Bridge,
    #[serde(default)]
    prompt: Prompt,
    name: Option<String>,
    #[serde(default)]
    expect: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Encoder {
    width: Size,
    depth: Size,
    heads: u32,
    #[serde(default)]
    cls: bool,
    theta: Option<f64>,
    #[serde(default)]
    taps: Vec<i8>,
    pair: Option<(u8, u8)>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Bridge {
    Identity,
    Linear(Linear),
    Mlp { depth: u8, width: Option<u8> },
    Qformer(Qformer),
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
struct Linear {
    bias: bool,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Qformer {
    queries: Size,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(dead_code)]
struct Prompt {
    batch: u8,
}

#[derive(Debug)]
struct Image;

impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('x') {
            return Ok(Image);
        }
        let message = format!("`{text}` is not a size");
        Err(refuse::<D::Error>(Code::BadValue, message, Some("write `480x640`")))
    }
}

const GOOD: &str = "image: 8x8\nencoder: {width: 1, depth: 2, heads: 3}\nbridge: identity\n";

fn try_decode<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, (Vec<Diagnostic>, Sources)> {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("f", text));
    let tree = parse(&sources, id).unwrap_or_else(|found| panic!("{found:?}"));
    decode(&tree, &sources).map_err(|found| (found, sources))
}

/// One line per fault: `code line:column message | help`.
fn faults(text: &str) -> Vec<String> {
    let (found, sources) = try_decode::<Spec>(text).unwrap_err();
    let line = |d: &Diagnostic| {
        let (line, column) = d.line_column(&sources).unwrap();
        assert!(render(d, &sources, true).len() < 2000);
        let help = d.help.as_deref().unwrap_or("-");
        format!("{} {line}:{column} {} | {help}", d.code.as_str(), d.message)
    };
    found.iter().map(line).collect()
}

#[track_caller]
fn one(from: &str, to: &str, want: &str) {
    let text = GOOD.replace(from, to);
    assert_ne!(text, GOOD);
    assert_eq!(faults(&text), [want]);
}

#[test]
fn good_specs() {
    assert!(try_decode::<Spec>(GOOD).is_ok());
    let more = GOOD.to_owned() + "prompt:\nexpect: {a: 1, b: 0.5}\nname:\n";
    let spec = try_decode::<Spec>(&more).unwrap();
    assert_eq!((spec.name, spec.expect["a"]), (None, 1.0));
}

#[test]
fn enums_in_every_form() {
    let bridge = |text: &str| {
        let text = GOOD.replace("identity", text);
        try_decode::<Spec>(&text).unwrap_or_else(|(found, _)| panic!("{found:?}")).bridge
    };
    assert_eq!(bridge("identity"), Bridge::Identity);
    assert_eq!(bridge("{identity: }"), Bridge::Identity);
    assert_eq!(bridge("{identity: {}}"), Bridge::Identity);
    assert_eq!(bridge("linear"), Bridge::Linear(Linear { bias: false }));
    assert_eq!(bridge("{linear: }"), Bridge::Linear(Linear { bias: false }));
    assert_eq!(bridge("{linear: {bias: true}}"), Bridge::Linear(Linear { bias: true }));
    let depth = Bridge::Mlp { depth: 2, width: None };
    assert_eq!(bridge("{mlp: {depth: 2}}"), depth);
    assert_eq!(bridge("{mlp: {depth: 2, width: null}}"), depth);
}

#[test]
fn each_fault() {
    one(
        "width",
        "widht",
        "unknown-key 2:11 unknown key `widht` in `encoder` | did you mean `width`?",
    );
    one(
        "width: 1",
        "width: 1, zzz: 1",
        "unknown-key 2:21 unknown key `zzz` in `encoder` | known keys: `width`, `depth`, `heads`, `cls`, `theta`, `taps`, `pair`",
    );
    one(
        "bridge",
        "imgae: 1\nbridge",
        "unknown-key 3:1 unknown key `imgae` at the top level | did you mean `image`?",
    );
    one(
        "heads: 3",
        "heads: sixteen",
        "wrong-type 2:38 `encoder.heads` must be a whole number, not the text `sixteen` | write a whole number, such as `16`",
    );
    one(
        "heads: 3",
        "heads: 3.0",
        "wrong-type 2:38 `encoder.heads` must be a whole number, not the number `3.0` | write `3`",
    );
    one(
        "heads: 3",
        "heads: 4294967296",
        "out-of-range 2:38 `encoder.heads` is out of range: `4294967296` | write a whole number from 0 to 4294967295",
    );
    one(
        "heads: 3",
        "heads: -1",
        "out-of-range 2:38 `encoder.heads` is out of range: `-1` | write a whole number from 0 to 4294967295",
    );
    one(
        "heads: 3",
        "heads: 1e30",
        "out-of-range 2:38 `encoder.heads` is out of range: `1e30` | write a whole number from 0 to 4294967295",
    );
    one(
        "heads: 3",
        "heads: ",
        "wrong-type 2:37 `encoder.heads` must be a whole number, not nothing | write a whole number, such as `16`",
    );
    one(
        "heads: 3",
        "heads: {a: 1}",
        "wrong-type 2:38 `encoder.heads` must be a whole number, not a map of keys | write a whole number, such as `16`",
    );
    one(
        "heads: 3",
        "heads: 3, cls: yes",
        "wrong-type 2:46 `encoder.cls` must be `true` or `false`, not the text `yes` | write `true`",
    );
    one(
        "heads: 3",
        "heads: 3, theta: .inf",
        "out-of-range 2:48 `encoder.theta` is out of range: `.inf` | write a number such as `0.5` or `1e6`",
    );
    one(
        "heads: 3",
        "heads: 3, theta: 10k",
        "wrong-type 2:48 `encoder.theta` must be a number, not the text `10k` | write `10000`",
    );
    one(
        "heads: 3",
        "heads: 3, taps: 4",
        "wrong-type 2:47 `encoder.taps` must be a list, not the number `4` | write `[4]`",
    );
    one(
        "heads: 3",
        "heads: 3, taps: [1, 300]",
        "out-of-range 2:51 `encoder.taps.1` is out of range: `300` | write a whole number from -128 to 127",
    );
    one(
        "heads: 3",
        "heads: 3, pair: [1, 2, 3]",
        "bad-value 2:47 `encoder.pair`: 3 items instead of 2 | -",
    );
    one(
        "width: 1, ",
        "",
        "missing-field 2:1 missing `width` in `encoder` | add `width: …` in `encoder`",
    );
    one(
        "image: 8x8\n",
        "",
        "missing-field 1:1 missing `image` at the top level | add `image: …` at the top level",
    );
    one(
        "width: 1",
        "width: 0",
        "out-of-range 2:18 `encoder.width`: 0 is not a size | write a whole number from 1 to 1_000_000_000_000",
    );
    one("image: 8x8", "image: 8y8", "bad-value 1:8 `image`: `8y8` is not a size | write `480x640`");
    one(
        "image: 8x8",
        "image: 8x8\nname: 12",
        "wrong-type 2:7 `name` must be text, not the number `12` | write `\"12\"`",
    );
    one(
        "bridge: identity",
        "bridge: liner",
        "unknown-variant 3:9 unknown bridge `liner` | did you mean `linear`?",
    );
    one(
        "bridge: identity",
        "bridge: zzz",
        "unknown-variant 3:9 unknown bridge `zzz` | write one of `identity`, `linear`, `mlp`, `qformer`",
    );
    one(
        "bridge: identity",
        "bridge: {zzz: 1}",
        "unknown-variant 3:10 unknown bridge `zzz` | write one of `identity`, `linear`, `mlp`, `qformer`",
    );
    one(
        "bridge: identity",
        "bridge: 3",
        "wrong-type 3:9 `bridge` must be one of `identity`, `linear`, `mlp`, `qformer`, not the number `3` | write one of `identity`, `linear`, `mlp`, `qformer`",
    );
    one(
        "bridge: identity",
        "bridge: {linear: , identity: }",
        "wrong-type 3:20 `bridge` must be one choice, not 2 | keep one of `identity`, `linear`, `mlp`, `qformer`",
    );
    one(
        "bridge: identity",
        "bridge: {}",
        "wrong-type 3:9 `bridge` must be one choice, not 0 | keep one of `identity`, `linear`, `mlp`, `qformer`",
    );
    one(
        "bridge: identity",
        "bridge: {identity: 3}",
        "wrong-type 3:20 `identity` takes no settings | write `identity` alone",
    );
    one(
        "bridge: identity",
        "bridge: mlp",
        "missing-field 3:9 missing `depth` in `mlp` | write `{mlp: {depth: …}}`",
    );
    one(
        "bridge: identity",
        "bridge: {qformer: }",
        "missing-field 3:10 missing `queries` in `bridge.qformer` | add `queries: …` in `bridge.qformer`",
    );
    one(
        "bridge: identity",
        "bridge: {linear: {bais: true}}",
        "unknown-key 3:19 unknown key `bais` in `bridge.linear` | did you mean `bias`?",
    );
}
