//! What an operation counts: it is built with symbols for its sizes, and asked.

use vlmcalc::internals::dim::{Dim, Symbols};
use vlmcalc::internals::ops::{
    Activation, ActivationKind, AdaptivePool, Add, AddFirst, AddRows, AddTable, Attention, AvgPool,
    Blocks, Concat, Embedding, Gate, Grid, GridConv, Input, Interpolate, JoinTiles, Keep,
    KernelStorage, KvCache, Layout, Learned, Linear, MaskProduct, Multiply, Norm, NormKind, Op,
    Pad, PatchConv, Pick, Places, PoolProduct, PoolTarget, Reach, Reshape, Rope, Scale, Shape,
    SideBySide, Slice, Softmax, SpaceToDepth, Split, Storage, TableRows, TileTable, Widen, Windows,
};

use super::layers::of_layers;
use super::markdown::{code, codes, list, table};

/// An operation and the shapes of what it reads.
struct Example {
    op: Op,
    inputs: Vec<Shape>,
}

/// Names of the operations, as their files in `src/ops` are called.
pub const NAMES: [&str; 56] = [
    "activation",
    "adaptive_pool",
    "add",
    "add_first",
    "add_rows",
    "add_table",
    "add_to_others",
    "attention",
    "avg_pool",
    "block_attention",
    "causal_conv",
    "channel_attention",
    "concat",
    "correct_streams",
    "deformable",
    "delta_rule",
    "embedding",
    "experts",
    "gate",
    "grid_attention",
    "grid_conv",
    "hold",
    "input",
    "interpolate",
    "join_tiles",
    "keep",
    "kv_cache",
    "latent_attention",
    "learned",
    "linear",
    "mask_product",
    "mix_streams",
    "multiply",
    "multiply_each",
    "norm",
    "of_round",
    "pad",
    "pad_ids",
    "patch_conv",
    "pick",
    "recall",
    "relative_attention",
    "reshape",
    "rope",
    "same_size",
    "scale",
    "side_by_side",
    "slice",
    "softmax",
    "space_to_depth",
    "split",
    "stored",
    "tile_table",
    "times",
    "to_windows",
    "widen",
];

/// Symbols that are declared when they are first named.
#[derive(Default)]
pub struct Names(pub Symbols);

impl Names {
    pub fn dim(&mut self, name: &str) -> Dim {
        if let Ok(number) = name.parse::<i128>() {
            return number.into();
        }
        let known = self.0.iter().find(|(_, symbol)| symbol.name == name).map(|(sym, _)| sym);
        known.unwrap_or_else(|| self.0.free(name, "")).into()
    }

    /// A shape of names and products of them.
    pub fn shape<const N: usize>(&mut self, axes: [&str; N]) -> Shape {
        Shape::new(axes.map(|axis| axis.split('·').map(|name| self.dim(name)).product()))
    }

    /// A grid of N patches.
    pub fn grid(&mut self) -> Grid {
        let [rows, columns, patch] = ["n_h", "n_w", "P"].map(|name| self.dim(name));
        Grid { rows, columns, patch }
    }

    /// Blocks of this side that fill a grid of N patches.
    pub fn blocks(&mut self, side: &str) -> Blocks {
        let (grid, side, tokens) = (self.grid(), self.dim(side), self.dim("N"));
        Blocks::filling(grid, &(side.clone(), side), &tokens)
    }
}

