//! From what is written of an encoder to what is designed.

use super::{Encoder, EncoderSpec, PLAIN};
use crate::diag::{Code, Diagnostic};
use crate::stages::block::{After, Wiring, check_norms};
use crate::stages::faults::Faults;
use crate::stages::feed::Feed;
use crate::stages::joint_tiles::JointTiles;
use crate::stages::options::{NormAt, NormsPerBlock, Position, PositionTable, TableStorage};
use crate::stages::pooled_head::{HeadSpec, Pool, PooledHead};
use crate::stages::stack::{Stack, stack_of};
use crate::stages::staged::Staged;
use crate::stages::windows::{self, FullBlocks, WindowEdges, WindowedBlocks};
use crate::units::Size;

impl EncoderSpec {
    /// The encoder that is described.
    pub fn design(&self, faults: &mut Faults) -> Encoder {
        let staged = self.staged(faults);
        let feed = self.feed(faults);
        Encoder {
            image: self.image,
            behind: self.behind(faults),
            patch: self.patch,
            temporal_patch: self.temporal_patch,
            staged,
            stack: Stack { position: self.position(faults), ..self.stack(&feed) },
            feed,
            patch_bias: self.patch_bias.unwrap_or(PLAIN.patch_bias),
            patch_storage: self.patch_storage.unwrap_or(PLAIN.patch_storage),
            norms_per_block: self.norms_per_block(faults),
            norm_at: self.norm_at.unwrap_or(PLAIN.norm_at),
            parallel: self.parallel.unwrap_or(PLAIN.parallel),
            layer_scale: self.layer_scale.unwrap_or(PLAIN.layer_scale),
            class_token: self.class_token.unwrap_or(PLAIN.class_token),
            class_token_at: self.class_token_at.unwrap_or(PLAIN.class_token_at),
            class_position: self.class_position(faults),
            mask_token: self.mask_token.unwrap_or(PLAIN.mask_token),
            relative_positions: self.relative_positions(faults),
            rotary_frequencies: self.rotary_frequencies.unwrap_or(PLAIN.rotary_frequencies),
            windows: self.windows(faults),
            convolution: self.convolution(faults),
            registers: self.registers.unwrap_or(PLAIN.registers),
            table_storage: self.table_storage.unwrap_or(PLAIN.table_storage),
            pre_norm: self.pre_norm.unwrap_or(PLAIN.pre_norm),
            post_norm: self.post_norm.unwrap_or(PLAIN.post_norm),
            feature_layer: self
                .feature_layer
                .as_ref()
                .map(|layers| layers.design(self.depth, faults)),
            feature_join: self.feature_join.unwrap_or(PLAIN.feature_join),
            feature_select: self.feature_select.unwrap_or(PLAIN.feature_select),
            merge: self.merge(faults),
            neck: self.neck(faults),
            head: faults.within("head", |faults| self.head(faults)),
            joint_tiles: self.joint_tiles(faults),
        }
    }

