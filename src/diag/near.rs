//! The name that was probably meant.

/// Names longer than this are not compared with known ones.
const COMPARED: usize = 64;

/// Letters that must be there, so that a name is taken for the beginning of a known one.
const BEGINNING: usize = 3;

/// The known name that is nearest to one that is unknown, where at most a third of it differs, else
/// the first that it is the beginning of. Case does not count, nor whether words are joined by `-`
/// or `_`; of two that are equally near, it is the first in the alphabet.
pub fn near<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
) -> Option<&'a str> {
    if name.len() > COMPARED {
        return None;
    }
    let (name, known) = (plain(name), known.into_iter());
    let length = name.chars().count();
    let limit = (length / 3).max(1).min(length.saturating_sub(1));
    let near = known.clone().filter_map(|known| {
        // A distance is at least how far the lengths are apart.
        if known.chars().count().abs_diff(length) > limit {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&name, &plain(known));
        (distance <= limit).then_some((distance, known))
    });
    let begun = || {
        let mut begun = known.filter(|known| plain(known).starts_with(&name));
        begun.next().filter(|_| length >= BEGINNING)
    };
    near.min().map(|(_, known)| known).or_else(begun)
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near() {
        let known = ["width", "depth", "heads", "kv_heads", "mlp", "qformer", "pixel-shuffle"];
        for (name, meant) in [
            ("widht", Some("width")),
            ("Width", Some("width")),
            ("kv-heads", Some("kv_heads")),
            ("qfromer", Some("qformer")),
            ("ml", Some("mlp")),
            ("pixel", Some("pixel-shuffle")),
            ("PIXEL_SHUFFEL", Some("pixel-shuffle")),
            ("patch", None),
            ("mp", Some("mlp")),
            ("m", None),
            ("", None),
        ] {
            assert_eq!(near(name, known), meant, "{name}");
        }
        assert_eq!(near(&"w".repeat(1 << 20), known), None);
        assert_eq!(near("bias", ["bits", "bins"]), Some("bins"));
        assert_eq!(near("x", ["y"]), None);
    }
}
