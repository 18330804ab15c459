//! The stored tensors of a model, as a state dict has them.

use super::costs::too_large;
use super::{Figure, Report, stored_bytes};
use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, EvalError, Symbols};
use crate::graph::{Component, Param, Rounds};
use crate::spec::{Dtype, Formats};

/// Tensors that are listed one by one at most.
pub const MOST_TENSORS: u64 = 1_000_000;

/// The tensors of one name, or of the same name in every block.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// The name in a state dict, with `{}` for the number of a block.
    pub name: String,
    /// The axes as stored, outermost first.
    pub shape: Vec<Figure>,
    /// How many there are.
    pub count: Figure,
    /// Number format.
    pub dtype: Dtype,
    /// Bytes of all of them together; none where a size is not known.
    pub bytes: Option<i128>,
    /// The component that stores it.
    pub component: Component,
}

/// All stored tensors of a plan.
#[derive(Clone, Debug)]
pub struct Tensors {
    /// The name of the pipeline.
    pub name: String,
    /// The tensors, in the order in which the model reads them.
    pub list: Vec<Tensor>,
    /// Parameters.
    pub params: Option<i128>,
    /// Their bytes.
    pub bytes: Option<i128>,
    /// Number formats.
    pub formats: Formats,
    /// What the sizes are written in.
    pub symbols: std::sync::Arc<Symbols>,
}

impl Tensors {
    /// The tensors of a plan: those of the same name and shape in all blocks as one.
    ///
    /// # Errors
    /// A diagnostic if a number does not fit 128 bits.
    pub fn of(report: &Report) -> Result<Tensors, Diagnostic> {
        let mut listed: Vec<(&Param, Dim)> = Vec::new();
        for param in report.prefill.graph.params.iter() {
            let same = |(other, _): &&mut (&Param, Dim)| {
                other.name == param.name && other.shape == param.shape
            };
            match listed.iter_mut().find(same) {
                Some((_, count)) => *count += &param.copies,
                None => listed.push((param, param.copies.clone())),
            }
        }
        let tensors = listed.into_iter().map(|(param, count)| {
            let tensor = tensor(report, param, param.name.clone(), &count);
            tensor.map_err(|error| too_large(&param.name, error))
        });
        Ok(Tensors::new(report, tensors.collect::<Result<_, _>>()?))
    }

    /// The tensors of a plan one by one, block after block.
    ///
    /// # Errors
    /// A diagnostic if the number of blocks is not known, if there are too many, or if a number
    /// does not fit 128 bits.
    pub fn each(report: &Report) -> Result<Tensors, Diagnostic> {
        let graph = &report.prefill.graph;
        let mut list = Vec::new();
        let mut left = &graph.params[..];
        while let Some(first) = left.first() {
            let stack: Vec<_> = first.rounds.iter().map(stack_of).collect();
            let alike =
                |param: &&Param| param.rounds.iter().map(stack_of).eq(stack.iter().copied());
            let (together, others) = left.split_at(left.iter().take_while(alike).count());
            left = others;
            let bounds = first.rounds.iter().map(|rounds| bounds(&graph.symbols, rounds));
            let bounds = bounds.collect::<Result<Vec<_>, _>>()?;
            let rounds = bounds.iter().try_fold(1u64, |all, (_, count)| all.checked_mul(*count));
            let added = rounds.and_then(|rounds| rounds.checked_mul(together.len() as u64));
            if added.and_then(|added| added.checked_add(list.len() as u64)) > Some(MOST_TENSORS)
                || added.is_none()
            {
                return Err(too_many());
            }
            for numbers in combinations(&bounds) {
                for param in together.iter().filter(|param| param.is_in(&numbers)) {
                    let blocks: Vec<u64> =
                        numbers.iter().zip(&bounds).map(|(n, (from, _))| n + from).collect();
                    let tensor = tensor(report, param, param.name_in(&blocks), &Dim::one());
                    list.push(tensor.map_err(|error| too_large(&param.name, error))?);
                }
            }
        }
        Ok(Tensors::new(report, list))
    }

    fn new(report: &Report, list: Vec<Tensor>) -> Tensors {
        Tensors {
            name: report.name.clone(),
            list,
            params: report.prefill.total.get(super::Measure::Params),
            bytes: report.memory.weights.value,
            formats: *report.formats(),
            symbols: report.prefill.graph.symbols.clone(),
        }
    }
}

/// So many tensors of one name.
fn tensor(report: &Report, param: &Param, name: String, count: &Dim) -> Result<Tensor, EvalError> {
    let symbols = &report.prefill.graph.symbols;
    let shape = param.shape.0.iter().map(|axis| Figure::of(symbols, axis));
    let elements = symbols.eval(&(param.shape.elements() * count))?;
    let dtype = report.formats().of_component(param.component);
    Ok(Tensor {
        name,
        shape: shape.collect::<Result<_, _>>()?,
        count: Figure::of(symbols, count)?,
        dtype,
        bytes: stored_bytes(elements, dtype.bits())?,
        component: param.component,
    })
}

