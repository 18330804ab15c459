//! A hosted model: its published rule, and nothing else.

use super::Charge;
use crate::media::Count;
use crate::media::hosted::{Counted, Hosted, Setting};
use crate::pictures::Clip;
use crate::tokens::{Answer, Media};
use crate::units::Fraction;

/// A hosted model.
#[derive(Debug)]
pub struct OfHosted {
    /// Its name as it was asked for.
    pub name: String,
    /// What is published of it.
    pub hosted: &'static Hosted,
    /// The rule that was asked for.
    pub setting: &'static Setting,
}

impl OfHosted {
    pub(super) fn answer(&self, media: &Media) -> Result<Answer, String> {
        match media {
            Media::Own => Err("a hosted model has no picture of its own: say a size".to_owned()),
            Media::Clip(clip) => self.of_clip(clip),
            Media::Images(sizes) => {
                let answers = sizes.iter().map(|size| {
                    let counted = self.setting.rule.count(*size);
                    counted.map(answer).map_err(|refusal| refusal.message(*size))
                });
                let sum = answers.reduce(|sum, next| Ok(sum?.and(next?)));
                sum.unwrap_or_else(|| Ok(Answer { visual: Some(0), ..Answer::default() }))
            }
        }
    }

    /// A clip of which a frame is taken for each second that has begun.
    fn of_clip(&self, clip: &Clip) -> Result<Answer, String> {
        let of_a_second = self.setting.rule.of_a_second();
        let of_a_second = of_a_second.ok_or("no rule for videos is published")?;
        let seconds = clip.rate.and_then(|rate| {
            Fraction::new(clip.frames.into(), 1)?.checked_div(rate).map(Fraction::ceil)
        });
        let seconds = seconds.ok_or("a frame a second is charged, and the rate is not known")?;
        let visual = seconds.checked_mul(of_a_second.into());
        Ok(Answer { visual, ..Answer::default() })
    }

    pub(super) fn charge(&self) -> Charge<'_> {
        Box::new(|size| {
            let counted = self.setting.rule.count(size)?;
            Ok(Count { visual: counted.visual, structural: 0 })
        })
    }
}

fn answer(counted: Counted) -> Answer {
    let Counted { resized, tiles, patches, visual } = counted;
    Answer {
        resized: resized.into_iter().collect(),
        tiles: tiles.map(i128::from),
        patches: patches.map(i128::from),
        visual: Some(visual.into()),
        ..Answer::default()
    }
}
