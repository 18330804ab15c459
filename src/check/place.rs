//! Which field of a spec to point at for a number of its plan.

/// Beginnings of paths, and the section that such a number depends on most.
const SECTIONS: [(&str, &str); 14] = [
    ("tokens.patches", "image"),
    ("tokens.encoder", "encoder"),
    ("tokens.visual", "bridge"),
    ("tokens.structural", "prompt.structural_tokens"),
    ("tokens.text", "prompt.text_tokens"),
    ("tokens.generated", "prompt.generated_tokens"),
    ("tokens.context", "llm.context"),
    ("tokens", "image"),
    ("vision_encoder", "encoder"),
    ("bridge", "bridge"),
    ("llm", "llm"),
    ("decode", "llm"),
    ("memory", "llm"),
    ("answer", "prompt.generated_tokens"),
];

/// The field to point at; the empty path is the whole spec.
pub fn field_of(path: &str) -> &'static str {
    let begins = |beginning: &str| path == beginning || path.starts_with(&format!("{beginning}."));
    let found =
        SECTIONS.iter().find(|(beginning, _)| begins(beginning) || path.ends_with(beginning));
    found.map_or("llm", |(_, section)| section)
}
