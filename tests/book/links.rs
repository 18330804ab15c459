//! Links of the book lead somewhere.

use std::collections::BTreeMap;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{BOOK, book};

fn links(page: &str) -> Vec<String> {
    let events = Parser::new_ext(page, Options::ENABLE_TABLES);
    let links = events.filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}

/// The names that GitHub gives the headings of a page.
fn anchors(page: &str) -> Vec<String> {
    let mut is_code = false;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = Vec::new();
    for line in page.lines() {
        is_code ^= line.starts_with("```");
        let Some((_, text)) = line.split_once("# ").filter(|(marks, _)| {
            !is_code && line.starts_with('#') && marks.bytes().all(|mark| mark == b'#')
        }) else {
            continue;
        };
        let kept = text.to_lowercase().replace(' ', "-");
        let name: String =
            kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let count = seen.entry(name.clone()).or_default();
        anchors.push(if *count == 0 { name } else { format!("{name}-{count}") });
        *count += 1;
    }
    anchors
}

#[test]
fn links_lead_somewhere() {
    let book = book();
    let mut dead = Vec::new();
    for (name, page) in &book {
        for link in links(page).into_iter().filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let file = if file.is_empty() { name } else { file };
            let exists = Path::new(BOOK).join(file).exists();
            let found =
                || book.get(file).is_some_and(|page| anchors(page).iter().any(|a| a == anchor));
            if !exists || (!anchor.is_empty() && !found()) {
                dead.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}
