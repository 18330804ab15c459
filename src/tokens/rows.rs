//! A row for each model and picture, and what they come to together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::{Answer, Item, Media, Model};
use crate::media::Pixels;

/// All rows.
#[derive(Debug)]
pub struct Rows {
    /// Those that were asked.
    pub models: Vec<Model>,
    /// What they were asked about.
    pub items: Vec<Item>,
    /// What each model says of each item, model by model.
    pub rows: Vec<Row>,
    /// Whether the items come from a folder or a list, so that their sums mean something.
    pub is_list: bool,
    /// Whether every row of a long list is shown.
    pub shows_each: bool,
}

/// What a model says of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The model, by its place in the list.
    pub model: usize,
    /// The item, by its place in the list.
    pub item: usize,
    /// The answer, or why there is none. Rows about the same pictures share it.
    pub answer: Arc<Result<Answer, String>>,
}

/// What the rows of a model come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Rows with an answer.
    pub answered: usize,
    /// Rows without one.
    pub refused: usize,
    /// The least visual and structural tokens of a row; none where a number is not known, or there
    /// is no row.
    pub least: Option<i128>,
    /// Those of the row in the middle; of an even number of rows, of the lesser one.
    pub median: Option<i128>,
    /// The most.
    pub most: Option<i128>,
    /// Visual tokens of all rows.
    pub visual: Option<i128>,
    /// Structural tokens of all rows.
    pub structural: i128,
}

/// Rows of a long list that are shown without being asked for.
const SHORT: usize = 20;

impl Rows {
    /// Asks every model about every item. Each model is asked about the same pictures once.
    pub fn of(models: Vec<Model>, items: Vec<Item>, is_list: bool) -> Rows {
        let distinct: BTreeSet<&[Pixels]> = items.iter().filter_map(sizes).collect();
        let distinct: Vec<&[Pixels]> = distinct.into_iter().collect();
        let mut rows = Vec::new();
        for (at, model) in models.iter().enumerate() {
            let ask = |sizes: &&[Pixels]| Arc::new(model.answer(&Media::Images(sizes.to_vec())));
            let known: Vec<Arc<Result<Answer, String>>> = distinct.par_iter().map(ask).collect();
            let of_item = |(item, asked): (usize, &Item)| {
                let place = sizes(asked).and_then(|sizes| distinct.binary_search(&sizes).ok());
                let answer = match place {
                    Some(place) => Arc::clone(&known[place]),
                    None => Arc::new(model.answer(&asked.media)),
                };
                Row { model: at, item, answer }
            };
            rows.extend(items.iter().enumerate().map(of_item));
        }
        Rows { models, items, rows, is_list, shows_each: false }
    }

    /// The rows of a model.
    pub fn of_model(&self, model: usize) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.model == model)
    }

    /// Whether the rows are shown, or their sums alone.
    pub fn are_shown(&self) -> bool {
        self.shows_each || !self.is_list || self.items.len() <= SHORT
    }

    /// What the rows of a model come to.
    pub fn sums(&self, model: usize) -> Sums {
        let answers: Vec<&Answer> =
            self.of_model(model).filter_map(|row| row.answer.as_ref().as_ref().ok()).collect();
        let refused = self.of_model(model).count() - answers.len();
        let tokens: Option<Vec<i128>> = answers.iter().map(|answer| answer.tokens()).collect();
        let mut tokens = tokens.unwrap_or_default();
        tokens.sort_unstable();
        let add = |sum: i128, visual: Option<i128>| sum.checked_add(visual?);
        Sums {
            answered: answers.len(),
            refused,
            least: tokens.first().copied(),
            median: tokens.get(tokens.len().saturating_sub(1) / 2).copied(),
            most: tokens.last().copied(),
            visual: match answers.is_empty() {
                true => None,
                false => answers.iter().try_fold(0, |sum, answer| add(sum, answer.visual)),
            },
            structural: answers.iter().map(|answer| answer.structural).sum(),
        }
    }

    /// Every reason why a row has no answer, in the order of the rows: the model, the reason, the
    /// first item that has it, and how many more.
    pub fn refusals(&self) -> Vec<(&str, &str, &Item, usize)> {
        let mut found: Vec<(&str, &str, &Item, usize)> = Vec::new();
        let mut places: HashMap<(usize, &str), usize> = HashMap::new();
        for row in &self.rows {
            let Err(why) = row.answer.as_ref() else { continue };
            match places.get(&(row.model, why.as_str())) {
                Some(place) => found[*place].3 += 1,
                None => {
                    places.insert((row.model, why), found.len());
                    found.push((self.models[row.model].name(), why, &self.items[row.item], 0));
                }
            }
        }
        found
    }
}

/// The sizes of an item of pictures.
fn sizes(item: &Item) -> Option<&[Pixels]> {
    match &item.media {
        Media::Images(sizes) => Some(sizes),
        Media::Own | Media::Clip(_) => None,
    }
}
