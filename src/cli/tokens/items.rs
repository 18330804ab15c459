//! Which pictures a command line asks about.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use rayon::prelude::*;

use super::super::number::whole;
use crate::diag::{Code, Diagnostic, Sources, quote};
use crate::files::below;
use crate::media::Pixels;
use crate::pictures::{Clip, Sized, Unread, clip, image, sizes};
use crate::tokens::{Item, Media};
use crate::units::{Fraction, ImageSize, counted};
use crate::yaml;

/// Arguments that name pictures.
#[derive(Debug, Args)]
pub struct Pictures {
    /// An image: its size in pixels, `448` or `480x640` (height x width), or its file. A row each.
    #[arg(long, value_name = "SIZE|FILE")]
    image: Vec<String>,
    /// One prompt of several images, with commas between them: `480x640,1080x1920`.
    #[arg(long, value_name = "SIZES")]
    prompt: Vec<String>,
    /// A clip: the size of its frames, with `--frames` or `--seconds` and `--fps`, or its file.
    #[arg(long, value_name = "SIZE|FILE")]
    video: Vec<String>,
    /// Frames of the clips whose sizes are given.
    #[arg(long, value_name = "N", value_parser = whole::<u64>, requires = "video")]
    frames: Option<u64>,
    /// Length of these clips in seconds.
    #[arg(long, value_name = "SECONDS", value_parser = positive, requires = "fps", conflicts_with = "frames")]
    seconds: Option<Fraction>,
    /// Frames a second of these clips.
    #[arg(long, value_name = "RATE", value_parser = positive, requires = "video")]
    fps: Option<Fraction>,
    /// A folder whose images are counted; their headers are read, and turned as they ask.
    #[arg(long, value_name = "FOLDER")]
    dir: Vec<PathBuf>,
    /// Looks into the folders below too.
    #[arg(long, requires = "dir")]
    recursive: bool,
    /// A list of sizes, one a line (`480x640`, `height,width`, `name,height,width`); `-` is standard
    /// input.
    #[arg(long, value_name = "FILE")]
    batch_file: Option<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The pictures, in the order of the options.
    pub items: Vec<Item>,
    /// What was left out of folders.
    pub left_out: Vec<Diagnostic>,
    /// Whether they are a folder's or a list's.
    pub is_list: bool,
}

/// What cannot be used, with its texts.
#[derive(Debug)]
pub struct Problems {
    /// The problems.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that they point into.
    pub sources: Sources,
}

/// The largest list of sizes in bytes.
const LARGEST_LIST: u64 = 64 << 20;

/// The most files that are named in a warning.
const MOST_NAMED: usize = 5;

