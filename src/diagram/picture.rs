//! What a diagram shows, before any format. All texts are safe to print, and escaped for no format;
//! a no-break blank stands where no line should be broken.

/// A whole pipeline, from the top down.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The pipeline's name.
    pub name: String,
    /// What was planned: batch, image, number format.
    pub subtitle: String,
    /// The components in order.
    pub lanes: Vec<Lane>,
    /// What stands at the line: `576 encoder-side tokens stop here`, all images of a prompt together.
    pub stop: String,
    /// What the whole costs.
    pub total: Costs,
    /// The symbols of all shapes: name, value, meaning.
    pub legend: Vec<[String; 3]>,
}

/// On which side of the line a component stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The encoder's side.
    Encoder,
    /// The bridge, which takes the encoder's tokens over: the line is at its top.
    Bridge,
    /// The LLM's side.
    Llm,
}

/// A component.
#[derive(Clone, Debug)]
pub struct Lane {
    /// `Vision encoder`, `Bridge: mlp`, `LLM`.
    pub title: String,
    /// On which side of the line it stands.
    pub side: Side,
    /// What it costs.
    pub costs: Costs,
    /// The stages; itself where components are not opened.
    pub stages: Vec<Stage>,
}

/// A box, or a frame around some.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The number of the box; frames have none.
    pub id: Option<usize>,
    /// `ViT block × 24`.
    pub title: String,
    /// What it is: `16 heads, width 1,024, MLP width 4,096`; may be empty.
    pub what: String,
    /// What it costs; none if nothing.
    pub costs: Option<Costs>,
    /// How it stands in the flow.
    pub role: Role,
    /// What comes in from outside of the pipeline: pictures or their pixels, words.
    pub takes: Vec<Flow>,
    /// The box that makes what it takes, where that does not come from outside: the processor.
    pub from: Option<usize>,
    /// In a frame, what it reads from outside of the frame beside the box before it.
    pub joins: Vec<Flow>,
    /// What it makes.
    pub makes: Flow,
    /// The boxes whose values it reads.
    pub reads: Vec<usize>,
    /// The boxes in a frame.
    pub inside: Vec<Stage>,
}

/// How a box stands in the flow from pixels to logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// In it: it reads the box before it.
    Trunk,
    /// Beside it: it reads no other box, and the next one of the trunk reads it.
    Source,
    /// Beside it: it reads what comes down with it, and the next one of the trunk reads it.
    Branch,
    /// Beside it: it reads a box further up, and one further down reads it.
    Aside,
    /// Beside it: it reads the box before it, and the logits do not depend on it.
    Unused,
}

/// A value on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// `577 encoder-side tokens`.
    pub label: String,
    /// The shape in numbers, `[1, 577, 1024]`.
    pub numbers: String,
    /// The shape in symbols, `[B, N_v, D_v]`.
    pub symbols: String,
}

/// What something costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Parameters.
    pub params: Share,
    /// Matmul FLOPs of the prefill.
    pub flops: Share,
}

/// A number and its share of the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// `290 M params`; empty for none.
    pub amount: String,
    /// `4.1 %`; empty where a number is not known.
    pub share: String,
}

impl Costs {
    /// `290 M params (4.1 %), 365 GFLOP (4.0 %)`.
    pub fn in_words(&self) -> String {
        self.shares().map(Share::in_words).collect::<Vec<_>>().join(", ")
    }

    /// What there is of the two.
    pub fn shares(&self) -> impl Iterator<Item = &Share> {
        [&self.params, &self.flops].into_iter().filter(|share| !share.amount.is_empty())
    }
}

impl Share {
    /// `290 M params (4.1 %)`.
    pub fn in_words(&self) -> String {
        match &self.share[..] {
            "" => self.amount.clone(),
            share => format!("{} ({share})", self.amount),
        }
    }
}

impl Picture {
    /// What the numbers in the boxes are.
    pub fn key(&self) -> &'static str {
        if self.has_shares() {
            "FLOPs: matmul FLOPs of the prefill. Percent: share of the total."
        } else {
            "FLOPs: matmul FLOPs of the prefill."
        }
    }

    /// Whether there is a line: a bridge takes over what an encoder makes.
    pub fn has_boundary(&self) -> bool {
        self.lanes.iter().any(|lane| lane.side == Side::Bridge)
    }

    /// Whether there are shares: the whole is known, of one of the two at least.
    pub fn has_shares(&self) -> bool {
        self.total.shares().any(|total| !total.share.is_empty())
    }

    /// All boxes with the component that they are in, frames opened.
    pub fn boxes(&self) -> impl Iterator<Item = (&Lane, &Stage)> {
        self.lanes.iter().flat_map(|lane| {
            let boxes = lane.stages.iter().flat_map(Stage::boxes);
            boxes.map(move |stage| (lane, stage))
        })
    }
}

impl Lane {
    /// Whether it is shown as one box.
    pub fn is_closed(&self) -> bool {
        matches!(&self.stages[..], [only] if only.title == self.title)
    }
}

impl Stage {
    /// The box itself, or the boxes in the frame.
    pub fn boxes(&self) -> Vec<&Stage> {
        match &self.inside[..] {
            [] => vec![self],
            inside => inside.iter().flat_map(Stage::boxes).collect(),
        }
    }
}
