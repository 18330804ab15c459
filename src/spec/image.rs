//! The short forms of an image size, written out.

use crate::diag::Sources;
use crate::units::{ImageSize, Size};
use crate::yaml::{self, Entry, Node, Value};

/// Writes a size of the image as its height and width, so that each can be set on its own:
/// `image: 480x640` and `image: {size: [480, 640]}` become `image: {height: 480, width: 640}`.
/// A size that was set later than height and width replaces them; one that stands beside them in
/// the same text is left, for it is a fault.
pub fn open(tree: &mut Node, sources: &Sources) {
    let Value::Map(sections) = &mut tree.value else { return };
    let Some(image) = sections.iter_mut().find(|entry| entry.key == "image") else { return };
    if !matches!(image.value.value, Value::Map(_)) {
        if let Some(sides) = sides(&image.value, sources) {
            image.value.value = Value::Map(entries(image, sides));
        }
        return;
    }
    let Value::Map(fields) = &mut image.value.value else { return };
    let Some(at) = fields.iter().position(|field| field.key == "size") else { return };
    let Some(sides) = sides(&fields[at].value, sources) else { return };
    let is_side = |field: &Entry| matches!(field.key.as_str(), "height" | "width");
    let source = fields[at].key_span.source;
    let rival = |field: &Entry| {
        is_side(field) && field.key_span.source == source && field.value.value != Value::Null
    };
    if !fields.iter().any(rival) {
        let size = fields.remove(at);
        fields.retain(|field| !is_side(field));
        fields.extend(entries(&size, sides));
    }
}

/// Height and width in place of the entry that says both.
fn entries(size: &Entry, [height, width]: [Node; 2]) -> Vec<Entry> {
    let entry = |key, side| Entry::new(key, size.key_span, side);
    vec![entry("height", height), entry("width", width)]
}

/// Height and width that a value says; none if it is no size, which the decoder explains.
fn sides(node: &Node, sources: &Sources) -> Option<[Node; 2]> {
    let ImageSize { height, width } = yaml::decode(node, sources).ok()?;
    let side = |side: Size, name: &str, at: &str| {
        let own = node.get(name).or_else(|| node.get(at));
        Node { value: Value::Int(side.into()), span: own.unwrap_or(node).span }
    };
    Some([side(height, "height", "0"), side(width, "width", "1")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    /// Height and width after opening a text and applying changes.
    fn opened(text: &str, sets: &[&str]) -> Option<(Value, Value)> {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("f", text));
        let mut tree = yaml::parse(&sources, id).unwrap();
        open(&mut tree, &sources);
        for set in sets {
            let keys = yaml::Keys { aliases: &[], dotted: "expect" };
            yaml::apply(&mut tree, &mut sources, set, keys).unwrap();
            open(&mut tree, &sources);
        }
        if tree.get("image.size").is_some() {
            return None;
        }
        let side = |path| tree.get(path).map(|node| node.value.clone());
        side("image.height").zip(side("image.width"))
    }

    #[test]
    fn every_short_form() {
        let sides = |height, width| Some((Value::Int(height), Value::Int(width)));
        for (text, expected) in [
            ("image: 224", sides(224, 224)),
            ("image: 480x640", sides(480, 640)),
            ("image: [480, 640]", sides(480, 640)),
            ("image: {size: 224, tiles: 2}", sides(224, 224)),
            ("image: {size: 480x640, height: null}", sides(480, 640)),
            ("image: {size: {height: 480, width: 640}}", sides(480, 640)),
            ("image: {size: {height: 480}}", None),
            ("image: [480, 0]", None),
            ("image: {size: 1, height: 2}", None),
            ("image: 0", None),
            ("image: 1y2", None),
            ("image: [1, 2, 3]", None),
            ("image:", None),
            ("[]", None),
        ] {
            assert_eq!(opened(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn what_is_set_later_wins() {
        let sides = |height, width| Some((Value::Int(height), Value::Int(width)));
        let text = "image: 224";
        assert_eq!(opened(text, &["image.height=448"]), sides(448, 224));
        assert_eq!(opened(text, &["image.size=448", "image.height=300"]), sides(300, 448));
        assert_eq!(opened(text, &["image.height=300", "image.size=448"]), sides(448, 448));
        assert_eq!(opened(text, &["image=null", "image.size=1x2"]), sides(1, 2));
        assert_eq!(opened(text, &["image={size: 3, height: 4}"]), None);
    }
}
