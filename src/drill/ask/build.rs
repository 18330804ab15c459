//! From what `--ask` says to a design.

use crate::diag::{Code, Diagnostic, SourceId};
use crate::drill::subject::Subject;
use crate::planned;
use crate::spec::line::{Fields, Name};
use crate::stages::decoder::Logits;

/// What a design is called that was typed.
const NAME: &str = "Your design";

/// The fields without which there is nothing to ask, and how they are written.
const NEEDED: [(Name, &str, &str); 2] =
    [(Name::Image, "image", "336/14"), (Name::Patch, "patch", "/14")];

/// The design that a line says, planned.
///
/// # Errors
/// Every word that is not understood, or what is missing or does not fit, each with its place.
pub fn parse(text: &str, source: SourceId) -> Result<Subject, Vec<Diagnostic>> {
    let fields = &Fields::read(text, source)?;
    let whole = fields.span(|_| false);
    if let Some((_, name, sample)) = NEEDED.iter().find(|(name, ..)| !fields.has(*name)) {
        let words = format!("the {name} is not given");
        let help = format!("write the image's side and the patch, such as `{sample}`");
        return Err(vec![Diagnostic::error(Code::MissingField, words).at(whole, "").help(help)]);
    }
    let spec = fields.spec();
    if let Err(problems) = planned::build(&spec, Logits::All, &[]) {
        let problems = problems.into_iter();
        return Err(problems.map(|(path, problem)| in_text(fields, &path, problem)).collect());
    }
    Subject::new(NAME, spec).ok_or_else(|| {
        let words = "the sizes multiply to an absurd number";
        let problem = Diagnostic::error(Code::Overflow, words).at(whole, "");
        vec![problem.help("check them for stray digits")]
    })
}

/// What is wrong with a field of a spec, as something wrong with this text.
fn in_text(fields: &Fields, path: &str, problem: Diagnostic) -> Diagnostic {
    // A spec's field is no word of this text.
    let help = problem.help.as_ref().filter(|_| path.starts_with("image"));
    let sizes = help.and_then(|help| help.split("; ").next());
    let help = sizes.map(|sizes| format!("{sizes}; or write `drop` for the remainder"));
    problem.at(fields.place_of(path), "").maybe_help(help)
}
