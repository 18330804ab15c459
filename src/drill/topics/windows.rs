//! Pairs of tokens that attend within windows.

use super::needs::{ONE_IMAGE, PATCH, SEEN, WINDOWS};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::on_disk;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::ops::{Op, Reach};
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "windows",
    about: "pairs of tokens that see each other within windows",
    levels: (5, 5),
    bridges: &[],
    needs: &[SEEN, WINDOWS, ONE_IMAGE, PATCH],
    ask: Ask::MadeUp(on_disk::windowed, |subject, _| ask(subject)),
};

/// The pairs of a block with windows, if their number is known.
pub fn pairs(subject: &Subject) -> Option<i128> {
    let graph = &subject.report.prefill.graph;
    let pairs = graph.nodes().find_map(|(_, node)| match &node.op {
        Op::Attention(attention) => match &attention.reach {
            Reach::Windows(windows) => Some(&windows.pairs),
            Reach::All | Reach::Valid(_) | Reach::Causal { .. } => None,
        },
        _ => None,
    });
    subject.value(pairs?)
}

fn ask(subject: &Subject) -> Option<Question> {
    let (rows, columns) = subject.grid()?;
    let side = i128::from(subject.made().encoder().windows.as_ref()?.side);
    let (pairs, patches) = (pairs(subject)?, rows.checked_mul(columns)?);
    let whole = side.checked_mul(side)?;
    let begun = |count: i128| (count + side - 1) / side;
    let windows = begun(rows).checked_mul(begun(columns))?;
    let facts = [
        Some(format!("the encoder sees {rows} × {columns} patches")),
        Some(format!(
            "windows of {side} × {side} patches, cut from the first row and column on; what is left \
             over at the other edges makes smaller windows"
        )),
    ];
    let asked = "How many pairs of a query and a key does one head have in a block with windows?";
    let expected = Expected::number(pairs, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 5, subject.asks(facts, asked), expected)
        .hint("a window of n tokens has n² pairs: add them up")
        .steps([
            squares("rows", rows, side),
            squares("columns", columns, side),
            format!(
                "a window's pairs are its rows squared times its columns squared: {} × {} = {}",
                exact(sum_of_squares(rows, side)),
                exact(sum_of_squares(columns, side)),
                exact(pairs)
            ),
        ])
        .mistake(
            patches.checked_mul(patches),
            "those are the pairs without windows, N²: with them it is the sum of the squares",
        )
        .mistake(
            windows.checked_mul(whole * whole),
            "that takes every window as whole: those at the edges are smaller",
        )
        .mistake(
            patches.checked_mul(whole),
            "that lets every patch see a whole window: at the edges they see fewer",
        )
        .mistake(Some(windows), "those are the windows, not their pairs")
        .mistake(Some(patches), "those are the patches: each sees all of its window");
    Some(question)
}

/// Squares of the parts of a side that windows make.
fn sum_of_squares(count: i128, side: i128) -> i128 {
    let left = count % side;
    count / side * side * side + left * left
}

/// `rows: 34 = 4 × 8 + 2, squares 4 × 8² + 2² = 260`.
fn squares(name: &str, count: i128, side: i128) -> String {
    let (whole, left) = (count / side, count % side);
    let sum = exact(sum_of_squares(count, side));
    match (whole, left) {
        (_, 0) => format!("{name}: {count} = {whole} × {side}, squares {whole} × {side}² = {sum}"),
        (0, _) => format!("{name}: {count}, less than a window, squared {sum}"),
        _ => format!(
            "{name}: {count} = {whole} × {side} + {left}, squares {whole} × {side}² + {left}² = {sum}"
        ),
    }
}
