//! Who answers: a spec, as it is built, or a hosted model, by its published rule.

mod hosted;
mod spec;

pub use hosted::OfHosted;
pub use spec::OfSpec;

use super::{Answer, Media};
use crate::diag::{Code, Diagnostic, Sources, quote};
use crate::media::hosted::{Found, find, meant};
use crate::media::{Count, Pixels, Refusal};
use crate::spec::presets::Preset;
use crate::spec::{Failure, Overrides, load};

/// A model that is asked.
#[derive(Debug)]
pub enum Model {
    /// A spec.
    Spec(Box<OfSpec>),
    /// A hosted model.
    Hosted(OfHosted),
}

/// What a model charges for one picture of any size.
pub type Charge<'m> = Box<dyn Fn(Pixels) -> Result<Count, Refusal> + Sync + 'm>;

impl Model {
    /// The model that an argument names: a file, a preset, `-`, a pipeline in one line, or a hosted
    /// model.
    ///
    /// # Errors
    /// Why there is none.
    pub fn load(argument: &str, overrides: &Overrides) -> Result<Model, Failure> {
        let is_other = std::path::Path::new(argument).exists() || Preset::find(argument).is_some();
        let refused = |problem: Diagnostic| Failure {
            diagnostics: vec![problem],
            sources: Sources::default(),
        };
        match find(argument).filter(|_| !is_other) {
            Some(Found::Rule(hosted, setting)) => {
                Ok(Model::Hosted(OfHosted { name: argument.to_owned(), hosted, setting }))
            }
            Some(Found::NoSetting(hosted)) => {
                let known = hosted.settings.iter().map(|setting| setting.name);
                let known: Vec<String> = known.filter(|name| !name.is_empty()).map(quote).collect();
                let message = format!("{} has no such setting", quote(argument));
                let problem = Diagnostic::error(Code::UnknownVariant, message);
                Err(refused(match known.is_empty() {
                    true => problem.help("it has none: leave out the `:` and what comes after it"),
                    false => problem.help(format!("its settings are {}", known.join(", "))),
                }))
            }
            Some(Found::Nothing(one)) => {
                let message = format!("no rule of {} is published: {}", quote(argument), one.known);
                let problem = Diagnostic::error(Code::UnknownPreset, message);
                Err(refused(problem.help("`vlmcalc tokens --hosted` lists the models with a rule")))
            }
            None => match load(argument, overrides) {
                Ok(loaded) => Ok(Model::Spec(Box::new(OfSpec::new(loaded)))),
                Err(failure) => Err(hinted(argument, failure)),
            },
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Model::Spec(spec) => &spec.loaded.name,
            Model::Hosted(hosted) => &hosted.name,
        }
    }

    /// What it makes of pictures.
    ///
    /// # Errors
    /// Why it takes none of this kind, in words.
    pub fn answer(&self, media: &Media) -> Result<Answer, String> {
        match self {
            Model::Spec(spec) => spec.answer(media),
            Model::Hosted(hosted) => hosted.answer(media),
        }
    }

    /// What it charges for pictures of any size.
    ///
    /// # Errors
    /// Why it does not say, in words.
    pub fn charge(&self) -> Result<Charge<'_>, String> {
        match self {
            Model::Spec(spec) => spec.charge(),
            Model::Hosted(hosted) => Ok(hosted.charge()),
        }
    }
}

/// A name that is no preset, with the hosted model that it may mean.
fn hinted(argument: &str, mut failure: Failure) -> Failure {
    let meant = meant(argument);
    if let ([problem], Some(meant)) = (&mut failure.diagnostics[..], meant)
        && problem.code == Code::UnknownPreset
        && problem.help.as_ref().is_none_or(|help| !help.starts_with("did you mean"))
    {
        problem.help = Some(format!("did you mean the hosted model `{meant}`?"));
    }
    failure
}
