//! The stages of plans as CSV (RFC 4180), one row each, with exact integers.

use super::symbols::{closed_form, shape, shape_numbers};
use super::{Data, Format, View};
use crate::cost::numbers::{Form, Said, rows, value_of_stage};
use crate::cost::{Report, Row};

const HEADER: [&str; 13] = [
    "spec",
    "path",
    "depth",
    "times",
    "input",
    "output",
    "output_symbolic",
    "params",
    "params_formula",
    "matmul_flops",
    "matmul_flops_formula",
    "other_flops",
    "unused",
];

/// Plans as CSV.
pub const FORMAT: Format<Data<Report>> = Format { name: "csv", about: ABOUT, printer: print };

/// What a CSV file is, of plans and of comparisons.
pub const ABOUT: &str = "One row per stage, or per design that is compared";

/// A header and one row for each stage of each plan.
fn print(reports: &[Report], view: &View) -> String {
    table_of(HEADER, reports.iter().flat_map(|report| records(report, view.depth)))
}

/// A header and records of as many fields.
pub fn table_of<const N: usize>(
    header: [&str; N],
    records: impl Iterator<Item = [String; N]>,
) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and every row has as many fields as the header.
    let _ = writer.write_record(header);
    for record in records {
        let _ = writer.write_record(record);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn records(report: &Report, depth: usize) -> impl Iterator<Item = [String; 13]> {
    let symbols = &report.prefill.graph.symbols;
    rows(report, depth).map(move |row| {
        let [params, matmul, other, times, of] =
            ["params", "matmul_flops", "other_flops", "times", "of"]
                .map(|name| Cell::of(report, row, name));
        [
            plain(&report.name),
            plain(&row.path),
            row.depth.to_string(),
            match row.of {
                None => times.number_or_formula(),
                Some(_) => {
                    format!("{} of {}", times.number_or_formula(), of.number_or_formula())
                }
            },
            shape_numbers(symbols, &row.input),
            shape_numbers(symbols, &row.output),
            shape(symbols, &row.output),
            params.number(),
            params.formula(),
            matmul.number(),
            matmul.formula(),
            other.number(),
            row.unused.to_string(),
        ]
    })
}

/// A number of a row, if it is known, and its closed form.
struct Cell<'r>(Option<i128>, Option<Form<'r>>);

impl<'r> Cell<'r> {
    fn of(report: &'r Report, row: &'r Row, name: &str) -> Cell<'r> {
        match value_of_stage(name).map(|key| key.of_row(report, row)) {
            Some(Said::Number(value, form)) => Cell(value, form),
            _ => Cell(None, None),
        }
    }

    fn number(&self) -> String {
        self.0.map_or_else(String::new, |value| value.to_string())
    }

    fn formula(&self) -> String {
        self.1.as_ref().map_or_else(String::new, closed_form)
    }

    fn number_or_formula(&self) -> String {
        self.0.map_or_else(|| self.formula(), |value| value.to_string())
    }
}

/// Text that a spreadsheet does not take for a formula, and that a terminal can show.
pub fn plain(text: &str) -> String {
    let safe = crate::diag::sanitize(text);
    if safe.starts_with(['=', '+', '-', '@']) { format!("'{safe}") } else { safe.into_owned() }
}
