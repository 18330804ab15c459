//! What is wrong with fields taken together, found while a spec's choices are made.

use crate::diag::Diagnostic;

/// A problem of a spec and the path of the field to point at.
pub type Problem = (String, Diagnostic);

/// The problems found so far, and the section that is being read.
#[derive(Debug, Default)]
pub struct Faults {
    section: String,
    found: Vec<Problem>,
}

impl Faults {
    /// Reads a section (`bridge`, or `then.mlp` in one): what is found there has its path.
    pub fn within<R>(&mut self, section: &str, read: impl FnOnce(&mut Faults) -> R) -> R {
        let around = self.section.len();
        self.section = self.path(section);
        let result = read(self);
        self.section.truncate(around);
        result
    }

    /// Notes a problem of a field of the section.
    pub fn add(&mut self, field: &str, problem: Diagnostic) {
        self.found.push((self.path(field), problem));
    }

    /// All problems, in the order in which they were found.
    pub fn into_problems(self) -> Vec<Problem> {
        self.found
    }

    fn path(&self, below: &str) -> String {
        let between = if self.section.is_empty() { "" } else { "." };
        format!("{}{between}{below}", self.section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn problems_have_the_paths_of_their_sections() {
        let problem = || Diagnostic::error(Code::Mismatch, "");
        let mut faults = Faults::default();
        faults.within("bridge", |faults| {
            faults.within("mlp", |faults| {
                faults.add("depth", problem());
            });
            faults.within("then.mlp", |faults| faults.add("hidden", problem()));
        });
        faults.add("image", problem());
        let paths: Vec<String> = faults.into_problems().into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["bridge.mlp.depth", "bridge.then.mlp.hidden", "image"]);
    }
}