fn example(name: &str, names: &mut Names) -> Example {
    // Declared in the order in which formulas shall name them.
    names.dim("B").symbols().for_each(|batch| names.0.count(batch));
    let _ = names.dim("N");
    let tokens = |names: &mut Names| vec![names.shape(["B", "N", "D"])];
    let (op, inputs): (Op, Vec<Shape>) = match name {
        "linear" => {
            let (input, output) = (names.dim("D_in"), names.dim("D_out"));
            let layer = Linear { input, output, bias: true, layout: Layout::OutIn };
            (layer.into(), vec![names.shape(["B", "N", "D_in"])])
        }
        "patch_conv" => {
            let grid = names.grid();
            let (channels, patch, width) = (names.dim("C"), names.dim("P"), names.dim("D"));
            let image = vec![names.shape(["B", "C", "H", "W"])];
            let (frames, storage, bias) = (None, KernelStorage::Kernel, true);
            let padded = None;
            let window = None;
            let conv =
                PatchConv { channels, frames, patch, window, storage, width, grid, padded, bias };
            (conv.into(), image)
        }
        "patch_conv of frames" => {
            let grid = names.grid();
            let (channels, patch, width) = (names.dim("C"), names.dim("P"), names.dim("D"));
            let image = vec![names.shape(["B", "C", "t", "H", "W"])];
            let (frames, storage, bias) = (Some(names.dim("t")), KernelStorage::Kernel, false);
            let padded = None;
            let window = None;
            let conv =
                PatchConv { channels, frames, patch, window, storage, width, grid, padded, bias };
            (conv.into(), image)
        }
        "attention" | "attention in windows" => {
            let (heads, kv_heads, head_dim) = (names.dim("h"), names.dim("g"), names.dim("d"));
            let (width, kv_width) = (&heads * &head_dim, &kv_heads * &head_dim);
            let (reach, keys) = if name == "attention" {
                (Reach::All, names.shape(["B", "M", "g·d"]))
            } else {
                let (grid, side) = (names.grid(), names.dim("w"));
                let windows = Windows::new(&mut names.0, grid, side);
                (Reach::Windows(Box::new(windows)), names.shape(["B", "N", "g·d"]))
            };
            let op = Attention { heads, kv_heads, head_dim, width, kv_width, reach };
            (op.into(), vec![names.shape(["B", "N", "h·d"]), keys.clone(), keys])
        }
        "norm" | "norm rms" => {
            let kind = if name == "norm" { NormKind::LayerNorm } else { NormKind::RmsNorm };
            (Norm::new(kind, names.dim("D")).into(), tokens(names))
        }
        "activation" => {
            (Activation { kind: ActivationKind::Gelu }.into(), vec![names.shape(["B", "N", "F"])])
        }
        "embedding" => {
            let (rows, width) = (names.dim("vocab"), names.dim("D"));
            (Embedding { rows, width }.into(), vec![names.shape(["B", "N"])])
        }
        "rope" => {
            let x = vec![names.shape(["B", "N", "h·d"])];
            let (head_dim, past) = (names.dim("d"), names.dim("past"));
            (Rope { head_dim, turned: None, places: Places::Sequence { past } }.into(), x)
        }
        "kv_cache" => {
            let past = names.dim("past");
            let new = names.dim("N");
            let op = KvCache::new(&mut names.0, &past, &new, None);
            (op.into(), vec![names.shape(["B", "N", "g·d"])])
        }
        "kv_cache windowed" => {
            let (past, new, window) = (names.dim("past"), names.dim("N"), names.dim("W"));
            let op = KvCache::new(&mut names.0, &past, &new, Some(&window));
            (op.into(), vec![names.shape(["B", "N", "g·d"])])
        }
        "add_table" => {
            let table = names.shape(["R", "D"]);
            (AddTable { table, rows: TableRows::Fitted }.into(), tokens(names))
        }
        "learned" => {
            let (batch, rows, width) = (names.dim("B"), names.dim("Q"), names.dim("D"));
            let weight = names.shape(["1", "Q", "D"]);
            (Learned { weight, batch, rows, width }.into(), Vec::new())
        }
        "add" => (Add.into(), [tokens(names), tokens(names)].concat()),
        "add_first" => {
            (AddFirst.into(), vec![names.shape(["B", "S", "D"]), names.shape(["B", "V", "D"])])
        }
        "keep" => (Keep.into(), tokens(names)),
        "side_by_side" => {
            (SideBySide.into(), vec![names.shape(["B", "N", "D"]), names.shape(["B", "N", "E"])])
        }
        "multiply" => {
            (Multiply.into(), vec![names.shape(["B", "N", "F"]), names.shape(["B", "N", "F"])])
        }
        "scale" => (Scale { width: names.dim("D") }.into(), tokens(names)),
        "avg_pool" => {
            let (blocks, target) = (names.blocks("k"), PoolTarget::Kernel(names.dim("k")));
            (AvgPool { blocks, target, product: None }.into(), tokens(names))
        }
        "space_to_depth" => {
            let blocks = names.blocks("r");
            (SpaceToDepth { blocks }.into(), tokens(names))
        }
        "adaptive_pool" => {
            let (from, [rows, columns]) =
                (names.grid(), ["m_h", "m_w"].map(|side| names.dim(side)));
            let to = Grid { rows, columns, patch: names.dim("P") };
            (AdaptivePool { from, to }.into(), tokens(names))
        }
        "add_rows" => {
            let (table, each) = (names.shape(["R", "D"]), names.dim("n"));
            (AddRows { table, each }.into(), tokens(names))
        }
        "multiply by one token" => {
            (Multiply.into(), vec![names.shape(["B", "N", "F"]), names.shape(["B", "1", "F"])])
        }
        "grid_conv" => {
            let (from, [rows, columns]) =
                (names.grid(), ["m_h", "m_w"].map(|side| names.dim(side)));
            let to = Grid { rows, columns, patch: names.dim("P") };
            let [count, kernel, stride, padding, groups, input, output] =
                ["M", "k", "s", "p", "g", "D", "D_out"].map(|size| names.dim(size));
            let bias = true;
            let conv = GridConv {
                from: from.into(),
                to: to.into(),
                count,
                kernel,
                stride,
                padding,
                groups,
                input,
                output,
                bias,
            };
            (conv.into(), tokens(names))
        }
        "interpolate" => {
            let (from, [rows, columns]) =
                (names.grid(), ["m_h", "m_w"].map(|side| names.dim(side)));
            let to = Grid { rows, columns, patch: names.dim("P") };
            (Interpolate { from, to }.into(), tokens(names))
        }
        "join_tiles" => {
            let mut pair = |rows: &str, columns: &str| (names.dim(rows), names.dim(columns));
            let (tiles, unpadded, kept) = (pair("R", "C"), pair("A_u", "C_u"), pair("A", "C_j"));
            let (tokens, view) = (names.dim("N"), names.grid());
            let overlap = Dim::zero();
            let joint = JoinTiles { tokens, view, tiles, overlap, unpadded, kept, newline: true };
            (joint.into(), vec![names.shape(["B", "t·N", "D"]), names.shape(["B", "1", "D"])])
        }
        "softmax" => (Softmax.into(), tokens(names)),
        "gate" => (Gate { tanh: true }.into(), tokens(names)),
        "pad" => (Pad { tokens: names.dim("M") }.into(), tokens(names)),
        "mask_product" => {
            (MaskProduct { batch: names.dim("B"), tokens: names.dim("S") }.into(), Vec::new())
        }
        "tile_table" => {
            let [layouts, tiles] = ["R", "t"].map(|name| names.dim(name));
            let (tokens, width, shared) = (names.dim("N"), names.dim("D"), true);
            let grid = (names.dim("t_r"), names.dim("t_c"));
            let x = vec![names.shape(["B·t", "N", "D"])];
            (TileTable { layouts, tiles, tokens, width, shared, grid }.into(), x)
        }
        "avg_pool as a product" => {
            let (blocks, target) = (names.blocks("k"), PoolTarget::Kernel(names.dim("k")));
            let tokens_blocks = PoolProduct { tokens: names.dim("N_p"), blocks: names.dim("M_p") };
            let product = Some(tokens_blocks);
            (AvgPool { blocks, target, product }.into(), tokens(names))
        }
        "widen" => (Widen { width: names.dim("V") }.into(), tokens(names)),
        "concat" => {
            (Concat.into(), vec![names.shape(["B", "N", "D"]), names.shape(["B", "M", "D"])])
        }
        "split" => {
            let x = vec![names.shape(["B", "N", "3·D"])];
            (Split { offset: names.dim("D"), width: names.dim("D") }.into(), x)
        }
        "pick" => (Pick { length: names.dim("M") }.into(), tokens(names)),
        "slice" => (Slice { length: names.dim("M"), from_end: false }.into(), tokens(names)),
        "reshape" => {
            let x = vec![names.shape(["B·t", "N", "D"])];
            (Reshape { shape: names.shape(["B", "t·N", "D"]) }.into(), x)
        }
        "input" => (Input { shape: names.shape(["B", "C", "H", "W"]) }.into(), Vec::new()),
        _ => of_layers(name, names),
    };
    Example { op, inputs }
}

