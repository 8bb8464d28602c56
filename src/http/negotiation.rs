//! Content negotiation: which format and encoding a scraper gets.

use http::{HeaderMap, HeaderName, header};

use crate::cache::{Encoding, Format};

/// Picks the format that `Accept` likes best; where nothing it names is on offer, the text format.
///
/// Among equals the one named more exactly wins, then the one named first.
pub(super) fn format(headers: &HeaderMap) -> Format {
    let accept = joined(headers, &header::ACCEPT);
    let ranges: Vec<Clause<'_>> = clauses(&accept).collect();
    // `max_by` takes the last of equals: the text format is preferred where a wildcard covers both.
    [Format::OpenMetrics, Format::Text004]
        .into_iter()
        .filter_map(|format| Some((liking(&ranges, format)?, format)))
        .filter(|(liking, _)| liking.quality > 0)
        .max_by_key(|(liking, _)| *liking)
        .map_or(Format::Text004, |(_, format)| format)
}

/// Picks gzip where it is accepted and not liked less than the plain body.
pub(super) fn encoding(headers: &HeaderMap) -> Encoding {
    let accept = joined(headers, &header::ACCEPT_ENCODING);
    let codings: Vec<Clause<'_>> = clauses(&accept).collect();
    let quality = |names: &[&str]| {
        let named = |clause: &&Clause<'_>| names.iter().any(|name| clause.value.eq_ignore_ascii_case(name));
        codings.iter().filter(named).map(|clause| clause.quality).max()
    };
    let anything = quality(&["*"]);
    let gzip = quality(&["gzip", "x-gzip"]).or(anything).unwrap_or(0);
    // Not naming the plain body makes it acceptable, but only just.
    let identity = quality(&["identity"]).unwrap_or(0);
    if gzip > 0 && gzip >= identity { Encoding::Gzip } else { Encoding::Identity }
}

/// How much a client wants a format; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Liking {
    /// Thousandths.
    quality: u16,
    exactness: u8,
    /// Greater for what was named earlier.
    earliness: usize,
}

fn liking(ranges: &[Clause<'_>], format: Format) -> Option<Liking> {
    let (media_type, major, version) = match format {
        Format::Text004 => ("text/plain", "text/*", "0.0.4"),
        Format::OpenMetrics => ("application/openmetrics-text", "application/*", "1.0.0"),
    };
    let mut best: Option<Liking> = None;
    for (position, range) in ranges.iter().enumerate() {
        let exactness = if range.value.eq_ignore_ascii_case(media_type) {
            match range.parameter("version") {
                Some(wanted) if wanted == version => 3,
                Some(_) => continue,
                None => 2,
            }
        } else if range.value.eq_ignore_ascii_case(major) {
            1
        } else if range.value == "*/*" {
            0
        } else {
            continue;
        };
        // A wildcard covers both equally, wherever it stands.
        let earliness = if exactness == 0 { 0 } else { ranges.len() - position };
        let candidate = Liking { quality: range.quality, exactness, earliness };
        // An exact range overrules a wider one; `text/plain;q=0, */*` refuses text.
        let overrules = |best: Liking| {
            (candidate.exactness, candidate.quality, candidate.earliness)
                > (best.exactness, best.quality, best.earliness)
        };
        if best.is_none_or(overrules) {
            best = Some(candidate);
        }
    }
    best
}

/// One element of such a header: a value with parameters and a quality in thousandths.
struct Clause<'a> {
    value: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    quality: u16,
}

impl Clause<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

fn clauses(header: &str) -> impl Iterator<Item = Clause<'_>> {
    split_unquoted(header, ',').filter_map(|element| {
        let mut pieces = split_unquoted(element, ';').map(str::trim);
        let value = pieces.next().filter(|value| !value.is_empty())?;
        let parameters: Vec<_> = pieces
            .filter_map(|piece| piece.split_once('='))
            .map(|(key, value)| (key.trim(), value.trim().trim_matches('"')))
            .collect();
        let quality = match parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case("q")) {
            Some((_, text)) => quality(text)?,
            None => 1000,
        };
        Some(Clause { value, parameters, quality })
    })
}

/// A quality in thousandths; none where it is not between 0 and 1.
fn quality(text: &str) -> Option<u16> {
    let number: f32 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    (0.0..=1.0).contains(&number).then(|| (number * 1000.0).round() as u16)
}

/// Splits where the separator does not stand between quotation marks.
fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
}

/// All lines of a header as the one line that they are equal to; bytes outside ASCII make a line count for nothing.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let lines: Vec<_> = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect();
    lines.join(",")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn format_for(accept: &str) -> Format {
        format(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).unwrap())]))
    }

    fn encoding_for(accept: &str) -> Encoding {
        encoding(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(accept).unwrap())]))
    }

    #[test]
    fn scrapers_get_the_format_they_like_best() {
        for accept in [
            // Prometheus 2.42
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            // Prometheus 3
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            "application/openmetrics-text",
            "text/plain;q=0.5, application/openmetrics-text; version=\"1.0.0\"",
            "text/plain;q=0, */*",
            "APPLICATION/OpenMetrics-Text; Version=1.0.0",
            "application/openmetrics-text, text/plain",
            "application/*",
        ] {
            assert_eq!(format_for(accept), Format::OpenMetrics, "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/plain",
            "text/plain, application/openmetrics-text",
            "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
            "application/openmetrics-text;version=0.0.1",
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=2",
            "application/openmetrics-text;q=NaN",
            "application/json",
            ",;=,;q",
        ] {
            assert_eq!(format_for(accept), Format::Text004, "{accept}");
        }
        assert_eq!(format(&HeaderMap::new()), Format::Text004);
    }

    #[test]
    fn gzip_is_sent_to_those_who_accept_it_and_nobody_else() {
        for accept in
            ["gzip", "gzip, gzip", "deflate, gzip;q=1.0, *;q=0.5", "*", "GZIP", "x-gzip", "gzip;q=0.001", "br, gzip"]
        {
            assert_eq!(encoding_for(accept), Encoding::Gzip, "{accept}");
        }
        for accept in [
            "",
            "identity",
            "gzip;q=0",
            "gzip;q=0, *",
            "gzip; q=0.000",
            "br",
            "identity, gzip;q=0.5",
            "*;q=0",
            "gzip;q=x",
        ] {
            assert_eq!(encoding_for(accept), Encoding::Identity, "{accept}");
        }
        assert_eq!(encoding(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn several_lines_of_a_header_count_as_one() {
        let lines = ["text/plain;q=0.1", "application/openmetrics-text;q=0.2"];
        let headers = lines.map(|line| (header::ACCEPT, HeaderValue::from_static(line))).into_iter();
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        assert_eq!(format(&map), Format::OpenMetrics);
    }
}
