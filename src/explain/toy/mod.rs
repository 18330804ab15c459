//! A product of small matrices, line by line: `x·W + b` by hand.

mod decimal;
mod read;

use super::Explanation;
use super::step::{Line, Step, Value};
use crate::diag::{Code, Diagnostic, Source, Sources, quote};
use crate::units::counted;
use decimal::Decimal;
use read::Matrix;

/// The textbook's row and matrix.
const TEXTBOOK: [&str; 2] = ["x=2,1,0,3", "w=1,0,2;2,1,-1;0,3,1;-1,2,0"];

/// The matrices of a product.
struct Product {
    x: Matrix,
    w: Matrix,
    b: Option<Matrix>,
}

/// Works a product out, from arguments such as `x=2,1,0,3`, `w=1,0;2,1;0,3;-1,2` and `b=1,1`. What
/// is not given is the textbook's.
///
/// # Errors
/// Every argument that cannot be read; sizes that do not fit; numbers beyond 128 bits.
pub fn toy(arguments: &[String], sources: &mut Sources) -> Result<Explanation, Vec<Diagnostic>> {
    let product = read_all(arguments, sources)?;
    let misfits = misfits(&product);
    if !misfits.is_empty() {
        return Err(misfits);
    }
    explanation(&product).ok_or_else(|| {
        let message = "a number of the product does not fit 128 bits";
        vec![Diagnostic::error(Code::Overflow, message).help("a toy needs fewer digits")]
    })
}

/// The arguments, each given at most once.
fn read_all(arguments: &[String], sources: &mut Sources) -> Result<Product, Vec<Diagnostic>> {
    let mut found: [Option<Matrix>; 3] = [None, None, None];
    let mut faults = Vec::new();
    for argument in arguments {
        let id = sources.add(Source::new("--toy", argument.as_str()));
        let bad = |message: String| {
            let span = crate::diag::Span::new(id, 0, argument.len());
            let help = format!("write `{}`, `{}` or `b=1,1,1`", TEXTBOOK[0], TEXTBOOK[1]);
            Diagnostic::error(Code::BadValue, message).at(span, "").help(help)
        };
        let Some((name, text)) = argument.split_once('=') else {
            faults.push(bad(format!("{} is not a matrix of the product", quote(argument))));
            continue;
        };
        let Some(at) =
            ["x", "w", "b"].iter().position(|known| name.trim().eq_ignore_ascii_case(known))
        else {
            faults.push(bad(format!("the product has no {}", quote(name.trim()))));
            continue;
        };
        if found[at].is_some() {
            faults.push(bad(format!("{} is given twice", quote(name.trim()))));
        }
        match read::matrix(text, id, name.len() + 1) {
            Ok(matrix) => found[at] = Some(matrix),
            Err(fault) => faults.push(fault),
        }
    }
    let [x, w, b] = found;
    let mut own = |matrix: Option<Matrix>, text: &str| {
        matrix.map_or_else(
            || {
                let id = sources.add(Source::new("the textbook's example", text));
                read::matrix(&text[2..], id, 2)
            },
            Ok,
        )
    };
    match (own(x, TEXTBOOK[0]), own(w, TEXTBOOK[1])) {
        (Ok(x), Ok(w)) if faults.is_empty() => Ok(Product { x, w, b }),
        (x, w) => Err(faults.into_iter().chain(x.err()).chain(w.err()).collect()),
    }
}

/// Sizes that do not fit.
fn misfits(product: &Product) -> Vec<Diagnostic> {
    let Product { x, w, b } = product;
    let mut misfits = Vec::new();
    if x.columns() != w.rows.len() {
        let message = format!(
            "x {} has {} in a row, w {} has {}",
            x.size(),
            counted(x.columns() as i128, "number"),
            w.size(),
            counted(w.rows.len() as i128, "row")
        );
        misfits.push(
            Diagnostic::error(Code::Mismatch, message)
                .at(w.span, counted(w.rows.len() as i128, "row"))
                .label(x.span, format!("{} in a row", x.columns()))
                .help(format!(
                    "give w {}: each number of x meets one row of w",
                    counted(x.columns() as i128, "row")
                )),
        );
    }
    if let Some(b) = b.as_ref().filter(|b| b.rows.len() != 1 || b.columns() != w.columns()) {
        let message = format!("b is {}, but w {} needs [1 × {}]", b.size(), w.size(), w.columns());
        misfits.push(
            Diagnostic::error(Code::Mismatch, message)
                .at(b.span, "")
                .help("give b one number for each column of w"),
        );
    }
    misfits
}

