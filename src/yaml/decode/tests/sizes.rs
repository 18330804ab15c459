//! Sizes: what is in range, and the words for what is not.

use super::try_decode;
use crate::diag::{Code, Diagnostic};
use crate::units::Size;

#[derive(Debug, serde::Deserialize)]
struct Spec {
    width: Size,
}

fn width(text: &str) -> Result<u64, Box<Diagnostic>> {
    match try_decode::<Spec>(&format!("width: {text}\n")) {
        Ok(spec) => Ok(spec.width.get()),
        Err((mut found, sources)) => {
            assert_eq!(found.len(), 1);
            assert!(found[0].line_column(&sources) >= Some((1, 7)));
            Err(Box::new(found.remove(0)))
        }
    }
}

#[test]
fn in_the_range() {
    for (text, number) in [("1", 1), ("1_000", 1000), ("0x10", 16), ("1000000000000", Size::MAX)] {
        assert_eq!(width(text).unwrap(), number);
    }
}

#[test]
fn outside_the_range() {
    for text in ["0", "-1", "1000000000001", "9223372036854775808", "1e30", "-1e30", "1e999"] {
        let d = width(text).unwrap_err();
        assert_eq!(d.code, Code::OutOfRange, "{text}");
        let shown = if text == "1e999" { "beyond 1e308" } else { text };
        assert!(d.message.contains(shown), "{d:?}");
        assert!(d.help.unwrap().contains("1 to 1_000_000_000_000"));
    }
    assert_eq!(width(&"9".repeat(60)).unwrap_err().code, Code::OutOfRange);
}

#[test]
fn not_a_whole_number() {
    for (text, help) in [
        ("4k", "write `4000`"),
        ("4096.0", "write `4096`"),
        ("1e3", "write `1000`"),
        ("010", "write `10`"),
        ("'16'", "write `16` without quotes"),
        ("sixteen", "write a whole number, such as `16`"),
        ("1.5", "write a whole number, such as `16`"),
        ("[1]", "write a whole number, such as `16`"),
        ("", "write a whole number, such as `16`"),
    ] {
        let d = width(text).unwrap_err();
        assert_eq!(d.code, Code::WrongType, "{text}");
        assert!(d.message.contains("must be a whole number"), "{d:?}");
        assert_eq!(d.help.as_deref(), Some(help), "{text}");
    }
}
