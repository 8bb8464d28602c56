//! Texts: what labels say, each text once.

use std::fmt;

/// Distinct texts in ascending order.
///
/// The id of a text is its rank, so that ids compare as their texts do and sets of labels are ordered without looking
/// at a text.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    /// All texts, one after the other.
    joined: String,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// The ids of those that an exposition has to escape, which are rare; ascending.
    special: Vec<u32>,
}

impl Texts {
    /// Puts texts in order; says for each text, in the order given, which id it has.
    pub(super) fn collect<'t>(texts: impl IntoIterator<Item = &'t str>) -> (Self, Vec<u32>) {
        let position = |number: usize| u32::try_from(number).expect("a generation has fewer than 2^32 label texts");
        let mut ordered: Vec<(&str, u32)> =
            texts.into_iter().enumerate().map(|(index, text)| (text, position(index))).collect();
        let mut ids = vec![0; ordered.len()];
        // Texts of one search come in order already; the sort finds such runs.
        ordered.sort_by_key(|(text, _)| *text);
        let mut distinct = Self { joined: String::new(), ends: Vec::with_capacity(ordered.len()), special: Vec::new() };
        let mut last = None;
        for (text, index) in ordered {
            if last != Some(text) {
                distinct.joined.push_str(text);
                distinct.ends.push(distinct.joined.len());
                last = Some(text);
                if text.contains(['\\', '"', '\n']) {
                    distinct.special.push(position(distinct.ends.len() - 1));
                }
            }
            ids[index as usize] = position(distinct.ends.len() - 1);
        }
        (distinct, ids)
    }

    /// How many texts there are; the ids are the numbers below.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text with this id; the id must come from these texts.
    pub(super) fn get(&self, id: u32) -> &str {
        let index = id as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.joined[start..self.ends[index]]
    }

    /// Whether the text has a backslash, a quotation mark or a line break.
    pub(super) fn is_special(&self, id: u32) -> bool {
        !self.special.is_empty() && self.special.binary_search(&id).is_ok()
    }

    /// All texts in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.ends.iter().scan(0, |start, end| {
            let text = &self.joined[*start..*end];
            *start = *end;
            Some(text)
        })
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_once_and_ids_compare_as_texts_do() {
        let (texts, ids) = Texts::collect(["b", "", "é", "a", "b", "aa"]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["", "a", "aa", "b", "é"]);
        assert_eq!(ids, [3, 0, 4, 1, 3, 2]);
        let read: Vec<_> = ids.iter().map(|id| texts.get(*id)).collect();
        assert_eq!(read, ["b", "", "é", "a", "b", "aa"]);
    }
}
