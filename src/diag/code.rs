//! The kinds of problems, by a stable name that scripts and documentation can use. To add one, add
//! its line here and its page, `codes/NAME.md`.

macro_rules! codes {
    ($($variant:ident $name:literal $description:literal,)*) => {
        /// The kind of a problem. Names are stable: scripts may rely on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $description] $variant,)*
        }

        impl Code {
            /// Every code, sorted by name.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The name in kebab case, as printed in `error[name]`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// What the code means, in one line.
            pub const fn description(self) -> &'static str {
                match self { $(Code::$variant => $description,)* }
            }

            /// What the code means, at length, with an example that has it and one that has not:
            /// the Markdown of `codes/NAME.md`.
            pub const fn explanation(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("codes/", $name, ".md")),)* }
            }
        }
    };
}

codes! {
    BadAsk "bad-ask" "The design in `drill --ask` cannot be understood.",
    BadOverride "bad-override" "A `--set path=value` argument cannot be understood or applied.",
    BadValue "bad-value" "A value has the right type but is not one that the key accepts.",
    BadYaml "bad-yaml" "The text is not YAML, or uses a part of YAML that a spec does not.",
    CannotRead "cannot-read" "A file is missing, is a directory, or may not be read.",
    CannotWrite "cannot-write" "A file cannot be written or deleted.",
    ContextExceeded "context-exceeded" "The sequence is longer than the LLM's context.",
    Drift "drift" "A number is not the one that the baseline has.",
    DuplicateKey "duplicate-key" "A key is given twice, perhaps once under another name.",
    Empty "empty" "The file holds no spec.",
    Expectation "expectation" "A computed number differs from what `expect` says.",
    Git "git" "Git is missing, this is not a repository, or it has no such revision.",
    Increase "increase" "A change makes a number grow more than it may.",
    Mismatch "mismatch" "Two values that must agree do not.",
    MissingField "missing-field" "A key that is needed is not given.",
    NotAPicture "not-a-picture" "A file holds no image or clip whose size can be read.",
    NotDivisible "not-divisible" "A size must be a multiple of another and is not.",
    NotUtf8 "not-utf8" "The file is not UTF-8 text.",
    NothingToCheck "nothing-to-check" "A path, pattern or revision leads to no spec.",
    OtherFile "other-file" "The file is another program's, or another one of this tool.",
    OutOfRange "out-of-range" "A number is outside the range that the key accepts.",
    Overflow "overflow" "A computed number does not fit 128 bits.",
    Policy "policy" "A plan does not keep a limit of a policy.",
    Refused "refused" "No model has an answer to what is asked.",
    TooComplex "too-complex" "The file nests too deeply or expands to too many values.",
    TooLarge "too-large" "The file is longer than a spec may be.",
    UnknownKey "unknown-key" "A key is not one of those that the section has.",
    UnknownPreset "unknown-preset" "No preset has this name.",
    UnknownTopic "unknown-topic" "Nothing that `vlmcalc doc` explains has this name.",
    UnknownVariant "unknown-variant" "A choice is not one of those that the key offers.",
    WrongType "wrong-type" "A value is of another type than the key needs, as text for a number.",
}

impl Code {
    /// The code of this name.
    pub fn parse(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_sorted_kebab_case_and_documented() {
        let names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for code in Code::ALL {
            let name = code.as_str();
            assert!(name.split('-').all(|word| !word.is_empty()), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'8'));
            let text = code.description();
            assert!(text.ends_with('.') && text.len() > 20 && !text.contains('\n'), "{name}");
            assert_eq!(Code::parse(name), Some(*code));
        }
        assert_eq!(Code::parse("nothing"), None);
    }
}
