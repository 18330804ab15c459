//! What is equal, and what is not, though it looks alike.

use std::sync::Arc;

use proptest::prelude::*;

use super::trees::{ALL, POLYNOMIAL, Tree, dim, small, table};
use super::{Definition, Dim, EvalError, Function, Rule, Symbols};

fn symbols<const N: usize>(names: [&str; N]) -> (Symbols, [Dim; N]) {
    let mut symbols = Symbols::default();
    let dims = names.map(|name| symbols.free(name, "").into());
    (symbols, dims)
}

#[test]
fn names_make_no_difference_in_atoms() {
    let (mut t, [h, w, p]) = symbols(["H", "W", "P"]);
    let area = (&h * &w).over(&(&p * &p));
    let n = Dim::from(t.named("N", "", area.clone()));
    let four = Dim::from(4);
    let short = t.floor_div(&n, &four);
    assert_eq!(short, t.floor_div(&area, &four));
    assert_eq!(t.show(&short), "⌊N/4⌋");
    let least = t.min(&area, &h);
    assert_eq!(least, t.min(&h, &n));
    assert_eq!(t.show(&least), "min((H/P)·(W/P), H)");
    let sum = Dim::from(t.named("S", "", &h + &w));
    assert_eq!(t.ceil_div(&p, &sum), t.ceil_div(&p, &(&h + &w)));
    assert_eq!(t.floor_div(&sum, &(&h + &w)), Dim::one());
    assert!(t.same(&(&sum + &n), &(&h + &w + &area)) && !t.same(&sum, &n));
}

#[test]
fn roundings() {
    let (mut t, [h, w, p]) = symbols(["H", "W", "P"]);
    let [two, three, four, six] = [2, 3, 4, 6].map(Dim::from);
    let half = t.floor_div(&h, &two);
    assert_eq!(t.floor_div(&half, &three), t.floor_div(&h, &six));
    let up = t.ceil_div(&w, &two);
    assert_eq!(t.ceil_div(&up, &three), t.ceil_div(&w, &six));
    let up_half = t.ceil_div(&h, &two);
    assert_eq!(up_half, t.floor_div(&(&h + 1), &two));
    assert_eq!(t.show(&(&half + &up_half)), "⌊H/2⌋ + ⌈H/2⌉");
    assert_eq!(t.floor_div(&(&h + 4), &four), t.floor_div(&h, &four) + 1);
    assert_eq!(t.floor_div(&(5 * &h + 4 * &w), &four), t.floor_div(&h, &four) + &h + &w);
    assert_eq!(t.ceil_div(&(&h + &p * &w), &p), t.ceil_div(&h, &p) + &w);
    assert_eq!(t.floor_div(&(&h + &w + &p), &(&h + &w)), t.floor_div(&p, &(&h + &w)) + 1);
    assert_eq!(t.floor_div(&(&h * &p), &(&w * &p)), t.floor_div(&h, &w));
    assert_eq!(t.floor_div(&(3 * &h + 1), &three), h);
    let third = &h.over(&three) + Dim::one().over(&two);
    assert_eq!(t.floor_div(&third, &Dim::one()), t.floor_div(&(&h + 1), &three));
    let patches = t.floor_div(&h, &p);
    assert_eq!(t.floor_div(&(&patches + 1), &two), t.floor_div(&(&h + &p), &(2 * &p)));
    assert_ne!(t.floor_div(&h, &four), t.floor_div(&(&h + 1), &four));
    assert_ne!(t.floor_div(&(2 * &patches), &three), t.floor_div(&(2 * &h), &(3 * &p)));
}

#[test]
fn roundings_half_to_even() {
    let (mut t, [h]) = symbols(["H"]);
    let by = Dim::from(28);
    let sides = t.round_even_div(&h, &by);
    assert_eq!(t.show(&sides), "round_even(H/28)");
    assert_eq!(t.round_even_div(&(&h + 56), &by), &sides + 2);
    assert_ne!(t.round_even_div(&(&h + 28), &by), &sides + 1);
    assert_eq!(t.round_even_div(&(28 * &h), &by), h);
    assert_eq!(t.round_even_div(&5.into(), &2.into()), 2.into());
}

