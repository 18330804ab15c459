//! Rules that hold of every comparison, on pairs of random specs.

use proptest::prelude::*;
use proptest::test_runner::Config;
use vlmcalc::internals::cost::Report;
use vlmcalc::internals::diff::{Comparison, Delta, Saved, Side, StageState};
use vlmcalc::internals::planned::count;
use vlmcalc::internals::render::plan_json;
use vlmcalc::internals::spec::Spec;

use super::config;
use super::specs::{Case, case};

fn side(report: &Report) -> Side {
    Side::saved(report.name.clone(), Saved::new(plan_json(report, 2)))
}

fn sides(a: &Case, b: &Case) -> [Side; 2] {
    [a, b].map(|case| side(&case.plan(&[])))
}

fn delta<'a>(comparison: &'a Comparison, path: &str) -> Option<&'a Delta> {
    comparison.numbers.iter().find(|delta| delta.path == path)
}

proptest! {
    // Each case plans many specs.
    #![proptest_config(Config { cases: 32, ..config() })]

    #[test]
    fn the_design_of_a_plan_gives_the_plan(case in case()) {
        let report = case.plan(&[]);
        let spec = serde_json::to_value(report.spec()).unwrap();
        let read: Spec = serde_json::from_value(spec).unwrap();
        let again = count(&report.name, &read, report.logits).unwrap();
        prop_assert_eq!(plan_json(&again, 9), plan_json(&report, 9));
    }

    #[test]
    fn a_plan_does_not_differ_from_itself(case in case()) {
        let [a, b] = sides(&case, &case);
        prop_assert!(Comparison::of(&a, &b).is_none());
    }

    #[test]
    fn a_saved_plan_is_the_one_that_was_made(
        case in case(),
        pick in any::<prop::sample::Index>(),
    ) {
        let (field, ..) = *pick.get(&case.open_fields());
        let planned = case.planned(&[format!("{field}=null")]);
        let saved = side(&planned.report);
        let made = Side::planned("made".to_owned(), planned, 2);
        for (base, head) in [(&saved, &made), (&made, &saved)] {
            let comparison = Comparison::of(base, head);
            prop_assert!(comparison.is_none(), "without {}: {:?}", field, comparison);
        }
    }

    #[test]
    fn the_way_back_is_the_mirror_of_the_way_there(a in case(), b in case()) {
        let [a, b] = sides(&a, &b);
        let (there, back) = (Comparison::of(&a, &b), Comparison::of(&b, &a));
        let (Some(there), Some(back)) = (&there, &back) else {
            prop_assert!(there.is_none() && back.is_none());
            return Ok(());
        };
        let sorted = |numbers: &[Delta], swap: bool| {
            let mut all: Vec<_> = numbers
                .iter()
                .cloned()
                .map(|delta| {
                    let (old, new) = (delta.old, delta.new);
                    if swap { (delta.path, new, old) } else { (delta.path, old, new) }
                })
                .collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all
        };
        prop_assert_eq!(sorted(&there.numbers, false), sorted(&back.numbers, true));
        let fields = |comparison: &Comparison, swap: bool| {
            let changes = comparison.design.iter().flatten();
            let mut all: Vec<_> = changes
                .map(|change| {
                    let (old, new) = (change.old.to_string(), change.new.to_string());
                    let path = change.path.clone();
                    if swap { (path, new, old) } else { (path, old, new) }
                })
                .collect();
            all.sort();
            all
        };
        prop_assert_eq!(fields(there, false), fields(back, true));
        let rows = |comparison: &Comparison, swap: bool| {
            let mut all: Vec<_> = comparison
                .stages
                .iter()
                .map(|stage| {
                    let state = match (stage.state, swap) {
                        (StageState::Added, true) => StageState::Removed,
                        (StageState::Removed, true) => StageState::Added,
                        (state, _) => state,
                    };
                    let numbers = sorted(&stage.numbers, swap);
                    (stage.path.clone(), format!("{state:?} {numbers:?}"))
                })
                .collect();
            all.sort();
            all
        };
        prop_assert_eq!(rows(there, false), rows(back, true));
    }

    #[test]
    fn what_the_components_gain_is_what_the_whole_gains(a in case(), b in case()) {
        let [a, b] = sides(&a, &b);
        let Some(comparison) = Comparison::of(&a, &b) else { return Ok(()) };
        for measure in ["params", "prefill.matmul_flops", "prefill.other_flops"] {
            let total = delta(&comparison, &format!("{measure}.total"));
            let total = total.map_or(Some(0), Delta::change);
            let prefix = format!("{measure}.by_component.");
            let parts = comparison.numbers.iter().filter(|delta| delta.path.starts_with(&prefix));
            prop_assert_eq!(parts.map(Delta::change).sum::<Option<i128>>(), total, "{}", measure);
        }
    }
}
