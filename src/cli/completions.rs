//! `vlmcalc completions`, and what the scripts that it prints ask the program for.

use std::ffi::OsStr;

use clap::builder::StyledStr;
use clap::{Arg, Args, Command, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::Shells;

use super::command::Run;
use super::{COMMANDS, Color, Outcome, commands};
use crate::docs;
use crate::drill::topics::TOPICS;
use crate::media::hosted::HOSTED;
use crate::schema::File;
use crate::spec::Dtype;
use crate::spec::presets::{PRESETS, Preset};
use crate::stages::bridge::BRIDGES;

/// The variable by which a script tells the program that it is to complete.
const ASKED: &str = "VLMCALC_COMPLETE";

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Shells that can be told how to complete.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    /// `source <(vlmcalc completions bash)` in `~/.bashrc`.
    Bash,
    /// `source <(vlmcalc completions zsh)` in `~/.zshrc`.
    Zsh,
    /// `vlmcalc completions fish | source` in `~/.config/fish/config.fish`.
    Fish,
    /// `vlmcalc completions powershell | Out-String | Invoke-Expression` in `$PROFILE`.
    Powershell,
    /// `eval (vlmcalc completions elvish | slurp)` in `~/.config/elvish/rc.elv`.
    Elvish,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
            Shell::Elvish => "elvish",
        }
    }
}

impl Run for Completions {
    const NAME: &'static str = "completions";
    const ABOUT: &'static str =
        "Prints a script with which a shell completes commands, options and presets";

    /// Prints the script.
    fn run(&self, _: Color) -> Outcome {
        let mut script = Vec::new();
        if let Some(shell) = Shells::builtins().completer(self.shell.name()) {
            // Writing to memory cannot fail.
            let _ = shell.write_registration(ASKED, "vlmcalc", "vlmcalc", "vlmcalc", &mut script);
        }
        Outcome::done(String::from_utf8_lossy(&script).into_owned())
    }
}

/// Completes the command line, if a shell's script asks for it, and ends the program.
pub fn complete_if_asked() {
    if std::env::var_os(ASKED).is_some() {
        CompleteEnv::with_factory(|| completing(commands())).var(ASKED).complete();
    }
}

/// A command whose arguments know what they may be.
fn completing(command: Command) -> Command {
    let below: Vec<String> =
        command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| match completer(&arg) {
        Some(completer) => arg.add(completer),
        None => arg,
    });
    below.into_iter().fold(command, |command, name| command.mut_subcommand(name, completing))
}

/// What completes an argument, by what its value is called.
fn completer(arg: &Arg) -> Option<ArgValueCompleter> {
    match arg.get_long() {
        Some("topic") => return Some(ArgValueCompleter::new(drill_topics)),
        Some("level") => return Some(ArgValueCompleter::new(levels)),
        Some("dtype") => return Some(ArgValueCompleter::new(dtypes)),
        _ => {}
    }
    let name = arg.get_value_names()?.first()?.as_str();
    Some(match name {
        "PATH" if arg.is_positional() => ArgValueCompleter::new(specs),
        "COMMAND" => ArgValueCompleter::new(names_of_commands),
        "SPEC" | "BASE HEAD | PATH" => ArgValueCompleter::new(specs),
        "MODEL" => ArgValueCompleter::new(models),
        "PRESET" => ArgValueCompleter::new(presets),
        "FOLDER" => ArgValueCompleter::new(PathCompleter::dir()),
        "SIZE|FILE" => ArgValueCompleter::new(PathCompleter::any()),
        "PATH" | "FILE" if arg.get_possible_values().is_empty() => {
            ArgValueCompleter::new(PathCompleter::any())
        }
        "PATH=VALUE" => ArgValueCompleter::new(fields),
        "TOPIC" => ArgValueCompleter::new(topics),
        "BRIDGES" => ArgValueCompleter::new(bridges),
        _ => return None,
    })
}

/// Presets and files.
fn specs(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut all = presets(current);
    all.extend(PathCompleter::any().stdio().complete(current));
    all
}

/// Presets, files and hosted models.
fn models(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut all = specs(current);
    let hosted = HOSTED
        .iter()
        .flat_map(|hosted| hosted.names.iter().map(|name| ((*name).to_owned(), hosted.provider)));
    all.extend(starting(current, hosted));
    all
}

fn presets(current: &OsStr) -> Vec<CompletionCandidate> {
    let begun = PRESETS.iter().map(|preset: &Preset| (preset.name.to_owned(), preset.summary()));
    starting(current, begun)
}

/// Fields of a spec, each with the `=` after it.
fn fields(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = docs::fields(File::Spec);
    let ends = |path: &str| !path.starts_with("expect") && !path.contains(".then");
    let paths = all.iter().filter(|field| ends(&field.path));
    starting(current, paths.map(|field| (format!("{}=", field.path), field.meaning.as_str())))
}

fn topics(current: &OsStr) -> Vec<CompletionCandidate> {
    let topics = docs::topics().into_iter().filter(|topic| !topic.contains(' '));
    starting(current, topics.map(|topic| (topic, "")))
}

fn bridges(current: &OsStr) -> Vec<CompletionCandidate> {
    last_of_several(current, &[','], BRIDGES.iter().map(|kind| (kind.name.to_owned(), "")))
}

fn drill_topics(current: &OsStr) -> Vec<CompletionCandidate> {
    last_of_several(current, &[','], TOPICS.iter().map(|topic| (topic.name.to_owned(), "")))
}

fn levels(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = (1..=5).map(|level: u8| (level.to_string(), ""));
    last_of_several(current, &[',', '-'], all)
}

/// A number format, also of one part: `weights=int4,kv=fp8`.
fn dtypes(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = Dtype::value_variants().iter().map(|dtype| (dtype.name().to_owned(), ""));
    last_of_several(current, &[',', '='], all)
}

fn names_of_commands(current: &OsStr) -> Vec<CompletionCandidate> {
    starting(current, COMMANDS.iter().map(|command| (command.name.to_owned(), command.about)))
}

/// The last of several values with these signs between them.
fn last_of_several<'a>(
    current: &OsStr,
    between: &[char],
    all: impl Iterator<Item = (String, &'a str)>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let before = current.rfind(between).map_or("", |at| &current[..=at]);
    let all = all.map(|(value, about)| (format!("{before}{value}"), about));
    starting(OsStr::new(&*current), all)
}

/// Those that begin with what is typed.
fn starting<'a>(
    current: &OsStr,
    all: impl Iterator<Item = (String, &'a str)>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let begun = all.filter(|(value, _)| value.starts_with(&*current));
    let candidate = |(value, about): (String, &str)| {
        let about = about.lines().next().filter(|about| !about.is_empty());
        CompletionCandidate::new(value).help(about.map(|about| StyledStr::from(about.to_owned())))
    };
    begun.map(candidate).collect()
}
