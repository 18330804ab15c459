//! Reads Markdown as GitHub does.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What a page holds.
#[derive(Debug, Default)]
pub struct Page {
    /// HTML, which only the report itself may write.
    pub html: Vec<String>,
    /// Rows of tables, their cells as text.
    pub rows: Vec<Vec<String>>,
    /// Items of lists, as text.
    pub items: Vec<String>,
}

/// The page; panics if it has anything that a text could only have smuggled in.
pub fn read(text: &str) -> Page {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let mut page = Page::default();
    let mut current = String::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                page.html.push(html.trim_end().to_owned());
            }
            // The report's own words about what is left out.
            Event::Code(words) => assert_eq!(&*words, "--format json"),
            Event::Text(text) => current.push_str(&text),
            Event::Start(Tag::TableRow | Tag::TableHead) => page.rows.push(Vec::new()),
            Event::Start(Tag::TableCell | Tag::Item) => current.clear(),
            Event::End(TagEnd::TableCell) => {
                page.rows.last_mut().unwrap().push(current.replace('\u{200b}', ""));
            }
            Event::End(TagEnd::Item) => page.items.push(current.replace('\u{200b}', "")),
            Event::Start(Tag::HtmlBlock | Tag::Paragraph | Tag::Strong | Tag::List(None))
            | Event::Start(Tag::Table(_))
            | Event::End(_) => {}
            other => panic!("{other:?} in {text}"),
        }
    }
    page
}

/// Whether GitHub finds somebody to notify or something to link to in the finished text.
pub fn notifies(text: &str) -> bool {
    let finished = text.replace("\\", "").replace("&#8203;", "\u{200b}");
    let after = |sign: &str, wanted: fn(char) -> bool| {
        finished.split(sign).skip(1).any(|rest| rest.starts_with(wanted))
    };
    after("@", char::is_alphanumeric)
        || after("#", |c| c.is_ascii_digit())
        || finished.contains("://")
        || finished.contains("www.")
}
