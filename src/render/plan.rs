//! The layout of a plan: tokens, shapes, costs, totals, formulas, legend, notes.

use super::View;
use super::document::{Block, Column, Document, Row as Line, Table};
use super::symbols::{legend, maximum, shape, shape_numbers};
use crate::cost::{Bytes, Figure, Measure, Report, Row};
use crate::dim::Dim;
use crate::ops::Shape;
use crate::pipeline::COMPONENTS;
use crate::stages::decoder::Logits;
use crate::units::{Unit, exact, human};

/// Lays a report out.
pub fn document(report: &Report, view: &View) -> Document {
    let layout = Layout { report, view, formulas: view.formulas || has_unknowns(report) };
    let mut blocks = vec![
        Block::Table(layout.tokens()),
        Block::Table(layout.shapes()),
        Block::Table(layout.costs()),
        Block::Table(layout.totals()),
    ];
    if layout.formulas {
        blocks.push(Block::Table(layout.formulas()));
    }
    blocks.push(Block::Table(layout.symbols()));
    blocks.push(layout.notes());
    blocks.extend(layout.context_warning().map(Block::Warning));
    Document { title: report.name.clone(), subtitle: layout.subtitle(), blocks }
}

struct Layout<'a> {
    report: &'a Report,
    view: &'a View,
    /// Whether formulas are shown: asked for, or needed since some numbers are not known.
    formulas: bool,
}

