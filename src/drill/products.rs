//! The matrix products of a part of a pass in the terms in which people multiply them: weights on
//! tokens, and queries with keys. They are read off the counted operations, and sum to their FLOPs.

use std::collections::BTreeMap;

use crate::cost::{Measure, Pass, Row};
use crate::dim::Dim;
use crate::graph::Node;
use crate::ops::{Op, Reach};
use crate::units::{Unit, counted, exact, human};

/// Matrices that work on as many tokens: 2·weights·tokens FLOPs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrices {
    /// Their weights, in all blocks.
    pub weights: i128,
    /// Tokens, of all images.
    pub tokens: i128,
}

/// Attention layers that are alike: 4·images·queries·keys·heads·size·layers FLOPs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attentions {
    /// How many layers.
    pub layers: i128,
    /// Images, or prompts, each of which only sees itself.
    pub images: i128,
    /// Tokens that ask.
    pub queries: i128,
    /// Tokens that are asked.
    pub keys: i128,
    /// Query heads.
    pub heads: i128,
    /// Size of a head.
    pub size: i128,
}

/// The products of a part of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Products {
    /// Products with stored matrices, by number of tokens.
    pub matrices: Vec<Matrices>,
    /// Products of queries with keys, and of scores with values.
    pub attentions: Vec<Attentions>,
}

impl Products {
    /// The products in some rows of a pass; nothing if a size is not known.
    pub fn of<'a>(pass: &Pass, rows: impl IntoIterator<Item = &'a Row>) -> Option<Products> {
        let mut matrices = BTreeMap::<i128, i128>::new();
        let mut attentions: Vec<Attentions> = Vec::new();
        for row in rows {
            for (row, node) in pass.operations(row) {
                let flops = row.costs.get(Measure::MatmulFlops)?;
                if flops == 0 {
                    continue;
                }
                // Averages made as a product, experts and states are told by no weights and tokens.
                if !matches!(
                    &node.op,
                    Op::Linear(_)
                        | Op::PatchConv(_)
                        | Op::GridConv(_)
                        | Op::Attention(_)
                        | Op::BlockAttention(_)
                ) {
                    return None;
                }
                // Windows of several sizes are no single product.
                if matches!(&node.op, Op::Attention(core) if matches!(core.reach, Reach::Windows(_)))
                {
                    return None;
                }
                if let Some(one) = attention(pass, node, flops) {
                    let alike = |known: &&mut Attentions| {
                        Attentions { layers: one.layers, ..**known } == one
                    };
                    match attentions.iter_mut().find(alike) {
                        Some(known) => known.layers += one.layers,
                        None => attentions.push(one),
                    }
                } else {
                    let tokens = value(pass, &node.shape.rows())?;
                    let weights = flops.checked_div(tokens.checked_mul(2)?)?;
                    *matrices.entry(tokens).or_default() += weights;
                }
            }
        }
        let matrices = matrices.into_iter().map(|(tokens, weights)| Matrices { weights, tokens });
        Some(Products { matrices: matrices.collect(), attentions })
    }

    /// FLOPs of all.
    pub fn flops(&self) -> Option<i128> {
        let matrices = self.matrices.iter().map(|one| one.flops());
        let attentions = self.attentions.iter().map(|one| one.flops());
        matrices.chain(attentions).try_fold(0i128, |sum, one| sum.checked_add(one?))
    }

    /// FLOPs of the attention products.
    pub fn of_attention(&self) -> Option<i128> {
        self.attentions.iter().try_fold(0i128, |sum, one| sum.checked_add(one.flops()?))
    }

    /// What a question tells: `303 M weights on 577 tokens, 24 attention layers of 16 heads of 64`.
    pub fn told(&self) -> String {
        let matrices = self.matrices.iter().map(|one| {
            let weights = human(one.weights, Unit::Count);
            format!("{weights} weights on {}", counted(one.tokens, "token"))
        });
        let attentions = self.attentions.iter().map(Attentions::told);
        matrices.chain(attentions).collect::<Vec<_>>().join(", ")
    }

    /// Each product with its numbers, and their sum: `2 × 303 M × 577 + 4 × 577² × 16 × 64 × 24 =
    /// 382 GFLOP`.
    pub fn worked(&self) -> Option<String> {
        let matrices = self.matrices.iter().map(Matrices::worked);
        let attentions = self.attentions.iter().map(Attentions::worked);
        let terms: Vec<String> = matrices.chain(attentions).collect();
        Some(format!("{} = {}", terms.join(" + "), human(self.flops()?, Unit::Flop)))
    }
}

