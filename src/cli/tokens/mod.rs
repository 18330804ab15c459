//! `vlmcalc tokens`.

mod items;

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::{BAD_INPUT, Color, Outcome, view};
use crate::check::{Checked, told};
use crate::diag::{Code, Diagnostic, Sources};
use crate::media::Pixels;
use crate::render::{FormatOf, formats};
use crate::spec::Overrides;
use crate::tokens::{Extremes, Item, Largest, Media, Model, Rows, Tokens, aspect};
use crate::units::ImageSize;
use items::{Pictures, Problems};

/// Arguments of `tokens`.
#[derive(Debug, Args)]
pub struct Count {
    /// Specs, as `vlmcalc plan` takes them, and hosted models such as `gpt-4o` or `claude`, with a
    /// setting where they have some (`gpt-4o:low`).
    #[arg(required_unless_present = "hosted", value_name = "MODEL")]
    models: Vec<String>,
    #[command(flatten)]
    pictures: Pictures,
    /// The most and the least tokens that one image can cost, over all sizes up to a limit.
    #[arg(long, conflicts_with_all = ["image", "prompt", "dir", "batch_file", "video", "fit"])]
    worst: bool,
    /// The largest image within so many visual tokens.
    #[arg(
        long,
        value_name = "TOKENS",
        value_parser = whole::<u64>,
        conflicts_with_all = ["image", "prompt", "dir", "batch_file", "video"]
    )]
    fit: Option<u64>,
    /// Its shape: width to height as screens are named, `16:9`, or a size, height x width; a square
    /// if not given.
    #[arg(long, value_name = "RATIO", value_parser = ratio, requires = "fit")]
    aspect: Option<Pixels>,
    /// The largest size that `--worst` looks at; its longer side is the longest of `--fit`.
    #[arg(long, value_name = "SIZE", value_parser = limit, default_value = "4096")]
    up_to: Pixels,
    /// Shows every row of a long list, not its sums alone.
    #[arg(long)]
    each: bool,
    /// Lists the hosted models with their rules and sources.
    #[arg(long, conflicts_with_all = ["models", "worst", "fit"])]
    hosted: bool,
    /// Sets a field of the specs, as in `vlmcalc plan`.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Tokens>), default_value = "table")]
    format: FormatOf<Tokens>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for Count {
    const NAME: &'static str = "tokens";
    const ABOUT: &'static str = "Counts the tokens of images and clips, in many models at once";

    /// Counts. Pictures that cannot be read are warned about if they are found in a folder, and an
    /// error if they are named. A model that refuses a picture says so in its row; nothing is
    /// printed if there is no other row.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let tokens = if self.hosted { Some(Tokens::Hosted) } else { self.ask(&mut outcome, color) };
        if let Some(tokens) = tokens {
            outcome.stdout = self.format.print(&[tokens], &view(self.width, color));
        }
        outcome
    }
}

impl Count {
    /// The answer, if there is one.
    fn ask(&self, outcome: &mut Outcome, color: Color) -> Option<Tokens> {
        let models = self.load(outcome, color);
        let pictures = match self.pictures.find(&self.models) {
            Ok(found) => {
                outcome.report(&found.left_out, &Sources::default(), color);
                Some(found)
            }
            Err(Problems { diagnostics, sources }) => {
                outcome.code = BAD_INPUT;
                outcome.report(&diagnostics, &sources, color);
                None
            }
        };
        let found = pictures.filter(|_| outcome.code != BAD_INPUT)?;
        let (tokens, refusals) = if self.worst {
            let found: Vec<Extremes> =
                models.iter().map(|model| Extremes::of(model, self.up_to)).collect();
            let refusals = found.iter().map(|one| one.found.as_ref().err().cloned());
            let refusals = all(refusals);
            (Tokens::Extremes(found), refusals)
        } else if let Some(within) = self.fit {
            let aspect = self.aspect.unwrap_or(Pixels::square(1));
            let largest = |model| Largest::of(model, within, aspect, self.up_to.longer());
            let found: Vec<Largest> = models.iter().map(largest).collect();
            let refusals = found.iter().map(|one| one.found.as_ref().err().cloned());
            let refusals = all(refusals);
            (Tokens::Largest(found), refusals)
        } else {
            let mut items = found.items;
            if items.is_empty() {
                items.push(Item { name: None, media: Media::Own });
            }
            let rows = Rows::of(models, items, found.is_list);
            let refusals =
                all(rows.rows.iter().map(|row| row.answer.as_ref().as_ref().err().cloned()));
            (Tokens::Rows(Rows { shows_each: self.each, ..rows }), refusals)
        };
        match refusals {
            None => Some(tokens),
            Some(reasons) => {
                outcome.code = BAD_INPUT;
                outcome.report(&[nothing(reasons)], &Sources::default(), color);
                None
            }
        }
    }

    /// The models; all problems of all go into the outcome.
    fn load(&self, outcome: &mut Outcome, color: Color) -> Vec<Model> {
        let overrides = Overrides { set: self.set.clone(), ..Overrides::default() };
        let (mut models, mut unread) = (Vec::new(), Vec::new());
        for argument in &self.models {
            match Model::load(argument, &overrides) {
                Ok(model) => models.push(model),
                Err(failure) => unread.push(Checked::unread(argument, failure)),
            }
        }
        if !unread.is_empty() {
            outcome.code = BAD_INPUT;
        }
        for (problem, sources) in told(&unread, self.models.len()) {
            outcome.report([&problem], sources, color);
        }
        models
    }
}

/// The reasons of all, each once; nothing if one has none.
fn all(reasons: impl Iterator<Item = Option<String>>) -> Option<Vec<String>> {
    let mut all: Vec<String> = reasons.collect::<Option<_>>()?;
    let mut seen = std::collections::HashSet::new();
    all.retain(|reason| seen.insert(reason.clone()));
    Some(all)
}

/// The most reasons that are told.
const MOST_TOLD: usize = 5;

/// No model has an answer.
fn nothing(reasons: Vec<String>) -> Diagnostic {
    let more = reasons.len().saturating_sub(MOST_TOLD);
    let problem = Diagnostic::error(Code::Refused, "no model has an answer to what is asked");
    let told = reasons.into_iter().take(MOST_TOLD);
    let problem = told.fold(problem, Diagnostic::note);
    if more > 0 { problem.note(format!("and {more} more reasons")) } else { problem }
}

fn ratio(text: &str) -> Result<Pixels, String> {
    aspect(text).ok_or_else(|| "write width to height, `16:9`, or a size, `1080x1920`".into())
}

/// The longest side of a limit: its square is the number of sizes that are looked at.
const LONGEST: u64 = 16_384;

fn limit(text: &str) -> Result<Pixels, String> {
    let size = ImageSize::read(text).ok_or_else(|| ImageSize::HOW.to_owned())?;
    let size = Pixels::from(size);
    match size.longer() <= LONGEST {
        true => Ok(size),
        false => Err(format!("a side may have at most {LONGEST} pixels")),
    }
}
