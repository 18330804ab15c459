//! A question as data.

use super::answer::{Expected, Given};
use super::draw::Origin;
use super::kind::Kind;
use super::tolerance::Tolerance;
use crate::units::Fraction;

/// A question with its answer, the way to it, and what goes wrong on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The topic's name.
    pub topic: &'static str,
    /// How hard it is, 1 to 5.
    pub level: u8,
    /// The question, in one line of text.
    pub text: String,
    /// The right answer.
    pub expected: Expected,
    /// Another way to say it: of the patches on a side, their grid.
    pub also: Option<Expected>,
    /// The way to the answer, a step each.
    pub steps: Vec<String>,
    /// What people answer instead, and why that is wrong.
    pub mistakes: Vec<Mistake>,
    /// What to think of first.
    pub hint: String,
    /// How it was drawn, if it was.
    pub origin: Option<Origin>,
}

/// A wrong answer that has a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The answer that it leads to.
    pub answer: Given,
    /// What was mistaken, in one sentence.
    pub why: String,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The answer is right.
    Right,
    /// The answer is wrong, and perhaps why.
    Wrong(Option<String>),
    /// The answer cannot be read, or not without its unit: what to write instead.
    Unreadable(String),
}

impl Question {
    /// A question without steps and mistakes yet. In which unit and how exactly it is to be
    /// answered is said in the text.
    pub fn new(topic: &'static str, level: u8, text: String, expected: Expected) -> Question {
        let form = expected.form().map_or_else(String::new, |form| format!(" ({form})"));
        Question {
            topic,
            level,
            text: text + &form,
            expected,
            also: None,
            steps: Vec::new(),
            mistakes: Vec::new(),
            hint: String::new(),
            origin: None,
        }
    }

    /// A name of its own: the topic and a hash of what is asked, the same on every machine.
    pub fn id(&self) -> String {
        // FNV-1a, 64 bits.
        let hash = self.text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{}-{hash:016x}", self.topic)
    }

    /// Sets the way to the answer.
    #[must_use]
    pub fn steps(mut self, steps: impl IntoIterator<Item = String>) -> Question {
        self.steps.extend(steps.into_iter().filter(|step| !step.is_empty()));
        self
    }

    /// Sets another way to say the right answer.
    #[must_use]
    pub fn also(mut self, expected: Expected) -> Question {
        self.also = Some(expected);
        self
    }

    /// Sets the hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Question {
        self.hint = hint.into();
        self
    }

    /// Adds a mistake that leads to a number. One that leads to the right answer, or where an
    /// earlier one leads, is none; nor is one that cannot be computed.
    #[must_use]
    pub fn mistake(self, number: Option<i128>, why: impl Into<String>) -> Question {
        self.mistaken(number.map(|number| Given::Number(Fraction::whole(number))), why)
    }

    /// Adds a mistake that leads to a shape, as [`Question::mistake`].
    #[must_use]
    pub fn shape_mistake<const N: usize>(
        self,
        axes: [Option<i128>; N],
        why: impl Into<String>,
    ) -> Question {
        let axes: Option<Vec<i128>> = axes.into_iter().collect();
        self.mistaken(axes.map(Given::Shape), why)
    }

    /// Adds a mistake of any type, as [`Question::mistake`].
    #[must_use]
    pub fn mistaken(mut self, answer: Option<Given>, why: impl Into<String>) -> Question {
        if let Some(answer) = answer {
            let known = |other: &Mistake| self.expected.resembles(&answer, &other.answer);
            if !self.expected.nearly_accepts(&answer) && !self.mistakes.iter().any(known) {
                self.mistakes.push(Mistake { answer, why: why.into() });
            }
        }
        self
    }

    /// Judges an answer.
    pub fn grade(&self, text: &str) -> Verdict {
        let says = |other: &Expected| other.read(text).is_ok_and(|given| other.accepts(&given));
        if self.also.as_ref().is_some_and(says) {
            return Verdict::Right;
        }
        let given = match self.expected.read(text) {
            Ok(given) => given,
            Err(help) => return Verdict::Unreadable(help),
        };
        if self.expected.accepts(&given) {
            return Verdict::Right;
        }
        let named =
            self.mistakes.iter().find(|mistake| mistake.answer == given).or_else(|| {
                self.mistakes.iter().find(|m| self.expected.resembles(&given, &m.answer))
            });
        let why = named.map(|m| m.why.clone()).or_else(|| self.slip(&given, text));
        match self.expected.asks_back(&given, text) {
            Some(asked) if why.is_none() => Verdict::Unreadable(asked),
            _ => Verdict::Wrong(why),
        }
    }

    /// What is wrong with an answer's form, whatever the question is about.
    fn slip(&self, given: &Given, text: &str) -> Option<String> {
        match (&self.expected, given) {
            (Expected::Number { value, kind, tolerance }, Given::Number(number)) => {
                if *tolerance == Tolerance::Exact && Tolerance::Digits(3).allows(*number, *value) {
                    return Some("close, but this question asks for the exact number".into());
                }
                let binary = (*kind == Kind::Byte).then(|| in_powers_of_1024(text));
                let binary = binary.and_then(|text| self.expected.read(&text).ok());
                let meant = binary.is_some_and(|given| self.expected.accepts(&given));
                meant.then(|| {
                    "the digits are right, but memory is counted in powers of 1024 here: write \
                     MiB or GiB"
                        .to_owned()
                })
            }
            (Expected::Shape(axes), Given::Shape(given)) if given.len() != axes.len() => {
                Some(format!("the shape has {} axes, not {}", axes.len(), given.len()))
            }
            (Expected::Shape(axes), Given::Shape(given)) => {
                let reversed = given.iter().rev().eq(axes);
                reversed
                    .then(|| "the axes are the wrong way round: tokens first, width last".into())
            }
            _ => None,
        }
    }
}