impl Matrices {
    fn flops(self) -> Option<i128> {
        self.weights.checked_mul(2)?.checked_mul(self.tokens)
    }

    fn worked(&self) -> String {
        format!("2 × {} × {}", human(self.weights, Unit::Count), exact(self.tokens))
    }
}

impl Attentions {
    fn flops(&self) -> Option<i128> {
        let factors = [self.images, self.queries, self.keys, self.heads, self.size, self.layers];
        factors.into_iter().try_fold(4i128, i128::checked_mul)
    }

    /// `24 attention layers of 16 heads of 64`; where tokens ask others, how many ask how many.
    fn told(&self) -> String {
        let layers = counted(self.layers, "attention layer");
        let of = format!("{layers} of {} of {}", counted(self.heads, "head"), self.size);
        let images = match self.images {
            1 => String::new(),
            images => format!("in each of {} images ", exact(images)),
        };
        if self.queries == self.keys {
            format!("{of} {images}over {}", counted(self.keys, "token"))
        } else {
            let keys = counted(self.keys, "token");
            let queries = match self.queries {
                1 => "1 query looks".to_owned(),
                queries => format!("{} queries look", exact(queries)),
            };
            format!("{of} {images}in which {queries} at {keys}")
        }
    }

    fn worked(&self) -> String {
        let tokens = if self.queries == self.keys {
            format!("{}²", exact(self.keys))
        } else {
            [self.queries, self.keys].map(exact).join(" × ")
        };
        let images =
            if self.images == 1 { String::new() } else { format!("{} × ", exact(self.images)) };
        format!("4 × {images}{tokens} × {} × {} × {}", self.heads, self.size, self.layers)
    }
}

/// An attention core with the layers that it runs in; nothing for another operation.
fn attention(pass: &Pass, node: &Node, flops: i128) -> Option<Attentions> {
    let Op::Attention(core) = &node.op else { return None };
    let inputs = pass.graph.input_shapes(node);
    let axis = |input: usize, at: usize| value(pass, inputs.get(input)?.0.get(at)?);
    let one = Attentions {
        layers: 1,
        images: axis(0, 0)?,
        queries: axis(0, 1)?,
        keys: axis(1, 1)?,
        heads: value(pass, &core.heads)?,
        size: value(pass, &core.head_dim)?,
    };
    Some(Attentions { layers: flops.checked_div(one.flops()?)?, ..one })
}

fn value(pass: &Pass, dim: &Dim) -> Option<i128> {
    pass.graph.symbols.eval(dim).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::pipelines::{kinds, made_up, real};
    use crate::drill::rng::Rng;

    #[test]
    fn the_products_are_all_of_the_flops() {
        let made = (0..30).filter_map(|seed| made_up(&mut Rng::new(seed, 3), &kinds()));
        let mut counted = 0;
        for subject in real().into_iter().chain(made) {
            for pass in [&subject.report.prefill, &subject.report.decode] {
                for row in pass.components() {
                    let Some(flops) = row.costs.get(Measure::MatmulFlops) else { continue };
                    let untold = |(_, node): (&Row, &Node)| match &node.op {
                        Op::Attention(core) => matches!(core.reach, Reach::Windows(_)),
                        Op::Linear(_)
                        | Op::PatchConv(_)
                        | Op::GridConv(_)
                        | Op::BlockAttention(_) => false,
                        _ => true,
                    };
                    let Some(products) = Products::of(pass, [row]) else {
                        assert!(pass.operations(row).any(untold), "{}", subject.name);
                        continue;
                    };
                    assert_eq!(products.flops(), Some(flops), "{}: {}", subject.name, row.path);
                    counted += 1;
                }
            }
        }
        assert!(counted > 100, "{counted}");
    }

    #[test]
    fn the_products_are_written_as_people_do() {
        let subject = real().into_iter().find(|one| one.name == "llava-1.5-7b").unwrap();
        let pass = &subject.report.prefill;
        let said = pass.components().map(|row| Products::of(pass, [row]).unwrap());
        let said: Vec<String> = said.filter_map(|one| one.worked()).collect();
        assert_eq!(
            said,
            [
                "2 × 602 K × 576 + 2 × 302 M × 577 + 4 × 577² × 16 × 64 × 24 = 382 GFLOP",
                "2 × 21.0 M × 576 = 24.2 GFLOP",
                "2 × 6.61 B × 640 + 4 × 640² × 32 × 128 × 32 = 8.67 TFLOP",
            ]
        );
    }
}
