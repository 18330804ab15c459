//! The stored tensors that an operation reads.

use smallvec::SmallVec;

use super::Shape;
use crate::dim::Dim;

/// A stored tensor as an operation reads it: all of it, or some rows of a larger one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What it is in its module, e.g. `weight` or `bias`.
    pub name: &'static str,
    /// The shape that is read, outermost axis first.
    pub shape: Shape,
    /// What it is for.
    pub role: ParamRole,
    /// Elements that a token touches, where it does not touch all.
    pub active: Option<Dim>,
}

/// The slots of an operation, in the order of its documentation; most have two at most.
pub type Slots = SmallVec<[Slot; 2]>;

/// What a stored tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamRole {
    /// The matrix of a product, or the kernel of a convolution.
    Matrix,
    /// What a product's result is shifted by.
    Bias,
    /// Weight or bias of a normalisation.
    Norm,
    /// A table of which a token reads the row of its word.
    Words,
    /// A table of which a token reads the row of its position.
    Positions,
    /// Learned tokens, or factors per channel.
    Vector,
}

impl Slot {
    /// A tensor of which a token touches all.
    fn of(name: &'static str, shape: Shape, role: ParamRole) -> Slot {
        Slot { name, shape, role, active: None }
    }

    /// A matrix or kernel, called `weight`.
    pub fn matrix(shape: Shape) -> Slot {
        Slot::of("weight", shape, ParamRole::Matrix)
    }

    /// A bias.
    pub fn bias(shape: Shape) -> Slot {
        Slot::of("bias", shape, ParamRole::Bias)
    }

    /// A part of a normalisation.
    pub fn norm(name: &'static str, shape: Shape) -> Slot {
        Slot::of(name, shape, ParamRole::Norm)
    }

    /// A table of words or of positions, called `weight`.
    pub fn table(shape: Shape, role: ParamRole) -> Slot {
        Slot::of("weight", shape, role)
    }

    /// Learned tokens or factors.
    pub fn vector(name: &'static str, shape: Shape) -> Slot {
        Slot::of(name, shape, ParamRole::Vector)
    }
}
