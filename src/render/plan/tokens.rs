//! The token story: from patches to the sequence that the LLM reads.

use super::super::document::{Column, Row as Line, Table};
use super::{Layout, cells};
use crate::cost::{Figure, Measure, ViewFigures};
use crate::graph::Component;
use crate::units::{counted, exact, percent};

/// Sizes of views whose grids are written out.
const MOST_GRIDS: usize = 3;

impl Layout<'_> {
    /// The token story, with the line where encoder-side tokens stop.
    pub fn tokens(&self) -> Table {
        let tokens = &self.report.tokens;
        let mut lines = if !tokens.views.is_empty() { self.encoder_rows() } else { Vec::new() };
        lines.extend(self.bridge_row());
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
            let how = format!("{} of {}", exact(used), counted(length, "token"));
            lines.push(cells(["share of the context", &percent(used, length), &how]));
        }
        Table {
            heading: "Tokens of a prompt".into(),
            columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
            rows: lines,
        }
    }

    /// Patches and what the encoder makes of them, down to the line where encoder-side tokens stop.
    fn encoder_rows(&self) -> Vec<Line> {
        let tokens = &self.report.tokens;
        let mut rows = vec![
            self.token_row("patches", &tokens.patches, self.grids()),
            self.token_row("encoder-side tokens", &tokens.encoder_valid, self.with_prefix()),
        ];
        if tokens.is_padded() {
            let how = "that run".to_owned();
            rows.push(self.token_row("  with padding", &tokens.encoder, how));
        }
        rows.extend([
            self.values_row(
                "values of the patches, E",
                &tokens.encoder_values,
                [&tokens.kept, &tokens.encoder_width],
            ),
            Line::Line("encoder-side tokens stop here; the bridge hands over".into()),
        ]);
        rows
    }

    /// The parameters of the bridge, or their formula.
    fn bridge_row(&self) -> Option<Line> {
        let row = self.report.prefill.component(Component::Bridge)?;
        let (number, how) = match self.report.matrices_and_vectors(Component::Bridge) {
            Some((matrices, vectors)) => (
                exact(matrices + vectors),
                format!("{} in matrices, {} in vectors", exact(matrices), exact(vectors)),
            ),
            None => {
                let formula = self.report.prefill.formula(Measure::Params, row.nodes.clone());
                ("symbolic".to_owned(), format!("= {}", self.show(&formula)))
            }
        };
        Some(cells(["bridge parameters", &number, &how]))
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

    /// The grids of patches: `24 × 24`, or `12 × (32 × 32) + 1 × (26 × 36)` where a prompt has
    /// several views.
    pub fn grids(&self) -> String {
        let tokens = &self.report.tokens;
        let views = &tokens.views;
        let grid = |view: &ViewFigures| {
            let (rows, columns) = (self.plain(&view.grid.0), self.plain(&view.grid.1));
            format!("{rows} × {columns}")
        };
        match &views[..] {
            [only] if tokens.encodings.value == Some(1) => grid(only),
            [only] if !tokens.is_padded() => {
                format!("{} × ({})", self.plain(&tokens.encodings), grid(only))
            }
            all if all.len() > MOST_GRIDS => format!("views of {} sizes", all.len()),
            all => {
                let count = |view: &ViewFigures| match (view.pictures.value, view.count.value) {
                    (Some(pictures), Some(count)) => exact(pictures.saturating_mul(count)),
                    _ => format!("{}·{}", self.plain(&view.pictures), self.plain(&view.count)),
                };
                let each = all.iter().map(|view| format!("{} × ({})", count(view), grid(view)));
                each.collect::<Vec<_>>().join(" + ")
            }
        }
    }

    /// Class and register tokens: `1 class token`.
    pub fn prefix(&self) -> Vec<String> {
        let tokens = &self.report.tokens;
        let registers = (tokens.registers > 0).then_some((tokens.registers, "register token"));
        let class = tokens.class_token.then_some((1, "class token"));
        let of_all = |each: i128| tokens.encodings.value.map_or(each, |all| each * all);
        let parts = class.into_iter().chain(registers);
        parts.map(|(each, name)| counted(of_all(each), name)).collect()
    }

    /// `576 + 1 class token`, if there is more than patches.
    fn with_prefix(&self) -> String {
        let parts = self.prefix();
        if parts.is_empty() || self.report.tokens.is_padded() {
            return String::new();
        }
        format!("{} + {}", self.plain(&self.report.tokens.patches), parts.join(" + "))
    }

    fn sum(&self) -> String {
        let tokens = &self.report.tokens;
        let parts = [&tokens.visual, &tokens.structural, &tokens.text];
        let parts = parts.into_iter().filter(|part| part.value != Some(0));
        parts.map(|part| self.plain(part)).collect::<Vec<_>>().join(" + ")
    }
}