impl Pictures {
    /// The pictures that are named.
    ///
    /// # Errors
    /// Those that cannot be used.
    pub fn find(&self, models: &[String]) -> Result<Found, Problems> {
        let (mut found, mut problems) = (Found::default(), Vec::new());
        let named = self.image.iter().map(|text| self.of_image(text));
        let prompts = self.prompt.iter().map(|text| of_prompt(text));
        let clips = self.video.iter().map(|text| self.of_clip(text));
        for item in named.chain(prompts).chain(clips) {
            match item {
                Ok(item) => found.items.push(item),
                Err(problem) => problems.push(problem),
            }
        }
        for folder in &self.dir {
            found.is_list = true;
            if let Err(problem) = self.of_folder(folder, &mut found) {
                problems.push(problem);
            }
        }
        let mut sources = Sources::default();
        if let Some(file) = &self.batch_file {
            found.is_list = true;
            let is_taken = file == "-" && models.iter().any(|model| model == "-");
            let list = match is_taken {
                true => Err(vec![taken()]),
                false => list(file, &mut sources),
            };
            match list {
                Ok(list) => found.items.extend(
                    list.into_iter()
                        .map(|Sized { name, size }| Item { name, media: Media::image(size) }),
                ),
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() {
            Ok(found)
        } else {
            Err(Problems { diagnostics: problems, sources })
        }
    }

    fn of_image(&self, text: &str) -> Result<Item, Diagnostic> {
        let (name, size) = picture(text)?;
        Ok(Item { name, media: Media::image(size) })
    }

    fn of_clip(&self, text: &str) -> Result<Item, Diagnostic> {
        if let Some(size) = sized(text)? {
            let clip = Clip { size, frames: 0, rate: self.fps };
            let frames = match (self.frames, self.seconds, self.fps) {
                (Some(frames), _, _) if frames > 0 => Some(frames),
                (None, Some(seconds), Some(rate)) => {
                    let frames = seconds.checked_mul(rate).map(Fraction::floor);
                    frames.and_then(|frames| u64::try_from(frames.max(1)).ok())
                }
                _ => None,
            };
            let unknown = || {
                let message = format!("it is not known how many frames {} has", quote(text));
                Diagnostic::error(Code::MissingField, message)
                    .help("add `--frames 16`, or `--seconds 10 --fps 24`")
            };
            let frames = frames.ok_or_else(unknown)?;
            return Ok(Item { name: None, media: Media::Clip(Clip { frames, ..clip }) });
        }
        let found = clip(Path::new(text)).map_err(|why| unread(text, &why, "clip"))?;
        Ok(Item { name: Some(text.to_owned()), media: Media::Clip(found) })
    }

    /// Adds the images of a folder.
    fn of_folder(&self, folder: &Path, found: &mut Found) -> Result<(), Diagnostic> {
        let shown = folder.to_string_lossy();
        if !folder.is_dir() {
            let kind =
                fs::metadata(folder).err().map_or("it is no folder".to_owned(), |e| e.to_string());
            let problem =
                Diagnostic::error(Code::CannotRead, format!("cannot read a folder: {kind}"));
            return Err(problem.from_file(&*shown));
        }
        let listed = below(folder, self.recursive);
        let read: Vec<(String, Result<Pixels, Unread>)> = listed
            .files
            .par_iter()
            .map(|path| (path.to_string_lossy().into_owned(), image(path)))
            .collect();
        let before = found.items.len();
        let (mut others, mut broken) = (Vec::new(), Vec::new());
        for (name, read) in read {
            match read {
                Ok(size) => found.items.push(Item { name: Some(name), media: Media::image(size) }),
                Err(Unread::Other) => others.push(name),
                Err(why) => broken.push(format!("{name}: {why}")),
            }
        }
        let closed = listed.closed.iter().map(|(path, why)| format!("{}: {why}", path.display()));
        broken.extend(closed);
        if found.items.len() == before {
            let message = "the folder holds no image whose size can be read";
            let problem = Diagnostic::error(Code::NotAPicture, message).from_file(&*shown);
            return Err(match (listed.passed, &broken[..], &others[..]) {
                (0, [], []) => problem,
                (0, _, _) => named(named(problem, &broken), &others),
                _ => problem.help("`--recursive` looks into the folders below too"),
            });
        }
        let warning = |message| Diagnostic::warning(Code::NotAPicture, message).from_file(&*shown);
        let number = |count: usize, noun: &str| counted(count as i128, noun);
        if !others.is_empty() {
            let message =
                format!("{} left out: no image of a known format", number(others.len(), "file"));
            found.left_out.push(named(warning(message), &others));
        }
        if !broken.is_empty() {
            let message = format!("{} left out: no size can be read", number(broken.len(), "file"));
            found.left_out.push(named(warning(message), &broken));
        }
        if listed.passed > 0 {
            let message = format!("{} not looked into", number(listed.passed, "folder"));
            let help = "`--recursive` looks into the folders below too";
            found.left_out.push(warning(message).help(help));
        }
        Ok(())
    }
}

/// A problem with the names of files, the first of them where there are many.
fn named(problem: Diagnostic, names: &[String]) -> Diagnostic {
    let told =
        names.iter().take(MOST_NAMED).fold(problem, |problem, name| problem.note(name.as_str()));
    match names.len().saturating_sub(MOST_NAMED) {
        0 => told,
        more => told.note(format!("and {more} more")),
    }
}

/// Several pictures of one prompt.
fn of_prompt(text: &str) -> Result<Item, Diagnostic> {
    let pictures =
        text.split(',').map(|part| picture(part.trim())).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = pictures.iter().filter_map(|(name, _)| name.clone()).collect();
    let name = (!names.is_empty()).then(|| names.join(", "));
    Ok(Item { name, media: Media::Images(pictures.into_iter().map(|(_, size)| size).collect()) })
}

/// A size, or that of a file, with its name.
fn picture(text: &str) -> Result<(Option<String>, Pixels), Diagnostic> {
    match sized(text)? {
        Some(size) => Ok((None, size)),
        None => {
            let size = image(Path::new(text)).map_err(|why| unread(text, &why, "image"))?;
            Ok((Some(text.to_owned()), size))
        }
    }
}

/// The size that a text says, if it is one.
fn sized(text: &str) -> Result<Option<Pixels>, Diagnostic> {
    let Some(size) = ImageSize::read(text) else { return Ok(None) };
    let size = Pixels::from(size);
    if size.longer() <= Pixels::LONGEST {
        return Ok(Some(size));
    }
    let message = format!("{} is more than a picture may be", quote(text));
    let help = format!("a side has at most {} pixels", Pixels::LONGEST);
    Err(Diagnostic::error(Code::OutOfRange, message).help(help))
}

/// The problem of a file that was named.
fn unread(text: &str, why: &Unread, what: &str) -> Diagnostic {
    if !Path::new(text).exists() {
        let message = format!("{} is neither a size nor a file", quote(text));
        return Diagnostic::error(Code::BadValue, message).help(ImageSize::HOW);
    }
    match why {
        Unread::Closed(_) => {
            Diagnostic::error(Code::CannotRead, format!("cannot read the file: {why}"))
        }
        _ => {
            Diagnostic::error(Code::NotAPicture, format!("no {what} whose size can be read: {why}"))
        }
    }
    .from_file(text)
}

/// Standard input is asked for twice.
fn taken() -> Diagnostic {
    Diagnostic::error(Code::Mismatch, "a spec and the sizes cannot both come from standard input")
        .help("write one of them into a file")
}

/// The sizes of a list.
fn list(file: &str, sources: &mut Sources) -> Result<Vec<Sized>, Vec<Diagnostic>> {
    let name = if file == "-" { "<stdin>" } else { file };
    let closed = |error: io::Error| {
        let problem = Diagnostic::error(Code::CannotRead, format!("cannot read the file: {error}"));
        vec![problem.from_file(name)]
    };
    let mut bytes = Vec::new();
    let read = match file {
        "-" => io::stdin().lock().take(LARGEST_LIST + 1).read_to_end(&mut bytes),
        file => fs::File::open(file)
            .and_then(|file| file.take(LARGEST_LIST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(closed)?;
    if bytes.len() as u64 > LARGEST_LIST {
        let message = format!("the list is larger than {} MiB", LARGEST_LIST >> 20);
        return Err(vec![Diagnostic::error(Code::TooLarge, message).from_file(name)]);
    }
    let id = sources.add(yaml::text(name.to_owned(), bytes)?);
    sizes(sources, id)
}

fn positive(text: &str) -> Result<Fraction, String> {
    let number = Fraction::parse(text).filter(|number| !number.is_negative() && !number.is_zero());
    number.ok_or_else(|| "write a number above 0, such as 24 or 29.97".to_owned())
}
