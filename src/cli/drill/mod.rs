//! `vlmcalc drill`: interview practice.

mod arguments;
mod asked;
mod input;
mod page;
mod practice;
mod remember;

use std::io::{self, IsTerminal, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use self::arguments::{Action, Export, Levels, answers, exam, levels, percent, topic};
use self::input::{Input, Lines};
use self::page::Page;
use self::practice::Practice;
use self::remember::Memory;
use super::command::Run;
use super::format::Formats;
use super::number::{whole, within};
use super::{BAD_INPUT, BROKEN, Color, DONE, Outcome, view};
use crate::diag::{Code, Diagnostic, Sources, sanitize};
use crate::drill::ask::how;
use crate::drill::sheet::{self, FORMATS, Learnt, Sheet, SheetPrinter, Topics};
use crate::drill::topics::{TOPICS, needs};
use crate::drill::{Answered, Question, Settings, Subject, draw, score};
use crate::planned::plan;
use crate::render::{Format, View, formats};
use crate::spec::{Failure, Overrides};
use crate::stages::decoder::Logits;
use crate::units::counted;

/// Arguments of `drill`.
#[derive(Debug, Args)]
pub struct Drill {
    /// Shows what is remembered instead of asking.
    #[arg(value_enum, value_name = "ACTION", conflicts_with_all = ["topic", "level", "seed", "spec", "answers", "export", "list", "ask", "exam", "remember", "again", "forget"])]
    action: Option<Action>,
    /// Topics to ask about; `--list` names them.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = topic)]
    topic: Vec<&'static str>,
    /// Levels, 1 (patch counts) to 5 (costs and trade-offs): one, several, or a range.
    #[arg(long, value_name = "LEVELS", value_parser = levels)]
    level: Option<Levels>,
    /// Questions.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = within(1u16..=1000))]
    count: u16,
    /// The same seed and options ask the same questions, on any machine; drawn if not given.
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    seed: Option<u64>,
    /// Asks about this pipeline only: a YAML file, a preset, or `-`.
    #[arg(long, value_name = "SPEC")]
    spec: Option<String>,
    /// Grades a file of answers, one a line in the order of the questions; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exam", "export", "ask", "list"])]
    answers: Option<String>,
    /// Output format; Markdown and JSON print the questions with their answers instead of asking.
    #[arg(long, value_parser = Formats(|| FORMATS.to_vec()), default_value = "table")]
    format: Format<SheetPrinter>,
    /// Prints the questions for another program.
    #[arg(long, value_enum, value_name = "PROGRAM", conflicts_with_all = ["exam", "ask", "list"])]
    export: Option<Export>,
    /// Lists topics and levels.
    #[arg(long, conflicts_with_all = ["exam", "ask"])]
    list: bool,
    /// Asks about a design given in one line, e.g. `336/14 +cls width 1024 -> llm 4096`.
    #[arg(long, value_name = "DESIGN", long_help = ask_help(), conflicts_with_all = ["exam", "spec", "topic", "level", "seed", "remember"])]
    ask: Option<String>,
    /// An answer to `--ask`, its parts with commas between: `24, 576, 576x4096`.
    #[arg(long, value_name = "ANSWER", requires = "ask", allow_hyphen_values = true)]
    answer: Option<String>,
    /// Times the drill: no hints, no verdicts before the end, and late answers do not count.
    #[arg(long, value_name = "minutes=N", value_parser = exam)]
    exam: Option<std::time::Duration>,
    /// Right answers that are enough, in percent; all if not given.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pass: Option<u8>,
    /// Keeps the score of each topic in the user's data folder. Without `--seed`, a topic comes in
    /// proportion to (wrong + 1) / (asked + 2).
    #[arg(long)]
    remember: bool,
    /// Asks what is remembered as answered wrongly, and remembers the answers.
    #[arg(long, conflicts_with_all = ["topic", "level", "seed", "spec", "list", "ask"])]
    again: bool,
    /// Deletes what is remembered.
    #[arg(long, conflicts_with_all = ["topic", "level", "seed", "spec", "answers", "export", "list", "ask", "exam", "remember", "again"])]
    forget: bool,
    /// Columns to fit text into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for Drill {
    const NAME: &'static str = "drill";
    const ABOUT: &'static str =
        "Asks interview questions about pipelines, and explains the answers";

    /// Asks, grades or prints.
    fn run(&self, color: Color) -> Outcome {
        let done = if let Some(Action::Progress) = self.action {
            self.learnt(color)
        } else if self.forget {
            remember::forget()
        } else if self.list {
            Ok(Outcome::done(self.list(color)))
        } else if let Some(text) = &self.ask {
            Ok(self.about(text, color))
        } else {
            self.drill(color)
        };
        done.unwrap_or_else(|problem| refused(&[problem], &Sources::default(), color))
    }
}

impl Drill {
    fn list(&self, color: Color) -> String {
        let format = formats::<Topics>().into_iter().find(|one| one.name == self.format.name);
        format.map_or_else(String::new, |one| one.print(&[Topics], &view(self.width, color)))
    }

    /// `drill progress`.
    fn learnt(&self, color: Color) -> Result<Outcome, Diagnostic> {
        let (learnt, problems) = remember::learnt()?;
        let format = formats::<Learnt>().into_iter().find(|one| one.name == self.format.name);
        let shown = format.map(|one| one.print(&[learnt], &view(self.width, color)));
        let mut outcome = Outcome::done(shown.unwrap_or_default());
        outcome.report(&problems, &Sources::default(), color);
        Ok(outcome)
    }

    /// A drill of questions that are drawn, or drawn again.
    fn drill(&self, color: Color) -> Result<Outcome, Diagnostic> {
        let reads_answers = self.answers.as_deref() == Some("-") || self.is_practice();
        if self.spec.as_deref() == Some("-") && reads_answers {
            let words = "standard input cannot give both the spec and the answers";
            let help = "write one of them to a file";
            return Err(Diagnostic::error(Code::Mismatch, words).help(help));
        }
        let mut outcome = Outcome::default();
        let mut memory = Memory::open(self.remember || self.again, self.spec.as_deref())?;
        let drawn = if self.again {
            self.drawn_again(&memory, &mut outcome)?
        } else {
            match self.drawn(&memory, &mut outcome) {
                Ok(drawn) => drawn,
                Err((problems, sources)) => return Ok(refused(&problems, &sources, color)),
            }
        };
        memory.report(&mut outcome, color);
        let (seed, questions) = drawn;
        if questions.is_empty() {
            outcome.stdout =
                "nothing to ask again: no answer that is remembered was wrong\n".into();
            return Ok(outcome);
        }
        let view = view(self.width, color);
        let options = self.options();
        let sheet = Sheet { seed, questions: &questions, answered: None, options: &options };
        if let Some(Export::Anki) = self.export {
            outcome.stdout = sheet::anki(&questions);
        } else if let Some(file) = &self.answers {
            let lines = answers(file)?;
            let answered = judged(&questions, &lines);
            if lines.len() > questions.len() {
                let (more, of) = (lines.len() - questions.len(), questions.len());
                outcome.stderr.push_str(&format!(
                    "warning: {more} more lines of answers than the {of} questions\n"
                ));
            }
            let sheet = Sheet { answered: Some(&answered), ..sheet };
            outcome.stdout = (self.format.printer.print)(&sheet, &view);
            outcome.code = self.verdict(&questions, &answered);
            for (question, one) in questions.iter().zip(&answered) {
                memory.add(question, one.outcome);
            }
        } else if self.is_practice() {
            return Ok(self.practise(&sheet, memory, outcome, &view));
        } else {
            outcome.stdout = (self.format.printer.print)(&sheet, &view);
        }
        memory.report(&mut outcome, color);
        Ok(outcome)
    }

    /// Questions that are drawn, with their seed; one at least.
    fn drawn(&self, memory: &Memory, outcome: &mut Outcome) -> Result<Drawn, Refused> {
        let seed = self.seed.unwrap_or_else(any_seed);
        let mut settings = Settings {
            topics: self.topic.clone(),
            levels: self.level.as_ref().map_or_else(Vec::new, |levels| levels.0.clone()),
            count: self.count.into(),
            seed,
            subjects: Vec::new(),
            // A seed promises the same questions whatever is remembered.
            weights: if self.seed.is_some() { Vec::new() } else { memory.weights() },
        };
        if let Some(spec) = &self.spec {
            let planned = plan(spec, &Overrides::default(), Logits::All)
                .map_err(|Failure { diagnostics, sources }| (diagnostics, sources))?;
            settings.subjects.push(Subject::from(planned));
        }
        let questions = draw(&settings);
        let left_out = left_out(&settings);
        if questions.is_empty() {
            return Err((vec![self.nothing_to_ask(&left_out)], Sources::default()));
        }
        for (topic, why) in left_out.iter().filter(|(topic, _)| self.topic.contains(topic)) {
            let spec = self.spec.as_deref().map(sanitize).unwrap_or_default();
            outcome.stderr.push_str(&format!("note: `{topic}` is left out: `{spec}` {why}\n"));
        }
        if questions.len() < settings.count {
            let found = counted(questions.len() as i128, "question");
            outcome.stderr.push_str(&format!("note: there is no more to ask than {found}\n"));
        }
        Ok((Some(seed), questions))
    }

    /// Questions that were answered wrongly before; perhaps none.
    fn drawn_again(&self, memory: &Memory, outcome: &mut Outcome) -> Result<Drawn, Diagnostic> {
        let again = memory.again(self.count.into())?;
        outcome.stderr.push_str(&again.notes);
        Ok((None, again.questions))
    }

    /// The options that a drill of the same kind has.
    fn options(&self) -> String {
        let mut options = String::new();
        if let Some(spec) = self.spec.as_deref().filter(|spec| *spec != "-") {
            options.push_str(&format!(" --spec {}", quoted(spec)));
        }
        if let Some(Levels(levels)) = &self.level {
            let levels: Vec<String> = levels.iter().map(u8::to_string).collect();
            options.push_str(&format!(" --level {}", levels.join(",")));
        }
        options
    }

    /// Whether questions are asked one by one.
    fn is_practice(&self) -> bool {
        let prints = !self.format.printer.is_asked || self.export.is_some();
        self.answers.is_none() && (self.exam.is_some() || !prints)
    }

    fn practise(&self, sheet: &Sheet, memory: Memory, said: Outcome, view: &View) -> Outcome {
        // What was said so far belongs before the questions.
        let _ = io::stderr().write_all(said.stderr.as_bytes());
        let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        // A score sheet for another program has standard output for itself.
        let page: Box<dyn Write> = match self.format.printer.is_asked {
            true => Box::new(io::stdout()),
            false => Box::new(io::stderr()),
        };
        let page = Page::new(*view, page);
        // An exam must end while a line is being typed, which the line editor cannot.
        let input: Box<dyn Input> = match self.exam {
            None if on_terminal => input::editor().unwrap_or_else(|| Box::new(Lines::new(true))),
            _ => Box::new(Lines::new(on_terminal)),
        };
        let mut practice = Practice::new(*sheet, input, page, self.exam, memory);
        let mut outcome = practice.run(self.format.printer);
        if outcome.code == DONE && (self.exam.is_some() || self.pass.is_some()) {
            outcome.code = self.verdict(sheet.questions, practice.answered());
        }
        outcome
    }

    /// Whether enough is right, as an exit code.
    fn verdict(&self, questions: &[Question], answered: &[Answered]) -> u8 {
        if score(questions, answered).passes(self.pass) { DONE } else { BROKEN }
    }

    /// Why there is no question: what the pipeline lacks for the topics, or that no topic has one of
    /// the levels.
    fn nothing_to_ask(&self, left_out: &[(&'static str, String)]) -> Diagnostic {
        let spec = self.spec.as_deref().unwrap_or_default();
        let lacks_sizes = left_out.iter().any(|(_, why)| why.starts_with(needs::LACKS_SIZES));
        let (words, help) = match left_out {
            [] => (
                "no topic has questions of these levels".to_owned(),
                "`vlmcalc drill --list` shows which topic has which level".to_owned(),
            ),
            [(topic, why)] => {
                (format!("`{spec}` {why}"), format!("choose another topic than `{topic}`"))
            }
            _ => (
                format!("`{spec}` can be asked about in none of these topics"),
                match lacks_sizes {
                    true => "give the sizes that are missing, or choose other topics".to_owned(),
                    false => "choose other topics".to_owned(),
                },
            ),
        };
        let code = if lacks_sizes { Code::MissingField } else { Code::Mismatch };
        let problem = Diagnostic::error(code, words).help(help);
        let several = left_out.iter().filter(|_| left_out.len() > 1);
        several.fold(problem, |problem, (topic, why)| problem.note(format!("{topic}: it {why}")))
    }
}

/// A seed, if there is one, and questions.
type Drawn = (Option<u64>, Vec<Question>);

/// What is wrong with a spec, and its text.
type Refused = (Vec<Diagnostic>, Sources);

/// The topics that were asked for and that a pipeline of its own cannot give, each with why.
fn left_out(settings: &Settings) -> Vec<(&'static str, String)> {
    let Some(subject) = settings.subjects.first() else { return Vec::new() };
    let topics = TOPICS.iter().filter(|topic| {
        let named = settings.topics.is_empty() || settings.topics.contains(&topic.name);
        named && (settings.levels.is_empty() || topic.has(&settings.levels))
    });
    topics.filter_map(|topic| Some((topic.name, topic.lacks(subject)?))).collect()
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let safe = sanitize(path);
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if safe.chars().all(plain) {
        return safe.into_owned();
    }
    format!("'{}'", safe.replace('\'', "'\\''"))
}

/// The help of `--ask`.
fn ask_help() -> String {
    let what = "Asks about a design given in one line, e.g. `336/14 +cls width 1024 -> llm 4096`.";
    format!("{what}\n\n{}", how())
}

/// What was answered, line by line.
fn judged(questions: &[Question], lines: &[String]) -> Vec<Answered> {
    let lines = lines.iter().map(|line| Some(line.as_str())).chain(std::iter::repeat(None));
    questions.iter().zip(lines).map(|(question, line)| Answered::judge(question, line)).collect()
}

/// A seed that differs from run to run. Short, since people type it again.
fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (u64::from(now.subsec_nanos()) ^ now.as_secs() ^ u64::from(std::process::id())) % 1_000_000
}

fn refused(problems: &[Diagnostic], sources: &Sources, color: Color) -> Outcome {
    let mut outcome = Outcome { code: BAD_INPUT, ..Outcome::default() };
    outcome.report(problems, sources, color);
    outcome
}