impl Layout<'_> {
    fn subtitle(&self) -> String {
        let tokens = &self.report.tokens;
        let logits = match self.report.logits {
            Logits::All => "logits at all positions",
            Logits::Last => "logits at the last position",
        };
        format!(
            "batch {}, image {}×{} (height × width), {}, {logits}",
            self.plain(&tokens.batch),
            self.plain(&tokens.image.0),
            self.plain(&tokens.image.1),
            self.report.dtype.name()
        )
    }

    /// The token story, with the line where encoder-side tokens stop.
    fn tokens(&self) -> Table {
        let tokens = &self.report.tokens;
        let (rows, columns) = (self.plain(&tokens.grid.0), self.plain(&tokens.grid.1));
        let mut lines = vec![
            self.token_row(
                "patches",
                &tokens.patches,
                self.per_encoding(format!("{rows} × {columns}")),
            ),
            self.token_row("encoder-side tokens", &tokens.encoder, self.prefix()),
            self.values_row(
                "values of the patches, E",
                &tokens.encoder_values,
                [&tokens.patches, &tokens.encoder_width],
            ),
            Line::Line("encoder-side tokens stop here; the bridge hands over".into()),
        ];
        if let Some((matrices, vectors)) = self.report.matrices_and_vectors(COMPONENTS[1]) {
            let how = format!("{} in matrices, {} in vectors", exact(matrices), exact(vectors));
            lines.push(cells(["bridge parameters", &exact(matrices + vectors), &how]));
        }
        lines.push(self.token_row("LLM-side visual tokens", &tokens.visual, String::new()));
        lines.push(self.values_row(
            "values of these, V",
            &tokens.visual_values,
            [&tokens.visual, &tokens.llm_width],
        ));
        if tokens.structural.value != Some(0) {
            let how = "start, end and breaks of images".to_owned();
            lines.push(self.token_row("structural tokens", &tokens.structural, how));
        }
        lines.push(self.token_row("text tokens", &tokens.text, String::new()));
        lines.push(self.token_row("sequence that the LLM reads", &tokens.sequence, self.sum()));
        if tokens.generated.value != Some(0) {
            lines.push(self.token_row("tokens of the answer", &tokens.generated, String::new()));
        }
        if let Some((used, length)) = self.report.context_use() {
            let how = format!("{} of {} tokens", exact(used), exact(length));
            lines.push(cells(["share of the context", &percent(used, length), &how]));
        }
        Table {
            heading: "Tokens of a prompt".into(),
            columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
            rows: lines,
        }
    }

    fn token_row(&self, name: &str, figure: &Figure, how: String) -> Line {
        cells([name, &self.plain(figure), &how])
    }

    fn values_row(&self, name: &str, figure: &Figure, [count, width]: [&Figure; 2]) -> Line {
        cells([
            name,
            &self.plain(figure),
            &format!("{} × {}", self.plain(count), self.plain(width)),
        ])
    }

    /// `13 × …` where a prompt has several encodings.
    fn per_encoding(&self, each: String) -> String {
        match self.report.tokens.encodings.value {
            Some(1) => each,
            _ => format!("{} × ({each})", self.plain(&self.report.tokens.encodings)),
        }
    }

    /// `576 + 1 class token`.
    fn prefix(&self) -> String {
        let tokens = &self.report.tokens;
        let mut parts = vec![self.plain(&tokens.patches)];
        let mut prefix = |each: i128, name: &str| {
            let all = tokens.encodings.value.map_or(each, |encodings| each * encodings);
            let plural = if all == 1 { "" } else { "s" };
            parts.push(format!("{} {name} token{plural}", exact(all)));
        };
        if tokens.class_token {
            prefix(1, "class");
        }
        if tokens.registers > 0 {
            prefix(tokens.registers, "register");
        }
        if parts.len() == 1 { String::new() } else { parts.join(" + ") }
    }

    fn sum(&self) -> String {
        let tokens = &self.report.tokens;
        let parts = [&tokens.visual, &tokens.structural, &tokens.text];
        let parts = parts.into_iter().filter(|part| part.value != Some(0));
        parts.map(|part| self.plain(part)).collect::<Vec<_>>().join(" + ")
    }

    /// Input and output of each stage, in numbers above symbols.
    fn shapes(&self) -> Table {
        let symbols = &self.report.prefill.graph.symbols;
        // Most shapes come several times.
        let mut known: Vec<(&Shape, String)> = Vec::new();
        let mut both = |which| {
            if let Some((_, text)) = known.iter().find(|(shape, _)| *shape == which) {
                return text.clone();
            }
            let text = format!("{}\n{}", shape_numbers(symbols, which), shape(symbols, which));
            known.push((which, text.clone()));
            text
        };
        let mut lines = Vec::new();
        for row in self.rows() {
            if row.depth == 0 {
                let stop =
                    if row.name == COMPONENTS[1] { ": encoder-side tokens stop here" } else { "" };
                lines.push(Line::Line(format!("{}{stop}", row.name)));
            }
            if row.depth > 0 || self.view.depth == 0 {
                lines.push(Line::Cells(vec![
                    self.indented(row),
                    both(&row.input),
                    both(&row.output),
                ]));
            }
        }
        Table {
            heading: "Shapes".into(),
            columns: vec![
                Column::words("stage"),
                Column::words("input").droppable(1),
                Column::words("output"),
            ],
            rows: lines,
        }
    }

    /// Parameters and FLOPs; every row is the sum of the rows in it.
    fn costs(&self) -> Table {
        let total = self.report.prefill.total.get(Measure::MatmulFlops);
        let mut lines: Vec<Line> = self
            .rows()
            .filter(|row| !is_free(row))
            .map(|row| {
                let flops = row.costs.get(Measure::MatmulFlops);
                let share = flops.zip(total).map(|(part, whole)| percent(part, whole));
                let mut line = vec![self.named(row), self.times(row)];
                line.extend(self.measures(row));
                line.push(share.unwrap_or_default());
                Line::Cells(line)
            })
            .collect();
        lines.push(Line::Line(String::new()));
        let pass = &self.report.prefill;
        let sum = |measure, unit| self.number(pass.total.get(measure), unit);
        lines.push(cells([
            "total",
            "",
            &sum(Measure::Params, Unit::Count),
            &sum(Measure::MatmulFlops, Unit::Flop),
            &sum(Measure::OtherFlops, Unit::Flop),
            "",
        ]));
        Table {
            heading: "Costs of the prefill".into(),
            columns: vec![
                Column::words("stage"),
                Column::numbers("runs"),
                Column::numbers("parameters"),
                Column::numbers("matmul FLOPs"),
                Column::numbers("other FLOPs").droppable(2),
                Column::numbers("share").droppable(1),
            ],
            rows: lines,
        }
    }

    fn measures(&self, row: &Row) -> [String; 3] {
        [
            (Measure::Params, Unit::Count),
            (Measure::MatmulFlops, Unit::Flop),
            (Measure::OtherFlops, Unit::Flop),
        ]
        .map(|(measure, unit)| self.number(row.costs.get(measure), unit))
    }

    fn totals(&self) -> Table {
        let report = self.report;
        let (prefill, decode) = (&report.prefill, &report.decode);
        let sequence = self.plain(&report.tokens.sequence);
        let matmul = |value| self.number(value, Unit::Flop);
        let mut lines = vec![cells([
            "prefill",
            &matmul(prefill.total.get(Measure::MatmulFlops)),
            &format!("matmul, {sequence} tokens read"),
        ])];
        if let Some(unused) = prefill.unused.get(Measure::MatmulFlops).filter(|flops| *flops > 0) {
            let needed = prefill.total.get(Measure::MatmulFlops).map(|total| total - unused);
            lines.push(cells(["  of it needed", &matmul(needed), "without unused blocks"]));
        }
        lines.push(cells([
            "decode",
            &matmul(decode.total.get(Measure::MatmulFlops)),
            &format!("matmul, one token after {sequence} cached"),
        ]));
        if let Some(answer) = &report.answer {
            let steps = format!("matmul, {} decode steps", exact(answer.steps));
            lines.push(cells(["answer", &matmul(answer.matmul_flops), &steps]));
        }
        let dtype = report.dtype.name();
        let activations =
            format!("at {} bits, without weights and cache", report.dtype.activation_bits());
        let memory = &report.memory;
        let bytes = |bytes: &Bytes| self.number(bytes.value, Unit::Byte);
        lines.push(cells(["weights", &bytes(&memory.weights), dtype]));
        let cached = format!("{dtype}, {sequence} tokens after the prefill");
        lines.push(cells(["KV cache", &bytes(&memory.kv_cache), &cached]));
        lines.push(cells(["peak activations", &bytes(&memory.peak_activations), &activations]));
        Table {
            heading: "Totals".into(),
            columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
            rows: lines,
        }
    }

    /// The closed form of every number that is shown.
    fn formulas(&self) -> Table {
        let report = self.report;
        let pass = &report.prefill;
        let mut lines = Vec::new();
        for row in self.rows().filter(|row| !is_free(row)) {
            let name = self.named(row);
            for (at, (what, measure, unit)) in SHOWN.into_iter().enumerate() {
                let dim = pass.formula(measure, row.nodes.clone());
                let value = self.number(row.costs.get(measure), unit);
                let name = if at == 0 { name.as_str() } else { "" };
                lines.push(cells([name, what, &value, &pass.graph.symbols.show(&dim)]));
            }
        }
        let decode = report.decode.figure(Measure::MatmulFlops);
        let step = self.number(decode.value, Unit::Flop);
        let formula = report.decode.graph.symbols.show(&decode.dim);
        lines.push(cells(["decode", "matmul", &step, &formula]));
        let cache = &report.memory.kv_cache;
        let bytes = self.number(cache.value, Unit::Byte);
        let formula = maximum(&pass.graph.symbols, &cache.formula(pass));
        lines.push(cells(["KV cache", "bytes", &bytes, &formula]));
        Table {
            heading: "Formulas".into(),
            columns: vec![
                Column::words("stage"),
                Column::words("what"),
                Column::numbers("value"),
                Column::words("formula").wrapping(),
            ],
            rows: lines,
        }
    }

    fn symbols(&self) -> Table {
        let mut shown: Vec<&Dim> =
            self.rows().flat_map(|row| row.input.0.iter().chain(&row.output.0)).collect();
        let report = self.report;
        let formulas: Vec<Dim> = if self.formulas {
            let rows = self.rows().flat_map(|row| {
                SHOWN.map(|(_, measure, _)| report.prefill.formula(measure, row.nodes.clone()))
            });
            rows.chain(report.memory.kv_cache.formula(&report.prefill)).collect()
        } else {
            Vec::new()
        };
        shown.extend(&formulas);
        let rows = legend(report, &shown).into_iter().map(|line| Line::Cells(line.into()));
        Table {
            heading: "Symbols".into(),
            columns: vec![
                Column::words("symbol"),
                Column::words("value"),
                Column::words("meaning").wrapping(),
            ],
            rows: rows.collect(),
        }
    }

    fn notes(&self) -> Block {
        let mut lines = self.report.notes.clone();
        lines.push(
            "matmul FLOPs: 2 per multiply-add of linears, convolutions and attention products, \
             dense attention, as the reference executes them; other FLOPs (norms, softmax, \
             activations, additions, rotary) apart"
                .to_owned(),
        );
        lines.push(
            "counts and FLOPs in powers of 1000, memory in powers of 1024; attention scores are \
             never stored whole; a size that is not given stays a symbol"
                .to_owned(),
        );
        Block::Notes { heading: "Notes".into(), lines }
    }

    fn context_warning(&self) -> Option<String> {
        let (used, length) = self.report.context_use()?;
        (used > length).then(|| {
            format!(
                "THE PROMPT DOES NOT FIT: {} tokens, {} more than the context of {}",
                exact(used),
                exact(used - length),
                exact(length)
            )
        })
    }

    /// The rows that the depth opens.
    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.report.prefill.rows.iter().filter(|row| row.depth <= self.view.depth)
    }

    fn indented(&self, row: &Row) -> String {
        format!("{}{}", "  ".repeat(row.depth), row.name)
    }

    /// The row's name, with a mark where the result does not need it.
    fn named(&self, row: &Row) -> String {
        let mark = if row.unused { " (unused)" } else { "" };
        format!("{}{mark}", self.indented(row))
    }

    /// `× 24` where it runs more than once.
    fn times(&self, row: &Row) -> String {
        if row.times.is_one() {
            return String::new();
        }
        let symbols = &self.report.prefill.graph.symbols;
        let times =
            Figure { value: symbols.eval(&row.times).ok().flatten(), dim: row.times.clone() };
        format!("× {}", self.plain(&times))
    }

    /// A count in full, or its formula.
    fn plain(&self, figure: &Figure) -> String {
        figure.value.map_or_else(|| self.show(&figure.dim), exact)
    }

    fn number(&self, value: Option<i128>, unit: Unit) -> String {
        match value {
            None => "symbolic".to_owned(),
            Some(value) if self.view.exact => exact(value),
            Some(0) if unit != Unit::Byte => "0".to_owned(),
            Some(value) => human(value, unit).replace(' ', "\u{a0}"),
        }
    }

    fn show(&self, dim: &Dim) -> String {
        self.report.prefill.graph.symbols.show(dim)
    }
}

/// What the formulas table shows of a row.
const SHOWN: [(&str, Measure, Unit); 2] =
    [("parameters", Measure::Params, Unit::Count), ("matmul", Measure::MatmulFlops, Unit::Flop)];

/// Whether some total is still symbolic.
fn has_unknowns(report: &Report) -> bool {
    [Measure::Params, Measure::MatmulFlops].iter().any(|m| report.prefill.total.get(*m).is_none())
}

/// What stores nothing and costs nothing.
fn is_free(row: &Row) -> bool {
    [Measure::Params, Measure::MatmulFlops, Measure::OtherFlops]
        .iter()
        .all(|measure| row.costs.get(*measure) == Some(0))
}

fn cells<const N: usize>(texts: [&str; N]) -> Line {
    Line::Cells(texts.map(str::to_owned).to_vec())
}

/// `part` of `whole` in percent, with one digit behind the point.
fn percent(part: i128, whole: i128) -> String {
    if whole == 0 {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a share is shown with three digits")]
    let share = part as f64 / whole as f64 * 100.0;
    format!("{share:.1}\u{a0}%")
}
