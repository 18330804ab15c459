//! The rules, one file each.

mod fixed;
mod smart_resize;

pub use fixed::Fixed;
pub use smart_resize::{SmallSides, SmartResize};
