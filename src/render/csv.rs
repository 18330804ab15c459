//! The stages of plans as CSV (RFC 4180), one row each, with exact integers.

use super::symbols::{shape, shape_numbers};
use super::{Data, Format, View};
use crate::cost::{Measure, Report};
use crate::dim::Dim;

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
    let pass = &report.prefill;
    let symbols = &pass.graph.symbols;
    pass.rows.iter().filter(move |row| row.depth <= depth).map(move |row| {
        let number = |measure| row.costs.get(measure).map_or(String::new(), |n| n.to_string());
        let formula = |measure| symbols.show(&pass.formula(measure, row.nodes.clone()));
        let count = |dim: &Dim| {
            let value = symbols.eval(dim).ok().flatten();
            value.map_or_else(|| symbols.show(dim), |value| value.to_string())
        };
        let times = count(&row.times);
        [
            plain(&report.name),
            plain(&row.path),
            row.depth.to_string(),
            row.of.as_ref().map_or(times.clone(), |of| format!("{times} of {}", count(of))),
            shape_numbers(symbols, &row.input),
            shape_numbers(symbols, &row.output),
            shape(symbols, &row.output),
            number(Measure::Params),
            formula(Measure::Params),
            number(Measure::MatmulFlops),
            formula(Measure::MatmulFlops),
            number(Measure::OtherFlops),
            row.unused.to_string(),
        ]
    })
}

/// Text that a spreadsheet does not take for a formula, and that a terminal can show.
pub fn plain(text: &str) -> String {
    let safe = crate::diag::sanitize(text);
    if safe.starts_with(['=', '+', '-', '@']) { format!("'{safe}") } else { safe.into_owned() }
}
