//! The answer on one screen: how the tokens come about, what each component costs, and what the
//! whole takes.

use super::super::document::{Block, Column, Row as Line, Table};
use super::super::symbols::shape_numbers;
use super::{Layout, cells};
use crate::cost::{Figure, Measure, Row};
use crate::graph::{Component, Role};
use crate::units::{Unit, exact, exact_with_unit, percent};

/// Lines for notes, and for what becomes of pictures on disk.
const MOST_LINES: usize = 3;

/// Encoder, bridge and LLM: what is listed beside them takes lines of the notes.
const USUAL_COMPONENTS: usize = 3;

/// Characters of a number and of what stands beside it, in a terminal of 80 columns.
const BESIDE_NAMES: usize = 56;

/// Where more is to be had.
const MORE: &str = "more: --full, --depth 1, --section shapes,costs,formulas,symbols,notes";

/// What a number is that is the size of no one matrix.
const PARAMETERS: &str = "parameters: ";

impl Layout<'_> {
    /// The token chain, a row per component, the totals, what is particular to this plan.
    pub fn summary(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Table(self.chain())];
        blocks.extend(self.context_warning().map(Block::Warning));
        blocks.push(Block::Table(self.components()));
        blocks.push(Block::Table(self.facts()));
        blocks.push(Block::Hint(MORE.to_owned()));
        blocks
    }

    /// From patches to the sequence, with the line where encoder-side tokens stop.
    fn chain(&self) -> Table {
        let tokens = &self.report.tokens;
        let row =
            |name: &str, figure: &Figure, how: String| cells([name, &self.plain(figure), &how]);
        let mut lines: Vec<Line> = self.media_in_brief().into_iter().collect();
        let has_images = tokens.encodings.value != Some(0);
        if !tokens.views.is_empty() && has_images {
            lines.push(row("patches", &tokens.patches, self.grids()));
            lines.push(row("encoder-side tokens", &tokens.encoder, self.encoder_values()));
            lines.push(Line::Line("encoder-side tokens stop here; the bridge hands over".into()));
        }
        if has_images || tokens.views.is_empty() {
            lines.extend(self.bridge());
            lines.push(match &tokens.asked {
                Some(asked) => {
                    let how = "asked by cross-attention, not in the sequence".to_owned();
                    row("visual tokens", asked, how)
                }
                None => row("visual tokens", &tokens.visual, self.visual_values()),
            });
        }
        lines.push(row("sequence", &tokens.sequence, self.sum_in_words()));
        lines.extend(self.context());
        Table {
            heading: String::new(),
            columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
            rows: lines,
        }
    }

    /// What stands beside a number, or less of it where it does not fit the line.
    fn in_full_or(&self, whole: String, short: String) -> String {
        let tokens = &self.report.tokens;
        let numbers = [&tokens.patches, &tokens.encoder, &tokens.visual, &tokens.sequence];
        let numbers = numbers.into_iter().chain([&tokens.context]);
        let widest = numbers.map(|number| self.plain(number).chars().count()).max();
        match whole.chars().count() + widest.unwrap_or_default() <= BESIDE_NAMES {
            true => whole,
            false => short,
        }
    }

    /// `1 class token; E [576 × 1,024] = 589,824`.
    fn encoder_values(&self) -> String {
        let tokens = &self.report.tokens;
        let matrix =
            self.matrix("E", [&tokens.kept, &tokens.encoder_width], &tokens.encoder_values);
        let handed = match self.report.prefill.part(Component::VisionEncoder, Role::Selection) {
            Some(_) => "dropped",
            None => "kept",
        };
        let others: Vec<String> = match tokens.is_padded() {
            true => vec![format!("{} valid", self.plain(&tokens.encoder_valid))],
            false => self.prefix().iter().map(|others| format!("{others} ({handed})")).collect(),
        };
        match others.is_empty() {
            true => matrix,
            false => {
                let others = others.join(" + ");
                let sides = matrix.split(" = ").next().unwrap_or_default();
                self.in_full_or(
                    format!("{others}; {}", matrix.trim_end_matches(" values")),
                    format!("{others}; {sides}"),
                )
            }
        }
    }

    /// The matrix of the visual tokens, and how many they are in the whole batch.
    fn visual_values(&self) -> String {
        let tokens = &self.report.tokens;
        let values = self.matrix("V", [&tokens.visual, &tokens.llm_width], &tokens.visual_values);
        if tokens.batch.value == Some(1) {
            return values;
        }
        let all = self.plain(&tokens.visual_of_batch);
        format!("{}; batch: {all}", values.trim_end_matches(" values"))
    }

    fn matrix(&self, name: &str, sides: [&Figure; 2], values: &Figure) -> String {
        let [rows, columns] = sides.map(|side| self.plain(side));
        let values = values.value.map(|values| format!(" = {} values", exact(values)));
        format!("{name} [{rows}\u{a0}×\u{a0}{columns}]{}", values.unwrap_or_default())
    }

    /// The bridge's kind and parameters: `linear, W [1,024 × 4,096] = 4,194,304 (+ 4,096)`.
    fn bridge(&self) -> Option<Line> {
        let report = self.report;
        let row = report.prefill.component(Component::Bridge)?;
        let params = match report.matrices_and_vectors(Component::Bridge) {
            None => self.show(&report.prefill.formula(Measure::Params, row.nodes.clone())),
            Some((matrices, vectors)) => {
                let what = match report.only_matrix(Component::Bridge) {
                    Some([input, output]) => format!("W [{} × {}] = ", exact(input), exact(output)),
                    None => PARAMETERS.to_owned(),
                };
                let more = match vectors {
                    0 => String::new(),
                    vectors => format!(" (+ {})", exact(vectors)),
                };
                format!("{what}{}{more}", exact(matrices))
            }
        };
        let kind = report.design.bridge.kind().name;
        let short = format!("{kind}, {}", params.trim_start_matches(PARAMETERS));
        Some(cells(["bridge", "", &self.in_full_or(format!("{kind}, {params}"), short)]))
    }

    /// `576 visual + 64 text`, and the answer that comes after them.
    fn sum_in_words(&self) -> String {
        let tokens = &self.report.tokens;
        let parts = [
            (&tokens.visual, "visual"),
            (&tokens.structural, "structural"),
            (&tokens.text, "text"),
        ];
        let parts = parts.into_iter().filter(|(part, _)| part.value != Some(0));
        let said = parts.map(|(part, name)| format!("{} {name}", self.plain(part)));
        let prompt = said.collect::<Vec<_>>().join(" + ");
        match tokens.generated.value {
            Some(0) => prompt,
            // The row of decode says it too.
            _ => {
                let answer = self.plain(&tokens.generated);
                self.in_full_or(format!("{prompt}; answer {answer}"), prompt)
            }
        }
    }

    /// The share of the context that is used, and what is left.
    fn context(&self) -> Option<Line> {
        let tokens = &self.report.tokens;
        let (used, length) = self.report.context_use()?;
        let left = tokens.left.value.filter(|left| *left >= 0)?;
        let used = format!("{} used; {} left", percent(used, length), exact(left));
        let more = match tokens.more_images.value? {
            // Images that layers ask take no place in the context.
            0 if tokens.asked.is_some() => return Some(cells(["context", &exact(length), &used])),
            0 => "no more such image".to_owned(),
            1 => "1 more such image".to_owned(),
            more => format!("{} more such images", exact(more)),
        };
        let short = format!("{used}: {}", more.replace(" such", ""));
        Some(cells(["context", &exact(length), &self.in_full_or(format!("{used}: {more}"), short)]))
    }

    /// A row per component, and their sum.
    fn components(&self) -> Table {
        let pass = &self.report.prefill;
        let total = pass.total.get(Measure::MatmulFlops);
        let line = |name: &str, output: &str, params, flops: Option<i128>| {
            let share = flops.zip(total).map(|(part, whole)| percent(part, whole));
            let mut line = vec![
                name.to_owned(),
                output.to_owned(),
                self.number(params, Unit::Count),
                self.number(flops, Unit::Flop),
            ];
            line.extend(self.macs(flops));
            line.push(share.unwrap_or_default());
            Line::Cells(line)
        };
        let symbols = &pass.graph.symbols;
        let of = |row: &Row| {
            let output = shape_numbers(symbols, &row.output);
            let [params, flops] = [Measure::Params, Measure::MatmulFlops].map(|m| row.costs.get(m));
            line(row.component.in_words(), &output, params, flops)
        };
        let mut rows: Vec<Line> = pass.components().map(of).collect();
        rows.push(line("total", "", pass.total.get(Measure::Params), total));
        let mut columns = vec![
            Column::words(""),
            Column::words("output"),
            Column::numbers("params"),
            Column::numbers("prefill matmul"),
        ];
        columns.extend(self.view.macs.then(|| Column::numbers("MACs")));
        columns.push(Column::numbers("share"));
        Table { heading: String::new(), columns, rows }
    }

    /// What the whole takes, what is not known, and what is particular to this plan.
    fn facts(&self) -> Table {
        let told = [
            ("decode", self.decode()),
            ("memory", self.memory_in_all()),
            ("KV cache", self.kv_cache()),
        ];
        let mut lines: Vec<(&str, String)> =
            told.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
        let formats = self.report.formats();
        if formats.name().is_none() {
            lines.push(("formats", formats.in_full()));
        }
        let open: Vec<String> = self
            .report
            .not_given()
            .into_iter()
            .filter_map(|symbol| Some(format!("{} ({})", symbol.field.as_ref()?, symbol.name)))
            .collect();
        if !open.is_empty() {
            lines.push(("not given", open.join(", ")));
            lines.push(("", "what depends on them is a formula: --formulas".to_owned()));
        }
        lines.extend(self.few_notes().map(|note| ("note", note)));
        Table {
            heading: String::new(),
            columns: vec![Column::words(""), Column::words("").wrapping()],
            rows: lines.into_iter().map(|(name, text)| cells([name, &text])).collect(),
        }
    }

    /// The first notes, and how many more there are.
    fn few_notes(&self) -> impl Iterator<Item = String> {
        let notes = &self.report.notes;
        let beside = self.report.prefill.components().count().saturating_sub(USUAL_COMPONENTS);
        let may_wrap = self.report.memory.states.is_some();
        let taken = [self.media_in_brief().is_some(), may_wrap].map(usize::from);
        let taken = beside + taken.iter().sum::<usize>();
        let most = MOST_LINES.saturating_sub(taken).max(1);
        let shown = if notes.len() > most { most - 1 } else { notes.len() };
        let left = notes.len() - shown;
        let more = if shown == 0 { "" } else { "more " };
        let more = (left > 0).then(|| format!("{left} {more}notes: --section notes"));
        notes[..shown].iter().cloned().chain(more)
    }

    /// What a token of the answer costs, and what all that are asked for do.
    fn decode(&self) -> Option<String> {
        let flops = self.report.decode.total.get(Measure::MatmulFlops)?;
        let flops = self.amount(flops, Unit::Flop);
        let is_alone = self.report.tokens.batch.value == Some(1);
        let each = match is_alone {
            true => format!("{flops} for each further token"),
            false => {
                let batch = self.plain(&self.report.tokens.batch);
                format!("{flops} per step of {batch} tokens")
            }
        };
        match &self.report.answer {
            Some(answer) if answer.steps > 0 => {
                let all = self.amount(answer.matmul_flops?, Unit::Flop);
                Some(format!("{each}; {all} for {} after the first", exact(answer.steps)))
            }
            // Tokens of several prompts are sent to experts of their own.
            _ => Some(match self.touched().filter(|_| is_alone) {
                Some(touched) => format!("{each}, which touches {touched} parameters"),
                None => each,
            }),
        }
    }

    /// How many parameters a token touches, where that is not all.
    fn touched(&self) -> Option<String> {
        let pass = &self.report.prefill;
        let active =
            pass.active().filter(|active| pass.total.get(Measure::Params) != Some(*active));
        active.map(|active| self.amount(active, Unit::Count))
    }

    /// `13.5 GiB: 13.2 GiB weights, 320 MiB KV cache, 46.3 MiB activations`.
    fn memory_in_all(&self) -> Option<String> {
        let memory = &self.report.memory;
        let parts = [
            (memory.weights.value, "weights"),
            (memory.kv_cache.value, "KV cache"),
            (memory.states.as_ref().and_then(|states| states.value), "states"),
            (memory.peak_activations.value, "activations"),
        ];
        let part = |(value, name)| Some(format!("{} {name}", self.bytes(value)?));
        let said = parts.into_iter().filter_map(part).collect::<Vec<_>>().join(", ");
        match self.bytes(memory.total) {
            Some(total) => Some(format!("{total}: {said}")),
            None if said.is_empty() => None,
            None => Some(said),
        }
    }

    /// `512 KiB per token; 320 MiB after the prefill`.
    fn kv_cache(&self) -> Option<String> {
        let memory = &self.report.memory;
        let answered = self.report.answer.as_ref().and_then(|answer| answer.kv_cache.value);
        let parts = [
            (memory.kv_per_token.value, "per token"),
            (memory.kv_cache.value, "after prompt"),
            (answered, "after answer"),
        ];
        let part = |(value, when)| Some(format!("{} {when}", self.bytes(value)?));
        let said: Vec<String> = parts.into_iter().filter_map(part).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// A number with its unit, in full if that is asked for.
    fn amount(&self, value: i128, unit: Unit) -> String {
        match self.view.exact {
            true => exact_with_unit(value, unit),
            false => self.number(Some(value), unit),
        }
    }

    fn bytes(&self, value: Option<i128>) -> Option<String> {
        value.map(|value| self.amount(value, Unit::Byte))
    }
}
