//! Lines of a text format, indented by how deep they stand.

/// Lines so far.
#[derive(Default)]
pub struct Lines(Vec<String>);

impl Lines {
    /// One more line.
    pub fn push(&mut self, depth: usize, text: &str) {
        self.0.push(format!("{}{text}", "    ".repeat(depth)));
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.0.iter().map(|line| format!("{line}\n")).collect()
    }
}
