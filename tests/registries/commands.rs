//! Every command: its help, what is written of it, and what it says to what it cannot use.

use std::collections::BTreeSet;
use std::fs;

use clap::{Arg, Command};
use vlmcalc::internals::cli;
use vlmcalc::internals::diag::is_unsafe;

use super::place::{Place, RUNS, run};
use crate::command::{Ran, vlmcalc};
use crate::reports::hostile;

/// The commands that do something, in the order of the help: `baseline write`, not `baseline`.
pub fn commands() -> Vec<(String, Command)> {
    below("", &cli::commands())
}

fn below(parents: &str, command: &Command) -> Vec<(String, Command)> {
    let own = command.get_subcommands().filter(|command| command.get_name() != "help");
    let found = own.flat_map(|command| {
        let name = format!("{parents}{}", command.get_name());
        match command.has_subcommands() {
            true => below(&format!("{name} "), command),
            false => vec![(name, command.clone())],
        }
    });
    found.collect()
}

/// Arguments of a command that a user sees.
pub fn arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_hide_set())
}

/// The README and the pages of the book.
fn written() -> [String; 2] {
    let pages = fs::read_dir("src/docs").unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let book = pages.map(|path| fs::read_to_string(path).unwrap()).collect();
    [fs::read_to_string("README.md").unwrap(), book]
}

#[test]
fn every_command_is_run() {
    let all: BTreeSet<String> = commands().into_iter().map(|(name, _)| name).collect();
    let run: BTreeSet<String> = RUNS.iter().map(|run| run.command.to_owned()).collect();
    assert_eq!(all, run);
}

#[test]
fn every_command_is_written_of() {
    let [readme, book] = written();
    for (name, _) in commands() {
        let line = format!("vlmcalc {name}");
        assert!(readme.contains(&line), "`{line}` does not stand in the README");
        assert!(book.contains(&line), "`{line}` does not stand in the book");
    }
}

#[test]
fn every_option_is_written_of() {
    let all = written().concat();
    for (name, command) in commands() {
        for option in arguments(&command).filter_map(Arg::get_long) {
            let written = format!("--{option}");
            let mut after = all.split(&written).skip(1);
            let ends = |rest: &str| !rest.starts_with(|c: char| c == '-' || c.is_alphabetic());
            assert!(after.any(ends), "`vlmcalc {name} --{option}` is in no page");
        }
    }
}

#[test]
fn help_says_what_everything_is() {
    for (name, command) in commands() {
        let words: Vec<&str> = name.split(' ').collect();
        let Ran { code, stdout, stderr } = vlmcalc(&[&words[..], &["--help"]].concat());
        assert_eq!((code, stderr.as_str()), (0, ""), "{name}");
        let about = command.get_about().unwrap_or_else(|| panic!("{name} says nothing of itself"));
        let first = about.to_string();
        assert!(stdout.starts_with(first.split_whitespace().next().unwrap()), "{name}: {stdout}");
        assert!(stdout.contains(&format!("Usage: vlmcalc {name}")), "{name}: {stdout}");
        assert!(stdout.lines().all(|line| line.chars().count() <= 100), "{name}: {stdout}");
        for argument in arguments(&command) {
            let id = argument.get_id();
            assert!(argument.get_help().is_some(), "{name}: {id} says nothing of itself");
            for value in argument.get_possible_values() {
                let said =
                    value.get_help().is_some() || !argument.get_num_args().unwrap().takes_values();
                assert!(said, "{name}: {id}={} says nothing of itself", value.get_name());
            }
        }
    }
}

#[test]
fn what_cannot_be_used_is_refused_in_safe_words() {
    let place = Place::new(hostile::EVIL, hostile::FILE);
    for (name, _) in commands() {
        for arguments in [run(&name).refused, &["--no-such-option"]] {
            let Ran { code, stdout, stderr } = place.run(&name, arguments, &[]);
            assert_eq!(code, 2, "{name} {arguments:?}: {stdout}{stderr}");
            // What a report is asked of says it there.
            let said = [&stdout, &stderr].map(|text| text.contains("error"));
            assert!(said.contains(&true), "{name} {arguments:?}: {stdout}{stderr}");
            for text in [stdout, stderr] {
                assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{name}: {text:?}");
            }
        }
    }
}
