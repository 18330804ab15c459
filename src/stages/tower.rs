//! Which of a pipeline's towers is meant, in the names of sizes and fields.

use std::borrow::Cow;

use super::stack::SizeNames;
use crate::dim::Field;

/// The place of a tower: the only one, or one of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(Option<usize>);

/// The section of a spec that says the only tower.
const SECTION: &str = "encoder.";

impl Place {
    /// The only tower.
    pub const ONLY: Place = Place(None);

    /// One of several, counted from 0.
    pub fn among(at: usize) -> Place {
        Place(Some(at))
    }

    /// The field that says something of the tower, as it is called where there is only one:
    /// `encoder.width`, `encoder.towers.1.width`.
    pub fn field(self, of_only: &'static str) -> Field {
        match (self.0, of_only.strip_prefix(SECTION)) {
            (Some(at), Some(name)) => Field::Owned(format!("{SECTION}towers.{at}.{name}")),
            _ => Field::Borrowed(of_only),
        }
    }

    /// A symbol of the tower: `D_v`, `D_v2` of the second one.
    pub fn symbol(self, of_only: &str) -> Cow<'_, str> {
        match self.0 {
            Some(at) if of_only.contains('_') => Cow::Owned(format!("{of_only}{}", at + 1)),
            Some(at) => Cow::Owned(format!("{of_only}_v{}", at + 1)),
            None => Cow::Borrowed(of_only),
        }
    }

    /// What the tower is called in a sentence.
    pub fn in_words(self) -> Cow<'static, str> {
        match self.0 {
            Some(at) => Cow::Owned(format!("tower {}", at + 1)),
            None => Cow::Borrowed("vision encoder"),
        }
    }

    /// The names of its sizes.
    pub fn sizes(self) -> SizeNames {
        SizeNames {
            section: match self.0 {
                Some(at) => Field::Owned(format!("{SECTION}towers.{at}")),
                None => Field::Borrowed("encoder"),
            },
            inherited: None,
            suffix: match self.0 {
                Some(at) => Field::Owned(format!("_v{}", at + 1)),
                None => Field::Borrowed("_v"),
            },
            of: self.in_words(),
            width: self.field("encoder.width"),
            depth: self.field("encoder.depth"),
            mlp_width: self.field("encoder.mlp_width"),
            heads: self.field("encoder.heads"),
            kv_heads: self.field("encoder.kv_heads"),
            head_dim: Some(self.field("encoder.head_dim")),
            turned: 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_tower_have_no_number() {
        assert_eq!(Place::ONLY.field("encoder.width"), "encoder.width");
        assert_eq!(Place::among(1).field("encoder.width"), "encoder.towers.1.width");
        assert_eq!(Place::among(1).field("image.height"), "image.height");
        let symbols = ["P", "N_v"].map(|name| Place::among(0).symbol(name).into_owned());
        assert_eq!(symbols, ["P_v1", "N_v1"]);
        assert_eq!(Place::ONLY.symbol("N_v"), "N_v");
    }
}
