//! Diagnostics as text in the style of rustc.

use super::excerpt::excerpt;
use super::{Diagnostic, Label, Severity, SourceId, Sources, sanitize};
use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet, renderer::DEFAULT_TERM_WIDTH,
};

/// One diagnostic as lines of text, the last one without a line break at its end.
///
/// Everything that came from outside is made safe: no control character reaches the output except
/// line breaks and, with `color`, the renderer's own colours.
pub fn render(d: &Diagnostic, sources: &Sources, color: bool) -> String {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(sanitize(&d.message)).id(d.code.as_str());
    let mut group = Group::with_title(title);
    let mut moved = None;
    for (index, id) in sources_of(d).into_iter().enumerate() {
        let (snippet, shown) = snippet(d, sources, id);
        if index == 0 {
            moved = column_fix(d, sources, shown);
        }
        group = group.element(snippet);
    }
    if let (None, Some(origin)) = (&d.primary, &d.origin) {
        group = group.element(Origin::path(sanitize(origin)));
    }
    let notes = d.notes.iter().map(|note| sanitize(note).into_owned());
    let changes = (!d.changes.is_empty()).then(|| d.change_lines().join("\n"));
    for (index, note) in notes.chain(changes).enumerate() {
        if index == 0 && d.primary.is_some() {
            group = group.element(Padding);
        }
        group = group.element(Level::NOTE.message(note));
    }
    let mut groups = vec![group];
    if let Some(help) = &d.help {
        groups.push(Group::with_title(Level::HELP.secondary_title(sanitize(help))));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    // The excerpt is short already; the renderer's own cutting loses the marked column.
    let mut text = renderer.term_width(DEFAULT_TERM_WIDTH * 8).render(&groups);
    if let Some((shown, real)) = moved {
        let body = text.find('\n').unwrap_or(0);
        if let Some(at) = text[body..].find(&shown) {
            text.replace_range(body + at..body + at + shown.len(), &real);
        }
    }
    text
}

/// The sources to show, the primary one first.
fn sources_of(d: &Diagnostic) -> Vec<SourceId> {
    let mut ids = Vec::new();
    for label in d.primary.iter().chain(&d.labels) {
        if !ids.contains(&label.span.source) {
            ids.push(label.span.source);
        }
    }
    ids
}

/// The excerpt of one source, and the column that its first mark has in it.
fn snippet<'a>(
    d: &'a Diagnostic,
    sources: &'a Sources,
    id: SourceId,
) -> (Snippet<'a, annotate_snippets::Annotation<'a>>, usize) {
    let primary = d.primary.iter().map(|label| (label, AnnotationKind::Primary));
    let others = d.labels.iter().map(|label| (label, AnnotationKind::Context));
    let labels: Vec<(&Label, AnnotationKind)> =
        primary.chain(others).filter(|(label, _)| label.span.source == id).collect();
    let spans: Vec<_> = labels.iter().map(|(label, _)| label.span.range()).collect();
    let source = sources.get(id);
    let cut = excerpt(&source.text, &spans);
    let start = cut.marks.first().map_or(0, |mark| mark.start);
    let line_start = cut.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let column = 1 + cut.text[line_start..start].chars().count();
    let annotations = labels.iter().zip(cut.marks).map(|((label, kind), mark)| {
        let text = (!label.text.is_empty()).then(|| sanitize(&label.text));
        kind.span(mark).label(text)
    });
    let snippet = Snippet::source(cut.text)
        .path(sanitize(&source.name))
        .line_start(cut.first_line)
        .annotations(annotations);
    (snippet, column)
}

/// The header's position as the renderer computes it from the excerpt, and as it is in the file.
fn column_fix(d: &Diagnostic, sources: &Sources, shown: usize) -> Option<(String, String)> {
    let span = d.primary.as_ref()?.span;
    let source = sources.get(span.source);
    let (line, column) = source.line_column(span.start);
    let name = sanitize(&source.name);
    (column != shown).then(|| (format!("{name}:{line}:{shown}"), format!("{name}:{line}:{column}")))
}

#[cfg(test)]
mod tests {
    use super::super::{Code, Source, Span};
    use super::*;