/// What tells one stack of blocks from another.
fn stack_of(rounds: &Rounds) -> (&Dim, &Dim) {
    (&rounds.first, &rounds.count)
}

/// The number of the first block of a stack, and how many there are.
fn bounds(symbols: &Symbols, rounds: &Rounds) -> Result<(u64, u64), Diagnostic> {
    let known = |dim: &Dim| -> Result<u64, Diagnostic> {
        let value = symbols.eval(dim).map_err(|error| too_large("blocks", error))?;
        value.and_then(|value| u64::try_from(value).ok()).ok_or_else(|| unknown(symbols, dim))
    };
    Ok((known(&rounds.first)?, known(&rounds.count)?))
}

/// The number of blocks is not given.
fn unknown(symbols: &Symbols, count: &Dim) -> Diagnostic {
    let open = count.symbols().find(|sym| symbols.eval(&(*sym).into()) == Ok(None));
    let blocks = open.map_or("blocks", |sym| symbols.get(sym).meaning.as_str());
    let message =
        format!("tensors cannot be listed one by one: the number of {blocks} is not given");
    Diagnostic::error(Code::MissingField, message)
        .help("give the depth, e.g. `--set llm.depth=32`, or leave `--expand` out")
}

/// More tensors than anyone reads.
fn too_many() -> Diagnostic {
    let message = format!("a model of more than {MOST_TENSORS} tensors");
    Diagnostic::error(Code::TooLarge, message)
        .help("leave `--expand` out: the tensors of all blocks then share a row")
}

/// Every combination of rounds, the last one changing first.
fn combinations(bounds: &[(u64, u64)]) -> Vec<Vec<u64>> {
    bounds.iter().fold(vec![Vec::new()], |all, (_, count)| {
        let longer = |numbers: Vec<u64>| {
            (0..*count).map(move |round| numbers.iter().copied().chain([round]).collect())
        };
        all.into_iter().flat_map(longer).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::report;
    use super::*;

    const SPEC: &str = "image: 4\nencoder: {patch: 2, width: 2, heads: 1, mlp_width: 16, depth: 3, \
                        feature_layer: 1}\nbridge: linear\nllm: {width: 4, depth: 4, heads: 1, \
                        mlp_width: 4, vocab: 10, tied: true, sliding_window: 4, \
                        full_attention_every: 2}\nprompt: {text_tokens: 1}\n";

    #[test]
    fn blocks_are_counted_and_numbered() {
        let report = report(SPEC);
        let all = Tensors::of(&report).unwrap();
        let count = |name: &str| {
            let found = all.list.iter().filter(|tensor| tensor.name == name);
            found.filter_map(|tensor| tensor.count.value).collect::<Vec<_>>()
        };
        // Blocks up to the features and those after them; layers with and without a window.
        assert_eq!(count("model.vision_tower.encoder.layers.{}.mlp.fc1.weight"), [3]);
        assert_eq!(count("model.language_model.layers.{}.mlp.up_proj.weight"), [4]);
        assert!(count("lm_head.weight").is_empty());
        let bytes: i128 = all.list.iter().filter_map(|tensor| tensor.bytes).sum();
        assert_eq!(Some(bytes), all.bytes);
        let each = Tensors::each(&report).unwrap();
        let named = |part: &str| {
            let names = each.list.iter().map(|tensor| tensor.name.as_str());
            names.filter(|name| name.contains(part)).collect::<Vec<_>>()
        };
        let layers =
            [0, 1, 2].map(|n| format!("model.vision_tower.encoder.layers.{n}.mlp.fc1.weight"));
        assert_eq!(named("fc1.weight"), layers);
        let layers =
            [0, 1, 2, 3].map(|n| format!("model.language_model.layers.{n}.mlp.up_proj.weight"));
        assert_eq!(named("up_proj.weight"), layers);
        let count = all.list.iter().filter_map(|tensor| tensor.count.value).sum::<i128>();
        assert_eq!(each.list.len() as i128, count);
    }

    #[test]
    fn blocks_of_unknown_or_absurd_number_are_not_listed_one_by_one() {
        let open = report(&SPEC.replace("depth: 4, ", ""));
        assert!(Tensors::each(&open).unwrap_err().message.contains("blocks of the LLM is"));
        let many = report(&SPEC.replace("depth: 4, ", "depth: 1000000000000, "));
        assert_eq!(Tensors::each(&many).unwrap_err().code, Code::TooLarge);
        assert!(Tensors::of(&many).is_ok());
    }
}
