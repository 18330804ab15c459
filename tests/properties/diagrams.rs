//! Rules that hold of every diagram.

use proptest::prelude::*;
use proptest::test_runner::Config;
use unicode_width::UnicodeWidthStr;
use vlmcalc::internals::diagram::{FORMATS, Picture, Role, Stage, View, draw, picture};

use super::config;
use super::specs::*;

/// The boxes that a stage stands for.
fn ids(stage: &Stage) -> Vec<usize> {
    stage.boxes().iter().filter_map(|part| part.id).collect()
}

fn reads(stage: &Stage, other: &[usize]) -> bool {
    other.iter().any(|id| stage.reads.contains(id))
}

/// What stands below each other is joined by arrows that the graph has: a box of the trunk reads
/// the one before it and all sources between, an unused one reads what is above it, and one that
/// stands aside is read further down. What a branch reads, the trunk need not.
fn stages_follow_each_other(picture: &Picture) -> Result<(), TestCaseError> {
    let mut trunk: Vec<usize> = Vec::new();
    let mut sources: Vec<Vec<usize>> = Vec::new();
    let mut above: Vec<usize> = Vec::new();
    let mut aside: Vec<Vec<usize>> = Vec::new();
    let stages = || picture.lanes.iter().flat_map(|lane| &lane.stages);
    let branches = stages().filter(|stage| stage.role == Role::Branch);
    let branched: Vec<usize> = branches.flat_map(|stage| stage.reads.clone()).collect();
    for stage in stages() {
        match stage.role {
            Role::Trunk => {
                prop_assert!(trunk.is_empty() || reads(stage, &trunk), "{}", stage.title);
                for source in sources.drain(..) {
                    let is_read =
                        reads(stage, &source) || source.iter().any(|id| branched.contains(id));
                    prop_assert!(is_read, "{} and {source:?}", stage.title);
                }
                aside.retain(|other| !reads(stage, other));
                trunk = ids(stage);
                above.clone_from(&trunk);
            }
            Role::Source | Role::Branch => sources.push(ids(stage)),
            Role::Aside => {
                prop_assert!(!stage.reads.is_empty(), "{}", stage.title);
                aside.push(ids(stage));
            }
            Role::Unused => {
                prop_assert!(reads(stage, &above), "{}", stage.title);
                above = ids(stage);
            }
        }
    }
    prop_assert!(sources.is_empty() && aside.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 48, ..config() })]

    #[test]
    fn every_format_draws_every_pipeline(
        case in case(),
        depth in 0usize..4,
        width in 40usize..130,
        flags in any::<[bool; 3]>(),
        pick in any::<prop::sample::Index>(),
    ) {
        let open = case.open_fields();
        let (field, ..) = *pick.get(&open);
        let [ascii, color, costs] = flags;
        for set in [vec![], vec![format!("{field}=null")]] {
            let report = case.plan(&set);
            let shown = picture(&report, depth);
            stages_follow_each_other(&shown)?;
            let view = View { depth, costs: costs.then_some(true), ascii, width, color: false };
            let [terminal, mermaid, dot, svg] = FORMATS;
            let drawn = draw(&report, &terminal, &view);
            for line in drawn.lines() {
                prop_assert!(line.width() <= width, "{width}: {line}");
            }
            prop_assert!(!ascii || drawn.is_ascii(), "{drawn}");
            for format in [mermaid, dot] {
                prop_assert!(draw(&report, &format, &view).contains(&shown.stop));
            }
            prop_assert!(draw(&report, &svg, &view).ends_with("</svg>\n"));
            // Colour changes no character.
            let coloured = draw(&report, &terminal, &View { color, ..view });
            let bare: Vec<&str> = coloured
                .split('\u{1b}')
                .enumerate()
                .map(|(at, part)| if at == 0 { part } else { part.split_once('m').unwrap().1 })
                .collect();
            prop_assert_eq!(bare.concat(), drawn);
        }
    }
}
