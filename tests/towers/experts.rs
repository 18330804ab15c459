//! Experts in the blocks of a tower: what is stored and what runs, by the closed form.

use vlmcalc::internals::cost::Measure;

use super::{of_tower, plan_of};

/// A router on 8 experts, of which each token runs through 2, of two matrices with biases.
#[test]
fn a_token_runs_through_the_experts_that_it_is_sent_to() {
    let plan = |feed: &str| {
        let encoder = format!("{{patch: 14, width: 64, depth: 4, heads: 4, {feed}}}");
        plan_of(
            "experts",
            &format!("image: 56\nencoder: {encoder}\nbridge: linear\nllm: {{width: 8}}\n"),
        )
    };
    let (tokens, width, hidden, depth) = (16, 64, 128, 4);
    let dense = plan("mlp_width: 128");
    let experts = plan("mlp: {moe: {experts: 8, top_k: 2, width: 128, mlp: plain, bias: true}}");
    let of = |measure: Measure| {
        let [experts, dense] = [&experts, &dense].map(|report| of_tower(report, measure).unwrap());
        experts - dense
    };
    let mlp = 2 * width * hidden + hidden + width;
    assert_eq!(of(Measure::Params), depth * (7 * mlp + 8 * width));
    let flops = tokens * (2 * 2 * width * hidden + 2 * 8 * width);
    assert_eq!(of(Measure::MatmulFlops), depth * flops);
}