    fn show(text: &str, make: impl FnOnce(SourceId) -> Diagnostic) -> String {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("vlm.yaml", text));
        render(&make(id), &sources, false)
    }

    #[test]
    fn looks_like_rustc() {
        let text = "image: 224\nencoder:\n  patch: 16\n  widht: 1024\n";
        let got = show(text, |id| {
            Diagnostic::error(Code::UnknownKey, "unknown key `widht` in `encoder`")
                .at(Span::new(id, 34, 39), "not a key of `encoder`")
                .label(Span::new(id, 11, 18), "")
                .note("a note")
                .help("did you mean `width`?")
        });
        let want = "\
error[unknown-key]: unknown key `widht` in `encoder`
 --> vlm.yaml:4:3
  |
2 | encoder:
  | -------
3 |   patch: 16
4 |   widht: 1024
  |   ^^^^^ not a key of `encoder`
  |
  = note: a note
help: did you mean `width`?";
        assert_eq!(got, want);
    }

    #[test]
    fn hostile_text_is_neutralised_everywhere() {
        let evil = "\u{1b}[31m\u{9b}1m\u{202e}\u{200b}\u{7}\r";
        let mut sources = Sources::default();
        let id = sources.add(Source::new(format!("a{evil}\n.yaml"), format!("\t{evil}k: 1")));
        let d = Diagnostic::error(Code::BadValue, format!("m{evil}\n"))
            .at(Span::new(id, 15, 17), evil)
            .label(Span::new(id, 0, 1), evil)
            .note(evil)
            .help(evil);
        for (d, color) in [(&d, false), (&d.clone(), true)] {
            let text = render(d, &sources, color);
            let text = text.replace('\n', "");
            let own = text.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "");
            assert!(color || !text.chars().any(super::super::sanitize::is_unsafe), "{text:?}");
            assert!(!own.contains("\u{1b}[31m") && !own.contains('\u{9b}'), "{own:?}");
        }
    }

    #[test]
    fn long_lines_keep_their_real_column() {
        let text = format!("a: 1\nname: {}\n", "z".repeat(1 << 20));
        let start = std::time::Instant::now();
        let got = show(&text, |id| {
            Diagnostic::error(Code::BadValue, "m").at(Span::new(id, 900_000, 900_003), "x")
        });
        assert!(got.contains(" --> vlm.yaml:2:899996\n"), "{got}");
        assert!(got.contains("^^^ x") && got.len() < 500, "{got}");
        assert!(start.elapsed().as_millis() < 500);
    }

    #[test]
    fn wide_characters_tabs_and_crlf() {
        let got = show("中文:\t值 x\r\nb: 1\r\n", |id| {
            Diagnostic::error(Code::BadValue, "m").at(Span::new(id, 12, 13), "here")
        });
        let want = "error[bad-value]: m\n --> vlm.yaml:1:7\n  |\n1 | 中文:    值 x\n  |             ^ here";
        assert_eq!(got, want);
    }

    #[test]
    fn end_of_input_empty_file_and_no_place() {
        let empty = show("", |id| Diagnostic::error(Code::Empty, "m").at(Span::new(id, 0, 0), "x"));
        assert!(empty.contains(" --> vlm.yaml:1:1\n"), "{empty}");
        let end =
            show("a: 1\n", |id| Diagnostic::error(Code::BadYaml, "m").at(Span::new(id, 5, 5), "x"));
        assert!(end.contains(" --> vlm.yaml:2:1\n"), "{end}");
        let file =
            show("", |_| Diagnostic::error(Code::CannotRead, "no such file").from_file("a.yaml"));
        assert_eq!(file, "error[cannot-read]: no such file\n--> a.yaml");
    }

    #[test]
    fn changes_are_aligned() {
        let row = |cells: [&str; 4]| cells.map(str::to_owned);
        let mut d = Diagnostic::error(Code::Drift, "2 numbers").from_file("a.yaml");
        d.changes =
            vec![row(["params.total", "7.06 B", "999 M", "−85.9 %"]), row(["k\n", "1", "2", ""])];
        let want = [
            "error[drift]: 2 numbers",
            "--> a.yaml",
            " = note: params.total   7.06 B → 999 M   −85.9 %",
            "         k\\u{a}              1 →     2",
        ];
        assert_eq!(render(&d, &Sources::default(), false), want.join("\n"));
    }

    #[test]
    fn two_sources() {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("vlm.yaml", "bridge: linear\n"));
        let set = sources.add(Source::new("--set", "bridge.mlp=1"));
        let d = Diagnostic::warning(Code::BadOverride, "m")
            .at(Span::new(set, 0, 10), "set here")
            .label(Span::new(file, 8, 14), "a scalar");
        let text = render(&d, &sources, false);
        assert!(text.contains("--> --set:1:1") && text.contains("::: vlm.yaml:1:9"), "{text}");
        assert!(text.starts_with("warning[bad-override]: m"));
    }
}
