//! What processors make of pictures and clips, compared with what the real ones did, to the last integer.

mod clip_properties;
mod clip_worst;
mod clips;
