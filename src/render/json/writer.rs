//! JSON that is written from its start to its end, without a tree of it in between.

use crate::cost::numbers::is_index;

/// More blanks than any line begins with.
const BLANKS: &str = "                                ";

/// An object or a list being written, one value after the other, two blanks for each level.
pub(super) struct Writer {
    text: String,
    /// The path of the innermost object or list that is open; nothing for the outermost.
    place: String,
    /// What is open, outermost first.
    open: Vec<Level>,
}

/// An object or a list that is open.
struct Level {
    /// The length of the place around it.
    around: usize,
    /// The bracket that closes it, as soon as its first member says which it is.
    end: Option<char>,
}

impl Default for Writer {
    fn default() -> Writer {
        let whole = Level { around: 0, end: None };
        Writer { text: String::new(), place: String::new(), open: vec![whole] }
    }
}

impl Writer {
    /// The text, to which the value at a path is to be added. The values of an object come one after
    /// the other; a segment that is a number is an index of a list.
    pub fn at(&mut self, path: &str) -> &mut String {
        let dot = path.bytes().rposition(|byte| byte == b'.');
        let (around, name) = dot.map_or(("", path), |dot| (&path[..dot], &path[dot + 1..]));
        while !is_within(around, &self.place) {
            self.close();
        }
        if around.len() > self.place.len() {
            let missing = around[self.place.len()..].trim_start_matches('.');
            missing.split('.').for_each(|segment| self.open(segment));
        }
        self.member(name);
        &mut self.text
    }

    /// The whole text.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    /// Begins a member that is an object or a list.
    fn open(&mut self, name: &str) {
        self.member(name);
        let around = self.place.len();
        if around > 0 {
            self.place.push('.');
        }
        self.place.push_str(name);
        self.open.push(Level { around, end: None });
    }

    fn close(&mut self) {
        if let Some(Level { around, end: Some(end) }) = self.open.pop() {
            self.place.truncate(around);
            self.line();
            self.text.push(end);
        }
    }

    /// Begins a member. Its name is the program's own and needs no escapes.
    fn member(&mut self, name: &str) {
        let Some(level) = self.open.last_mut() else { return };
        if level.end.is_some() {
            self.text.push(',');
        } else {
            let is_list = is_index(name);
            self.text.push(if is_list { '[' } else { '{' });
            level.end = Some(if is_list { ']' } else { '}' });
        }
        let is_object = level.end == Some('}');
        self.line();
        if is_object {
            self.text.push('"');
            self.text.push_str(name);
            self.text.push_str("\": ");
        }
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.push_str(BLANKS.get(..2 * self.open.len()).unwrap_or(BLANKS));
    }
}

/// Whether a path is a place or is in it.
fn is_within(path: &str, place: &str) -> bool {
    let below = path.strip_prefix(place);
    below.is_some_and(|below| place.is_empty() || below.is_empty() || below.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_at_their_paths() {
        let paths = ["a", "b.c.0", "b.c.1.d", "b.c.1.e", "b.cd", "f.0.0", "f.1.0", "g"];
        let mut writer = Writer::default();
        for (at, path) in paths.iter().enumerate() {
            writer.at(path).push_str(&at.to_string());
        }
        let text = writer.finish();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read,
            serde_json::json!({
                "a": 0, "b": {"c": [1, {"d": 2, "e": 3}], "cd": 4}, "f": [[5], [6]], "g": 7
            })
        );
        assert_eq!(text, serde_json::to_string_pretty(&read).unwrap());
    }
}
