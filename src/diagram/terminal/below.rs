//! What stands below a terminal picture: totals and symbols.

use super::super::picture::Picture;
use super::super::text::{whole_items, width};
use super::line::{Line, Style};
use super::{Area, Canvas, wrap};

/// The least columns for what a symbol means; with fewer, it stands in one text with its value.
const LEAST_MEANING: usize = 16;

/// Columns between name, value and meaning of a symbol.
const GAP: usize = 3;

impl Canvas {
    /// What the whole costs, and what the numbers in the boxes are.
    pub(super) fn totals(&mut self, page: &Area, picture: &Picture) {
        let totals: Vec<&str> = picture.total.shares().map(|share| &*share.amount).collect();
        self.words(page, Style::Bold, &whole_items(&format!("Total: {}", totals.join(", "))));
        if self.costs {
            self.words(page, Style::Dim, picture.key());
        }
        self.push(page, Line::default());
    }

    /// The symbols of all shapes, a line each.
    pub(super) fn legend(&mut self, page: &Area, picture: &Picture) {
        let shown = picture.legend.iter().map(|line| line.each_ref().map(|t| self.glyphs.text(t)));
        let shown: Vec<[String; 3]> = shown.collect();
        let column = |at: usize| shown.iter().map(|line| width(&line[at])).max().unwrap_or(0);
        let value = column(0) + GAP;
        let meaning = value + column(1) + GAP;
        for [name, number, words] in &shown {
            if meaning + LEAST_MEANING > page.width {
                self.words(page, Style::Dim, &format!("{name} = {number}: {words}"));
                continue;
            }
            let mut line = Line::of(Style::Dim, name).padded(value).with(Style::Dim, number);
            for part in wrap(words, page.width - meaning) {
                self.push(page, line.padded(meaning).with(Style::Dim, part));
                line = Line::default();
            }
        }
    }
}