/// What one operation reads, makes, stores and costs, as a list; of the activations a table.
pub fn part(name: &str) -> String {
    if name == "activations" {
        return activations();
    }
    let mut names = Names::default();
    let Example { op, inputs } = example(name, &mut names);
    let symbols = &names.0;
    let shown = |shape: &Shape| {
        let axes: Vec<String> = shape.0.iter().map(|axis| symbols.show(axis)).collect();
        format!("[{}]", axes.join(", "))
    };
    let refs: Vec<&Shape> = inputs.iter().collect();
    let output = op.shape(&refs).unwrap_or_else(|mismatch| panic!("{name}: {}", mismatch.0));
    let weights = op.slots();
    let params: Dim = weights.iter().map(|weight| weight.shape.elements()).sum();
    let stored = weights.iter().map(|weight| format!("{} {}", weight.name, shown(&weight.shape)));
    let stored: Vec<String> = stored.collect();
    let mut items = Vec::new();
    if !inputs.is_empty() {
        items.push(format!("reads {}", codes(inputs.iter().map(shown))));
    }
    items.push(format!("makes {}", code(shown(&output))));
    if !stored.is_empty() {
        items.push(format!("stores {}", codes(stored)));
        items.push(format!("parameters: {}", code(symbols.show(&params))));
    }
    let work = op.work(&refs, &output);
    let costs = [("matmul FLOPs", &work.matmul), ("other FLOPs", &work.other)];
    let needed = work.needed.map(|needed| code(symbols.show(&needed)));
    let costly: Vec<_> = costs.iter().filter(|(_, cost)| !cost.is_zero()).collect();
    items.extend(costly.iter().map(|(what, cost)| format!("{what}: {}", code(symbols.show(cost)))));
    items.extend(needed.map(|needed| format!("of the matmul FLOPs needed: {needed}")));
    if costly.is_empty() {
        items.push("no FLOPs".to_owned());
    }
    if let Storage::Cached(elements) = op.storage(&refs, &output) {
        items.push(format!("values that stay in the cache: {}", code(symbols.show(&elements))));
    }
    list(items)
}

