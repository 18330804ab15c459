//! What a choice trades, said from the numbers.

use super::Column;
use crate::cost::{Measure, Report};
use crate::graph::{COMPONENTS, Component};
use crate::units::{Unit, counted, exact, human, percent, ratio};

/// The columns that have a number, with the least and the most of it.
struct Extremes<'a> {
    /// Columns with the least, at least one.
    least: Vec<(&'a str, &'a Report)>,
    /// Columns with the most, at least one.
    most: Vec<(&'a str, &'a Report)>,
    /// Both numbers.
    values: (i128, i128),
}

/// Sentences; none where fewer than two columns are known.
pub fn words(columns: &[Column]) -> Vec<String> {
    let fitting: Vec<(&str, &Report)> = columns
        .iter()
        .filter_map(|column| column.report().map(|report| (column.name.as_str(), report)))
        .collect();
    let sentences = [tokens(&fitting), prefill(&fitting), bridge(&fitting), advice(&fitting)];
    sentences.into_iter().flatten().collect()
}

impl<'a> Extremes<'a> {
    fn of(
        columns: &[(&'a str, &'a Report)],
        read: impl Fn(&Report) -> Option<i128>,
    ) -> Option<Extremes<'a>> {
        let known: Vec<(i128, (&str, &Report))> =
            columns.iter().filter_map(|column| Some((read(column.1)?, *column))).collect();
        if known.len() < 2 {
            return None;
        }
        let least = known.iter().map(|(value, _)| *value).min()?;
        let most = known.iter().map(|(value, _)| *value).max()?;
        let with = |wanted: i128| {
            known.iter().filter(|(value, _)| *value == wanted).map(|(_, column)| *column).collect()
        };
        Some(Extremes { least: with(least), most: with(most), values: (least, most) })
    }

    fn are_equal(&self) -> bool {
        self.values.0 == self.values.1
    }

    /// `32 with qformer, 576 with linear and mlp, 18.0 times as many`.
    fn said(&self, show: impl Fn(i128) -> String, many: &str) -> String {
        let (least, most) = self.values;
        let times = match ratio(most, least).as_deref() {
            Some("1.0") => format!(", {} more", show(most - least)),
            Some(ratio) => format!(", {ratio} times as {many}"),
            None => String::new(),
        };
        format!(
            "{} with {}, {} with {}{times}",
            show(least),
            names(&self.least),
            show(most),
            names(&self.most)
        )
    }
}

/// `linear`, `linear and mlp`, `a, b and c`.
fn names(columns: &[(&str, &Report)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("{} and {last}", others.join(", "))
        }
        _ => names.concat(),
    }
}

fn sequence(report: &Report) -> Option<i128> {
    report.tokens.sequence.value
}

fn flops(report: &Report) -> Option<i128> {
    report.prefill.total.get(Measure::MatmulFlops)
}

fn part(report: &Report, component: Component, measure: Measure) -> Option<i128> {
    report.prefill.component(component)?.costs.get(measure)
}

/// How far the visual tokens differ, and what follows for sequence and cache.
fn tokens(columns: &[(&str, &Report)]) -> Option<String> {
    let visual = Extremes::of(columns, |report| report.tokens.visual.value)?;
    if visual.are_equal() {
        let all = counted(visual.values.0, "visual token");
        let same = Extremes::of(columns, sequence).is_some_and(|sequence| sequence.are_equal());
        let sequence = if same { ", and the sequence is equally long" } else { "" };
        return Some(format!("{all} in any case{sequence}."));
    }
    let mut said = format!("Visual tokens: {}.", visual.said(exact, "many"));
    let (a, b) = (visual.least[0].1, visual.most[0].1);
    if let Some((a, b)) = sequence(a).zip(sequence(b)) {
        said.push_str(&format!(" The sequence has {} against {}", exact(a), exact(b)));
        let cache = |report: &Report| report.memory.kv_cache.value;
        match cache(visual.least[0].1).zip(cache(visual.most[0].1)) {
            Some((a, b)) => {
                let [a, b] = [a, b].map(|bytes| human(bytes, Unit::Byte));
                said.push_str(&format!(", the KV cache {a} against {b}."));
            }
            None => said.push('.'),
        }
    }
    Some(said)
}

/// How far the prefills differ, and where that comes from.
fn prefill(columns: &[(&str, &Report)]) -> Option<String> {
    let extremes = Extremes::of(columns, flops)?;
    if extremes.are_equal() {
        return Some("The prefill costs the same in any case.".to_owned());
    }
    let mut said = format!("Prefill: {}", extremes.said(|value| human(value, Unit::Flop), "much"));
    let (low, high) = (extremes.least[0].1, extremes.most[0].1);
    let difference = |component: Component| {
        let of = |report| part(report, component, Measure::MatmulFlops);
        of(high)?.checked_sub(of(low)?)
    };
    let mut parts: Vec<(i128, &str)> = COMPONENTS
        .into_iter()
        .filter_map(|component| Some((difference(component)?, component.in_words())))
        .filter(|(difference, _)| *difference != 0)
        .collect();
    parts.sort_by_key(|(difference, _)| -difference.abs());
    let parts: Vec<String> = parts
        .iter()
        .map(|(value, name)| {
            let sign = if *value > 0 { "+" } else { "" };
            format!("{name} {sign}{}", human(*value, Unit::Flop))
        })
        .collect();
    said.push_str(&format!("; from the first to the second: {}.", parts.join(", ")));
    Some(said)
}

