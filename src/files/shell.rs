//! Words as a POSIX shell takes them.

/// A word in quotes, if a shell would take it for something else.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=@%:,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_word_back() {
        for word in ["a/b-1.yaml", "", "a b", "it's", "$HOME `x`", "5% and 2 GiB", "é\n*", "\\"] {
            let command = format!("printf %s {}", shell_word(word));
            let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), word);
        }
        assert_eq!(shell_word("params.total=1%"), "params.total=1%");
    }
}
