//! The LLM-side visual tokens.

use std::cmp::Ordering;

use super::super::step::Step;
use super::super::story::{Story, product};
use super::encoder::handed;
use crate::stages::bridge::Reduction;
use crate::units::{counted, exact};

/// How many there are, and how many encoder-side tokens each of them stands for.
pub fn step(story: &Story) -> Step {
    let tokens = &story.report.tokens;
    let mut step = Step { title: "Visual tokens".into(), ..Step::default() };
    step.text.push(
        "Here the encoder-side tokens stop. What the bridge hands over are LLM-side visual tokens, \
         vectors as wide as word vectors."
            .to_owned(),
    );
    let read = story.figure(&handed(story).0.get(1).cloned().unwrap_or_default());
    let all_read = story.figure(&(&tokens.encodings.dim * &read.dim));
    let by_queries = story.report.design.bridge.stage().reduction() == Reduction::Learned;
    step.text.push(compression(all_read.value, tokens.visual.value, by_queries));
    let each = product(&[story.said(&tokens.encodings), story.said(&read)]);
    let numbers = if story.is_one_encoding() { String::new() } else { each };
    step.lines.push(story.worked("tokens that the bridge reads", &all_read, numbers));
    step.lines.push(story.count("visual tokens", &tokens.visual));
    let shape = product(&[story.said(&tokens.visual), story.said(&tokens.llm_width)]);
    step.lines.push(story.worked("values of V", &tokens.visual_values, shape));
    step
}

/// How many tokens become how many. A query reads them all, so it is not some of them that become
/// one.
fn compression(read: Option<i128>, visual: Option<i128>, by_queries: bool) -> String {
    let (Some(read), Some(visual)) = (read, visual) else {
        return "How many of the former become how many of the latter is open.".to_owned();
    };
    match read.cmp(&visual) {
        Ordering::Equal => {
            "There are as many as the bridge read: nothing is compressed.".to_owned()
        }
        Ordering::Less if by_queries => {
            format!(
                "There are more than the bridge read: {} become {}.",
                exact(read),
                exact(visual)
            )
        }
        Ordering::Less => {
            format!("The bridge adds {} of its own.", counted(visual - read, "token"))
        }
        Ordering::Greater if !by_queries && read % visual == 0 => {
            format!("The bridge compresses: {} tokens become 1.", exact(read / visual))
        }
        Ordering::Greater => {
            format!("The bridge compresses: {} tokens become {}.", exact(read), exact(visual))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_become_how_many() {
        let said = |read, visual, by_queries| compression(Some(read), Some(visual), by_queries);
        assert!(said(1024, 256, false).contains("4 tokens become 1."));
        assert!(said(1024, 256, true).contains("1,024 tokens become 256."));
        assert!(said(257, 32, true).contains("257 tokens become 32."));
        assert!(said(16, 64, true).contains("16 become 64"));
        assert!(said(576, 577, false).contains("adds 1 token of its own"));
        assert!(said(576, 576, false).contains("nothing is compressed"));
        assert!(compression(None, Some(64), true).contains("open"));
    }
}
