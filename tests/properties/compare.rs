//! Comparisons of random specs.

use proptest::prelude::*;
use proptest::test_runner::Config;
use vlmcalc::internals::compare::{Comparison, with_bridges};
use vlmcalc::internals::cost::Measure;
use vlmcalc::internals::render::{Printer, View, formats};
use vlmcalc::internals::stages::bridge::BRIDGES;
use vlmcalc::internals::stages::decoder::Logits;

use super::config;
use super::specs::*;

proptest! {
    #![proptest_config(Config { cases: 32, ..config() })]

    #[test]
    fn every_bridge_of_every_spec_is_counted_or_has_a_reason(case in case()) {
        let planned = case.planned(&[]);
        let columns = with_bridges(&planned.loaded, &[], Logits::All).unwrap();
        prop_assert_eq!(columns.len(), BRIDGES.len());
        let own = format!("{} (own)", planned.loaded.spec.bridge.as_ref().unwrap().name());
        for column in &columns {
            let Some(report) = column.report() else { continue };
            for component in ["vision_encoder", "llm"] {
                let params = |report: &vlmcalc::internals::cost::Report| {
                    report.prefill.row(component).unwrap().costs.get(Measure::Params)
                };
                prop_assert_eq!(params(report), params(&planned.report));
            }
            if column.name == own {
                prop_assert_eq!(&report.prefill.total, &planned.report.prefill.total);
            }
        }
        let comparison = Comparison::new("random".to_owned(), columns);
        prop_assert!(comparison.has_any());
        let comparison = [comparison];
        for format in formats::<Comparison>() {
            let is_fitted = matches!(format.printer, Printer::Layout(layout) if layout.is_fitted);
            for columns in [60, 80, 120] {
                let width = Some(columns);
                let view = View::new(width, false);
                let text = format.print(&comparison, &view);
                let wide = text.lines().find(|line| line.chars().count() > columns);
                prop_assert!(!is_fitted || wide.is_none(), "{:?}", wide);
            }
        }
    }
}
