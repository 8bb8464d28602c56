//! The pages that are being served.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use moka::sync::Cache;

use super::{Page, Part};

/// More than there are keys, so that nothing is evicted.
const PAGES_MAX: u64 = 16;

/// What a page can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// All metrics.
    Metrics,
}

/// Holds the current page; writers replace a part of it, readers get it whole.
///
/// Readers never wait for a writer: writers put the page together first and swap it afterwards.
#[derive(Debug)]
pub struct Pages {
    cache: Cache<Key, Arc<Page>>,
    /// Only writers take this lock.
    parts: Mutex<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    generation: Option<(u64, Part)>,
    own: Option<Part>,
}

impl Pages {
    /// Starts with an empty page, which is a valid answer already.
    pub fn new(now: Timestamp) -> Self {
        let pages = Self { cache: Cache::new(PAGES_MAX), parts: Mutex::default() };
        pages.update(now, |_| ());
        pages
    }

    /// Publishes the metrics of a generation; cloudgauge's own metrics stay as they are.
    pub fn publish_generation(&self, number: u64, part: Part, now: Timestamp) -> Arc<Page> {
        self.update(now, |parts| parts.generation = Some((number, part)))
    }

    /// Publishes cloudgauge's own metrics; the generation's stay as they are.
    pub fn publish_own(&self, part: Part, now: Timestamp) -> Arc<Page> {
        self.update(now, |parts| parts.own = Some(part))
    }

    /// The metrics of the generation that is served, from which those of the next one take what stays the same.
    pub fn generation(&self) -> Option<Part> {
        self.lock().generation.as_ref().map(|(_, part)| part.clone())
    }

    /// Cloudgauge's own metrics as they are served.
    pub fn own(&self) -> Option<Part> {
        self.lock().own.clone()
    }

    /// The current page, without waiting.
    pub fn current(&self) -> Option<Arc<Page>> {
        self.cache.get(&Key::Metrics)
    }

