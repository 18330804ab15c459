//! A folder of specs in which every free text is the same one, and how each command is run there.

use crate::command::Ran;
use crate::folder::Folder;
use crate::reports::hostile::quoted;

/// A command with what it may be given in a [`Place`].
pub struct Run {
    /// Its name, with that of its parent: `baseline check`.
    pub command: &'static str,
    /// Arguments with which it shows texts of files, if it reads any.
    pub shown: Option<&'static [&'static str]>,
    /// Arguments that it cannot use.
    pub refused: &'static [&'static str],
}

/// How each command is run. Capitals stand for what a [`Place`] has.
pub const RUNS: &[Run] = &[
    Run { command: "plan", shown: Some(&["IS"]), refused: &["BAD"] },
    Run { command: "explain", shown: Some(&["IS"]), refused: &["BAD"] },
    Run { command: "compare", shown: Some(&["WAS", "IS"]), refused: &["WAS", "BAD"] },
    Run { command: "diagram", shown: Some(&["IS"]), refused: &["BAD"] },
    Run { command: "tensors", shown: Some(&["IS"]), refused: &["BAD"] },
    Run { command: "tokens", shown: Some(&["IS"]), refused: &["BAD"] },
    Run { command: "forward", shown: Some(&["IS"]), refused: &["BAD"] },
    Run {
        command: "drill",
        shown: Some(&["--spec", "IS", "--seed", "1", "--count", "3"]),
        refused: &["--spec", "BAD"],
    },
    Run { command: "check", shown: Some(&["."]), refused: &["BAD"] },
    Run {
        command: "diff",
        shown: Some(&["WAS", "IS", "--max-increase", "params.total=0%"]),
        refused: &["WAS", "BAD"],
    },
    Run {
        command: "baseline write",
        shown: Some(&["specs", "--file", "new.yaml"]),
        refused: &["BAD"],
    },
    Run { command: "baseline check", shown: Some(&[]), refused: &["--file", "BAD"] },
    Run { command: "new", shown: None, refused: &["new.yaml", "--from", "TEXT"] },
    Run { command: "presets list", shown: None, refused: &["TEXT"] },
    Run { command: "presets show", shown: None, refused: &["TEXT"] },
    Run { command: "doc", shown: None, refused: &["TEXT"] },
    Run { command: "schema", shown: None, refused: &["TEXT"] },
    Run { command: "completions", shown: None, refused: &["TEXT"] },
    Run { command: "man", shown: None, refused: &["TEXT"] },
];

/// The run of a command.
pub fn run(command: &str) -> &'static Run {
    let run = RUNS.iter().find(|run| run.command == command);
    run.unwrap_or_else(|| panic!("`vlmcalc {command}`: say in {} how it is run", file!()))
}

/// The folder.
pub struct Place {
    folder: Folder,
    text: String,
    /// What the specs' files are called, each with something before it.
    file: String,
}

impl Place {
    /// A folder of two specs, a policy that both break, a baseline that one has left, and a spec that
    /// cannot be read. This text is every name and every key that is free, the other one the files'.
    pub fn new(text: &str, file: &str) -> Place {
        let place =
            Place { folder: Folder::new(), text: text.to_owned(), file: format!("{file}.yaml") };
        let quoted = quoted(text);
        let spec = |vocabulary: u32| {
            format!(
                "name: {quoted}\nimage: 28\nencoder: {{patch: 14, width: 8, depth: 2, heads: 2, mlp_width: 16}}\n\
                 bridge: linear\nllm: {{width: 16, depth: 2, heads: 2, mlp_width: 32, vocab: {vocabulary}}}\n\
                 prompt: {{text_tokens: 8}}\nexpect: {{tokens.visual: 1}}\n"
            )
        };
        let rule = format!("{{description: {quoted}, limits: {{tokens.visual: {{max: 1}}}}}}");
        place.folder.write("vlmcalc.policy.yaml", format!("rules: {{? {quoted} : {rule}}}\n"));
        place.folder.write(&place.named("WAS"), spec(50));
        place.folder.write(&place.named("IS"), spec(50));
        assert_eq!(place.folder.run(&["baseline", "write", "specs"]).stderr, "");
        place.folder.write(&place.named("IS"), spec(60));
        let bad = format!(
            "image: {quoted}\nencoder: {{? {quoted} : 1}}\nbridge: {quoted}\n\
             prompt: {{dtype: {quoted}, text_tokens: {quoted}}}\nexpect: {{? {quoted} : {quoted}}}\n"
        );
        place.folder.write(&place.named("BAD"), bad);
        place
    }

    /// What a word of a [`Run`] stands for.
    fn named(&self, word: &str) -> String {
        match word {
            "WAS" => format!("specs/was {}", self.file),
            "IS" => format!("specs/is {}", self.file),
            "BAD" => format!("bad {}", self.file),
            // No argument has this character.
            "TEXT" => self.text.replace('\0', ""),
            _ => word.to_owned(),
        }
    }

    /// Runs a command with these arguments of its [`Run`], and with more.
    pub fn run(&self, command: &str, arguments: &[&str], more: &[&str]) -> Ran {
        let words =
            command.split(' ').chain(arguments.iter().copied()).map(|word| self.named(word));
        let words: Vec<String> = words.chain(more.iter().map(|word| (*word).to_owned())).collect();
        self.folder.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }
}
