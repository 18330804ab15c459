//! The LLM-side visual tokens.

use std::cmp::Ordering;

use super::super::step::Step;
use super::super::story::{Story, product};
use crate::cost::{Figure, ViewFigures};
use crate::dim::Dim;
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
    let read: Vec<(Dim, Figure)> = tokens.views.iter().map(|view| of_size(story, view)).collect();
    let all_read = story.figure(&read.iter().map(|(times, each)| times * &each.dim).sum());
    let by_queries = story.report.design.bridge.stage().reduction() == Reduction::Learned;
    step.text.extend(match joined(story) {
        Some(joined) => joined,
        None => vec![compression(all_read.value, tokens.visual.value, by_queries)],
    });
    step.text.extend(of_clip(story));
    let each = read
        .iter()
        .map(|(times, each)| product(&[story.said(&story.figure(times)), story.said(each)]));
    let each = each.collect::<Vec<_>>().join(" + ");
    let numbers = if story.is_one_encoding() { String::new() } else { each };
    step.lines.push(story.worked("tokens that the bridge reads", &all_read, numbers));
    step.lines.push(story.count("visual tokens", &tokens.visual));
    let shape = product(&[story.said(&tokens.visual), story.said(&tokens.llm_width)]);
    step.lines.push(story.worked("values of V", &tokens.visual_values, shape));
    step
}

/// How many views of a size there are, and how many tokens of each the bridge reads.
fn of_size(story: &Story, view: &ViewFigures) -> (Dim, Figure) {
    (&view.pictures.dim * &view.count.dim, story.figure(&story.report.read_of(view)))
}

/// What becomes of tiles that are joined to one grid, where they are.
fn joined(story: &Story) -> Option<Vec<String>> {
    let grids = story.report.tokens.pictures.iter().filter_map(|picture| picture.grid.as_ref());
    let grids: Vec<String> =
        grids.map(|(rows, columns)| product(&[story.said(rows), story.said(columns)])).collect();
    let grid = match &grids[..] {
        [] => return None,
        [only] => format!("one grid of {only}"),
        all => format!("one grid for each picture, {}", all.join(" and ")),
    };
    let joint = format!(
        "What the bridge makes of the tiles is put side by side as the tiles are, {grid}, without \
         the tokens that show nothing but padding."
    );
    let has_newline = story.report.design.bridge.has_newline();
    let newline = "A newline, always the same learned vector, follows each row of the grid.";
    let overview = "The tokens of the overview, the whole picture, stand beside it.";
    let all = [Some(joint.as_str()), has_newline.then_some(newline), Some(overview)];
    Some(all.into_iter().flatten().map(str::to_owned).collect())
}

/// What becomes of the tokens of frames after the bridge.
fn of_clip(story: &Story) -> Option<String> {
    let design = &story.report.design;
    let video = design.video_processor.as_ref().filter(|_| design.prompt.video.is_some())?;
    let pooled = video.pool.map(|pool| {
        let side = pool.side;
        format!("The tokens of each frame are pooled, {side} × {side} into one.")
    });
    let newlines = i128::from(video.newlines.get());
    let newline = (newlines > 0)
        .then(|| format!("After the last frame comes {}.", counted(newlines, "learned newline")));
    let said: Vec<String> = pooled.into_iter().chain(newline).collect();
    (!said.is_empty()).then(|| said.join(" "))
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