/// Other FLOPs per element of every activation.
fn activations() -> String {
    use ActivationKind::{
        Gelu, GeluTanh, HardSigmoid, HardSwish, QuickGelu, Relu, Relu2, Sigmoid, Silu, Tanh,
    };
    let rows = [
        (Gelu, "x·Φ(x) = x·(1 + erf(x/√2))/2", "x/√2, erf, + 1, · x, /2"),
        (
            GeluTanh,
            "x·(1 + tanh(√(2/π)·(x + a·x³)))/2",
            "x², · x, · a, + x, · √(2/π), tanh, + 1, · x, /2",
        ),
        (QuickGelu, "x·σ(1.702·x)", "· 1.702, exp, + 1, 1/…, · x"),
        (Silu, "x·σ(x)", "exp, + 1, 1/…, · x"),
        (Relu, "max(x, 0)", "max"),
        (Relu2, "max(x, 0)²", "max, square"),
        (Sigmoid, "σ(x)", "exp, + 1, 1/…"),
        (Tanh, "tanh(x)", "tanh"),
        (HardSigmoid, "max(0, min(1, x/6 + 1/2))", "/6, + 1/2, min, max"),
        (HardSwish, "x·max(0, min(1, x/6 + 1/2))", "/6, + 1/2, min, max, · x"),
    ];
    let one = Shape::new([Dim::one()]);
    let rows = rows.map(|(kind, formula, steps)| {
        let op = Op::from(Activation { kind });
        let per_element = Symbols::default().show(&op.work(&[&one], &one).other);
        assert_eq!(steps.split(", ").count().to_string(), per_element, "{formula}");
        [code(op.kind()), formula.to_owned(), steps.to_owned(), per_element]
    });
    table(["activation", "function", "steps", "FLOPs per element:"], rows)
}

#[test]
fn every_operation_is_explained() {
    let page = std::fs::read_to_string("src/docs/formulas.md").unwrap();
    let files = std::fs::read_dir("src/ops").unwrap().map(|entry| entry.unwrap().path());
    let stems = files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
    let mut stems: Vec<String> =
        stems.filter(|s| !["blocks", "mod", "machine", "slot"].contains(&s.as_str())).collect();
    stems.sort();
    assert_eq!(stems, NAMES);
    for name in NAMES {
        let marker = format!("{}operation {name} -->", super::parts::START);
        assert!(page.contains(&marker), "formulas.md has no part for `{name}`");
    }
}
