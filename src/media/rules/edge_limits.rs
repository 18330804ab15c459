//! Edge limits: the longer side down to one length, the shorter up to another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::truncated;
use crate::media::{
    Cells, Layout, Markers, Padding, Pixels, Problems, Refusal, RuleKind, Settings, View, Views,
};
use crate::units::Size;

/// A longer side beyond `longest` is shrunk to it, the other in proportion; then a side below
/// `shortest` is made that long alone. If the picture is split, its quarters come before it, each
/// resized in this way.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeLimits {
    /// The longest side in pixels.
    pub longest: Size,
    /// The shortest side in pixels.
    pub shortest: Size,
    /// Whether the four quarters come before the picture.
    pub split: bool,
    /// LLM-side tokens of each view; they follow from the encoder where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for EdgeLimits {
    fn default() -> EdgeLimits {
        // The class defaults of Idefics2ImageProcessor.
        EdgeLimits {
            longest: Size::of(980),
            shortest: Size::of(378),
            split: false,
            tokens: None,
            markers: Markers::default(),
        }
    }
}

impl EdgeLimits {
    /// What a picture, or a quarter of one, is resized to.
    fn resized(&self, picture: Pixels) -> Pixels {
        let (longest, shortest) = (self.longest.get(), self.shortest.get());
        let Pixels { mut height, mut width } = picture;
        let ratio = width as f64 / height as f64;
        if width >= height && width > longest {
            (height, width) = (truncated(longest as f64 / ratio), longest);
        } else if height > width && height > longest {
            (height, width) = (longest, truncated(longest as f64 * ratio));
        }
        Pixels::new(height.max(shortest), width.max(shortest))
    }

    /// The quarters of a picture, whose odd pixels go to the right and the bottom.
    fn quarters(&self, picture: Pixels) -> [Pixels; 4] {
        let Pixels { height, width } = picture;
        let (rows, columns) = ([height / 2, height.div_ceil(2)], [width / 2, width.div_ceil(2)]);
        [0, 1, 2, 3].map(|at| self.resized(Pixels::new(rows[at / 2], columns[at % 2])))
    }
}

impl Settings for EdgeLimits {
    const KIND: RuleKind = RuleKind {
        name: "edge-limits",
        title: "limits of both edges",
        in_words: "A longer side beyond a limit is shrunk to it, the other in proportion; a side \
                   below another limit is then made that long alone, so that the ratio may change. \
                   Split, the four quarters come before the picture, and the encoder runs on all \
                   padded to the largest.",
        source: "transformers 5.23: models/idefics2/image_processing_idefics2.py, \
                 get_resize_output_image_size and split_images",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("longest", self.longest, Problems::SIDE);
        problems.ordered(("shortest", self.shortest), ("longest", self.longest));
        problems.tokens(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Cells::of_each(self.tokens)
    }
}

impl Views for EdgeLimits {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let resized = self.resized(picture);
        if !self.split {
            return Ok(Layout::whole(resized));
        }
        if picture.shorter() < 2 {
            return Err(Refusal::TooThin { least: 2 });
        }
        let quarters = self.quarters(picture);
        let largest = quarters.into_iter().chain([resized]).fold(resized, |most, view| {
            Pixels::new(most.height.max(view.height), most.width.max(view.width))
        });
        Ok(Layout {
            resized,
            // Cut before it is resized; the last quarter has the odd pixels.
            canvas: picture,
            rows: 2,
            columns: 2,
            tile: quarters[3],
            overview: Some(resized),
            padding: Padding::Pixels(largest),
        })
    }

    fn sizes(&self, picture: Pixels, layout: &Layout) -> Vec<View> {
        let one = |size| View { count: 1, size };
        let quarters =
            if layout.overview.is_some() { self.quarters(picture).to_vec() } else { vec![] };
        quarters.into_iter().chain([layout.resized]).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_may_change() {
        let rule = EdgeLimits::default();
        assert_eq!(rule.resized(Pixels::new(2000, 500)), Pixels::new(980, 378));
        assert_eq!(rule.resized(Pixels::new(480, 640)), Pixels::new(480, 640));
        assert_eq!(rule.resized(Pixels::new(100, 100)), Pixels::square(378));
    }

    #[test]
    fn quarters_are_padded_to_the_largest_view() {
        let rule = EdgeLimits { split: true, ..EdgeLimits::default() };
        let picture = Pixels::new(1081, 1921);
        let layout = rule.layout(picture).unwrap();
        assert_eq!(layout.padding, Padding::Pixels(Pixels::new(551, 980)));
        let sizes: Vec<Pixels> = rule.sizes(picture, &layout).iter().map(|v| v.size).collect();
        assert_eq!(sizes[0], Pixels::new(540, 960));
        assert_eq!(sizes[3], Pixels::new(541, 961));
        assert_eq!((sizes.len(), sizes[4]), (5, Pixels::new(551, 980)));
    }
}
