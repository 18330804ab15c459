//! Attention: tokens that ask each other, or those that they took the place of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::{NotSuited, Target};
use super::list;
use super::projections::Projections;
use super::short::ByOne;
use super::step::{Step, StepSpec, StepStage, Written};
use crate::diag::{Code, Diagnostic};
use crate::graph::{Builder, Role, Same};
use crate::ops::Concat;
use crate::stages::beside::{Beside, Relative};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::heads::Heads;
use crate::stages::options::{BiasSpec, Biases, QkNorm, QkvStorage};
use crate::units::Size;

/// `{self-attention: 12}`: every token asks every token, in twelve heads. Norms and the sum with what
/// came in are steps of their own.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SelfAttentionStep")]
pub struct SelfAttentionSpec {
    /// Attention heads. It may stand alone.
    #[schemars(example = 12)]
    pub heads: Size,
    /// Heads of keys and values, each shared by a group of query heads; `heads` if not given.
    #[serde(default)]
    #[schemars(example = 4)]
    pub kv_heads: Option<Size>,
    /// Values of a query, key or value in one head; width / `heads` if not given.
    #[serde(default)]
    #[schemars(example = 64)]
    pub head_dim: Option<Size>,
    /// Which projections have biases: one answer, or one for each kind; all if not given.
    #[serde(default)]
    pub bias: BiasSpec,
    /// How query, key and value projections are stored; it changes no count.
    #[serde(default)]
    #[schemars(extend("default" = QkvStorage::Separate))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[serde(default)]
    #[schemars(extend("default" = QkNorm::None))]
    pub qk_norm: Choice<QkNorm>,
    /// Whether a token sees itself and those before it only; false if not given. It changes no count.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub causal: Choice<bool>,
    /// Whether the scores have the biases of `relative-positions`; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub relative: Choice<bool>,
}

impl From<Size> for SelfAttentionSpec {
    fn from(heads: Size) -> SelfAttentionSpec {
        SelfAttentionSpec {
            heads,
            kv_heads: None,
            head_dim: None,
            bias: BiasSpec::default(),
            qkv: Choice::default(),
            qk_norm: Choice::default(),
            causal: Choice::default(),
            relative: Choice::default(),
        }
    }
}

impl ByOne for SelfAttentionSpec {
    type One = Size;
}

/// Attention of tokens to each other, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfAttention {
    of: Projections,
    causal: bool,
    relative: bool,
}

impl Written for SelfAttentionSpec {
    type Step = SelfAttention;

    fn design(&self, _: &mut Faults) -> SelfAttention {
        let SelfAttentionSpec { heads, kv_heads, head_dim, .. } = *self;
        let of = Projections {
            heads,
            kv_heads,
            head_dim,
            bias: self.bias.or(Biases::all(true)),
            qkv: self.qkv.unwrap_or_default(),
            qk_norm: self.qk_norm.unwrap_or_default(),
        };
        let [causal, relative] = [self.causal, self.relative].map(|choice| choice.unwrap_or(false));
        SelfAttention { of, causal, relative }
    }

    fn say(step: &SelfAttention) -> SelfAttentionSpec {
        let Projections { heads, kv_heads, head_dim, bias, qkv, qk_norm } = step.of;
        SelfAttentionSpec {
            heads,
            kv_heads,
            head_dim,
            bias: bias.into(),
            qkv: qkv.into(),
            qk_norm: qk_norm.into(),
            causal: step.causal.into(),
            relative: step.relative.into(),
        }
    }
}

impl StepStage for SelfAttention {
    fn part(&self) -> (&'static str, Role) {
        ("attention", Role::Attention)
    }

    fn in_brief(&self) -> String {
        format!("self-attention with {} heads", self.of.heads)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["The tokens attend to each other."]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let mut attention = self.of.declare(b, [&x.width, &x.width], at);
        attention.causal = self.causal;
        let relative = match self.relative {
            false => None,
            true => Some(biases(b, &x, &mut attention.heads, at)?),
        };
        let beside = Beside { relative, ..Beside::default() };
        let node = b.module(at.module, |b| attention.over_itself(b, x.node, &beside));
        Ok(x.of_same_width(node))
    }
}

/// The biases by distance that scores have, one for each of the heads.
fn biases(
    b: &mut Builder,
    x: &Flow,
    heads: &mut Heads,
    at: &At<'_>,
) -> Result<Relative, NotSuited> {
    let Some((relative, of)) = x.relative.clone() else {
        let text = "`relative` without biases by distance";
        let help = "put `{relative-positions: {buckets: 32, heads: 12}}` before it, outside of a \
                    `repeat`";
        return Err(at.problem(Diagnostic::error(Code::Mismatch, text).help(help)));
    };
    b.require(Same {
        made: heads.query.clone(),
        reserved: of.clone(),
        names: ("attention heads", "heads of `relative-positions`"),
        field: at.here(),
        help: "let both have the same number",
    });
    heads.query = of;
    Ok(relative)
}

