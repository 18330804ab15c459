//! Questions about why, with the common wrong answers. To add one, add it to one of the tables.

mod bridges;
mod costs;
mod encoders;

use super::answer::{Expected, Given};
use super::question::Question;
use super::rng::Rng;
use super::topics::{Ask, Topic};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "concepts",
    about: "why things are as they are, with options to choose from",
    levels: (1, 5),
    bridges: &[],
    needs: &[],
    ask: Ask::Table(ask),
};

/// A question with its options.
#[derive(Debug)]
pub struct Concept {
    /// How hard it is.
    level: u8,
    /// The question.
    question: &'static str,
    /// The right option.
    right: &'static str,
    /// Why it is right.
    because: &'static str,
    /// Wrong options that people choose, each with what is wrong with it.
    wrong: [(&'static str, &'static str); 3],
    /// What to think of first.
    hint: &'static str,
    /// Where it can be read, or followed in a plan.
    source: &'static str,
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Concept> {
    encoders::TABLE.iter().chain(bridges::TABLE).chain(costs::TABLE)
}

fn ask(levels: &[u8], rng: &mut Rng) -> Option<Question> {
    let suited: Vec<&Concept> = all().filter(|one| levels.contains(&one.level)).collect();
    Some(question(rng.pick(&suited)?, rng))
}

/// The question with its options in a random order.
fn question(concept: &Concept, rng: &mut Rng) -> Question {
    let mut options = vec![(concept.right, None)];
    options.extend(concept.wrong.iter().map(|(option, why)| (*option, Some(*why))));
    rng.shuffle(&mut options);
    let right = options.iter().position(|(_, why)| why.is_none()).unwrap_or(0);
    let shown = options.iter().map(|(option, _)| (*option).to_owned()).collect();
    let expected = Expected::Choice { options: shown, right };
    let mut question =
        Question::new(TOPIC.name, concept.level, concept.question.to_owned(), expected)
            .hint(concept.hint)
            .steps([concept.because.to_owned(), format!("See: {}", concept.source)]);
    for (at, (_, why)) in options.iter().enumerate() {
        question = question.mistaken(why.map(|_| Given::Choice(at)), why.unwrap_or_default());
    }
    question
}

#[cfg(test)]
mod tests {
    use super::super::question::Verdict;
    use super::*;

    #[test]
    fn every_concept_is_complete_and_asked_once() {
        let mut seen = Vec::new();
        for concept in all() {
            assert!((1..=5).contains(&concept.level));
            assert!(concept.question.ends_with('?'), "{}", concept.question);
            assert!(!seen.contains(&concept.question), "{}", concept.question);
            seen.push(concept.question);
            let texts = [concept.right, concept.because, concept.hint, concept.source];
            let wrong = concept.wrong.iter().flat_map(|(option, why)| [*option, *why]);
            for text in texts.into_iter().chain(wrong) {
                assert!(!text.is_empty() && !text.contains('\n'), "{}", concept.question);
            }
        }
        assert!(seen.len() >= 20, "{}", seen.len());
        for level in 1..=5 {
            assert!(all().any(|concept| concept.level == level), "{level}");
        }
    }

    #[test]
    fn a_wrong_option_says_why() {
        for (seed, concept) in all().enumerate() {
            let question = question(concept, &mut Rng::new(seed as u64, 0));
            let Expected::Choice { options, right } = &question.expected else { panic!() };
            assert_eq!(options.len(), 4);
            for (at, option) in options.iter().enumerate() {
                let verdict = question.grade(option);
                match at == *right {
                    true => assert_eq!(verdict, Verdict::Right),
                    false => assert!(matches!(verdict, Verdict::Wrong(Some(_))), "{option}"),
                }
            }
        }
    }
}