#[test]
fn minima_and_maxima() {
    let (mut t, [a, b, c]) = symbols(["a", "b", "c"]);
    let least = t.min(&a, &b);
    assert_eq!(t.min(&(2 * &a), &(2 * &b)), 2 * &least);
    assert_eq!(t.min(&b, &a), least);
    assert_eq!(t.min_of(&[b.clone(), a.clone(), &b + 1, a.clone()]), least);
    assert_eq!(t.min(&(&a + &c), &(&b + &c)), &least + &c);
    assert_eq!(t.max(&a, &b), &a + &b - &least);
    assert_eq!(t.max(&-a.clone(), &-b.clone()), -least.clone());
    let all = t.min_of(&[c.clone(), b.clone(), a.clone()]);
    assert_eq!(t.min(&least, &c), all);
    assert_eq!(t.min(&(&least + 2), &(&c + 2)), &all + 2);
    assert_eq!(t.show(&all), "min(c, b, a)");
    assert_eq!(t.min(&least, &a), least);
    let (x, y) = (&a + 1, &b - 1);
    let window = t.min(&x, &y);
    assert_eq!(t.show(&window), "min(a + 1, b − 1)");
    assert_eq!(t.min(&(&a + 2), &b), &window + 1);
    let most = t.max_of(&[a.clone(), b.clone(), c.clone()]);
    assert_eq!(t.show(&most), "max(a, b, c)");
    let nested = t.max(&b, &c);
    assert_eq!(t.max(&nested, &a), most);
    assert_ne!(t.min(&a, &c), least);
}

fn resize() -> Arc<Function> {
    Arc::new(Function {
        name: "resize".to_owned(),
        settings: String::new(),
        inputs: &["height", "width"],
        outputs: &["h", "w"],
        // To the nearest multiples of 28, as Python rounds.
        eval: Box::new(|sides, resized| {
            if sides.iter().any(|side| *side < 1) {
                return Err("an image has no area");
            }
            for (to, side) in resized.iter_mut().zip(sides) {
                *to = (*side as f64 / 28.0).round_ties_even() as i128 * 28;
            }
            Ok(())
        }),
        source: "an example",
    })
}

#[test]
fn functions() {
    let mut t = Symbols::default();
    let [height, width] = ["H", "W"].map(|name| t.free(name, ""));
    let (h, w) = (Dim::from(height), Dim::from(width));
    let side = Dim::from(t.named("A", "", &h + 1));
    let resized = t.call(&resize(), &[side, w.clone()]);
    assert_eq!(t.show(&resized[0]), "resize(A, W).h");
    assert_eq!(resized, t.call(&resize(), &[&h + 1, w.clone()]));
    assert_ne!(resized, t.call(&resize(), &[w.clone(), &h + 1]));
    assert_eq!(t.call(&resize(), &[42.into(), 70.into()]), [56.into(), 56.into()]);
    let (rows, by) = (&resized[0], Dim::from(28));
    let grid = t.floor_div(rows, &by);
    assert_eq!(t.show(&grid), "⌊resize(A, W).h/28⌋");
    let value = |d: &Dim, h, w| t.eval_with(d, &[(height, h), (width, w)]);
    assert_eq!(value(&grid, 41, 70), Ok(Some(2)));
    assert_eq!(value(&(rows + &resized[1]), 13, 43), Ok(Some(56)));
    assert_eq!(value(rows, -1, 5), Err(EvalError::Refused("an image has no area")));
    assert_eq!(t.eval(rows), Ok(None));
    let none = t.call(&resize(), &[h]);
    assert!(none.iter().all(|output| t.eval(output).is_err()));
}

/// Whether one of these rules lies behind a dimension.
fn has(t: &Symbols, d: &Dim, rules: &[Rule]) -> bool {
    t.behind([d]).into_iter().any(|sym| match &t.get(sym).definition {
        Definition::Call(call) => rules.contains(&call.rule),
        _ => false,
    })
}

/// Whether a dimension has no value, or an abbreviation in it has none.
fn has_fault(t: &Symbols, d: &Dim) -> bool {
    let named = |sym| match &t.get(sym).definition {
        Definition::Named(dim) => dim.terms().is_err(),
        _ => false,
    };
    d.terms().is_err() || t.behind([d]).into_iter().any(named)
}

fn has_floor(t: &Symbols, d: &Dim) -> bool {
    has(t, d, &[Rule::Floor, Rule::Ceil])
}

