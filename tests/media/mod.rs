//! What processors make of pictures and clips, compared with what the real ones did, to the last integer.
//!
//! `families/` has the settings of each family as a spec says them, with the patches of its
//! encoder. `tables/` holds one picture of many sizes, `several/` several pictures in one prompt,
//! `counts.json` a few sizes of many models; `extract.py` writes these from measurements on
//! transformers. `random.json` holds random pictures, by the reference's own functions
//! (`reference.py`). A test reports every difference.

mod clip_properties;
mod clip_worst;
mod clips;
mod counts;
mod extremes;
mod family;
mod plans;
mod properties;
mod random;
mod several;
mod tables;
