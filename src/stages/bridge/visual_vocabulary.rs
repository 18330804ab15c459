//! A vocabulary of visual words: folded tokens become mixtures of the rows of a table (Ovis2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Flow};
use super::fold::Fold;
use super::projector::Projector;
use super::rounding::Rounding;
use super::steps::{Softmax, StepStage, Table};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::NormKind;
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::linear;
use crate::units::{Amount, Size};

/// Ovis2's is `bridge: {visual-vocabulary: {factor: 2, size: 65536, indicators: 5}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "VisualVocabulary")]
pub struct VisualVocabularySpec {
    /// Side r of a folded block in tokens: r² tokens become one (transformers' `hidden_stride`).
    #[schemars(example = 2)]
    pub factor: Size,
    /// Rows of the table: visual words and indicators.
    #[schemars(example = 65536)]
    pub size: Size,
    /// Rows that no image is a mixture of: the words around an image, whose embeddings the table holds
    /// too; 0 if not given.
    #[serde(default)]
    #[schemars(example = 5)]
    #[schemars(extend("default" = Amount::of(0)))]
    pub indicators: Choice<Amount>,
    /// The norm of the scores before their softmax; LayerNorm if not given.
    #[serde(default)]
    #[schemars(extend("default" = NormKind::LayerNorm))]
    pub norm: Choice<NormKind>,
    /// What becomes of rows and columns that fill no block; an error if not given.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

/// A visual vocabulary, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct VisualVocabulary {
    fold: Fold,
    size: Size,
    indicators: Amount,
    norm: NormKind,
}

impl VisualVocabularySpec {
    /// Blocks of this side and so many words.
    fn of(factor: Size, size: Size, indicators: Choice<Amount>) -> VisualVocabularySpec {
        let (norm, rounding) = (Choice::default(), Choice::default());
        VisualVocabularySpec { factor, size, indicators, norm, rounding }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> VisualVocabulary {
        let mut indicators = self.indicators.unwrap_or_default();
        if indicators.get() >= self.size.get() {
            let text = format!("{indicators} indicators leave no visual word of {}", self.size);
            let help = "write fewer: Ovis2 has 5 of 65,536";
            faults.add("indicators", Diagnostic::error(Code::OutOfRange, text).help(help));
            indicators = Amount::of(0);
        }
        VisualVocabulary {
            fold: Fold {
                factor: self.factor,
                columns: None,
                rounding: self.rounding.unwrap_or_default(),
            },
            size: self.size,
            indicators,
            norm: self.norm.unwrap_or(NormKind::LayerNorm),
        }
    }
}

impl From<&VisualVocabulary> for VisualVocabularySpec {
    /// The fields that say a bridge, every choice written.
    fn from(bridge: &VisualVocabulary) -> VisualVocabularySpec {
        let VisualVocabulary { fold, size, indicators, norm } = bridge.clone();
        VisualVocabularySpec {
            factor: fold.factor,
            size,
            indicators: indicators.into(),
            norm: norm.into(),
            rounding: fold.rounding.into(),
        }
    }
}

impl VisualVocabulary {
    /// What is known of a visual vocabulary by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "visual-vocabulary",
        title: "visual vocabulary",
        typical: |_| {
            Typical::new(
                "visual-vocabulary: {factor: 2, size: 65536, indicators: 5}",
                "as Ovis2 has it (arXiv 2405.20797)",
            )
        },
        practice: Practice {
            place: 9,
            words: &["visual-vocabulary", "visual-vocab"],
            usual: Some("2"),
            sized: |factor| {
                VisualVocabularySpec::of(factor, Size::of(65536), Choice::default()).into()
            },
            drawn: |draw| {
                let (factor, size) = (draw.block()?, draw.one_of(&[16384, 65536])?);
                Some(VisualVocabularySpec::of(factor, size, Choice::default()).into())
            },
            choices: |_| Vec::new(),
        },
    };

    /// The scores of the visual words: `[B, M, D·r²] → [B, M, words]`.
    fn scores(&self, b: &mut Builder, x: Flow, words: &Dim) -> Flow {
        let name = ("head_linear", "head_linear");
        let scores = linear(b, name, x.node, &x.width, words, false);
        let scores = norm(b, ("norm", "head_norm"), scores, self.norm, words);
        x.with(scores, words.clone())
    }
}

impl BridgeStage for VisualVocabulary {
    fn in_brief(&self) -> String {
        let VisualVocabulary { fold: Fold { factor, .. }, size, .. } = self;
        format!(
            "blocks of {factor}×{factor} folded into one, a mixture of {size} visual words each"
        )
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            Fold::WORDS,
            "One matrix and a softmax then say how much of each visual word is in it, and what it \
             becomes is that mixture of the rows of a table, as a word of text is one row.",
        ]
    }

    fn reduction(&self) -> Reduction {
        self.fold.reduction()
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let at = At::named("", "bridge.visual-vocabulary.factor");
        let folded = b.scope(("fold", ""), Role::Merge, |b| {
            self.fold.merge(b, Flow::of(x), &at, "visual-vocabulary")
        })?;
        let rows = At::named("visual_embeddings_table", "bridge.visual-vocabulary.size");
        let rows_of_table = Table(self.size).rows(b, &rows);
        let field = "bridge.visual-vocabulary.indicators";
        let meaning = "rows of the visual vocabulary that no image is a mixture of";
        let indicators = b.unless(0, "U_b", meaning, field, self.indicators);
        let words = match indicators {
            Some(count) => &rows_of_table - Dim::from(count),
            None => rows_of_table.clone(),
        };
        let made = b.scope(("projection", ""), Role::Projection, |b| {
            let scores = self.scores(b, folded, &words);
            let shares = Softmax.wire(b, scores, to, &At { module: "", ..rows })?;
            Table(self.size).wire(b, shares, to, &rows)
        });
        Ok(made?.node)
    }
}