proptest! {
    #[test]
    fn what_is_equal_by_law_is_equal(
        trees in [small(ALL), small(ALL), small(ALL), small(POLYNOMIAL), small(POLYNOMIAL)],
        n in 1i128..13,
        k in -5i128..5,
    ) {
        let (mut t, handles) = table(&[2, 3, 5, 7]);
        let [a, b, c, v, w] = trees.each_ref().map(|tree| dim(tree, &mut t, &handles));
        let v = t.expand(&v);
        let w = t.expand(&w) + t.floor_div(&v, &n.into());
        if [&a, &b, &c, &w].iter().any(|dim| has_fault(&t, dim)) || t.expand(&b).is_zero() {
            return Ok(());
        }
        let whole = [
            (t.floor_div(&(&a + &w * &b), &b), t.floor_div(&a, &b) + &w),
            (t.ceil_div(&(&a + &w * &b), &b), t.ceil_div(&a, &b) + &w),
            (t.round_even_div(&(&a + 2 * &w * &b), &b), t.round_even_div(&a, &b) + 2 * &w),
            (t.ceil_div(&w, &n.into()), t.floor_div(&(&w + n - 1), &n.into())),
            (t.floor_div(&w, &Dim::one()), w.clone()),
        ];
        // Splitting gives up on sums of very many products.
        if b.terms().is_ok_and(|terms| terms.len() < 4) {
            for (at, (left, right)) in whole.iter().enumerate() {
                prop_assert!(t.same(left, right), "{at}: {} is {}", t.show(left), t.show(right));
            }
        }
        let pairs = [
            (t.min(&a, &b), t.min_of(&[b.clone(), a.clone(), &b + k.abs()])),
            (t.max(&a, &b), -t.min(&-a.clone(), &-b.clone())),
            (t.min(&(&a * n), &(&b * n)), t.min(&a, &b) * n),
            (t.min(&(&a + k), &(&b + k)), t.min(&a, &b) + k),
        ];
        for (at, (left, right)) in pairs.iter().enumerate() {
            prop_assert!(t.same(left, right), "{at}: {} is {}", t.show(left), t.show(right));
        }
        let inner = t.min(&a, &b);
        let nested = t.min(&(&inner + &w), &c);
        let flat = t.min_of(&[&a + &w, &b + &w, c.clone()]);
        prop_assert!(t.same(&nested, &flat), "{} is {}", t.show(&nested), t.show(&flat));
        if !has(&t, &v, &[Rule::Min, Rule::Max]) {
            let (inside, outside) = (t.min(&(&a + &v), &(&b + &v)), t.min(&a, &b) + &v);
            prop_assert!(t.same(&inside, &outside));
            let (most, least) = (t.max(&v, &w), t.min(&v, &w));
            prop_assert!(t.same(&(most + least), &(&v + &w)));
        }
        if ![&a, &b, &v].iter().any(|dim| has_floor(&t, dim)) {
            type Round = fn(&mut Symbols, &Dim, &Dim) -> Dim;
            for round in [Symbols::floor_div as Round, Symbols::ceil_div] {
                let inner = round(&mut t, &a, &b);
                let nested = round(&mut t, &(&inner + &v), &n.into());
                let flat = round(&mut t, &(&a + &v * &b), &(&b * n));
                prop_assert!(t.same(&nested, &flat), "{} is {}", t.show(&nested), t.show(&flat));
            }
        }
    }

    /// A formula with its names written out is the same one.
    #[test]
    fn names_make_no_difference(tree in small(ALL)) {
        let (mut t, handles) = table(&[2, 3, 5, 7]);
        let short = dim(&tree, &mut t, &handles);
        let long = dim(&without_names(&tree), &mut t, &handles);
        // What cannot be divided has no value, and a name for it does not say why.
        if t.eval(&short).is_ok() && t.eval(&long).is_ok() {
            prop_assert!(t.same(&short, &long), "{} is {}", t.show(&short), t.show(&long));
        }
    }
}

fn without_names(tree: &Tree) -> Tree {
    match tree {
        Tree::Name(tree) => without_names(tree),
        Tree::Node(op, a, b) => {
            Tree::Node(*op, Box::new(without_names(a)), Box::new(without_names(b)))
        }
        leaf => leaf.clone(),
    }
}