/// The product in steps; nothing if a number does not fit 128 bits.
fn explanation(product: &Product) -> Option<Explanation> {
    let Product { x, w, b } = product;
    let columns: Vec<Vec<Decimal>> =
        (0..w.columns()).map(|at| w.rows.iter().map(|row| row[at]).collect()).collect();
    let mut sums = Vec::new();
    let mut results = Vec::new();
    for (i, row) in x.rows.iter().enumerate() {
        let mut values = Vec::new();
        for (j, column) in columns.iter().enumerate() {
            let bias = b.as_ref().map(|b| b.rows[0][j]);
            let value = dot(row, column, bias)?;
            let name = if x.rows.len() == 1 {
                format!("y{}", j + 1)
            } else {
                format!("y{},{}", i + 1, j + 1)
            };
            sums.push(line(&name, written_out(row, column, bias), value.to_string()));
            values.push(value);
        }
        let name = if x.rows.len() == 1 { "y".to_owned() } else { format!("y{}", i + 1) };
        results.push(line(&name, String::new(), row_text(&values, 0)));
    }
    let plus_b = if b.is_some() { " + b" } else { "" };
    let rows = |name: &str, matrix: &Matrix| {
        let wide = matrix.rows.iter().flatten().map(|n| n.to_string().chars().count()).max();
        let row = |(at, row): (usize, &Vec<Decimal>)| {
            let name = if at == 0 { name } else { "" };
            line(name, String::new(), row_text(row, wide.unwrap_or(0)))
        };
        matrix.rows.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    let mut given = rows("x", x);
    given.extend(rows("W", w));
    given.extend(b.iter().flat_map(|b| rows("b", b)));
    let size = format!("[{} × {}]", x.rows.len(), w.columns());
    let step = |title: &str, text: String, lines| Step {
        title: title.into(),
        text: vec![text],
        lines,
        ..Step::default()
    };
    let steps = vec![
        step(
            "What is multiplied",
            format!(
                "x is {}, W is {}: the {} numbers in a row of x meet the {} rows of W, and the \
                 result is {size}.",
                x.size(),
                w.size(),
                x.columns(),
                w.rows.len()
            ),
            given,
        ),
        step(
            "Line by line",
            "Each value is a row of x times a column of W: the products of their numbers, added up."
                .to_owned(),
            sums,
        ),
        step(
            "The result",
            format!(
                "A bridge does this with every encoder-side token x: {} in, {} out.",
                counted(x.columns() as i128, "number"),
                w.columns()
            ),
            results,
        ),
    ];
    Some(Explanation {
        title: format!("y = x·W{plus_b}"),
        subtitle: format!("{} · {} → {size}", x.size(), w.size()),
        steps,
        notes: Vec::new(),
        symbols: Vec::new(),
    })
}

fn line(what: &str, numbers: String, value: String) -> Line {
    Line {
        what: what.to_owned(),
        formula: String::new(),
        shapes: String::new(),
        numbers,
        value: Value::Text(value),
        dims: Vec::new(),
    }
}

/// The sum of the products, and the bias.
fn dot(row: &[Decimal], column: &[Decimal], bias: Option<Decimal>) -> Option<Decimal> {
    row.iter()
        .zip(column)
        .try_fold(bias.unwrap_or(Decimal::ZERO), |sum, (a, b)| sum.plus(a.times(*b)?))
}

/// `2·1 + 1·2 + 0·0 + 3·(−1)`.
fn written_out(row: &[Decimal], column: &[Decimal], bias: Option<Decimal>) -> String {
    let factor = |number: &Decimal| {
        if number.is_negative() { format!("({number})") } else { number.to_string() }
    };
    let product = |(a, b): (&Decimal, &Decimal)| format!("{}·{}", factor(a), factor(b));
    let products = row.iter().zip(column).map(product);
    products.chain(bias.as_ref().map(factor)).collect::<Vec<_>>().join(" + ")
}

/// `[2, 1, 0, 3]`, each number in at least so many columns.
fn row_text(row: &[Decimal], wide: usize) -> String {
    let numbers: Vec<String> = row.iter().map(|n| format!("{:>wide$}", n.to_string())).collect();
    format!("[{}]", numbers.join(", "))
}
