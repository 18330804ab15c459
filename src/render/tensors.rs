//! The stored tensors of models, as tables and as data.

use serde_json::{Value, json};

use super::csv::table_of;
use super::json::exact as number;
use super::{Column, Data, Document, Format, Output, Row, Table, View, csv_text};
use crate::cost::{Figure, Tensor, Tensors};
use crate::diag::json_text;
use crate::dim::Symbols;
use crate::graph::COMPONENTS;
use crate::units::{Unit, counted, exact, human};

/// Tensors as a list for programs.
const JSON: Format<Data<Tensors>> = Format {
    name: "json",
    about: "A list of all tensors, with exact integers",
    printer: print_json,
};

/// Tensors as CSV.
const CSV: Format<Data<Tensors>> =
    Format { name: "csv", about: "One row per tensor, with exact integers", printer: print_csv };

impl Output for Tensors {
    const DATA: &'static [Format<Data<Tensors>>] = &[JSON, CSV];

    fn layout(&self, view: &View) -> Document {
        let columns = vec![
            Column::words("tensor"),
            Column::words("shape"),
            Column::numbers("count"),
            Column::words("dtype").droppable(2),
            Column::numbers("bytes").droppable(1),
        ];
        let mut rows = Vec::new();
        for component in COMPONENTS {
            let mut stored = self.list.iter().filter(|one| one.component == component).peekable();
            if stored.peek().is_some() {
                rows.push(Row::Line(component.key().to_owned()));
            }
            rows.extend(stored.map(|tensor| Row::Cells(cells(self, tensor, view).into())));
        }
        let table = Table { heading: "Stored tensors".into(), columns, rows };
        Document {
            title: self.name.clone(),
            subtitle: subtitle(self),
            blocks: vec![super::Block::Table(table)],
        }
    }
}

/// `391 tensors, 7,063,427,072 parameters, 13.2 GiB in bf16`.
fn subtitle(tensors: &Tensors) -> String {
    let counts = tensors.list.iter().map(|tensor| tensor.count.value);
    let count = counts.sum::<Option<i128>>();
    let count = count.map_or("an unknown number of tensors".into(), |n| counted(n, "tensor"));
    let params = tensors.params.map(|params| format!(", {}", counted(params, "parameter")));
    let bytes = tensors.bytes.map(|bytes| human(bytes, Unit::Byte));
    let bytes = bytes.map_or_else(String::new, |bytes| format!(", {bytes}"));
    format!(
        "{count}{}{bytes} in {}",
        params.unwrap_or_default(),
        tensors.formats.weights_in_words()
    )
}

fn cells(all: &Tensors, tensor: &Tensor, view: &View) -> [String; 5] {
    let symbolic = || "symbolic".to_owned();
    let bytes = |bytes| if view.exact { exact(bytes) } else { human(bytes, Unit::Byte) };
    [
        tensor.name.clone(),
        shape(&all.symbols, tensor),
        plain(&all.symbols, &tensor.count, exact),
        tensor.dtype.name().to_owned(),
        tensor.bytes.map_or_else(symbolic, bytes),
    ]
}

/// `[4096, 1024]`, digits not grouped, as PyTorch prints a shape.
fn shape(symbols: &Symbols, tensor: &Tensor) -> String {
    let axes = tensor.shape.iter().map(|axis| plain(symbols, axis, |value| value.to_string()));
    format!("[{}]", axes.collect::<Vec<_>>().join(", "))
}

/// A number, or its formula.
fn plain(symbols: &Symbols, figure: &Figure, show: impl Fn(i128) -> String) -> String {
    figure.value.map_or_else(|| symbols.show(&figure.dim), show)
}

/// One list of the tensors of all models, each with the name of its own.
fn print_json(all: &[Tensors], _: &View) -> String {
    let rows = all.iter().flat_map(|model| model.list.iter().map(|tensor| value(model, tensor)));
    let rows = Value::Array(rows.collect());
    json_text(&rows)
}

fn value(model: &Tensors, tensor: &Tensor) -> Value {
    let axes: Vec<Value> = tensor.shape.iter().map(|axis| number(axis.value)).collect();
    json!({
        "spec": model.name,
        "name": tensor.name,
        "shape": axes,
        "symbolic": shape(&model.symbols, tensor),
        "count": number(tensor.count.value),
        "dtype": tensor.dtype.name(),
        "bytes": number(tensor.bytes),
        "component": tensor.component.key(),
    })
}

fn print_csv(all: &[Tensors], _: &View) -> String {
    let header = ["spec", "name", "shape", "count", "dtype", "bytes", "component"];
    let record = |model: &Tensors, tensor: &Tensor| {
        [
            csv_text(&model.name),
            tensor.name.clone(),
            shape(&model.symbols, tensor),
            plain(&model.symbols, &tensor.count, |count| count.to_string()),
            tensor.dtype.name().to_owned(),
            tensor.bytes.map_or_else(String::new, |bytes| bytes.to_string()),
            tensor.component.key().to_owned(),
        ]
    };
    table_of(header, all.iter().flat_map(|model| model.list.iter().map(|one| record(model, one))))
}