/// How far the bridges themselves differ, and how much of a prefill they are at most.
fn bridge(columns: &[(&str, &Report)]) -> Option<String> {
    let params = |report: &Report| part(report, Component::Bridge, Measure::Params);
    let extremes = Extremes::of(columns, params)?;
    let mut said = if extremes.are_equal() {
        format!("Bridge: {} in any case", counted(extremes.values.0, "parameter"))
    } else {
        let show = |value| format!("{} parameters", human(value, Unit::Count));
        format!("Bridge: {}", extremes.said(show, "many"))
    };
    if let Some((name, part, whole)) = heaviest(columns) {
        let share = percent(part, whole);
        said.push_str(&format!("; a bridge takes at most {share} of its prefill ({name})"));
    }
    Some(format!("{said}."))
}

/// The column whose bridge has the largest share of its prefill, with the share as a fraction.
fn heaviest<'a>(columns: &[(&'a str, &Report)]) -> Option<(&'a str, i128, i128)> {
    let share = |(name, report): &(&'a str, &Report)| {
        let part = part(report, Component::Bridge, Measure::MatmulFlops)?;
        Some((*name, part, flops(report)?))
    };
    let less = |a: &(&str, i128, i128), b: &(&str, i128, i128)| {
        a.1.saturating_mul(b.2).cmp(&b.1.saturating_mul(a.2))
    };
    columns.iter().filter_map(share).max_by(less)
}

/// What to take where context, latency or simplicity counts.
fn advice(columns: &[(&str, &Report)]) -> Option<String> {
    let mut said = Vec::new();
    said.extend(context(columns));
    if let Some(work) = Extremes::of(columns, flops).filter(|work| !work.are_equal()) {
        let why = why(columns, &work).unwrap_or_default();
        said.push(format!("If latency counts, by FLOPs: {}{why}", names(&work.least)));
    }
    let params = |report: &Report| part(report, Component::Bridge, Measure::Params);
    if let Some(simple) = Extremes::of(columns, params).filter(|simple| !simple.are_equal()) {
        said.push(format!("Smallest bridge: {}", names(&simple.least)));
    }
    (!said.is_empty()).then(|| format!("{}.", said.join(". ")))
}

/// What leaves most of the context, or has the shortest sequence where that is not known.
fn context(columns: &[(&str, &Report)]) -> Option<String> {
    let left = |report: &Report| {
        let (used, length) = report.context_use()?;
        length.checked_sub(used)
    };
    let differ = |extremes: &Extremes| !extremes.are_equal();
    let left = Extremes::of(columns, left);
    if let Some(left) = left.as_ref() {
        let (least, most) = left.values;
        let (most, more) = (counted(most, "token"), exact(most - least));
        let (best, worst) = (names(&left.most), names(&left.least));
        let said =
            format!("If context is short: {best}, {most} left, {more} more than with {worst}");
        return differ(left).then_some(said);
    }
    let tokens = Extremes::of(columns, sequence).filter(differ)?;
    let saved = counted(tokens.values.1 - tokens.values.0, "token");
    let (least, most) = (names(&tokens.least), names(&tokens.most));
    Some(format!("If context is short: {least}, {saved} less than {most}"))
}

/// Why it is these that work least, where only the bridges differ.
fn why(columns: &[(&str, &Report)], work: &Extremes) -> Option<String> {
    let same = |component: Component| {
        let params = |report: &Report| part(report, component, Measure::Params);
        Extremes::of(columns, params).is_some_and(|extremes| extremes.are_equal())
    };
    let tokens = Extremes::of(columns, sequence)?;
    if !(same(Component::VisionEncoder) && same(Component::Llm)) {
        return None;
    }
    if tokens.are_equal() {
        return Some(", since with equally many tokens only the bridge's own work differs".into());
    }
    let shortest = |name: &str| tokens.least.iter().any(|(least, _)| *least == name);
    if !work.least.iter().any(|(name, _)| shortest(name)) {
        return Some(", since a shorter sequence saves less than its bridge costs".into());
    }
    let (name, dearest) = work.most[0];
    let llm = part(dearest, Component::Llm, Measure::MatmulFlops)?;
    let share = percent(llm, flops(dearest)?);
    Some(format!(
        ", since the LLM does {share} of the work with {name}, and its work follows the tokens"
    ))
}
