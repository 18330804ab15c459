//! What is asked of a design that was typed, and its answers part by part.

use super::super::answer::Expected;
use super::super::kind::Kind;
use super::super::question::Question;
use super::super::subject::Subject;
use super::super::tolerance::Tolerance;
use super::super::topics::{
    Topic, encoder_shape, encoder_tokens, patches, projector_params, projector_shape, sequence,
    visual_tokens,
};
use crate::units::exact;

/// One part of the question.
#[derive(Debug)]
pub struct Part {
    /// What is asked, in a few words.
    pub name: &'static str,
    /// The question.
    pub question: Question,
}

/// Everything that follows from what is given, in this order: patches per side; patches;
/// encoder-side tokens, with class or register tokens; shape of the encoder's output, with its
/// width; LLM-side visual tokens, where the bridge changes their number; parameters of a projector,
/// with both widths; shape of the visual tokens, with the LLM's width; sequence, with text.
pub fn parts(design: &Subject) -> Vec<Part> {
    type Make = fn(&Subject) -> Option<Question>;
    let all: [(&'static str, &Topic, Make); 8] = [
        ("patches per side", &patches::TOPIC, side),
        ("patches", &patches::TOPIC, patches::ask),
        ("encoder-side tokens", &encoder_tokens::TOPIC, |design| {
            if design.has_prefix() { encoder_tokens::ask(design) } else { None }
        }),
        ("encoder output", &encoder_shape::TOPIC, |design| encoder_shape::ask(design, false)),
        ("LLM-side visual tokens", &visual_tokens::TOPIC, visual_tokens::ask),
        ("bridge parameters, biases included", &projector_params::TOPIC, |design| {
            projector_params::ask(design, true)
        }),
        ("shape of the visual tokens", &projector_shape::TOPIC, projector_shape::ask),
        ("sequence", &sequence::TOPIC, sequence::ask),
    ];
    let known = all.into_iter().filter(|(_, topic, _)| topic.lacks(design).is_none());
    let parts = known.filter_map(|(name, _, make)| Some(Part { name, question: make(design)? }));
    parts.collect()
}

/// Patches per side; of an image that is not square its grid.
fn side(design: &Subject) -> Option<Question> {
    let (rows, columns) = design.grid()?;
    let (topic, level) = Topic::find("patches").map(|topic| (topic.name, topic.levels.0))?;
    let tokens = &design.report.tokens;
    let patch = design.made().encoder().patch?;
    let text = design.asks([design.image()], "How many patches stand on a side?");
    let expected = if rows == columns {
        Expected::number(rows, Kind::Count, Tolerance::Exact)
    } else {
        Expected::Shape(vec![rows, columns])
    };
    let question = Question::new(topic, level, text, expected)
        .also(Expected::Shape(vec![rows, columns]))
        .hint("the image's side over the patch's")
        .steps([patches::sides(design)?])
        .mistake(
            tokens.patches.value,
            format!("those are all patches: on a side there are {}", exact(rows)),
        )
        .mistake(Some(patch.into()), "that is the patch in pixels");
    Some(question)
}

/// Cuts an answer into the answers of its parts: at semicolons and line ends if there are any, else at commas
/// outside of brackets. A comma without a blank after it may stand between thousands, so it only
/// parts if there are as many parts as are asked for.
pub fn split(answer: &str, parts: usize) -> Vec<String> {
    if answer.trim().is_empty() {
        return Vec::new();
    }
    if answer.contains([';', '\n']) {
        return answer.trim().split([';', '\n']).map(|part| part.trim().to_owned()).collect();
    }
    let spaced = cut(answer, true);
    let all = cut(answer, false);
    if spaced.len() != parts && all.len() == parts { all } else { spaced }
}

fn cut(answer: &str, only_before_blanks: bool) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut depth = 0usize;
    let mut chars = answer.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let blank = chars.peek().is_none_or(|next| next.is_whitespace());
        match found.last_mut() {
            _ if c == ',' && depth == 0 && (blank || !only_before_blanks) => {
                found.push(String::new());
            }
            Some(last) => last.push(c),
            None => {}
        }
    }
    found.into_iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::diag::{Diagnostic, Source, SourceId, Sources};
    use crate::drill::question::Verdict;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<Subject, Vec<Diagnostic>> {
        let mut sources = Sources::default();
        let id: SourceId = sources.add(Source::new("--ask", text));
        parse(text, id)
    }

    /// The parts of a design and their answers.
    fn answers(text: &str) -> Vec<(&'static str, String)> {
        let design = parsed(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        let parts = parts(&design).into_iter();
        parts.map(|part| (part.name, part.question.expected.show())).collect()
    }

    #[test]
    fn what_follows_is_asked() {
        let is = |text: &str, expected: &[&str]| {
            let found: Vec<String> = answers(text).into_iter().map(|(_, shown)| shown).collect();
            assert_eq!(found, expected, "{text}");
        };
        is("336/14", &["24", "576"]);
        is("336/14 -> llm 4096", &["24", "576", "[576, 4096]"]);
        is("image 336 patch 14 → 4096", &["24", "576", "[576, 4096]"]);
        is("336px/14px + cls, width 1024", &["24", "576", "577", "[577, 1024]"]);
        is(
            "336/14 +cls 1024 wide mlp -> 4096 wide",
            &["24", "576", "577", "[577, 1024]", "21.0 M (20,979,712)", "[576, 4096]"],
        );
        is(
            "224/16 dim 1024 -> llm width 4096 text 64",
            &["14", "196", "[196, 1024]", "4.20 M (4,198,400)", "[196, 4096]", "260"],
        );
        is("448/14 pixel shuffle by 2 -> llm 4,096", &["32", "1,024", "256", "[256, 4096]"]);
        is(
            "448/14 registers 4 resampler 64 -> llm 4096",
            &["32", "1,024", "1,028", "64", "[64, 4096]"],
        );
        is("448x672/14 avg-pool 2 tiles 3", &["[32, 48]", "4,608", "1,152"]);
        is("384/14 drop, no cls, Q-Former 32", &["27", "729", "32"]);
        is("384/14 drop without cls, qformer 32 queries", &["27", "729", "32"]);
        is("448/14 resampler with 64 latents", &["32", "1,024", "64"]);
        is("448/14 pixel shuffle 2x2", &["32", "1,024", "256"]);
        is("336/14 LLM width: 4,096", &["24", "576", "[576, 4096]"]);
        is("336/14, llm hidden size 4096", &["24", "576", "[576, 4096]"]);
        is(
            "336/14 encoder width 1024, LLM width 4096",
            &["24", "576", "[576, 1024]", "4.20 M (4,198,400)", "[576, 4096]"],
        );
        for text in ["ViT 224/16", "224x224 image, 16x16 patches", "16px patches, 224px image"] {
            is(text, &["14", "196"]);
        }
    }

    #[test]
    fn a_side_is_a_number_or_the_grid() {
        let design = parsed("336/14 -> llm 4096").unwrap();
        let side = &parts(&design)[0].question;
        for right in ["24", "24x24", "24 by 24", "(24, 24)"] {
            assert_eq!(side.grade(right), Verdict::Right, "{right}");
        }
        for wrong in ["576", "24x23", "48", "14"] {
            assert!(matches!(side.grade(wrong), Verdict::Wrong(_)), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_understood_is_placed() {
        let fails = |text: &str, place: usize, words: &str, help: &str| {
            let problems = parsed(text).err().unwrap_or_else(|| panic!("{text}"));
            let first = &problems[0];
            let shown = format!("{text}: {first:?}");
            assert_eq!(first.primary.as_ref().unwrap().span.start as usize, place, "{shown}");
            assert!(first.message.contains(words), "{shown}");
            assert!(first.help.as_ref().unwrap().contains(help), "{shown}");
        };
        fails("", 0, "image is not given", "336/14");
        fails("336", 0, "patch is not given", "/14");
        fails("336/14 +clss", 8, "`clss` is not understood", "did you mean `class`?");
        fails("336/14 frobnicate", 7, "not understood", "write it like");
        fails("336/14 resampler -> llm 4096", 7, "needs a number", "resampler 64");
        fails("336/", 3, "patch is missing", "write it like");
        fails("336/14/2", 6, "not understood", "write it like");
        fails("336/14 7", 7, "what this number is", "write it like");
        fails("336/14 mlp linear", 11, "two bridges", "take one");
        fails("336/14 patch 16", 7, "said twice", "take one");
        fails("336/0", 4, "not a size", "from 1");
        fails("336/13", 0, "not a multiple", "`drop`");
        fails("336/14 pixel-shuffle 5", 7, "not a multiple", "");
        fails("336/14 text 99999999999999999999", 7, "not a size", "from 1");
    }

    #[test]
    fn answers_are_cut_at_commas_that_part() {
        let is = |answer: &str, parts: usize, expected: &[&str]| {
            assert_eq!(split(answer, parts), expected, "{answer}");
        };
        is("24, 576, 576x4096", 3, &["24", "576", "576x4096"]);
        is("24,576,576x4096", 3, &["24", "576", "576x4096"]);
        is("24, 576, (576, 4096)", 3, &["24", "576", "(576, 4096)"]);
        is("24; 576; 4,194,304", 3, &["24", "576", "4,194,304"]);
        is("24\n576\n", 2, &["24", "576"]);
        is("24, 4,194,304", 2, &["24", "4,194,304"]);
        is("24", 3, &["24"]);
        is(" ", 3, &[]);
        is("24,", 2, &["24", ""]);
    }

    proptest! {
        // Each case plans up to three designs.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_makes_it_panic(
            text in ".{0,40}",
            words in prop::collection::vec(prop::sample::select(&[
                "336", "14", "/", "x", "->", "llm", "width", "+cls", "pixel", "shuffle", "2", "px",
                "resampler", "text", "mlp", "drop", "no", "0", "1000000000000", "tiles", "é", ",",
            ][..]), 0..12),
            answer in "[0-9 ,;()\\[\\]x]{0,30}",
        ) {
            for text in [text, words.join(" "), words.concat()] {
                if let Ok(design) = parsed(&text) {
                    let parts = parts(&design);
                    for (part, given) in parts.iter().zip(split(&answer, parts.len())) {
                        part.question.grade(&given);
                    }
                }
            }
        }
    }
}