/// `{cross-attention: {heads: 8, keys: [norm]}}`: the tokens ask those that `latents` or `queries`
/// replaced.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CrossAttentionStep")]
pub struct CrossAttentionSpec {
    /// Attention heads. It may stand alone.
    #[schemars(example = 8)]
    pub heads: Size,
    /// Heads of keys and values, each shared by a group of query heads; `heads` if not given.
    #[serde(default)]
    #[schemars(example = 4)]
    pub kv_heads: Option<Size>,
    /// Values of a query, key or value in one head; width / `heads` if not given.
    #[serde(default)]
    #[schemars(example = 64)]
    pub head_dim: Option<Size>,
    /// Which projections have biases: one answer, or one for each kind; all if not given.
    #[serde(default)]
    pub bias: BiasSpec,
    /// How query, key and value projections are stored; it changes no count.
    #[serde(default)]
    #[schemars(extend("default" = QkvStorage::Separate))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[serde(default)]
    #[schemars(extend("default" = QkNorm::None))]
    pub qk_norm: Choice<QkNorm>,
    /// Steps on the tokens that are asked, before keys and values are made of them.
    #[serde(default)]
    #[schemars(extend("examples" = [["gelu"]]))]
    pub keys: Vec<StepSpec>,
    /// Steps on the tokens that are asked, before values are made of them, if they are not those of
    /// `keys`.
    #[serde(default)]
    #[schemars(extend("examples" = [["gelu"]]))]
    pub values: Option<Vec<StepSpec>>,
    /// Whether the tokens that ask are among those that are asked (Flamingo); false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub with_own: Choice<bool>,
}

impl From<Size> for CrossAttentionSpec {
    fn from(heads: Size) -> CrossAttentionSpec {
        let SelfAttentionSpec { heads, kv_heads, head_dim, bias, qkv, qk_norm, .. } =
            SelfAttentionSpec::from(heads);
        let (keys, values, with_own) = (Vec::new(), None, Choice::default());
        CrossAttentionSpec { heads, kv_heads, head_dim, bias, qkv, qk_norm, keys, values, with_own }
    }
}

impl ByOne for CrossAttentionSpec {
    type One = Size;
}

/// Attention of tokens to others, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossAttention {
    of: Projections,
    keys: Vec<Step>,
    values: Option<Vec<Step>>,
    with_own: bool,
}

impl Written for CrossAttentionSpec {
    type Step = CrossAttention;

    fn design(&self, faults: &mut Faults) -> CrossAttention {
        let CrossAttentionSpec { heads, kv_heads, head_dim, .. } = *self;
        let of = Projections {
            heads,
            kv_heads,
            head_dim,
            bias: self.bias.or(Biases::all(true)),
            qkv: self.qkv.unwrap_or_default(),
            qk_norm: self.qk_norm.unwrap_or_default(),
        };
        let keys = faults.within("keys", |faults| list::design(&self.keys, faults));
        let values = self
            .values
            .as_ref()
            .map(|steps| faults.within("values", |faults| list::design(steps, faults)));
        CrossAttention { of, keys, values, with_own: self.with_own.unwrap_or(false) }
    }

    fn say(step: &CrossAttention) -> CrossAttentionSpec {
        let Projections { heads, kv_heads, head_dim, bias, qkv, qk_norm } = step.of;
        CrossAttentionSpec {
            heads,
            kv_heads,
            head_dim,
            bias: bias.into(),
            qkv: qkv.into(),
            qk_norm: qk_norm.into(),
            keys: list::say(&step.keys),
            values: step.values.as_ref().map(|steps| list::say(steps)),
            with_own: step.with_own.into(),
        }
    }
}

impl CrossAttention {
    /// What steps of a field make of the tokens that are asked, those that ask after them.
    fn asked(
        &self,
        b: &mut Builder,
        [x, context]: [&Flow; 2],
        steps: &[Step],
        to: &Target,
        (at, field): (&At<'_>, &str),
    ) -> Result<Flow, NotSuited> {
        let place = format!("cross-attention.{field}");
        let made = at.steps(&place, |within| {
            let number = format!("{}_{}", within.number, &field[..1]);
            let within = list::Within { number: &number, ..*within };
            let wire = |b: &mut Builder| list::wire(b, steps, context.clone(), to, &within);
            b.module(at.module, |b| b.module(field, wire))
        })?;
        if !self.with_own {
            return Ok(made);
        }
        made.meet(b, x, "`with_own`", at)?;
        let node = b.push(&*at.name(&format!("{field}_and_own")), Concat, &[made.node, x.node]);
        Ok(x.clone().in_a_row(node))
    }
}

impl StepStage for CrossAttention {
    fn part(&self) -> (&'static str, Role) {
        ("cross_attention", Role::CrossAttention)
    }

    fn in_brief(&self) -> String {
        format!("cross-attention with {} heads", self.of.heads)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["The tokens attend to those of the image."]
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let context = x.context("cross-attention", at)?;
        let asked = [&x, &context];
        let keys = self.asked(b, asked, &self.keys, to, (at, "keys"))?;
        let values = match &self.values {
            None => keys.clone(),
            Some(steps) => self.asked(b, asked, steps, to, (at, "values"))?,
        };
        values.meet_tokens(b, &keys, "the values of `cross-attention`", at)?;
        values.meet(b, &keys, "the values of `cross-attention`", at)?;
        if self.of.qkv == QkvStorage::Fused {
            keys.meet(b, &x, "one matrix for queries, keys and values", at)?;
        }
        let attention = self.of.declare(b, [&x.width, &keys.width], at);
        let node = b.module(at.module, |b| attention.over(b, x.node, keys.node, values.node));
        Ok(x.of_same_width(node))
    }
}
