//! Operations of the layers of LLMs, each with what it reads.

use vlmcalc::internals::ops::{
    ActivationKind, AddToOthers, BlockAttention, CausalConv, ChannelAttention, CorrectStreams,
    Deformable, DeltaRule, Experts, GridAttention, Hold, LatentAttention, MixStreams, MultiplyEach,
    OfRound, Op, PadIds, PaddedWindows, Recall, RelativeAttention, SameSize, Shape, Stored, Times,
    ToWindows, Weights,
};

use super::operations::Names;

/// An operation of this name and the shapes of what it reads.
pub fn of_layers(name: &str, names: &mut Names) -> (Op, Vec<Shape>) {
    let tokens = |names: &mut Names| vec![names.shape(["B", "N", "D"])];
    match name {
        "add_to_others" => {
            let x = names.shape(["B", "N", "n·D"]);
            (AddToOthers { width: names.dim("D") }.into(), vec![x, names.shape(["B", "N", "D"])])
        }
        "causal_conv" => {
            let (channels, kernel) = (names.dim("D"), names.dim("K"));
            let conv = CausalConv { channels, kernel, bias: false, continues: false };
            (conv.into(), tokens(names))
        }
        "correct_streams" => {
            let (streams, width) = (names.dim("n"), names.dim("D"));
            let read = [["B", "N", "n·D"], ["B", "N", "D"], ["B", "N", "n"]];
            (CorrectStreams { streams, width }.into(), read.map(|axes| names.shape(axes)).into())
        }
        "delta_rule" => {
            let [heads, key_heads, key_dim, value_dim] =
                ["h", "g", "d", "e"].map(|size| names.dim(size));
            let new = names.dim("N");
            let chunks = Some(DeltaRule::chunks_of(&mut names.0, &new));
            let keys = names.shape(["B", "N", "g·d"]);
            let each = names.shape(["B", "N", "h"]);
            let values = names.shape(["B", "N", "h·e"]);
            let rule = DeltaRule { heads, key_heads, key_dim, value_dim, chunks };
            (rule.into(), vec![keys.clone(), keys, values, each.clone(), each])
        }
        "deformable" => {
            let (grid, heads, points) = (names.grid(), names.dim("h"), names.dim("p"));
            let values = names.shape(["B", "N", "h·d"]);
            let (offsets, scores) =
                (names.shape(["B", "Q", "2·h·p"]), names.shape(["B", "Q", "h·p"]));
            let places = names.shape(["B", "Q", "2"]);
            (Deformable { grid, heads, points }.into(), vec![values, offsets, scores, places])
        }
        "block_attention" => {
            let blocks = names.blocks("k");
            let (heads, head_dim) = (names.dim("h"), names.dim("d"));
            let queries = Shape::new([names.dim("B"), blocks.count.clone(), &heads * &head_dim]);
            let keys = names.shape(["B", "N", "h·d"]);
            let op = BlockAttention { blocks, heads, head_dim };
            (op.into(), vec![queries, keys.clone(), keys])
        }
        "grid_attention" => {
            let (heads, head_dim) = (names.dim("h"), names.dim("d"));
            let (sides, tables) =
                ((names.dim("r"), names.dim("c")), (names.dim("R"), names.dim("C")));
            let x = names.shape(["B", "N", "h·d"]);
            let op = GridAttention { heads, head_dim, sides, tables };
            (op.into(), vec![x.clone(), x.clone(), x])
        }
        "channel_attention" => {
            let [groups, channels] = ["g", "c"].map(|size| names.dim(size));
            let x = names.shape(["B", "N", "g·c"]);
            (ChannelAttention { groups, channels }.into(), vec![x.clone(), x.clone(), x])
        }
        "experts" => {
            let [experts, chosen, width, hidden] = ["E", "k", "D", "F"].map(|size| names.dim(size));
            let runs = chosen.clone();
            let weights =
                Weights { softmax: true, normalized: true, of_inputs: false, factors: false };
            let (gated, bias, transposed) = (true, false, false);
            let activation = ActivationKind::Silu;
            let op = Experts {
                experts,
                chosen,
                runs,
                width,
                hidden,
                gated,
                activation,
                bias,
                transposed,
                weights,
            };
            (op.into(), [tokens(names), vec![names.shape(["B", "N", "E"])]].concat())
        }
        "hold" => (Hold.into(), vec![names.shape(["B", "M", "g·d"])]),
        "latent_attention" => {
            let [heads, own, shared, value] = ["h", "n", "r", "v"].map(|size| names.dim(size));
            let expanded = Shape::new([names.dim("B"), names.dim("M"), &heads * (&own + &value)]);
            let read = vec![
                names.shape(["B", "N", "h·n"]),
                names.shape(["B", "N", "h·r"]),
                expanded,
                names.shape(["B", "M", "r"]),
            ];
            (LatentAttention { heads, own, shared, value, absorbed: None }.into(), read)
        }
        "mix_streams" => {
            let (streams, width) = (names.dim("n"), names.dim("D"));
            let read = [["B", "N", "n·D"], ["B", "N", "n·n"]];
            (MixStreams { streams, width }.into(), read.map(|axes| names.shape(axes)).into())
        }
        "multiply_each" => {
            (MultiplyEach.into(), [tokens(names), vec![names.shape(["B", "N", "1"])]].concat())
        }
        "of_round" => {
            (OfRound { width: names.dim("D") }.into(), vec![names.shape(["B", "N", "L·D"])])
        }
        "pad_ids" => {
            let (tokens, rows) = (names.dim("S"), names.dim("vocab"));
            (PadIds { tokens, rows }.into(), vec![names.shape(["B", "N"])])
        }
        "recall" => (Recall { shape: names.shape(["B", "M", "g·d"]) }.into(), Vec::new()),
        "relative_attention" => {
            let [heads, buckets, width] = ["h", "b", "D"].map(|size| names.dim(size));
            let keys = names.shape(["B", "M", "D"]);
            let op = RelativeAttention { heads, width, buckets, causal: false };
            (op.into(), [tokens(names), vec![keys.clone(), keys]].concat())
        }
        "same_size" => (SameSize.into(), [tokens(names), tokens(names)].concat()),
        "stored" => (Stored { shape: names.shape(["R", "C"]) }.into(), tokens(names)),
        "times" => (Times { factor: 0.5 }.into(), tokens(names)),
        "to_windows" => {
            let (grid, [side, count]) = (names.grid(), ["s", "w"].map(|size| names.dim(size)));
            (ToWindows(PaddedWindows { grid, side, count }).into(), tokens(names))
        }
        _ => panic!("no operation is called `{name}`"),
    }
}
