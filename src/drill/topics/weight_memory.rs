//! Bytes of the weights.

use super::needs::EVERYTHING;
use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::subject::{Subject, dtype};
use crate::drill::tolerance::Tolerance;
use crate::spec::{Dtype, FormatsSpec};
use crate::units::{Unit, exact, full, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "weight-memory",
    about: "bytes of the weights",
    levels: (4, 4),
    bridges: &[],
    needs: EVERYTHING,
    ask: Ask::Subject(ask),
};

fn ask(subject: &Subject, rng: &mut Rng) -> Option<Question> {
    let format = rng.pick(&[Dtype::F32, Dtype::Bf16, Dtype::Int8, Dtype::Int4])?;
    let asked_of = subject.with(|spec| spec.prompt.dtype = FormatsSpec::from(format).into())?;
    let params = asked_of.report.prefill.total.get(Measure::Params)?;
    let bytes = asked_of.report.memory.weights.value?;
    let in_format = |format: Dtype| {
        let subject = subject.with(|spec| spec.prompt.dtype = FormatsSpec::from(format).into())?;
        subject.report.memory.weights.value
    };
    let facts = [
        Some(format!("{} parameters", full(params, Unit::Count))),
        Some(format!("stored as {}", dtype(format))),
    ];
    let asked = "How much memory do the weights take, without scales of quantisation?";
    let expected = Expected::number(bytes, Kind::Byte, Tolerance::Percent(1));
    let question = Question::new(TOPIC.name, 4, subject.asks(facts, asked), expected)
        .hint("parameters × bytes of each; 1 GiB is 2³⁰ bytes")
        .steps([
            format!("{} × {} bits / 8 = {} B", exact(params), format.bits(), exact(bytes)),
            format!("in powers of 1024: {}", human(bytes, Unit::Byte)),
        ])
        .mistake(Some(params), "that is one byte for each parameter")
        .mistake(bytes.checked_mul(8), "those are bits: 8 to a byte")
        .mistake(in_format(Dtype::Bf16), "that is at 16 bits for each parameter")
        .mistake(in_format(Dtype::F32), "that is at 32 bits for each parameter")
        .mistake(bytes.checked_mul(2), "twice as much: check the bytes of one parameter")
        .mistake(bytes.checked_div(2), "half as much: check the bytes of one parameter");
    Some(question)
}
