//! How many points per second a compiled program gives ten numbers of LLaVA-1.5 for, where the
//! image's side and the prompt's text vary, and how many specs are planned anew, all on one core.
//!
//! Fails if the numbers are not the same; never for a time, since machines are shared.

use std::time::{Duration, Instant};

use vlmcalc::internals::cost::Report;
use vlmcalc::internals::cost::numbers::{Fact, find};
use vlmcalc::internals::planned::count_varying;
use vlmcalc::internals::spec::{Overrides, load};
use vlmcalc::internals::stages::decoder::Logits;
use vlmcalc::internals::units::{ImageSize, Size};

const SPEC: &str = "llava-1.5-7b";
/// Runs, each so short that some are not disturbed.
const RUNS: usize = 40;

const VARYING: [&str; 3] = ["H", "W", "T"];
const NUMBERS: [&str; 10] = [
    "tokens.visual",
    "tokens.sequence",
    "params.total",
    "prefill.matmul_flops.total",
    "prefill.other_flops.total",
    "decode.matmul_flops.total",
    "memory.weight_bytes",
    "memory.kv_cache_bytes",
    "memory.peak_activation_bytes",
    "memory.total_bytes",
];

fn main() {
    let report = plan(336, 64, &VARYING);
    let start = Instant::now();
    let program = report.compile(&VARYING, &NUMBERS).expect("every size is known");
    let (compiled, steps, count) = (start.elapsed(), program.steps().len(), NUMBERS.len());
    println!("{count} numbers of {SPEC}     {steps:>9} steps, compiled in {compiled:.2?}");

    // Half of the sides hold no whole number of patches: there are no numbers for them.
    let mut runner = program.runner();
    for (side, text) in points().step_by(1009) {
        let numbers = runner.at(&[side, side, text]).map(<[i128]>::to_vec);
        let anew = (side % 14 == 0).then(|| numbers_of(&plan(side, text, &[])));
        assert_eq!(numbers.ok(), anew, "an image of {side} and {text} tokens of text");
    }

    let fitting: Vec<(i128, i128)> =
        points().filter(|(side, _)| side % 14 == 0).step_by(16).collect();
    let last = |numbers: &[i128]| numbers[NUMBERS.len() - 1];
    let computed = best(|| {
        let total =
            |(side, text): &(i128, i128)| last(runner.at(&[*side, *side, *text]).expect("valid"));
        fitting.iter().map(total).sum()
    });
    println!("points of the program        {:>9.0} per second", rate(fitting.len(), computed));
    let few = &fitting[..8];
    let planned =
        best(|| few.iter().map(|(side, text)| last(&numbers_of(&plan(*side, *text, &[])))).sum());
    println!("plans anew                   {:>9.0} per second", rate(few.len(), planned));
}

/// Images with sides of a multiple of 7, each with many lengths of text.
fn points() -> impl Iterator<Item = (i128, i128)> {
    let sides = (16..=112).map(|units| 7 * units);
    sides.flat_map(|side| (0..4096).map(move |text| (side, text)))
}

fn plan(side: i128, text: i128, varying: &[&str]) -> Report {
    let size = |value: i128| u64::try_from(value).ok().and_then(Size::new).expect("a size");
    let overrides = Overrides {
        image: vec![ImageSize::square(size(side))],
        text_tokens: u64::try_from(text).ok(),
        // The preset's table of positions is for one size of image: the default is for any.
        set: vec!["encoder.position=learned".to_owned()],
        ..Overrides::default()
    };
    let spec = load(SPEC, &overrides).expect("a spec").spec;
    count_varying(SPEC, &spec, Logits::All, varying).expect("the sizes suit each other")
}

/// The numbers of a plan.
fn numbers_of(report: &Report) -> Vec<i128> {
    let number = |path: &&str| match find(report, path, 0) {
        Some(Fact::Number(Some(value), _)) => value,
        _ => panic!("{path} is known"),
    };
    NUMBERS.iter().map(number).collect()
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
