//! How many points per second a compiled program gives ten numbers of LLaVA-1.5 for, where the
//! image's side and the prompt's text vary, and how many specs are planned anew, all on one core.
//!
//! Fails if the numbers are not the same; never for a time, since machines are shared.

use std::time::{Duration, Instant};

use vlmcalc::internals::cost::{Measure, Report};
use vlmcalc::internals::dim::{Dim, Divides, Program, Sym, Symbols};
use vlmcalc::internals::graph::{Views, alive};
use vlmcalc::internals::planned;
use vlmcalc::internals::spec::Overrides;
use vlmcalc::internals::stages::decoder::Logits;
use vlmcalc::internals::units::{ImageSize, Size};

const SPEC: &str = "llava-1.5-7b";
const NUMBERS: usize = 10;
/// Runs, each so short that some are not disturbed.
const RUNS: usize = 40;

fn main() {
    let report = plan(336, 64);
    let mut symbols = Symbols::clone(&report.prefill.graph.symbols);
    let formulas = formulas(&report, &mut symbols);
    let [h, w, t, p] = ["H", "W", "T", "P"].map(|name| symbol(&symbols, name));
    let (sides, patch) = ([Dim::from(h), Dim::from(w)], Dim::from(p));
    let constraints = sides.each_ref().map(|side| Divides { dividend: side, divisor: &patch });
    let start = Instant::now();
    let program = Program::new(&symbols, &[h, w, t], &formulas.each_ref(), &constraints);
    let program = program.expect("every size is known");
    let (compiled, steps) = (start.elapsed(), program.steps().len());
    println!("{NUMBERS} numbers of {SPEC}     {steps:>9} steps, compiled in {compiled:.2?}");

    // Half of the sides hold no whole number of patches: there are no numbers for them.
    let mut runner = program.runner();
    for (side, text) in points().step_by(1009) {
        let numbers = runner.at(&[side, side, text]).map(<[i128]>::to_vec);
        let anew = (side % 14 == 0).then(|| numbers_of(&plan(side, text)).to_vec());
        assert_eq!(numbers.ok(), anew, "an image of {side} and {text} tokens of text");
    }

    let fitting: Vec<(i128, i128)> =
        points().filter(|(side, _)| side % 14 == 0).step_by(16).collect();
    let last = |numbers: &[i128]| numbers[NUMBERS - 1];
    let computed = best(|| {
        let total =
            |(side, text): &(i128, i128)| last(runner.at(&[*side, *side, *text]).expect("valid"));
        fitting.iter().map(total).sum()
    });
    println!("points of the program        {:>9.0} per second", rate(fitting.len(), computed));
    let few = &fitting[..8];
    let planned =
        best(|| few.iter().map(|(side, text)| last(&numbers_of(&plan(*side, *text)))).sum());
    println!("plans anew                   {:>9.0} per second", rate(few.len(), planned));
}

/// Images with sides of a multiple of 7, each with many lengths of text.
fn points() -> impl Iterator<Item = (i128, i128)> {
    let sides = (16..=112).map(|units| 7 * units);
    sides.flat_map(|side| (0..4096).map(move |text| (side, text)))
}

fn plan(side: i128, text: i128) -> Report {
    let size = |value: i128| u64::try_from(value).ok().and_then(Size::new).expect("a size");
    let overrides = Overrides {
        image: Some(ImageSize::square(size(side))),
        text_tokens: u64::try_from(text).ok(),
        // The preset's table of positions is for one size of image: the default is for any.
        set: vec!["encoder.position=learned".to_owned()],
        ..Overrides::default()
    };
    planned::plan(SPEC, &overrides, Logits::All).expect("a spec").report
}

/// The numbers of a plan.
fn numbers_of(report: &Report) -> [i128; NUMBERS] {
    let (prefill, memory) = (&report.prefill.total, &report.memory);
    let bytes = [&memory.weights, &memory.kv_cache, &memory.peak_activations];
    let [weights, cache, peak] = bytes.map(|bytes| bytes.value.expect("known"));
    let of = |measure| prefill.get(measure).expect("known");
    [
        report.tokens.visual.value.expect("known"),
        report.tokens.sequence.value.expect("known"),
        of(Measure::Params),
        of(Measure::MatmulFlops),
        of(Measure::OtherFlops),
        report.decode.total.get(Measure::MatmulFlops).expect("known"),
        weights,
        cache,
        peak,
        weights + cache + peak,
    ]
}

/// The formulas of the same numbers. Which moment takes most memory depends on the point.
fn formulas(report: &Report, symbols: &mut Symbols) -> [Dim; NUMBERS] {
    let (prefill, memory) = (&report.prefill, &report.memory);
    let of = |measure| prefill.figure(measure).dim;
    let bytes = [&memory.weights, &memory.kv_cache].map(|bytes| bytes.formula(prefill));
    let [weights, cache] = bytes.map(|bytes| bytes.candidates[0].clone());
    let elements = |id| prefill.graph.node(id).shape.elements();
    let moments = alive(&prefill.graph, Views::Free).into_iter();
    let moments: Vec<Dim> =
        moments.map(|moment| 2 * moment.into_iter().map(elements).sum::<Dim>()).collect();
    let peak = symbols.max_of(&moments);
    [
        report.tokens.visual.dim.clone(),
        report.tokens.sequence.dim.clone(),
        of(Measure::Params),
        of(Measure::MatmulFlops),
        of(Measure::OtherFlops),
        report.decode.figure(Measure::MatmulFlops).dim,
        weights.clone(),
        cache.clone(),
        peak.clone(),
        weights + cache + peak,
    ]
}

fn symbol(symbols: &Symbols, name: &str) -> Sym {
    let found = symbols.iter().find(|(_, symbol)| symbol.name == name);
    found.expect("a symbol of the plan").0
}

/// The best time of a few runs, each of which must say the same.
fn best(mut run: impl FnMut() -> i128) -> Duration {
    let mut first = None;
    let runs = (0..RUNS).map(|_| {
        let start = Instant::now();
        let result = run();
        let taken = start.elapsed();
        assert_eq!(*first.get_or_insert(result), result);
        taken
    });
    runs.min().unwrap_or_default()
}

fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
