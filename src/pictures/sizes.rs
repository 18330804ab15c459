//! Sizes of pictures in a text, one a line: `480x640`, `480,640` (height, width), with a name before
//! them, or in columns that a first line names.

use crate::diag::{Code, Diagnostic, SourceId, Sources, Span};
use crate::media::Pixels;
use crate::units::ImageSize;

/// A size with what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sized {
    /// The name of the picture, if the line has one.
    pub name: Option<String>,
    /// Its size.
    pub size: Pixels,
}

/// The most problems that are told; a file of another kind has one in every line.
const MOST_TOLD: usize = 10;

/// The most sizes of a list.
const MOST_SIZES: usize = 1_000_000;

/// What a line may be, for messages.
const HOW: &str = "write `480x640`, `480,640` (height, width) or `name,480,640`, or name the columns \
                   in the first line: `name,height,width`";

/// Where a line says what.
#[derive(Clone, Copy, Debug)]
enum Columns {
    /// As its fields are.
    Unnamed,
    /// Height and width, and perhaps a name.
    Sides { height: usize, width: usize, name: Option<usize> },
    /// Both in one field, and perhaps a name.
    Size { size: usize, name: Option<usize> },
}

/// The sizes of a text of comma-separated values. Fields may stand between semicolons or tabs too.
/// Empty lines, and those that begin with `#`, are passed over.
///
/// # Errors
/// The lines that say no size, each with its place; the first of them where there are many.
pub fn sizes(sources: &Sources, id: SourceId) -> Result<Vec<Sized>, Vec<Diagnostic>> {
    at_most(MOST_SIZES, sources, id)
}

/// So many sizes of a text.
fn at_most(most: usize, sources: &Sources, id: SourceId) -> Result<Vec<Sized>, Vec<Diagnostic>> {
    let text = &sources.get(id).text;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let (mut found, mut problems, mut wrong) = (Vec::new(), Vec::new(), 0);
    let mut columns = None;
    for record in reader.records() {
        // The text is UTF-8, and rows may have any number of fields: nothing is left to go wrong.
        let Ok(record) = record else { break };
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let fields: Vec<&str> = record.iter().collect();
        if fields.iter().all(|field| field.is_empty()) {
            continue;
        }
        if columns.is_none() {
            columns = Some(named(&fields).unwrap_or(Columns::Unnamed));
            if !matches!(columns, Some(Columns::Unnamed)) {
                continue;
            }
        }
        match columns.unwrap_or(Columns::Unnamed).read(&fields) {
            Ok(_) if found.len() == most => {
                let message = format!("the list has more than {most} sizes");
                let problem = Diagnostic::error(Code::TooLarge, message);
                return Err(vec![problem.from_file(&sources.get(id).name)]);
            }
            Ok(size) => found.push(size),
            Err(why) => {
                wrong += 1;
                if problems.len() < MOST_TOLD {
                    problems.push(problem(id, text, start, why));
                }
            }
        }
    }
    if let Some(last) = problems.last_mut().filter(|_| wrong > MOST_TOLD) {
        last.notes.push(format!("{} more lines say no size", wrong - MOST_TOLD));
    }
    match (problems.is_empty(), found.is_empty()) {
        (true, false) => Ok(found),
        (false, _) => Err(problems),
        (true, true) => {
            let nothing = Diagnostic::error(Code::Empty, "the file holds no size");
            Err(vec![nothing.from_file(&sources.get(id).name).help(HOW)])
        }
    }
}

/// The problem of a line, with its place.
fn problem(id: SourceId, text: &str, start: usize, why: String) -> Diagnostic {
    // Lines that were passed over belong to the next record.
    let rest = &text[start.min(text.len())..];
    let is_passed = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let passed: usize = rest.split_inclusive('\n').take_while(is_passed).map(str::len).sum();
    let start = start + passed;
    let line = text[start..].lines().next().unwrap_or_default();
    let end = start + line.trim_end().len();
    Diagnostic::error(Code::BadValue, "the line says no size of a picture")
        .at(Span::new(id, start, end), why)
        .help(HOW)
}

/// What stands between the fields: what the first line with any has.
fn delimiter(text: &str) -> u8 {
    let between = |line: &str| line.bytes().find(|byte| matches!(byte, b',' | b';' | b'\t'));
    text.lines().filter(|line| !line.starts_with('#')).find_map(between).unwrap_or(b',')
}

/// The columns that a first line names; nothing if it is none of that kind.
fn named(fields: &[&str]) -> Option<Columns> {
    let at = |names: &[&str]| {
        let is_named = |field: &&str| names.contains(&field.to_lowercase().as_str());
        fields.iter().position(is_named)
    };
    let name = at(&["name", "file", "filename", "path", "id"]);
    let sides = at(&["height", "h"]).zip(at(&["width", "w"]));
    let sides = sides.map(|(height, width)| Columns::Sides {
        height,
        width,
        name: name.or_else(|| at(&["image"])),
    });
    sides.or_else(|| at(&["size", "image"]).map(|size| Columns::Size { size, name }))
}

