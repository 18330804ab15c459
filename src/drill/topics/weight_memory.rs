//! Bytes of the weights.

use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::design::{Design, dtype};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::tolerance::Tolerance;
use crate::spec::{Dtype, FormatsSpec};
use crate::units::{Unit, exact, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "weight-memory",
    about: "bytes of the weights",
    levels: (4, 4),
    bridges: &[],
    ask: Ask::Design(ask),
};

fn ask(design: &Design, rng: &mut Rng) -> Option<Question> {
    let format = rng.pick(&[Dtype::F32, Dtype::Bf16, Dtype::Int8, Dtype::Int4])?;
    let asked_of = design.with(|spec| spec.prompt.dtype = FormatsSpec::from(format).into())?;
    let params = asked_of.report.prefill.total.get(Measure::Params)?;
    let bytes = asked_of.report.memory.weights.value?;
    let in_format = |format: Dtype| {
        let design = design.with(|spec| spec.prompt.dtype = FormatsSpec::from(format).into())?;
        design.report.memory.weights.value
    };
    let facts = [
        Some(format!("{} parameters", human(params, Unit::Count))),
        Some(format!("stored as {}", dtype(format))),
    ];
    let asked = "How much memory do the weights take, without scales of quantisation?";
    let expected = Expected::number(bytes, Kind::Byte, Tolerance::Digits(3));
    let question = Question::new(TOPIC.name, 4, design.asks(facts, asked), expected)
        .hint("parameters × bytes of each; 1 GiB is 2³⁰ bytes")
        .steps([
            format!("{} parameters of {} bits", exact(params), format.bits()),
            format!("in bytes: {} = {}", exact(bytes), human(bytes, Unit::Byte)),
        ])
        .mistake(Some(params), "that is one byte for each parameter")
        .mistake(bytes.checked_mul(8), "those are bits: 8 to a byte")
        .mistake(in_format(Dtype::Bf16), "that is at 16 bits for each parameter")
        .mistake(in_format(Dtype::F32), "that is at 32 bits for each parameter")
        .mistake(bytes.checked_mul(2), "twice as much: check the bytes of one parameter")
        .mistake(bytes.checked_div(2), "half as much: check the bytes of one parameter");
    Some(question)
}
