//! The stages of a pipeline. A stage is its part of the spec and the wiring of its operations; it
//! holds no formula.

pub mod attention;
pub mod beside;
pub mod block;
pub mod bridge;
pub mod choice;
pub mod decoder;
pub mod deepstack;
pub mod encoder;
pub mod faults;
pub mod features;
pub mod feed;
pub mod handed;
pub mod heads;
pub mod image;
pub mod join;
pub mod joint;
pub mod joint_tiles;
pub mod llm;
pub mod mixer;
pub mod mlp;
pub mod names;
pub mod options;
pub mod patch_embed;
pub mod pooled_head;
pub mod reader;
pub mod stack;
mod trunk;
pub mod views;
pub mod vision;
pub mod windows;