impl Columns {
    fn read(self, fields: &[&str]) -> Result<Sized, String> {
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        let name = |at: Option<usize>| at.map(|at| field(at).to_owned());
        let (name, size) = match self {
            Columns::Sides { height, width, name: at } => {
                (name(at), sides(field(height), field(width))?)
            }
            Columns::Size { size, name: at } => (name(at), size_of(field(size))?),
            Columns::Unnamed => match fields {
                [size] => (None, size_of(size)?),
                [name, size] if size.contains(['x', 'X', '×']) => {
                    (Some((*name).to_owned()), size_of(size)?)
                }
                [height, width] => (None, sides(height, width)?),
                [name, height, width] => (Some((*name).to_owned()), sides(height, width)?),
                _ => return Err(format!("{} fields", fields.len())),
            },
        };
        Ok(Sized { name: name.filter(|name| !name.is_empty()), size })
    }
}

/// A size in one field, height x width.
fn size_of(text: &str) -> Result<Pixels, String> {
    let size = ImageSize::read(text).ok_or_else(|| "no size".to_owned())?;
    within(size.height.get(), size.width.get())
}

/// Height and width in two fields; tables write whole numbers as `480.0` too.
fn sides(height: &str, width: &str) -> Result<Pixels, String> {
    let side = |text: &str, what: &str| {
        let whole = text.strip_suffix(".0").unwrap_or(text);
        whole.parse::<u64>().map_err(|_| format!("the {what} is no number of pixels"))
    };
    within(side(height, "height")?, side(width, "width")?)
}

fn within(height: u64, width: u64) -> Result<Pixels, String> {
    if height.min(width) == 0 {
        return Err("a side of 0 pixels".to_owned());
    }
    if height.max(width) > Pixels::LONGEST {
        return Err(format!("a side of more than {} pixels", Pixels::LONGEST));
    }
    Ok(Pixels { height, width })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    fn read(text: &str) -> Result<Vec<Sized>, Vec<(usize, String)>> {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("sizes.csv", text));
        sizes(&sources, id).map_err(|problems| {
            let line = |problem: &Diagnostic| problem.line_column(&sources).map_or(0, |at| at.0);
            let told = |problem: Diagnostic| {
                let why = problem.primary.as_ref().map(|label| label.text.clone());
                (line(&problem), why.unwrap_or(problem.message))
            };
            problems.into_iter().map(told).collect()
        })
    }

    fn sized(name: &str, height: u64, width: u64) -> Sized {
        let name = (!name.is_empty()).then(|| name.to_owned());
        Sized { name, size: Pixels { height, width } }
    }

    #[test]
    fn every_way_to_write_a_size() {
        let plain = sized("", 480, 640);
        for text in [
            "480x640",
            "480,640\n",
            "\n# height, width\n 480 , 640 \r\n\n",
            "480;640",
            "480\t640",
            "height,width\n480,640",
            "Width;Height\n640;480",
            "h,w\n480.0,640.0",
            "size\n480x640",
            "image\n480x640",
            "label,width,height,note\ncat,640,480,\"a, b\"",
        ] {
            assert_eq!(read(text), Ok(vec![plain.clone()]), "{text}");
        }
        for text in [
            "cat.jpg,480,640",
            "cat.jpg,480x640",
            "name,height,width\ncat.jpg,480,640",
            "image,width,height\ncat.jpg,640,480",
            "file,size\n\"cat.jpg\",480x640",
        ] {
            assert_eq!(read(text), Ok(vec![sized("cat.jpg", 480, 640)]), "{text}");
        }
        assert_eq!(read("224\n336"), Ok(vec![sized("", 224, 224), sized("", 336, 336)]));
        assert_eq!(read("\"a, b\",1,2"), Ok(vec![sized("a, b", 1, 2)]));
    }

    #[test]
    fn lines_that_say_no_size_are_told_with_their_number() {
        let told = |text: &str| read(text).unwrap_err();
        assert_eq!(
            told("480,640\n\n# x\n480,abc\n0,1\n"),
            [
                (4, "the width is no number of pixels".to_owned()),
                (5, "a side of 0 pixels".to_owned()),
            ]
        );
        assert_eq!(told("1,2,3,4"), [(1, "4 fields".to_owned())]);
        assert_eq!(told("height,width\n480"), [(2, "the width is no number of pixels".to_owned())]);
        assert_eq!(told("-1x5"), [(1, "no size".to_owned())]);
        assert_eq!(told("1,16777217"), [(1, "a side of more than 16777216 pixels".to_owned())]);
        assert_eq!(told("99999999999999999999,1")[0].0, 1);
        assert_eq!(told("# nothing\n"), [(0, "the file holds no size".to_owned())]);
        assert_eq!(told("height,width"), [(0, "the file holds no size".to_owned())]);
        assert_eq!(told(&"x\n".repeat(1000)).len(), MOST_TOLD);
        let mut sources = Sources::default();
        let id = sources.add(Source::new("sizes.csv", "1\n2\n3\n"));
        assert_eq!(at_most(3, &sources, id).map(|sizes| sizes.len()), Ok(3));
        let problems = at_most(2, &sources, id).unwrap_err();
        assert_eq!(problems[0].message, "the list has more than 2 sizes");
        assert!(read("\"unclosed\n480,640").is_err());
    }
}
