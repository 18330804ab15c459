//! The processor of a spec: one of the rules, with its settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::{Fixed, SmartResize};
use super::{Problem, Rule, RuleKind, Settings};

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident,)*) => {
        /// A rule stands as its bare name, `processor: smart-resize`, or with its settings,
        /// `processor: {smart-resize: {factor: 28}}`.
        #[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[schemars(title = "Processor")]
        pub enum Processor {
            $($(#[$doc])* $rule($rule),)*
        }

        /// The rules.
        pub const RULES: &[&RuleKind] = &[$(&<$rule as Settings>::KIND,)*];

        impl Processor {
            /// What is known of the rule by its name.
            pub fn kind(&self) -> &'static RuleKind {
                match self { $(Processor::$rule(_) => &<$rule as Settings>::KIND,)* }
            }

            /// The rule, ready to be asked.
            ///
            /// # Errors
            /// What is wrong with settings taken together.
            pub fn rule(&self) -> Result<Rule, Vec<Problem>> {
                match self {
                    $(Processor::$rule(settings) => Rule::of(settings, &<$rule as Settings>::KIND),)*
                }
            }
        }

        $(impl From<$rule> for Processor {
            fn from(settings: $rule) -> Processor {
                Processor::$rule(settings)
            }
        })*
    };
}

rules! {
    /// Resized to one size, whatever the picture (LLaVA-1.5, BLIP-2, PaliGemma, Gemma 3).
    Fixed,
    /// Both sides to multiples of a number, the area within limits (Qwen2-VL, Qwen3-VL, GLM-4.1V).
    SmartResize,
}
