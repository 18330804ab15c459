//! What a plan's numbers depend on and nobody said.

use super::{Measure, Report};
use crate::dim::{Dim, Sym, Symbol};

impl Report {
    /// The sizes without a value that the numbers depend on.
    pub fn not_given(&self) -> Vec<&Symbol> {
        // The decode pass is written in the symbols of the prefill and some more.
        let symbols = &self.decode.graph.symbols;
        // What has a value depends on nothing that has none.
        let mut dims: Vec<Dim> = [Measure::Params, Measure::MatmulFlops, Measure::Cache]
            .map(|measure| (&self.prefill, measure))
            .into_iter()
            .chain([(&self.decode, Measure::MatmulFlops)])
            .filter(|(pass, measure)| pass.total.get(*measure).is_none())
            .map(|(pass, measure)| pass.figure(measure).dim)
            .collect();
        dims.extend([&self.tokens.sequence, &self.tokens.context].map(|f| f.dim.clone()));
        let is_open = |sym: &Sym| symbols.eval(&(*sym).into()) == Ok(None);
        let open = symbols.behind(&dims).into_iter().filter(is_open).map(|sym| symbols.get(sym));
        open.filter(|symbol| !symbol.meaning.is_empty()).collect()
    }
}
