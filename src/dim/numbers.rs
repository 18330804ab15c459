//! What a dimension depends on, and its formula in numbers.

use std::collections::BTreeSet;

use super::{Definition, Dim, Sym, Symbols};

impl Symbols {
    /// The symbols that dimensions are written in, and those behind their abbreviations and atoms.
    pub fn behind<'a>(&self, dims: impl IntoIterator<Item = &'a Dim>) -> BTreeSet<Sym> {
        let mut found = BTreeSet::new();
        let mut open: Vec<Sym> = dims.into_iter().flat_map(Dim::symbols).collect();
        while let Some(sym) = open.pop() {
            if found.insert(sym) {
                open.extend(self.within(sym));
            }
        }
        found
    }

    /// The symbols that an abbreviation or an atom is defined by; none for any other.
    fn within(&self, sym: Sym) -> Vec<Sym> {
        match &self.get(sym).definition {
            Definition::Free | Definition::Given(_) => Vec::new(),
            Definition::Named(dim) => dim.symbols().collect(),
            Definition::Call(call) => call.args.iter().flat_map(Dim::symbols).collect(),
        }
    }

    /// What a dimension abbreviates, if it is a name.
    pub fn definition(&self, d: &Dim) -> Option<&Dim> {
        match &self.get(d.as_symbol()?).definition {
            Definition::Named(definition) => Some(definition),
            _ => None,
        }
    }

    /// The formula with numbers in place of the symbols that have one: `2·196·1,024·4,096`.
    /// What is not known stays a symbol; a factor of 1 is left out.
    pub fn show_in_numbers(&self, d: &Dim) -> String {
        let is_one = |sym: &Sym| {
            let is_atom = matches!(self.get(*sym).definition, Definition::Call(_));
            !is_atom && self.eval(&(*sym).into()) == Ok(Some(1))
        };
        let ones = d.symbols().filter(is_one);
        let others = ones.fold(d.clone(), |d, sym| d.substitute(sym, &Dim::one()));
        self.shown(true, |writer, text| writer.sum(text, &others))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_symbols_are_written_as_numbers() {
        let mut t = Symbols::default();
        let b = t.given("B", "", 1);
        t.count(b);
        let [h, p, d] = [("H", 384), ("P", 14), ("D", 1024)].map(|(n, v)| t.given(n, "", v));
        let layers = t.free("L", "");
        t.count(layers);
        let rows = t.floor_div(&h.into(), &p.into());
        let n = t.named("N", "", &rows * &rows);
        let shown = |dim: Dim| t.show_in_numbers(&dim);
        assert_eq!(shown(rows.clone()), "⌊384/14⌋");
        assert_eq!(shown(2 * n * d * d * b), "2·729·1,024²");
        assert_eq!(shown(b * layers * (n * d + Dim::from(d))), "L·(729·1,024 + 1,024)");
        assert_eq!(shown((h * h).over(&(p * p))), "(384/14)²");
        assert_eq!(shown(b.into()), "1");
        assert_eq!(shown(Dim::zero()), "0");
        let half = t.floor_div(&b.into(), &2.into());
        assert_eq!(t.show_in_numbers(&(half * d * b)), "1,024·⌊1/2⌋");
    }

    #[test]
    fn what_lies_behind_a_formula() {
        let mut t = Symbols::default();
        let [h, p, x] = ["H", "P", "x"].map(|name| t.free(name, ""));
        let rows = t.floor_div(&h.into(), &p.into());
        let n = t.named("N", "", rows);
        let behind = t.behind([&n.into()]);
        assert!(behind.contains(&h) && behind.contains(&p) && behind.contains(&n));
        assert!(!behind.contains(&x));
    }
}
