//! Runs a plan: threads, repeated passes, decode steps.

use super::cpu::Cache;
use super::memory::{predicted_bytes, resident_peak_bytes};
use super::options::{Options, Progress};
use super::pass::{Outputs, Run};
use super::report::{MOST_DIFFERENCES, RunReport};
use super::weights::{Inputs, WeightSource};
use crate::cost::Report;
use crate::dim::Sym;
use crate::kernels::Random;
use crate::ops::Value;

/// Runs a plan on random weights and inputs.
///
/// # Errors
/// A sentence if a size is unknown or the threads cannot be started.
pub fn run(
    report: &Report,
    options: &Options,
    progress: &mut (dyn Progress + Send),
) -> Result<RunReport, String> {
    let inputs = Inputs::Random { seed: options.seed ^ 0x5eed };
    let weights = Random { seed: options.seed };
    run_on(report, options, &weights, &inputs, &[], progress).map(|(report, _)| report)
}

/// Runs a plan on given weights and inputs, and gives the values of the scopes in `wanted` of the
/// prefill too. Each decode step's result is the last entry's.
///
/// # Errors
/// See [`run`].
pub fn run_on(
    report: &Report,
    options: &Options,
    weights: &dyn WeightSource,
    inputs: &Inputs,
    wanted: &[&str],
    progress: &mut (dyn Progress + Send),
) -> Result<(RunReport, Vec<Outputs>), String> {
    let unknown = |what: &dyn std::fmt::Display| format!("cannot run the pipeline: {what}");
    let keep_cache = options.decode > 0;
    if let Some(beyond) = beyond_table(report, options.decode) {
        return Err(unknown(&beyond));
    }
    let predicted = predicted_bytes(&report.prefill.graph, options)
        .map_err(|_| unknown(&"a size is not given or does not fit; `plan` shows which"))?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|error| unknown(&error))?;
    pool.install(|| {
        let mut done = RunReport {
            predicted_bytes: predicted,
            threads: options.threads,
            seed: options.seed,
            ..RunReport::default()
        };
        let mut passes = Vec::new();
        let mut cache = keep_cache.then(Cache::new);
        let mut outputs = Vec::new();
        for _ in 0..options.repeat.max(1) {
            cache = keep_cache.then(Cache::new);
            let mut run = Run::new(&report.prefill, options, weights, inputs, Vec::new(), cache);
            let (measured, made) = run.pass(wanted, progress);
            done.differences.append(&mut run.differences);
            cache = run.cpu.cache.take();
            passes.push(measured);
            outputs = vec![made];
        }
        passes.sort_by_key(|pass| pass.time);
        done.prefill = passes.swap_remove(passes.len() / 2);
        let (past, length) = sequence(report);
        for step in 0..options.decode {
            let Some(past) = past else { break };
            let bindings = vec![(past, length + i128::from(step))];
            let mut run = Run::new(&report.decode, options, weights, inputs, bindings, cache);
            let (measured, made) = run.pass(&[], progress);
            done.differences.append(&mut run.differences);
            cache = run.cpu.cache.take();
            done.decode.push(measured);
            outputs.push(made);
        }
        let result = outputs.last().map(|made| &made.result);
        done.checksum = result.map_or(0, checksum);
        done.finite = result.is_some_and(|value| value.data.iter().all(|x| x.is_finite()));
        done.differences.truncate(MOST_DIFFERENCES);
        done.peak_bytes = resident_peak_bytes();
        Ok((done, outputs))
    })
}

/// By how much the decode steps leave the LLM's position table, if they do.
fn beyond_table(report: &Report, steps: u64) -> Option<String> {
    let rows = i128::from(report.design.llm.position_table()?.rows?);
    let read = report.tokens.past.value?.checked_add(steps.into())?;
    (read > rows).then(|| {
        format!("{steps} decode steps read up to position {read} of a table with {rows} rows")
    })
}

/// The symbol of the sequence's length, and its value.
fn sequence(report: &Report) -> (Option<Sym>, i128) {
    let length = &report.tokens.past;
    (length.dim.symbols().next(), length.value.unwrap_or(0))
}

/// FNV-1a over the bits of a value.
fn checksum(value: &Value) -> u64 {
    let bytes = value.data.iter().flat_map(|x| x.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