    fn update(&self, now: Timestamp, change: impl FnOnce(&mut Parts)) -> Arc<Page> {
        let mut parts = self.lock();
        change(&mut parts);
        let generation = parts.generation.as_ref();
        let in_order: Vec<&Part> = generation.map(|(_, part)| part).into_iter().chain(&parts.own).collect();
        let page = Arc::new(Page::compose(&in_order, generation.map(|(number, _)| *number), now));
        // Still under the lock, so that a slower writer cannot put an older page over a newer one.
        self.cache.insert(Key::Metrics, Arc::clone(&page));
        // What was replaced may be large; the cache would keep it until it tidies up on its own.
        self.cache.run_pending_tasks();
        page
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        // A writer that panicked left each part either old or new: both are good.
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::cache::{Body, Encoding, Format};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn part(text: &str) -> Part {
        Part::compress(text.as_bytes(), format!("# UNIT\n{text}").as_bytes(), None)
    }

    fn bytes(body: &Body) -> Vec<u8> {
        let bytes = body.chunks().concat();
        assert_eq!(bytes.len(), body.len());
        bytes
    }

    /// Unpacks one member and insists that nothing follows it.
    fn unpacked(body: &Body) -> Vec<u8> {
        let packed = bytes(body);
        let mut decoder = GzDecoder::new(packed.as_slice());
        let mut text = Vec::new();
        decoder.read_to_end(&mut text).unwrap();
        assert!(decoder.into_inner().is_empty(), "one member holds everything");
        text
    }

    fn assert_page(page: &Page, format: Format, expected: &str) {
        assert_eq!(String::from_utf8(bytes(page.body(format, Encoding::Identity))).unwrap(), expected);
        assert_eq!(String::from_utf8(unpacked(page.body(format, Encoding::Gzip))).unwrap(), expected);
    }

    #[test]
    fn a_page_is_the_generations_metrics_followed_by_the_own_ones() {
        let pages = Pages::new(NOW);
        pages.publish_own(part("own 1\n"), NOW);
        let page = pages.publish_generation(7, part("resources 2\n"), NOW);
        assert_page(&page, Format::Text004, "resources 2\nown 1\n");
        assert_page(&page, Format::OpenMetrics, "# UNIT\nresources 2\n# UNIT\nown 1\n# EOF\n");
        assert_eq!(page.generation(), Some(7));
    }

    #[test]
    fn before_the_first_generation_the_own_metrics_are_served() {
        let pages = Pages::new(NOW);
        assert_page(&pages.current().unwrap(), Format::Text004, "");
        assert_page(&pages.current().unwrap(), Format::OpenMetrics, "# EOF\n");
        pages.publish_own(part("own 1\n"), NOW);
        let page = pages.current().unwrap();
        assert_page(&page, Format::Text004, "own 1\n");
        assert_eq!(page.generation(), None);
    }

    #[test]
    fn publishing_one_part_shares_the_other_ones_bytes() {
        let pages = Pages::new(NOW);
        let before = pages.publish_generation(1, part(&"resources 2\n".repeat(1000)), NOW);
        let after = pages.publish_own(part("own 1\n"), NOW);
        for (format, encoding) in [(Format::Text004, Encoding::Identity), (Format::OpenMetrics, Encoding::Gzip)] {
            let chunk = usize::from(encoding == Encoding::Gzip);
            let [before, after] = [&before, &after].map(|page| page.body(format, encoding).chunks()[chunk].as_ptr());
            assert_eq!(before, after);
        }
    }

    #[test]
    fn a_reader_keeps_its_page_while_the_next_one_is_published() {
        let pages = Pages::new(NOW);
        pages.publish_own(part("own 1\n"), NOW);
        let read = pages.current().unwrap();
        pages.publish_own(part("own 2\n"), NOW);
        assert_page(&read, Format::Text004, "own 1\n");
        assert_page(&pages.current().unwrap(), Format::Text004, "own 2\n");
    }

    #[test]
    fn equal_text_of_both_formats_is_held_once() {
        let page = Pages::new(NOW).publish_own(Part::compress(b"a 1\n", b"a 1\n", None), NOW);
        let [text, openmetrics] = Format::ALL.map(|format| page.body(format, Encoding::Identity).chunks()[0].as_ptr());
        assert_eq!(text, openmetrics);
    }

    #[test]
    fn every_body_of_a_page_has_its_own_entity_tag_and_changes_it_with_its_content() {
        let pages = Pages::new(NOW);
        let mut tags = std::collections::BTreeSet::new();
        for text in ["own 1\n", "own 2\n"] {
            let page = pages.publish_own(part(text), NOW);
            for (format, encoding, _) in page.sizes() {
                assert!(tags.insert(page.body(format, encoding).etag().to_owned()));
            }
        }
        assert_eq!(tags.len(), 8);
    }

    #[test]
    fn large_and_incompressible_parts_form_a_valid_stream() {
        // A linear congruential generator: text that deflate cannot shrink much.
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b' ' + (state >> 24) as u8 % 90
        })
        .take(1 << 20)
        .collect();
        let pages = Pages::new(NOW);
        pages.publish_generation(1, Part::compress(&noise, &noise, None), NOW);
        let page = pages.publish_own(part("own 1\n"), NOW);
        assert_eq!(unpacked(page.body(Format::Text004, Encoding::Gzip)), [noise.as_slice(), b"own 1\n"].concat());
    }

    #[test]
    fn pages_that_nobody_reads_any_longer_are_freed() {
        let pages = Pages::new(NOW);
        let mut replaced = Vec::new();
        for number in 0..20 {
            let page = pages.publish_generation(number, part("generation\n"), NOW);
            pages.current().unwrap();
            replaced.push(Arc::downgrade(&page));
        }
        let held = replaced.iter().filter(|page| page.strong_count() > 0).count();
        assert!(held <= 1, "{held} pages are held");
    }

    #[test]
    fn readers_see_whole_pages_while_writers_publish() {
        let pages = Pages::new(NOW);
        pages.publish_generation(0, part("generation 0\n"), NOW);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1..200 {
                    pages.publish_generation(number, part(&format!("generation {number}\n")), NOW);
                }
            });
            for _ in 0..500 {
                let page = pages.current().unwrap();
                let expected = format!("generation {}\n", page.generation().unwrap());
                assert_page(&page, Format::Text004, &expected);
            }
        });
    }
}
