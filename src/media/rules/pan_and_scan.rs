//! Pan and scan: strips of an elongated picture beside the whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::truncated;
use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::Size;

/// Every picture becomes one view of a fixed size; an elongated one is followed by strips along its
/// longer side, each of that size too.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PanAndScan {
    /// Side of every view in pixels.
    pub size: Size,
    /// The shortest side of a strip, in pixels of the picture; if one would be shorter, there are
    /// none.
    pub min_crop: Size,
    /// The most strips.
    pub max_crops: Size,
    /// How many times longer one side must be than the other for strips.
    pub min_ratio: f64,
    /// LLM-side tokens of each view; they follow from the encoder where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for PanAndScan {
    fn default() -> PanAndScan {
        // The settings that the processor has if it is only told `do_pan_and_scan`
        // (Gemma3ProcessorKwargs), with Gemma 3's size.
        PanAndScan {
            size: Size::of(896),
            min_crop: Size::of(256),
            max_crops: Size::of(4),
            min_ratio: 1.2,
            tokens: None,
            markers: Markers::default(),
        }
    }
}

impl PanAndScan {
    /// How many strips a picture is cut into; 0 if it is only shown as a whole.
    fn strips(&self, picture: Pixels) -> u64 {
        let (longer, shorter) = (picture.longer(), picture.shorter());
        let ratio = longer as f64 / shorter as f64;
        if ratio < self.min_ratio {
            return 0;
        }
        // Halves up, unlike anywhere else.
        let wanted = truncated(ratio + 0.5).min(longer / self.min_crop.get());
        let strips = wanted.max(2).min(self.max_crops.get());
        if longer.div_ceil(strips).min(shorter) < self.min_crop.get() { 0 } else { strips }
    }
}

impl Settings for PanAndScan {
    const KIND: RuleKind = RuleKind {
        name: "pan-and-scan",
        title: "pan and scan",
        in_words: "Every picture is stretched to one size. If one side is much longer than the \
                   other, strips along it follow, each stretched to that size and with its own \
                   markers. The sentence that the processor writes around them is text and counted \
                   nowhere.",
        source: "transformers 5.23: models/gemma3/image_processing_gemma3.py, pan_and_scan_batched",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("size", self.size, Problems::SIDE);
        problems.at_most("max_crops", self.max_crops, Problems::TILES);
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

impl Views for PanAndScan {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let size = self.size.get();
        let whole = Layout::whole(Pixels::square(size));
        let strips = self.strips(picture);
        if strips == 0 {
            return Ok(whole);
        }
        let (rows, columns) =
            if picture.width >= picture.height { (1, strips) } else { (strips, 1) };
        Ok(Layout { overview: Some(whole.tile), ..Layout::filled(size, rows, columns) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_need_length_and_width() {
        let rule = PanAndScan::default();
        let strips = |height, width| rule.strips(Pixels::new(height, width));
        assert_eq!(strips(1000, 1199), 0);
        assert_eq!(strips(1000, 1200), 2);
        // 2.5 is rounded up.
        assert_eq!(strips(400, 1000), 3);
        assert_eq!(strips(3000, 300), 4);
        assert_eq!(strips(255, 1000), 0);
        assert_eq!(strips(400, 510), 0);
    }
}
