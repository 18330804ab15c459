//! What the tests and the measurements of this project reach beyond the public face: no part of it,
//! and it may change at any time.

/// See `src/check`.
pub mod check {
    pub use crate::check::{Checked, Finding, Origin, Results, RuleUse, Status, expectations};
}

/// See `src/cli`.
pub mod cli {
    pub use crate::cli::commands;
}

/// See `src/compare`.
pub mod compare {
    pub use crate::compare::{Comparison, with_bridges};
}

/// See `src/cost`.
pub mod cost {
    pub use crate::cost::{MEASURES, Measure, Pass, Report, Row, Uncompiled};
    /// See `src/cost/numbers`.
    pub mod numbers {
        pub use crate::cost::numbers::{Fact, Key, find, keys};
    }
}

/// See `src/diag`.
pub mod diag {
    pub use crate::diag::{
        Code, Diagnostic, Severity, Source, Sources, Span, is_unsafe, render, sanitize,
    };
}

/// See `src/diagram`.
pub mod diagram {
    pub use crate::diagram::{FORMATS, Picture, Role, Stage, View, draw, picture};
}

/// See `src/diff`.
pub mod diff {
    pub use crate::diff::{Comparison, Delta, Saved, Side, StageState};
}

/// See `src/dim`.
pub mod dim {
    pub use crate::dim::{
        Check, Condition, Dim, Fault, Operation, Program, Relation, Rounding, Runner, Slot, Step,
        Sym, Symbols,
    };
}

/// See `src/docs`.
pub mod docs {
    pub use crate::docs::{Facts, fields, page};
}

/// See `src/drill`.
pub mod drill {
    pub use crate::drill::{Question, Settings, draw};
    /// See `src/drill/sheet`.
    pub mod sheet {
        pub use crate::drill::sheet::{FORMATS, Sheet, anki};
    }
    /// See `src/drill/topics`.
    pub mod topics {
        pub use crate::drill::topics::{TOPICS, Topic};
    }
}

#[cfg(feature = "forward")]
/// See `src/exec`.
pub mod exec {
    pub use crate::exec::{
        Given, Inputs, Options, Outputs, Progress, RunReport, Stage, run, run_on,
    };
}

/// See `src/explain`.
pub mod explain {
    pub use crate::explain::{Explanation, Level, Line, Value, explain};
}

/// See `src/graph`.
pub mod graph {
    pub use crate::graph::{Component, Node, NodeId, Views, alive};
}

#[cfg(feature = "forward")]
/// See `src/kernels`.
pub mod kernels {
    pub use crate::kernels::{Counter, Precision, Stored, Tensor, TensorId};
    /// See `src/kernels/linear`.
    pub mod linear {
        pub use crate::kernels::linear::{Layout, Linear, linear};
    }
    /// See `src/kernels/matmul`.
    pub mod matmul {
        pub use crate::kernels::matmul::{Tile, View, matmul};
    }
}

/// See `src/media`.
pub mod media {
    pub use crate::media::{
        Cells, Costed, Count, Extremes, Grid, Joined, Kind, Layout, Markers, Marks, Padding,
        Pixels, Places, Problem, Processor, RULES, Refusal, Rule, RuleKind, Settings, View, Views,
        extremes, fit, rules,
    };
    /// See `src/media/clip`.
    pub mod clip {
        pub use crate::media::clip::{
            Budget, Clip, ClipBudget, ClipLayout, ClipRule, ClipSpec, Cost, FrameBudget, Kept,
            Moment, Patches, Pictures, Pool, Range, Refusal, Rounding, SAMPLERS, Sample, Source,
            Stacked, Template, Temporal, Text, VideoProcessor, Visual, Written, sample,
        };
    }
}

/// See `src/ops`.
pub mod ops {
    pub use crate::ops::{
        Activation, ActivationKind, AdaptivePool, Add, AddFirst, AddRows, AddTable, AddToOthers,
        Attention, AvgPool, BlockAttention, Blocks, CausalConv, ChannelAttention, Concat,
        CorrectStreams, Deformable, DeltaRule, Embedding, Experts, Gate, Grid, GridAttention,
        GridConv, Hold, Input, Interpolate, JoinTiles, Keep, KernelStorage, KvCache,
        LatentAttention, Layout, Learned, Linear, MaskProduct, MixStreams, Multiply, MultiplyEach,
        Norm, NormKind, OfRound, Op, Pad, PadIds, PaddedWindows, PatchConv, Pick, Places,
        PoolProduct, PoolTarget, Reach, Recall, RelativeAttention, Reshape, Rope, SameSize, Scale,
        Shape, SideBySide, Slice, Softmax, SpaceToDepth, Split, Storage, Stored, TableRows,
        TileTable, Times, ToWindows, Value, Weights, Widen, Windows,
    };
}

/// See `src/planned`.
pub mod planned {
    pub use crate::planned::{Planned, count, count_varying, plan};
}

/// See `src/render`.
pub mod render {
    pub use crate::render::{Printer, View, formats, plan_json};
}

/// See `src/report`.
pub mod report {
    pub use crate::report::{FORMATS, View};
}

/// See `src/schema`.
pub mod schema {
    pub use crate::schema::File;
}

/// See `src/spec`.
pub mod spec {
    pub use crate::spec::{Overrides, Policy, Severity, Spec, by_own_names, load, other_names};
    /// See `src/spec/presets`.
    pub mod presets {
        pub use crate::spec::presets::{PRESETS, Preset};
    }
}

/// See `src/stages`.
pub mod stages {
    /// See `src/stages/bridge`.
    pub mod bridge {
        pub use crate::stages::bridge::{
            BRIDGES, BridgeKind, Draw, LinearSpec, ProjectorSpec, Reduction,
        };
    }
    /// See `src/stages/decoder`.
    pub mod decoder {
        pub use crate::stages::decoder::Logits;
    }
}

/// See `src/units`.
pub mod units {
    pub use crate::units::{ImageSize, Size, Unit, exact, human};
}

/// See `src/yaml`.
pub mod yaml {
    pub use crate::yaml::{Node, Value, canonicalise, decode, parse};
}
