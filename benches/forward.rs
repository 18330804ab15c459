//! How fast the forward pass is, as a ratio to the plain matrix product in the same run.
//!
//! The product is a Llama-7B MLP's, 640×4096 by 4096×11008; the passes are the CLIP ViT-L/14-336
//! tower and one Llama-7B block at 640 tokens, weights made on the fly. `benches/forward_torch.py`
//! times the same in PyTorch.

use std::time::Instant;

#[cfg(feature = "forward")]
fn main() {
    let plain = (0..3).map(|_| plain_product()).fold(0.0, f64::max);
    println!("plain product        {plain:>6.0} GFLOP/s");
    use vlmcalc::internals::graph::Component::{Llm, VisionEncoder};
    for (name, stage, path) in [
        ("CLIP ViT-L/14-336", VisionEncoder, "vision_encoder"),
        ("Llama-7B block", Llm, "llm.blocks"),
    ] {
        let (seconds, flops) = (0..3)
            .map(|_| pass(stage, path))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .expect("three passes");
        let speed = flops / seconds / 1e9;
        println!(
            "{name:<20} {speed:>6.0} GFLOP/s   {seconds:>6.2} s   {:.2} of plain",
            speed / plain
        );
    }
}

#[cfg(not(feature = "forward"))]
fn main() {
    println!("built without the forward pass: {:?}", Instant::now());
}

/// GFLOP/s of one large product on all processors, its operands in memory.
#[cfg(feature = "forward")]
fn plain_product() -> f64 {
    use rayon::prelude::*;
    use vlmcalc::internals::kernels::Counter;
    use vlmcalc::internals::kernels::matmul::{Tile, View, matmul};
    let (m, k, n) = (640, 4096, 11008);
    let (x, w) = (vec![0.5f32; m * k], vec![0.25f32; k * n]);
    let mut y = vec![0.0f32; m * n];
    let counter = Counter::default();
    let start = Instant::now();
    Tile::cut(&mut y, n, m, 256).into_par_iter().enumerate().for_each(|(at, mut tile)| {
        let columns = tile.columns();
        let left = View::new(&x, m, k, k);
        let right = View::new(&w[at * 256..], k, columns, n);
        matmul(&mut tile, left, right, 1.0, false, &counter);
    });
    counter.flops() as f64 / start.elapsed().as_secs_f64() / 1e9
}

/// Seconds and FLOPs of a part of LLaVA-1.5-7B with one LLM block.
#[cfg(feature = "forward")]
fn pass(stage: vlmcalc::internals::graph::Component, path: &str) -> (f64, f64) {
    use vlmcalc::internals::exec::{self, Options, Stage};
    use vlmcalc::internals::planned::count;
    use vlmcalc::internals::spec::{self, Overrides};
    use vlmcalc::internals::stages::decoder::Logits;

    struct Silent;
    impl exec::Progress for Silent {
        fn step(&mut self, _: &str, _: u64) {}
    }

    let overrides = Overrides { set: vec!["llm.depth=1".into()], ..Overrides::default() };
    let loaded = spec::load("llava-1.5-7b", &overrides).expect("a preset");
    let report = count("bench", &loaded.spec, Logits::Last).expect("a report");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options =
        Options { stage: Stage::Component(stage), repeat: 1, threads, ..Options::default() };
    let run = exec::run(&report, &options, &mut Silent).expect("a run");
    let row = report.prefill.row(path).expect("a row");
    let operations = &run.prefill.operations[row.nodes.clone()];
    let seconds = operations.iter().map(|op| op.time.as_secs_f64()).sum();
    (seconds, operations.iter().map(|op| op.matmul_flops).sum::<u64>() as f64)
}