    /// The stages, beside which the fields of a ViT mean nothing.
    fn staged(&self, faults: &mut Faults) -> Option<Staged> {
        let stages = self.stages.as_ref()?;
        let staged = Staged::of(stages, faults)?;
        let of_stages = EncoderSpec {
            stages: self.stages.clone(),
            image: self.image,
            patch: self.patch,
            patch_bias: self.patch_bias,
            patch_storage: self.patch_storage,
            norm: self.norm,
            pre_norm: self.pre_norm,
            post_norm: self.post_norm,
            neck: self.neck.clone(),
            head: self.head,
            ..EncoderSpec::default()
        };
        if *self != of_stages {
            let text = "a tower of `stages` has no blocks of a ViT beside them";
            let help = "keep `patch`, `patch_bias`, `patch_storage`, `norm`, `pre_norm`, `post_norm`, \
                        `neck` and `head`; a stage has its own `width` and `depth`";
            faults.add("stages", Diagnostic::error(Code::Mismatch, text).help(help));
            return None;
        }
        let pool = self.head.get().and_then(|head| head.design()).map(|head| head.pool);
        if matches!(pool, Some(Pool::Attention(_) | Pool::ClassToken)) {
            let text = "a head that a tower of `stages` has nothing for";
            let help = "write `average-pool` or `query-pool`";
            faults.add("head", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        Some(staged)
    }

    /// The blocks.
    fn stack(&self, feed: &Feed) -> Stack {
        let mut stack = stack_of!(self, PLAIN.stack, feed.mlp_kind());
        stack.attention.inner_norm = self.attention_norm.unwrap_or(stack.attention.inner_norm);
        if self.mlp_norm.unwrap_or(false) {
            stack.mlp.inner_norm = Some(stack.norm);
        }
        stack
    }

    /// How it knows the order of its tokens.
    fn position(&self, faults: &mut Faults) -> Position {
        let position = self.position.unwrap_or(PLAIN.stack.position);
        let Some(table) = position.table() else { return position };
        if table.rows.is_some() && table.grid.is_some() {
            let text = "`rows` and `grid` of a position table say the same";
            let help = "keep `grid` where the table belongs to one, else `rows`";
            faults.add("position", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        if table.by_axis {
            self.check_by_axis(table, faults);
        }
        let by_rows = table.rows.is_some() && table.grid.is_none();
        let storage = self.table_storage.unwrap_or(PLAIN.table_storage);
        if by_rows && matches!(storage, TableStorage::Grid | TableStorage::Plane) {
            let text = "of a table that is stored by rows and columns its `rows` alone are said";
            let help = "say them as `grid`, such as `position: {learned: {grid: 64}}`";
            faults.add("position", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        position
    }

    /// Whether a table by axis has rows, and none to have for tokens beside the patches.
    fn check_by_axis(&self, table: PositionTable, faults: &mut Faults) {
        let mut fault = |code, text: &str, help: &str| {
            faults.add("position", Diagnostic::error(code, text).help(help));
        };
        if table.rows.is_none() {
            let text = "the rows of the tables by axis are not given";
            fault(Code::MissingField, text, "write `rows: 10240` beside `by_axis`, as Gemma 4");
        }
        let registers = self.registers.unwrap_or(PLAIN.registers).get();
        if self.class_token.unwrap_or(PLAIN.class_token) || registers > 0 {
            let text = "class and register tokens have no row and no column";
            fault(Code::Mismatch, text, "take `by_axis` out, or `class_token` and `registers`");
        }
    }

    /// How tiles are one sequence: whole, with learned positions.
    fn joint_tiles(&self, faults: &mut Faults) -> Option<JointTiles> {
        let has_table = self.position.unwrap_or(PLAIN.stack.position).table();
        let others = [
            ("window", self.window.is_some()),
            ("feature_layer", self.feature_layer.is_some()),
            ("registers", self.registers.unwrap_or(PLAIN.registers).get() > 0),
            ("head", self.head.unwrap_or(HeadSpec::None) != HeadSpec::None),
            ("position", has_table.is_none_or(|table| table != PositionTable::OPEN)),
            ("merge", self.merge.is_some()),
            ("convolution", self.convolution.is_some()),
            ("neck", self.neck.is_some()),
            ("stages", self.stages.is_some()),
            ("relative_positions", self.relative_positions.unwrap_or(PLAIN.relative_positions)),
        ];
        self.joint_tiles.as_ref()?.design(&others, self.depth, faults)
    }

    /// The head, which must find the token that it reads.
    fn head(&self, faults: &mut Faults) -> Option<PooledHead> {
        let head = self.head.get()?.design()?;
        if head.pool == Pool::ClassToken && !self.class_token.unwrap_or(PLAIN.class_token) {
            let text = "a head that reads the class token, and there is none";
            let help = "say `class_token: true`, or another head: `average-pool`, `attention-pool`";
            faults.add("class-token", Diagnostic::error(Code::Mismatch, text).help(help));
            return None;
        }
        Some(head)
    }

    /// Whether the class token has a row of the position table, which there must be.
    fn class_position(&self, faults: &mut Faults) -> bool {
        let has = self.class_position.unwrap_or(PLAIN.class_position);
        if !has && !self.class_token.unwrap_or(PLAIN.class_token) {
            let text = "`class_position` means nothing without a class token";
            let help = "say `class_token: true`, or take it out";
            faults.add("class_position", Diagnostic::error(Code::Mismatch, text).help(help));
            return PLAIN.class_position;
        }
        has
    }

    /// Norms of a block, which must suit its branches.
    fn norms_per_block(&self, faults: &mut Faults) -> NormsPerBlock {
        let parallel = self.parallel.unwrap_or(PLAIN.parallel);
        let norms = self.norms_per_block.unwrap_or(NormsPerBlock::usual(parallel));
        let is_moved = self.norm_at.unwrap_or(PLAIN.norm_at) != NormAt::Before;
        check_norms(norms, parallel, is_moved, faults);
        let at_branch = self.norm_at.unwrap_or(PLAIN.norm_at) == NormAt::Branch;
        if self.layer_scale.unwrap_or(PLAIN.layer_scale)
            && (norms == NormsPerBlock::Four || at_branch)
        {
            let text = "a norm after each branch and a layer scale both follow a branch";
            let help = "take one of them out: `norms_per_block` or `norm_at`, or `layer_scale`";
            let field = if at_branch { "norm_at" } else { "norms_per_block" };
            faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
        }
        norms
    }

    /// Whether positions are relative too, for which tokens must stand on a grid.
    fn relative_positions(&self, faults: &mut Faults) -> bool {
        let relative = self.relative_positions.unwrap_or(PLAIN.relative_positions);
        if !relative {
            return false;
        }
        let others = self.class_token.unwrap_or(PLAIN.class_token)
            || self.registers.unwrap_or(PLAIN.registers).get() > 0;
        let edges = self.window_edges.unwrap_or(WindowEdges::Smaller);
        let (text, help) = if others {
            (
                "class and register tokens have no row and column to be compared by",
                "take `relative_positions` out, or `class_token` and `registers`",
            )
        } else if self.kv_heads.is_some() {
            (
                "heads that share keys have no relative positions",
                "take `relative_positions` out, or `kv_heads`",
            )
        } else if self.window.is_some() && edges == WindowEdges::Smaller {
            (
                "tables of relative positions belong to windows of one size",
                "say `window_edges: padded`, or take `relative_positions` out",
            )
        } else {
            return true;
        };
        let problem = Diagnostic::error(Code::Mismatch, text).help(help);
        faults.add("relative_positions", problem);
        false
    }

    /// The windows, in which no token stands beside the patches.
    fn windows(&self, faults: &mut Faults) -> Option<WindowedBlocks> {
        let said = windows::Said {
            side: self.window,
            edges: self.window_edges,
            full: self.full_attention.as_deref(),
            full_every: self.full_attention_every,
            depth: self.depth,
        };
        let windows = said.design(faults)?;
        let registers = self.registers.unwrap_or(PLAIN.registers).get();
        if self.class_token.unwrap_or(PLAIN.class_token) || registers > 0 {
            let text = "class and register tokens stand in no window of the patch grid";
            let help = "take `window` out, or `class_token` and `registers`";
            faults.add("window", Diagnostic::error(Code::Mismatch, text).help(help));
            return None;
        }
        let ends_early =
            self.feature_layer.as_ref().is_some_and(|layers| layers.single() != Some(-1));
        if self.depth.is_none() && ends_early && windows.full != FullBlocks::None {
            let text = "which of the blocks after the features have windows is not known";
            let help = "give `depth` beside `window` and `feature_layer`";
            faults.add("feature_layer", Diagnostic::error(Code::MissingField, text).help(help));
            return None;
        }
        Some(windows)
    }
}

impl Encoder {
    /// Side of the square of pixels that a token is made of, where it is larger than a patch.
    pub fn window(&self) -> Option<Size> {
        self.staged.as_ref()?.window()
    }

    /// Where the norms of a block stand.
    pub fn wiring(&self) -> Wiring {
        Wiring::of(self.parallel, self.norms_per_block, self.norm_at)
    }

    /// What follows a branch before it is added.
    pub fn after(&self) -> After {
        match After::of(self.norms_per_block, self.norm_at) {
            After::Nothing if self.layer_scale => After::LayerScale,
            after => after,
        }
    }
}
