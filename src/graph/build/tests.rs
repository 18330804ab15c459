//! What the builder makes of small models.

use super::super::{Component, When};
use super::*;
use crate::ops::{Input, Layout, Linear, ParamRole};
use crate::units::Size;

fn builder() -> (Builder, NodeId) {
    let mut b = Builder::varying(&[]);
    let x = b.push("x", Input { shape: Shape::new([Dim::one(), 7.into()]) }, &[]);
    (b, x)
}

fn linear(b: &mut Builder, x: NodeId) -> NodeId {
    let (input, output) = (Dim::from(7), Dim::from(7));
    b.push("proj", Linear { input, output, bias: true, layout: Layout::OutIn }, &[x])
}

#[test]
fn a_condition_within_a_condition_counts_the_rounds_that_meet_both() {
    let (mut b, x) = builder();
    let depth = Dim::from(b.count("L", "", "", Size::new(12)));
    let y = b.repeat("blocks", Role::Blocks, depth, x, |b, x| {
        let every = |period| When::Every { period, offset: 0 };
        b.when("outer", Role::Mlp, every(2), x, |b, x| {
            b.when("inner", Role::Mlp, every(3), x, linear)
        })
    });
    b.end_pass(y);
    let built = b.finish().unwrap();
    let graph = &built.passes[0];
    let inner = graph.scopes().find(|(_, scope)| scope.name == "inner").unwrap().1;
    let value = |dim: &Dim| graph.symbols.eval(dim).unwrap();
    assert_eq!((value(&inner.total), value(&inner.times)), (Some(2), Some(2)));
    assert_eq!(value(&graph.params[0].copies), Some(2));
    let rounds = &graph.params[0].rounds[0];
    assert_eq!((0..12).filter(|round| rounds.include(*round)).collect::<Vec<_>>(), [0, 6]);
}

#[test]
fn a_part_that_runs_on_two_shapes_is_stored_once() {
    let (mut b, x) = builder();
    let other = b.push("other", Input { shape: Shape::new([2.into(), 7.into()]) }, &[]);
    let tower = |b: &mut Builder, name: &str, x| {
        b.scope((name, "tower"), Role::Component(Component::VisionEncoder), |b| linear(b, x))
    };
    tower(&mut b, "tiles", x);
    let y = b.again(|b| tower(b, "thumbnail", other));
    b.end_pass(y);
    let graph = b.finish().unwrap().passes.remove(0);
    let names: Vec<&str> = graph.params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!(names, ["tower.proj.weight", "tower.proj.bias"]);
    let first: Vec<bool> =
        graph.nodes().flat_map(|(_, node)| node.reads.iter().map(|r| r.is_first)).collect();
    assert_eq!(first, [true, true, false, false]);
}

#[test]
fn what_is_stored_twice_or_never_is_wired_wrongly() {
    let (mut b, x) = builder();
    let x = linear(&mut b, x);
    let y = linear(&mut b, x);
    b.end_pass(y);
    assert_eq!(b.finish().unwrap_err(), ["proj.bias: stored twice", "proj.weight: stored twice"]);
    let (mut b, x) = builder();
    let y = b.again(|b| linear(b, x));
    b.end_pass(y);
    assert!(b.finish().unwrap_err()[0].contains("no tensor of this name"));
}

#[test]
fn parts_of_one_stored_matrix() {
    let (mut b, x) = builder();
    let shape = Shape::new([Dim::from(21), Dim::from(7)]);
    let all = b.store(("in_proj.weight", "attn.in_proj_weight"), shape, ParamRole::Matrix);
    let read = |b: &mut Builder, name: &str, rows: i128| {
        let (input, output) = (Dim::from(7), Dim::from(7));
        let layer = Linear { input, output, bias: false, layout: Layout::OutIn };
        let part = Stored { param: all, offset: Some(rows.into()) };
        b.push_on(name, layer, &[x], &[part])
    };
    read(&mut b, "q", 0);
    let y = read(&mut b, "k", 7);
    b.end_pass(y);
    let graph = b.finish().unwrap().passes.remove(0);
    assert_eq!((graph.params.len(), graph.params[0].name.as_str()), (1, "attn.in_proj_weight"));
}

#[test]
fn a_block_of_unknown_count_is_wired() {
    let (mut b, x) = builder();
    let depth = b.size("L", "", "", None::<Size>).into();
    let y = b.repeat("blocks", Role::Blocks, depth, x, |b, x| b.residual(x, |_, x| x));
    assert_ne!(x, y);
    assert_eq!(b.repeat("none", Role::Blocks, Dim::zero(), y, |_, _| unreachable!()), y);
}
