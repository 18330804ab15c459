//! `vlmcalc diff --git`: the working tree and a revision.

use crate::command::Ran;
use crate::folder::Folder;

const SMALL: &str = "image: 28\nencoder: {patch: 14, width: 8}\nbridge: linear\nllm: {width: 16}\n";
const LARGE: &str = "image: 28\nencoder: {patch: 14, width: 8}\nbridge: linear\nllm: {width: 32}\n";

fn repository() -> Folder {
    let scratch = Folder::new();
    scratch.git(&["init", "-q", "-b", "main"]);
    scratch
}

fn commit(scratch: &Folder, message: &str) {
    scratch.git(&["add", "-A"]);
    scratch.git(&["commit", "-q", "-m", message]);
}

/// The headings of a comparison that is run in a folder.
fn headings(scratch: &Folder, folder: &str, args: &[&str]) -> Vec<String> {
    let args = [&["diff", "--format", "markdown"], args].concat();
    let output = scratch.command(folder, &args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect()
}

#[test]
fn the_working_tree_and_a_revision() {
    let scratch = repository();
    for file in ["a.yaml", "s p/é.yaml", "s p/gone.yaml", "same.yml", "notes.txt", ".hidden.yaml"]
    {
        scratch.write(file, SMALL);
    }
    commit(&scratch, "first");
    scratch.git(&["tag", "v1"]);
    for file in ["a.yaml", "s p/é.yaml", "s p/new.yaml", "notes.txt", ".hidden.yaml"] {
        scratch.write(file, LARGE);
    }
    scratch.remove("s p/gone.yaml");
    let all = [
        "v1:a.yaml → a.yaml",
        "added: s p/new.yaml",
        "v1:s p/é.yaml → s p/é.yaml",
        "removed: v1:s p/gone.yaml",
    ];
    assert_eq!(headings(&scratch, "", &["--git", "v1"]), all);
    assert_eq!(headings(&scratch, "", &["--git", "v1", ".", "a.yaml", "./s p"]), all);
    assert_eq!(headings(&scratch, "", &["--git", "v1", "a.yaml"]), all[..1]);
    assert_eq!(headings(&scratch, "", &["--git", "v1", "s p/gone.yaml"]), all[3..]);
    assert_eq!(headings(&scratch, "", &["--git", "v1", "*/g*.yaml"]), all[3..]);
    assert_eq!(
        headings(&scratch, "s p", &["--git", "v1"]),
        ["added: new.yaml", "v1:s p/é.yaml → é.yaml", "removed: v1:s p/gone.yaml"]
    );
    assert_eq!(headings(&scratch, "s p", &["--git", "v1", "../a.yaml"]), ["v1:a.yaml → ../a.yaml"]);
    commit(&scratch, "second");
    assert_eq!(headings(&scratch, "", &["--git", "HEAD"]), [""; 0]);
    assert_eq!(headings(&scratch, "", &["--git", "HEAD~1", "same.yml", "a.yaml"]).len(), 1);
    // `REV...` is where the two parted.
    scratch.git(&["switch", "-q", "-c", "side", "v1"]);
    scratch.write("same.yml", LARGE);
    commit(&scratch, "third");
    assert_eq!(headings(&scratch, "", &["--git", "main..."]), ["main...:same.yml → same.yml"]);
    assert_eq!(headings(&scratch, "", &["--git", "main"]).len(), 5);
}

#[test]
fn broken_on_either_side_does_not_stop_the_rest() {
    let scratch = repository();
    scratch.write("a.yaml", SMALL);
    scratch.write("was.yaml", "bridge: lineer\n");
    scratch.write("is.yaml", SMALL);
    commit(&scratch, "first");
    scratch.write("a.yaml", LARGE);
    scratch.write("was.yaml", SMALL);
    scratch.write("is.yaml", "\n");
    let Ran { code, stdout, stderr } = scratch.run(&["diff", "--git", "main"]);
    assert_eq!((code, stderr.as_str()), (2, ""));
    insta::assert_snapshot!("broken_on_either_side", stdout);
}

#[test]
fn a_change_that_mends_or_removes_a_broken_spec_passes() {
    let scratch = repository();
    scratch.write("mended.yaml", "image: 224\nencoder: {patch: 15}\nbridge: linear\n");
    scratch.write("gone.yaml", "bridge: lineer\n");
    scratch.write("binary.yaml", b"bridge: \xff\n");
    commit(&scratch, "first");
    scratch.write("mended.yaml", SMALL);
    scratch.write("binary.yaml", SMALL);
    scratch.remove("gone.yaml");
    let args = ["diff", "--git", "HEAD", "--max-increase", "5%"];
    for format in ["table", "json", "markdown", "github", "junit"] {
        let Ran { code, stdout, stderr } =
            scratch.run(&[&args[..], &["--format", format]].concat());
        assert_eq!((code, stderr.as_str()), (0, ""), "{format}: {stdout}");
        let words = "nothing to compare with: the base";
        assert!(stdout.matches(words).count() >= 3, "{format}: {stdout}");
    }
    let args = ["diff", "--git", "HEAD", "--format", "github"];
    let Ran { stdout, .. } = scratch.run(&args);
    assert!(stdout.contains("::warning file=mended.yaml,"), "{stdout}");
}

#[test]
fn what_git_cannot_answer() {
    let scratch = repository();
    let fault = |args: &[&str], words: &str| {
        let Ran { code, stdout, stderr } = scratch.run(&[&["diff"], args].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(words), "{args:?}: {stderr}");
    };
    fault(&["--git=main"], "no commits yet");
    scratch.write("a.yaml", SMALL);
    commit(&scratch, "first");
    fault(&["--git=nothing"], "git knows no commit `nothing`");
    fault(&["--git=--output=x"], "git knows no commit `--output=x`");
    fault(&["--git=origin/main"], "git fetch");
    fault(&["--git=main", "/"], "outside of this repository");
    fault(&["--git=main", "b.yaml"], "`b.yaml` holds no spec, neither here nor at `main`");
    fault(&["--git=main", "a***b"], "is not a pattern");
    let elsewhere = Folder::new();
    let Ran { code, stderr, .. } = elsewhere.run(&["diff", "--git", "main"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("`.` is in no git working tree"), "{stderr}");
    let output = scratch.command("", &["diff", "--git", "main"]).env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("error[git]: the `git` program is not installed"), "{stderr}");
}

#[test]
fn the_help_of_a_bare_revision_is_git() {
    let scratch = repository();
    let Ran { code, stderr, .. } = scratch.run(&["diff", "main"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("`vlmcalc diff --git main`"), "{stderr}");
}
