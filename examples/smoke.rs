use vlmcalc::*;
fn main() {
    for arg in std::env::args().skip(1) {
        let l = match spec::load(&arg, &Default::default()) {
            Ok(l) => l,
            Err(f) => {
                for d in &f.diagnostics {
                    println!("{}", diag::render(d, &f.sources, false));
                }
                continue;
            }
        };
        let p = match pipeline::build(&l.spec, Default::default()) {
            Ok(p) => p,
            Err(ps) => {
                for (path, d) in ps {
                    println!("{}", diag::render(&l.locate(&path, d), &l.sources, false));
                }
                continue;
            }
        };
        let r = cost::Report::new(&l.name, &l.spec, p, Default::default()).unwrap();
        let s = &r.prefill.graph.symbols;
        for row in &r.prefill.rows {
            if row.depth <= 2 {
                println!(
                    "{:indent$}{:20} x{:5} {} -> {} | {:?} | {:?} {}",
                    "",
                    row.name,
                    s.show(&row.times),
                    show(s, &row.input),
                    show(s, &row.output),
                    row.costs.get(cost::Measure::Params),
                    row.costs.get(cost::Measure::MatmulFlops),
                    s.show(&r.prefill.formula(cost::Measure::MatmulFlops, row.nodes.clone())),
                    indent = row.depth * 2
                );
            }
        }
        println!(
            "total {:?}\nunused {:?}\ndecode {:?}\n{:?}",
            r.prefill.total, r.prefill.unused, r.decode.total, r.memory.peak_activations.value
        );
    }
}
fn show(s: &dim::Symbols, sh: &ops::Shape) -> String {
    format!("[{}]", sh.0.iter().map(|d| s.show_expanded(d)).collect::<Vec<_>>().join(", "))
}
