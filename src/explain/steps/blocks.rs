//! What the blocks of the vision encoder do.

use super::super::story::Story;
use crate::graph::{Component, Role};
use crate::stages::encoder::Encoder;
use crate::stages::feed::Feed;
use crate::stages::staged::{StageBlock, Staged};
use crate::stages::towers::{TowerJoin, Towers};
use crate::stages::windows::WindowEdges;
use crate::units::{counted, exact};

/// How many blocks there are, and what they do.
pub fn told(story: &Story) -> String {
    let design = &story.report.design;
    if !design.towers.is_one() {
        return several(&design.towers);
    }
    match &design.encoder().staged {
        Some(staged) => stages(staged),
        None => alike(story),
    }
}

/// Several towers: what each sees, and how their tokens join.
fn several(towers: &Towers) -> String {
    let mut text = format!("There are {}.", counted(towers.all().count() as i128, "tower"));
    for (number, tower) in (1..).zip(towers.all()) {
        if tower.behind {
            text += &format!(" Tower {number} reads the tokens of the one before it.");
        } else if let Some(size) = tower.image {
            text +=
                &format!(" Tower {number} sees the picture at {} × {}.", size.height, size.width);
        }
    }
    let depths: Option<Vec<String>> = towers.all().map(depth).collect();
    if let Some(depths) = depths {
        text += &format!(" They have {} blocks.", listed(&depths));
    }
    text + match towers.join {
        TowerJoin::Channels => " The values of the same tokens then stand side by side.",
        TowerJoin::Tokens => " The tokens of one then follow those of another.",
        TowerJoin::Last => " Those of the last one go on.",
    }
}

/// The blocks of a tower, if they are known.
fn depth(tower: &Encoder) -> Option<String> {
    let depth = match &tower.staged {
        Some(staged) => staged.stages.iter().map(|stage| stage.depth.get()).sum(),
        None => tower.stack.depth?.get(),
    };
    Some(exact(depth.into()))
}

/// Stages: how many blocks each has, and what becomes of the tokens.
fn stages(staged: &Staged) -> String {
    let depths: Vec<String> = staged.stages.iter().map(|stage| exact(stage.depth.into())).collect();
    let sees = staged.stages.first().map(|stage| match stage.block {
        StageBlock::ConvNext(_) => "a token sees its neighbours by a convolution",
        StageBlock::DaVit(_) => {
            "the tokens of a window look at each other, then the channels of a group"
        }
    });
    let blocks = match &depths[..] {
        [one] => format!("A stage has {one} blocks"),
        several => format!("{} stages have {} blocks", several.len(), listed(several)),
    };
    let halved = match depths.len() {
        1 => "",
        _ => " Each stage after the first makes one token of four, a wider one.",
    };
    format!("{blocks}, in which {}.{halved}", sees.unwrap_or_default())
}

/// `1, 1, 9 and 1`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The blocks of a ViT.
fn alike(story: &Story) -> String {
    let row = story.report.prefill.part(Component::VisionEncoder, Role::Blocks);
    let count = row.map(|row| story.counted(&story.figure(&row.times), "block"));
    match count {
        Some(count) => {
            let windows = windows(story).unwrap_or_default();
            let merge = merge(story).unwrap_or_default();
            let feed = match story.report.design.encoder().feed {
                Feed::Moe(_) => "experts",
                Feed::Dense(_) | Feed::None => "MLP",
            };
            let others = convolved(story).unwrap_or_default();
            format!(
                "In {count} of attention and {feed} the tokens look at each other.\
                 {windows}{others}{merge}"
            )
        }
        None => "No block runs before the features are taken.".to_owned(),
    }
}

/// In how many blocks a convolution takes the place of attention.
fn convolved(story: &Story) -> Option<String> {
    let mix = story.report.design.encoder().convolution.as_ref()?;
    let (count, side) = (mix.blocks.len(), exact(mix.kernel.into()));
    Some(format!(
        " In {count} of them that is by a convolution of {side} × {side} patches between two gates, \
         in place of attention."
    ))
}

/// Where tokens become fewer between two blocks, and how many blocks run on what is left.
fn merge(story: &Story) -> Option<String> {
    let side = exact(story.report.design.encoder().merge?.factor.into());
    let mut stacks = story.report.prefill.parts(Component::VisionEncoder, Role::Blocks);
    let left = stacks.nth(1).map_or_else(
        || "No block follows.".to_owned(),
        |row| {
            let blocks = story.counted(&story.figure(&row.times), "block");
            format!("{blocks} run on what is left.")
        },
    );
    Some(format!(" Then each window of {side} × {side} tokens becomes one of them. {left}"))
}

/// In how many blocks they look no further than their window.
fn windows(story: &Story) -> Option<String> {
    let windows = story.report.design.encoder().windows.as_ref()?;
    let side = exact(windows.side.into());
    let edges = match windows.edges {
        WindowEdges::Smaller => "smaller ones at the edges",
        WindowEdges::Padded => "filled with zeros at the edges",
    };
    let windows = format!("windows of {side} × {side} patches, {edges}");
    let windowed = story.report.prefill.part(Component::VisionEncoder, Role::SlidingBlocks);
    Some(match windowed.map(|row| story.figure(&row.times)) {
        Some(times) => format!(" In {} of them that is within {windows}.", story.said(&times)),
        None => format!(" They see no further than {windows}."),
    })
}