/// `320 MB` as `320 MiB`, which is what many mean by it.
fn in_powers_of_1024(text: &str) -> String {
    let bare = text.trim().trim_end_matches(['B', 'b']);
    format!("{bare}iB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(expected: Expected) -> Question {
        Question::new("topic", 1, "How many?".into(), expected)
    }

    #[test]
    fn a_known_mistake_is_named() {
        let question = question(Expected::number(577, Kind::Count, Tolerance::Exact))
            .mistake(Some(576), "the class token is missing")
            .mistake(Some(577), "the right answer is no mistake")
            .mistake(Some(576), "nor is the same a second time")
            .mistake(None, "nor what cannot be computed");
        assert_eq!(question.mistakes.len(), 1);
        assert_eq!(question.grade("577"), Verdict::Right);
        assert_eq!(question.grade("24x24 + 1"), Verdict::Right);
        let Verdict::Wrong(Some(why)) = question.grade("24x24") else { panic!() };
        assert_eq!(why, "the class token is missing");
        assert_eq!(question.grade("12"), Verdict::Wrong(None));
        let Verdict::Unreadable(help) = question.grade("many") else { panic!() };
        assert!(help.contains("`576`"), "{help}");
    }

    #[test]
    fn slips_of_form_are_said() {
        let why = |question: &Question, text: &str| match question.grade(text) {
            Verdict::Wrong(Some(why)) => why,
            other => panic!("{other:?}"),
        };
        let weights = question(Expected::number(4_194_304, Kind::Count, Tolerance::Exact));
        assert!(why(&weights, "4.19M").contains("exact"));
        let cache = question(Expected::number(320 << 20, Kind::Byte, Tolerance::Digits(3)));
        assert!(cache.text.ends_with("(in MiB or GiB, to 3 digits)"), "{}", cache.text);
        assert!(weights.text.ends_with("(exactly)"));
        assert!(why(&cache, "320 MB").contains("1024"));
        assert_eq!(cache.grade("320 MiB"), Verdict::Right);
        assert_eq!(cache.grade("335 MB"), Verdict::Right);
        let Verdict::Unreadable(asked) = cache.grade("320") else { panic!() };
        assert!(asked.starts_with("320 what?") && asked.contains("`320 GiB`"), "{asked}");
        assert_eq!(cache.grade("335,544,320"), Verdict::Right);
        assert_eq!(cache.grade("4_294_967_296"), Verdict::Wrong(None));
        assert!(matches!(weights.grade("4.19"), Verdict::Unreadable(_)));
        assert_eq!(weights.grade("4"), Verdict::Wrong(None));
        let shape = question(Expected::Shape(vec![576, 4096]));
        assert!(why(&shape, "4096x576").contains("way round"));
        assert!(why(&shape, "576").contains("2 axes"));
    }

    #[test]
    fn a_coarse_answer_is_matched_coarsely() {
        let flops = question(Expected::number(14_400, Kind::Flop, Tolerance::Quarters(6)))
            .mistake(Some(7_200), "multiply-adds");
        assert_eq!(flops.grade("7 KFLOP"), Verdict::Wrong(Some("multiply-adds".into())));
        assert_eq!(flops.grade("15e3"), Verdict::Right);
        assert_eq!(flops.grade("7 KMAC"), Verdict::Right);
        assert_eq!(flops.grade("1 KFLOP"), Verdict::Wrong(None));
    }

    #[test]
    fn ids_are_stable() {
        let question = question(Expected::Shape(vec![1]));
        assert_eq!(question.id(), question.clone().id());
        assert!(question.id().starts_with("topic-"));
    }
}
