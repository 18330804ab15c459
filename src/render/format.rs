//! Output formats as lists, from which `--format` and its help are made.

use super::{Document, LAYOUTS, View};

/// A format of some output: a line of its list.
#[derive(Clone, Copy, Debug)]
pub struct Format<P> {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, in a line of help.
    pub about: &'static str,
    /// What prints it.
    pub printer: P,
}

/// What prints a laid-out document.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The text, every line ended.
    pub print: fn(&Document, &View) -> String,
    /// Whether the layout has to fit the columns of the view.
    pub is_fitted: bool,
}

/// A kind of result that is laid out for people, and written as data for programs.
pub trait Output: Sized + 'static {
    /// The formats that programs read, of all results in one text.
    const DATA: &'static [Format<Data<Self>>];

    /// The result laid out.
    fn layout(&self, view: &View) -> Document;
}

/// What writes results as data.
pub type Data<T> = fn(&[T], &View) -> String;

/// What prints results of a kind.
#[derive(Debug)]
pub enum Printer<T: 'static> {
    /// Each laid out as a document, one after another.
    Layout(Layout),
    /// All of them as data.
    Data(Data<T>),
}

impl<T> Clone for Printer<T> {
    fn clone(&self) -> Printer<T> {
        *self
    }
}

impl<T> Copy for Printer<T> {}

/// A format of an output.
pub type FormatOf<T> = Format<Printer<T>>;

/// The formats of an output: those of documents, then its data.
pub fn formats<T: Output>() -> Vec<FormatOf<T>> {
    let layouts = LAYOUTS.iter().map(|format| format.with(Printer::Layout(format.printer)));
    let data = T::DATA.iter().map(|format| format.with(Printer::Data(format.printer)));
    layouts.chain(data).collect()
}

impl<P> Format<P> {
    /// The same format, printed by something else.
    pub const fn with<Q>(&self, printer: Q) -> Format<Q> {
        Format { name: self.name, about: self.about, printer }
    }
}

impl<T: Output> FormatOf<T> {
    /// Prints results.
    pub fn print(&self, results: &[T], view: &View) -> String {
        let Layout { print, is_fitted } = match self.printer {
            Printer::Data(write) => return write(results, view),
            Printer::Layout(layout) => layout,
        };
        let room = View { width: view.width.filter(|_| is_fitted), ..*view };
        let texts = results.iter().map(|result| print(&result.layout(&room), view));
        texts.collect::<Vec<_>>().join("\n")
    }
}
