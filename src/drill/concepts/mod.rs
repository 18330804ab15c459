//! Questions about why, with the common wrong answers. To add one, add it to one of the tables.

mod bridges;
mod costs;
mod encoders;
mod llm;
mod on_disk;
mod resolution;
mod serving;
mod training;

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

/// The questions, by what they are about.
const TABLES: [&[Concept]; 8] = [
    encoders::TABLE,
    resolution::TABLE,
    on_disk::TABLE,
    bridges::TABLE,
    llm::TABLE,
    costs::TABLE,
    serving::TABLE,
    training::TABLE,
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Concept> {
    TABLES.into_iter().flatten()
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
        assert!(seen.len() >= 48, "{}", seen.len());
        for level in 1..=5 {
            assert!(all().any(|concept| concept.level == level), "{level}");
        }
    }

    /// Lengths of the options, the right one first.
    fn lengths(concept: &Concept) -> [usize; 4] {
        let [a, b, c] = concept.wrong.map(|(option, _)| option);
        [concept.right, a, b, c].map(|option| option.chars().count())
    }

    #[test]
    fn the_options_are_even_in_length() {
        for concept in all() {
            let lengths = lengths(concept);
            let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
            assert!(
                most - least <= 5 || most * 4 <= least * 6,
                "{lengths:?}: {}",
                concept.question
            );
        }
    }

    #[test]
    fn no_place_among_the_lengths_gives_the_right_option_away() {
        // Expected right answers of who always picks the longest, the second longest … option, in
        // twelfths, since of options that are equally long any may be picked.
        let mut scores = [0; 4];
        let mut asked = 0;
        for concept in all() {
            let [right, wrong @ ..] = lengths(concept);
            let longer = wrong.iter().filter(|length| **length > right).count();
            let equal = wrong.iter().filter(|length| **length == right).count();
            for score in &mut scores[longer..=longer + equal] {
                *score += 12 / (1 + equal);
            }
            asked += 12;
        }
        let [longest, second, third, shortest] = scores;
        assert!(longest * 4 <= asked && shortest * 4 <= asked, "{scores:?} of {asked}");
        assert!(second * 5 <= asked * 2 && third * 5 <= asked * 2, "{scores:?} of {asked}");
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
