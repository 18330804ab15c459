//! Rules that hold of every plan, on random small specs.
//!
//! A spec goes the whole way: written as YAML, loaded, built, counted. The closed forms of a vision
//! encoder and of a decoder stand here once more, in plain numbers and layer by layer, so that they
//! share nothing with the code they check.

mod arithmetic;
pub mod bridges;
mod closed_forms;
mod compare;
mod diagrams;
mod diff;
mod explain;
pub mod specs;
mod yaml;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::Config;
use vlmcalc::internals::cost::{MEASURES, Measure, Pass, Row};
use vlmcalc::internals::dim::{Sym, Symbols};
use vlmcalc::internals::schema::File;

use crate::json::json;
use bridges::{cross_attention, perceiver};
use specs::*;

fn config() -> Config {
    Config { cases: 96, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn encoder_and_decoder_cost_what_their_closed_forms_say(case in case()) {
        let report = case.plan(&[]);
        let sequence = report.tokens.sequence.value.unwrap();
        let encodings = case.encodings() / case.prompt.batch;
        let [patches, tokens] = [case.patches(), case.encoder_tokens()].map(|n| n * encodings);
        prop_assert_eq!(report.tokens.patches.value, Some(patches));
        prop_assert_eq!(report.tokens.encoder.value, Some(tokens));
        let cost = |path: &str, measure| report.prefill.row(path).unwrap().costs.get(measure);
        prop_assert_eq!(cost("vision_encoder", Measure::Params), Some(case.encoder_params()));
        prop_assert_eq!(cost("vision_encoder", Measure::MatmulFlops), Some(case.encoder_flops()));
        prop_assert_eq!(cost("llm", Measure::Params), Some(case.llm_params()));
        prop_assert_eq!(cost("llm", Measure::MatmulFlops), Some(case.llm_flops(sequence)));
        let decode = &report.decode.total;
        prop_assert_eq!(decode.get(Measure::Params), Some(case.llm_params()));
        prop_assert_eq!(decode.get(Measure::MatmulFlops), Some(case.decode_flops(sequence)));
        prop_assert_eq!(report.memory.kv_cache.value, Some(case.kv_cache_bytes(sequence)));
    }

    #[test]
    fn the_schema_accepts_it(case in case()) {
        static SCHEMA: LazyLock<jsonschema::Validator> =
            LazyLock::new(|| jsonschema::validator_for(&File::Spec.schema()).unwrap());
        let spec = json(&case.yaml());
        let errors: Vec<_> = SCHEMA.iter_errors(&spec).map(|error| error.to_string()).collect();
        prop_assert!(errors.is_empty(), "{}\n{:?}", case.yaml(), errors);
    }

    #[test]
    fn a_row_is_the_sum_of_its_children(case in case()) {
        let report = case.plan(&[]);
        rows_add_up(&report.prefill)?;
        rows_add_up(&report.decode)?;
    }

    #[test]
    fn twice_the_batch_is_twice_the_work_of_the_same_parameters(case in case()) {
        let once = case.plan(&[]);
        let twice = case.plan(&[format!("prompt.batch={}", 2 * case.prompt.batch)]);
        same_rows(&once.prefill, &twice.prefill, 2)?;
        same_rows(&once.decode, &twice.decode, 2)?;
        let bytes = once.memory.kv_cache.value.map(|bytes| 2 * bytes);
        prop_assert_eq!(twice.memory.kv_cache.value, bytes);
        prop_assert_eq!(twice.memory.weights.value, once.memory.weights.value);
        prop_assert_eq!(twice.tokens.sequence.value, once.tokens.sequence.value);
    }

    #[test]
    fn twice_the_images_are_twice_the_work_before_the_llm(case in case()) {
        let once = case.plan(&[]);
        let twice = case.plan(&[format!("prompt.images={}", 2 * case.prompt.images)]);
        for component in ["vision_encoder", "bridge"] {
            let [a, b] = [&once, &twice].map(|report| report.prefill.row(component).unwrap());
            prop_assert_eq!(times(b, 1)?, times(a, 2)?);
        }
        let [a, b] = [&once, &twice].map(|report| report.prefill.total.get(Measure::Params));
        prop_assert_eq!(a, b);
        prop_assert_eq!(twice.tokens.visual.value, once.tokens.visual.value.map(|n| 2 * n));
    }

    #[test]
    fn a_table_of_its_own_size_frees_the_parameters_of_the_image(
        mut case in case(),
        rows in 1i128..50,
    ) {
        // Their own table has a row for each patch.
        prop_assume!(!bridges::SQUARE.contains(&case.bridge.0));
        if let Some(table) = case.encoder.stack.position.rows() {
            *table = Some(rows);
        }
        let small = case.plan(&[]);
        case.blocks = (case.blocks.0 + 1, 2 * case.blocks.1);
        let large = case.plan(&[]);
        prop_assert!(large.tokens.patches.value > small.tokens.patches.value);
        for (a, b) in small.prefill.rows.iter().zip(&large.prefill.rows) {
            let [a, b] = [a, b].map(|row| (&row.path, row.costs.get(Measure::Params)));
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn blocks_cost_in_proportion_to_their_number(mut case in case(), factor in 2i128..5) {
        case.encoder.feature_layer = None;
        // Whole rounds of windowed or sliding and full layers.
        case.encoder.stack.depth *= case.encoder.full_every.unwrap_or(1);
        case.llm.stack.depth *= case.llm.window.and(case.llm.full_every).unwrap_or(1);
        let few = case.plan(&[]);
        case.encoder.stack.depth *= factor;
        case.llm.stack.depth *= factor;
        let many = case.plan(&[]);
        for (few, many) in [(&few.prefill, &many.prefill), (&few.decode, &many.decode)] {
            prop_assert_eq!(few.rows.len(), many.rows.len());
            for (a, b) in few.rows.iter().zip(&many.rows).filter(|(a, _)| a.depth > 0) {
                let blocks = ["vision_encoder.blocks", "llm.blocks"];
                let repeated = blocks.iter().any(|blocks| a.path.starts_with(blocks));
                for measure in MEASURES {
                    let factor = if repeated { factor } else { 1 };
                    let cost = a.costs.get(measure).map(|cost| cost * factor);
                    prop_assert_eq!(b.costs.get(measure), cost, "{} {:?}", a.path, measure);
                }
            }
        }
    }

    #[test]
    fn a_formula_gives_the_number_once_its_symbol_is_bound(
        case in case(),
        pick in any::<prop::sample::Index>(),
    ) {
        let concrete = case.plan(&[]);
        let open = case.open_fields();
        let (field, name, value) = *pick.get(&open);
        let symbolic = case.plan(&[format!("{field}=null")]);
        same_once_bound(&concrete.prefill, &symbolic.prefill, (name, value))?;
        same_once_bound(&concrete.decode, &symbolic.decode, (name, value))?;
    }

    #[test]
    fn a_head_size_that_is_written_down_changes_nothing(case in case()) {
        let stacks = [("encoder", &case.encoder.stack), ("llm", &case.llm.stack)];
        let set = stacks.map(|(name, stack)| format!("{name}.head_dim={}", stack.head_dim));
        let (silent, written) = (case.plan(&[]), case.plan(&set));
        same_rows(&silent.prefill, &written.prefill, 1)?;
        same_rows(&silent.decode, &written.decode, 1)?;
    }

    #[test]
    fn a_resampler_width_that_is_written_down_changes_nothing(
        mut case in case(),
        perceiver in perceiver(false),
        cross_attention in cross_attention(false),
    ) {
        let (at_encoder, at_llm) = (case.encoder.stack.width(), case.llm.stack.width());
        let perceiver_width = if perceiver.contains("input_mlp") { at_llm } else { at_encoder };
        for (fields, width) in [(perceiver, perceiver_width), (cross_attention, at_llm)] {
            case.bridge = ("resampler", fields);
            let silent = case.plan(&[]);
            let written = case.plan(&[format!("bridge.resampler.width={width}")]);
            same_rows(&silent.prefill, &written.prefill, 1)?;
        }
    }
}

/// The costs of a row, those that are no parameters times a factor.
fn times(row: &Row, factor: i128) -> Result<Vec<i128>, TestCaseError> {
    let mut costs = Vec::new();
    for measure in MEASURES {
        let cost = row.costs.get(measure);
        prop_assert!(cost.is_some(), "{} {:?}", row.path, measure);
        let factor = if measure == Measure::Params { 1 } else { factor };
        costs.push(cost.unwrap_or_default() * factor);
    }
    Ok(costs)
}

/// Both passes have the same rows; the second one's costs are the first one's `factor` times over,
/// those of parameters once.
fn same_rows(first: &Pass, second: &Pass, factor: i128) -> Result<(), TestCaseError> {
    let paths = |pass: &Pass| pass.rows.iter().map(|row| row.path.clone()).collect::<Vec<_>>();
    prop_assert_eq!(paths(first), paths(second));
    for (a, b) in first.rows.iter().zip(&second.rows) {
        prop_assert_eq!(times(b, 1)?, times(a, factor)?, "{}", a.path);
    }
    Ok(())
}

/// Every scope's cost is the sum of what stands in it, and the total that of the components.
fn rows_add_up(pass: &Pass) -> Result<(), TestCaseError> {
    for measure in MEASURES {
        let sum = |rows: &mut dyn Iterator<Item = &Row>| {
            rows.map(|row| row.costs.get(measure)).sum::<Option<i128>>()
        };
        let components = sum(&mut pass.rows.iter().filter(|row| row.depth == 0));
        prop_assert_eq!(components, pass.total.get(measure), "{:?}", measure);
        for (at, row) in pass.rows.iter().enumerate().filter(|(_, row)| row.kind.is_none()) {
            let inside = pass.rows[at + 1..].iter().take_while(|other| other.depth > row.depth);
            let children = sum(&mut inside.filter(|other| other.depth == row.depth + 1));
            prop_assert_eq!(children, row.costs.get(measure), "{} {:?}", row.path, measure);
        }
    }
    Ok(())
}

impl Case {
    /// Fields that may be left out, with the symbol that then stands for each and its value.
    fn open_fields(&self) -> Vec<(&'static str, &'static str, i128)> {
        let (rows, columns) = self.grid();
        let (encoder, llm, patch) = (&self.encoder.stack, &self.llm.stack, self.encoder.patch);
        // A bridge between equal widths may do without a matrix that others have.
        let are_equal = encoder.width() == llm.width();
        let fields = [
            ("image.height", "H", rows * patch),
            ("image.width", "W", columns * patch),
            ("encoder.patch", "P", patch),
            ("encoder.depth", "L_v", encoder.depth),
            ("encoder.width", "D_v", encoder.width()),
            ("encoder.heads", "h_v", encoder.heads),
            ("encoder.mlp_width", "F_v", encoder.mlp_width),
            ("llm.depth", "L", llm.depth),
            ("llm.width", "D", llm.width()),
            ("llm.heads", "h", llm.heads),
            ("llm.mlp_width", "F", llm.mlp_width),
            ("llm.vocab", "vocab", self.llm.vocab),
            ("prompt.text_tokens", "T", self.prompt.text),
        ];
        let is_width = |field: &str| field.ends_with(".width") && field != "image.width";
        fields.into_iter().filter(|(field, ..)| !(are_equal && is_width(field))).collect()
    }
}

/// Every row of the symbolic pass has the concrete one's cost, once the symbol has its value. A
/// part that does not exist in the concrete pass costs nothing.
fn same_once_bound(
    concrete: &Pass,
    symbolic: &Pass,
    (name, value): (&str, i128),
) -> Result<(), TestCaseError> {
    let symbols = &symbolic.graph.symbols;
    let bindings = [(sym(symbols, name), value)];
    let (known, found) = (by_path(concrete), by_path(symbolic));
    for (path, row) in &found {
        for measure in MEASURES {
            let formula = symbolic.formula(measure, row.nodes.clone());
            let bound = symbols.eval_with(&formula, &bindings).unwrap();
            let expected = known.get(path).map_or(Some(0), |row| row.costs.get(measure));
            prop_assert_eq!(bound, expected, "{:?} {:?} without {}", path, measure, name);
        }
    }
    let gone = known.keys().find(|path| !found.contains_key(*path));
    prop_assert_eq!(gone, None, "without {}", name);
    Ok(())
}

/// The rows by path, and by number among those of the same path.
fn by_path(pass: &Pass) -> BTreeMap<(&str, usize), &Row> {
    let mut rows = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &pass.rows {
        let number = counts.entry(&row.path).or_default();
        rows.insert((row.path.as_str(), *number), row);
        *number += 1;
    }
    rows
}

fn sym(symbols: &Symbols, name: &str) -> Sym {
    let found = symbols.iter().find(|(_, symbol)| symbol.name == name);
    found.map(|(sym, _)| sym).unwrap_or_else(|| panic!("no symbol `{name}`"))
}
