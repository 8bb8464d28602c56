//! Translation: from the values that searches group by to the texts of labels.

use std::{borrow::Cow, sync::Arc};

use crate::search::{Answers, Rows};

use super::{
    Definitions, Known,
    known::Recalled,
    label,
    label_sets::LabelSets,
    labels::{Label, LabelSource},
    limit::OTHER,
    texts::Texts,
};

/// All texts of one generation's labels, and which of them every value becomes.
///
/// A text is made once for each distinct value, however many series have it.
pub(super) struct Translation<'k> {
    pub(super) texts: Arc<Texts>,
    /// The text of labels that stand for several values.
    pub(super) other: u32,
    /// What is known, in terms of these texts.
    pub(super) recalled: Recalled<'k>,
    /// The labels of each definition; none where there is no answer.
    columns: Vec<Vec<Column>>,
    /// The text of each value of the pool.
    of_value: Vec<u32>,
}

/// Where the texts of a label come from.
enum Column {
    Constant(u32),
    /// From a group of the search, as they are.
    Plain(usize),
    /// From a group of the search, through rules; the text of each value that occurs.
    Changed {
        group: usize,
        of_value: Vec<u32>,
    },
}

impl<'k> Translation<'k> {
    pub(super) fn new(definitions: &Definitions, answers: &Answers, known: &'k Known) -> Self {
        let plain: Vec<Arc<str>> = answers.pool.values().iter().map(label::text).collect();
        let mut collected: Vec<Cow<'_, str>> = plain.iter().map(|text| Cow::Borrowed(&**text)).collect();
        let other = add(&mut collected, OTHER.into());
        let mut columns: Vec<Vec<Column>> = Vec::with_capacity(definitions.len());
        for (definition, answer) in definitions.iter().zip(&answers.answers) {
            columns.push(match answer {
                Ok(rows) => {
                    let labels = definition.labels.list.iter();
                    labels.map(|label| Column::new(label, rows, &plain, &mut collected)).collect()
                }
                Err(_) => Vec::new(),
            });
        }
        let known_ids: Vec<(u32, u32)> =
            known.texts().map(|(id, text)| (id, add(&mut collected, text.into()))).collect();

        let (texts, ids) = Texts::collect(collected.iter().map(|text| &**text));
        for column in columns.iter_mut().flatten() {
            column.renumber(&ids);
        }
        let texts = Arc::new(texts);
        let known_ids = known_ids.into_iter().map(|(old, new)| (old, ids[new as usize]));
        let recalled = known.recall(texts.clone(), known_ids);
        let of_value = ids[..plain.len()].to_vec();
        Self { texts, other: ids[other as usize], recalled, columns, of_value }
    }

    /// The labels of the definition's rows at these positions, of all rows where none are given.
    pub(super) fn labels(&self, definition: usize, rows: &Rows, positions: Option<&[u32]>) -> LabelSets {
        let len = positions.map_or(rows.len(), <[u32]>::len);
        let column = |column: &Column| {
            let (group, of_value) = match column {
                Column::Constant(text) => return vec![*text; len],
                Column::Plain(group) => (*group, &self.of_value),
                Column::Changed { group, of_value } => (*group, of_value),
            };
            let values = &rows.groups[group];
            let text = |value: &u32| of_value[*value as usize];
            match positions {
                None => values.iter().map(text).collect(),
                Some(positions) => positions.iter().map(|row| text(&values[*row as usize])).collect(),
            }
        };
        LabelSets::of_columns(self.columns[definition].iter().map(column).collect(), len)
    }
}

impl Column {
    /// Adds the texts of a label to those collected; their positions are what the column has for ids until it is
    /// renumbered.
    fn new<'t>(label: &Label, rows: &Rows, plain: &'t [Arc<str>], collected: &mut Vec<Cow<'t, str>>) -> Self {
        let group = match &label.source {
            LabelSource::Constant(text) => return Self::Constant(add(collected, text.clone().into())),
            LabelSource::Group(group) => *group,
        };
        if label.changes.is_empty() {
            return Self::Plain(group);
        }
        let mut of_value: Vec<Option<u32>> = vec![None; plain.len()];
        for value in &rows.groups[group] {
            let value = *value as usize;
            if of_value[value].is_none() {
                let text = label.text(&plain[value]).into_owned();
                of_value[value] = Some(add(collected, text.into()));
            }
        }
        // Values that do not occur are never asked for.
        Self::Changed { group, of_value: of_value.into_iter().map(Option::unwrap_or_default).collect() }
    }

    fn renumber(&mut self, ids: &[u32]) {
        match self {
            Self::Constant(text) => *text = ids[*text as usize],
            Self::Plain(_) => {}
            Self::Changed { of_value, .. } => {
                for text in of_value {
                    *text = ids[*text as usize];
                }
            }
        }
    }
}

/// Adds a text; returns its position.
fn add<'t>(collected: &mut Vec<Cow<'t, str>>, text: Cow<'t, str>) -> u32 {
    collected.push(text);
    u32::try_from(collected.len() - 1).expect("a generation has fewer than 2^32 label texts")
}
