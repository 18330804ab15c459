//! The closed form of an answer's cost.

use super::{Measure, Report};
use crate::dim::Dim;

impl Report {
    /// Decode steps of the answer: one fewer than tokens, as the first comes out of the prefill.
    pub fn decode_steps(&self) -> Dim {
        &self.tokens.generated.dim - Dim::one()
    }

    /// Matmul FLOPs of a decode step of the answer on average, in the symbols of the decode pass.
    /// None where the cost of a step is no straight line in the tokens before it, as with a
    /// sliding window.
    pub fn mean_decode_step(&self) -> Option<Dim> {
        let past = self.tokens.past.dim.symbols().next()?;
        let step = self.decode.figure(Measure::MatmulFlops).dim;
        let slope = step.substitute(past, &(Dim::from(past) + Dim::one())) - &step;
        let symbols = &self.decode.graph.symbols;
        let depends = |sym| symbols.behind([&Dim::from(sym)]).contains(&past);
        let bent = slope.symbols().any(|sym| sym == past)
            || step.symbols().any(|sym| sym != past && depends(sym));
        let half_way = (self.decode_steps() - Dim::one()).over(&2.into());
        (!bent).then(|| step + slope * half_way)
    }
}

#[cfg(test)]
mod tests {
    use crate::cost::Report;
    use crate::pipeline;
    use crate::spec::{self, Overrides};
    use crate::stages::decoder::Logits;

    fn report(preset: &str) -> Report {
        let set = vec!["prompt.generated_tokens=101".to_owned()];
        let loaded = spec::load(preset, &Overrides { set, ..Overrides::default() }).unwrap();
        let (design, _) = loaded.spec.design();
        let pipeline = pipeline::build(&design, Logits::All, &[]).unwrap();
        Report::new(preset, design, pipeline, Logits::All).unwrap()
    }

    #[test]
    fn steps_times_mean_is_the_sum() {
        for preset in ["tiny", "llava-1.5-7b", "blip2-opt-2.7b", "smolvlm-256m"] {
            let report = report(preset);
            let closed = report.decode_steps() * report.mean_decode_step().unwrap();
            let value = report.decode.graph.symbols.eval(&closed).unwrap();
            assert_eq!(value, report.answer.unwrap().matmul_flops, "{preset}");
        }
    }

    #[test]
    fn a_window_bends_the_cost() {
        assert_eq!(report("gemma-3-4b").mean_decode_step(), None);
    }
}
