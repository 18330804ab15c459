//! The built-in pipelines, as a table and as data.

use serde_json::{Value, json};

use super::csv::table_of;
use super::figure::{self, Stated, Style};
use super::json::exact as number;
use super::{Block, Column, DEFAULT_DEPTH, Data, Document, Format, Output, Row, Table, View};
use crate::cost::Report;
use crate::cost::numbers::{Fact, find};
use crate::diag::json_text;
use crate::spec::presets::Preset;
use crate::units::Unit;

/// The presets with their plans.
#[derive(Debug)]
pub struct Catalogue(pub Vec<(&'static Preset, Report)>);

/// A number of each preset: its heading, its key in programs' data, its path and its unit.
const NUMBERS: [(&str, &str, &str, Unit); 5] = [
    ("encoder", "encoder_tokens", "tokens.encoder", Unit::Count),
    ("visual", "visual_tokens", "tokens.visual", Unit::Count),
    ("params", "params", "params.total", Unit::Count),
    ("prefill", "prefill_matmul_flops", "prefill.matmul_flops.total", Unit::Flop),
    ("KV cache", "kv_cache_bytes", "memory.kv_cache_bytes", Unit::Byte),
];

/// Tokens are few enough to be written in full.
const TOKENS: &str = "tokens.";

const JSON: Format<Data<Catalogue>> = Format {
    name: "json",
    about: "A list of the presets, with exact integers",
    printer: print_json,
};

const CSV: Format<Data<Catalogue>> =
    Format { name: "csv", about: "One row per preset, with exact integers", printer: print_csv };

impl Output for Catalogue {
    const DATA: &'static [Format<Data<Catalogue>>] = &[JSON, CSV];

    fn layout(&self, _: &View) -> Document {
        let mut columns = vec![Column::words("preset")];
        columns.extend(NUMBERS.map(|(name, ..)| Column::numbers(name)));
        columns.push(Column::words("what it is").wrapping().droppable(1));
        let rows = self.0.iter().map(|(preset, report)| {
            let numbers = NUMBERS.iter().map(|(.., path, unit)| {
                let style = if path.starts_with(TOKENS) { Style::Exact } else { Style::Short };
                figure::cell(Some(&stated(report, path)), *unit, style)
            });
            let name = [preset.name.to_owned()].into_iter();
            Row::Cells(name.chain(numbers).chain([preset.summary().to_owned()]).collect())
        });
        let table = Table { heading: String::new(), columns, rows: rows.collect() };
        let hint = "`presets show NAME` prints one, `new FILE --from NAME` starts from it";
        Document {
            title: "Presets".to_owned(),
            subtitle: "encoder-side and visual tokens; prefill and cache of one image and its text"
                .to_owned(),
            blocks: vec![Block::Table(table), Block::Hint(hint.to_owned())],
        }
    }
}

fn stated(report: &Report, path: &str) -> Stated {
    match find(report, path, DEFAULT_DEPTH) {
        Some(Fact::Number(value, form)) => Stated::of(value, form.as_ref()),
        _ => Stated::without_formula(),
    }
}

fn print_json(all: &[Catalogue], _: &View) -> String {
    let presets = all.iter().flat_map(|catalogue| &catalogue.0);
    let values = presets.map(|(preset, report)| {
        let mut value = json!({"name": preset.name, "about": preset.summary()});
        for (_, key, path, _) in NUMBERS {
            value[key] = number(stated(report, path).value());
        }
        value
    });
    json_text(&Value::Array(values.collect()))
}

fn print_csv(all: &[Catalogue], _: &View) -> String {
    let [encoder, visual, params, prefill, cache] = NUMBERS.map(|(_, key, ..)| key);
    let header = ["name", encoder, visual, params, prefill, cache, "about"];
    let presets = all.iter().flat_map(|catalogue| &catalogue.0);
    let records = presets.map(|(preset, report)| {
        let [encoder, visual, params, prefill, cache] = NUMBERS.map(|(.., path, _)| {
            stated(report, path).value().map_or_else(String::new, |value| value.to_string())
        });
        let (name, about) = (preset.name.to_owned(), preset.summary().to_owned());
        [name, encoder, visual, params, prefill, cache, about]
    });
    table_of(header, records)
}
