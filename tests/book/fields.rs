//! The fields of specs and policies, a table for each section.

use vlmcalc::internals::docs::{self, Facts};
use vlmcalc::internals::schema::File;

use super::markdown::{code, codes, list, table};

/// `spec` or `policy`: every field of such a file.
pub fn part(file: &str) -> String {
    let file = match file {
        "spec" => File::Spec,
        "policy" => File::Policy,
        _ => panic!("there is no file `{file}`"),
    };
    let fields: Vec<Facts> =
        docs::fields(file).into_iter().filter(|field| !is_again(&field.path)).collect();
    let mut sections: Vec<&str> = vec![""];
    for field in &fields {
        let section = parent(&field.path);
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    sections.iter().map(|section| of_section(&fields, section)).collect()
}

/// The fields of a section, and the choices of those that have some.
fn of_section(fields: &[Facts], section: &str) -> String {
    let own: Vec<&Facts> = fields.iter().filter(|field| parent(&field.path) == section).collect();
    let heading = if section.is_empty() { "The file" } else { &code(section) };
    let about = fields.iter().find(|field| field.path == section).map(|field| &field.meaning);
    let mut out = format!("### {heading}\n\n");
    out += &about
        .map_or_else(String::new, |about| format!("{}\n\n", super::markdown::sentences(about)));
    let rows = own.iter().map(|field| {
        let symbol = field.symbol.as_ref().map_or_else(String::new, |symbol| code(&symbol.name));
        [code(last(&field.path)), kind(field), default(field), symbol, meaning(field)]
    });
    out += &table(["field", "value", "default", "symbol", "meaning"], rows);
    for field in own {
        for (is, items) in [("is one of:", &field.choices), ("may be:", &field.forms)] {
            if !items.is_empty() {
                let items = items.iter().map(|line| line.trim_start_matches("- ").to_owned());
                out += &format!("\n{} {is}\n\n{}", code(last(&field.path)), list(items));
            }
        }
    }
    out + "\n"
}

/// What its value is. The page says how far whole numbers go, and forms are listed below.
fn kind(field: &Facts) -> String {
    let kind = field.kind.replace("one of the forms below", "several forms");
    kind.replace(" to 1,000,000,000,000", "")
}

fn default(field: &Facts) -> String {
    match &field.default {
        _ if field.is_required => "must be given".to_owned(),
        Some(default) => default.clone(),
        None => String::new(),
    }
}

fn meaning(field: &Facts) -> String {
    let also = match &field.names[..] {
        [] => String::new(),
        names => format!(" Also {}.", codes(names)),
    };
    format!("{}{also}", field.meaning.replace('\n', " "))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

fn last(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, last)| last)
}

/// What stands after another bridge, as a bridge of `deepstack`, as the rule of a clip's frames, or
/// as markers of another rule or place, is the same as where it stands first.
fn is_again(path: &str) -> bool {
    let again = ["deepstack.bridge.", "video_processor.frame."];
    let marks = path.split_once(".markers.").filter(|(_, place)| place.contains('.'));
    path.contains(".then.")
        || again.iter().any(|section| path.starts_with(section))
        || path.contains(".markers.") && !path.starts_with("processor.fixed.")
        || marks.is_some_and(|(_, place)| !place.starts_with("picture."))
}
