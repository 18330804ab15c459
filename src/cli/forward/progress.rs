//! Progress of a run on a terminal; none in a pipe.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cost::{Measure, Report};
use crate::exec::Progress;

/// A bar on standard error, as long as the FLOPs of the pass.
pub struct Bar {
    bar: ProgressBar,
    /// Rounds of every repeated scope, by path.
    rounds: Vec<(String, i128)>,
    shown: String,
}

impl Bar {
    /// A bar for runs of a report; hidden where standard error is no terminal.
    pub fn new(report: &Report) -> Bar {
        let flops = report.prefill.total.get(Measure::MatmulFlops).unwrap_or(0);
        let length = u64::try_from(flops).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        // A template that does not parse would only cost the bar its looks.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg} {percent:>3} %  {eta:>4} left")
        {
            bar.set_style(style);
        }
        let symbols = &report.prefill.graph.symbols;
        let repeated = report.prefill.rows.iter().filter_map(|row| {
            let rounds = symbols.eval(&row.times).ok().flatten()?;
            (rounds > 1).then(|| (row.path.clone(), rounds))
        });
        let rounds = repeated.collect();
        Bar { bar, rounds, shown: String::new() }
    }

    /// `llm.blocks 12/32` for the scope `llm.blocks.11.attention`.
    fn message(&self, scope: &str) -> String {
        let mut stage = String::new();
        for part in scope.split('.') {
            if let Ok(round) = part.parse::<i128>() {
                let rounds = self.rounds.iter().find(|(path, _)| *path == stage);
                let of = rounds.map_or_else(String::new, |(_, rounds)| format!("/{rounds}"));
                return format!("{stage} {}{of}", round + 1);
            }
            if !stage.is_empty() {
                stage.push('.');
            }
            stage.push_str(part);
        }
        stage
    }
}

impl Progress for Bar {
    fn step(&mut self, scope: &str, matmul_flops: u64) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_position(matmul_flops);
        if self.shown != scope {
            scope.clone_into(&mut self.shown);
            self.bar.set_message(self.message(scope));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
