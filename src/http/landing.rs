//! The landing page: for people who open the port in a browser.

use std::{
    fmt::{self, Debug, Write as _},
    sync::Arc,
};

use jiff::Timestamp;

use crate::model::duration;

const STYLE: &str = include_str!("landing.css");
/// A page with more rows helps nobody; the metrics have them all.
const ROWS_MAX: usize = 1000;

/// What the server shows of the application's state; asked for by requests, so it must not compute or wait.
pub trait Status: Debug + Send + Sync {
    /// Whether a generation, collected or restored, can be served.
    fn ready(&self) -> bool;

    /// What the landing page shows, prepared beforehand.
    fn overview(&self) -> Arc<Overview>;
}

/// What the landing page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    pub version: String,
    /// The generation that is served, and when it was collected.
    pub generation: Option<(u64, Timestamp)>,
    /// Links beside those to the server's own endpoints.
    pub links: Vec<Link>,
    /// Scopes summed up per account and region, in the order to be shown.
    pub scopes: Vec<ScopeGroup>,
}

/// A link on the landing page.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub text: String,
    pub address: String,
}

/// The scopes of one region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeGroup {
    pub cloud: String,
    pub account: String,
    pub account_name: String,
    pub region: String,
    pub state: ScopeState,
    /// How many scopes the region has, and how many of them failed or are incomplete.
    pub scopes: usize,
    pub scopes_failing: usize,
    pub resources: usize,
    /// The oldest last success among the scopes; none where one never succeeded.
    pub last_success: Option<Timestamp>,
}

/// Whether all, some or none of the scopes were listed completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeState {
    Complete,
    Partial,
    Failed,
}

impl ScopeState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// Renders the page.
pub(super) fn render(overview: &Overview, telemetry_path: &str, ready: bool, now: Timestamp) -> String {
    let mut page = String::new();
    write_page(&mut page, overview, telemetry_path, ready, now).expect("writing to a string cannot fail");
    page
}

fn write_page(
    page: &mut String,
    overview: &Overview,
    telemetry_path: &str,
    ready: bool,
    now: Timestamp,
) -> fmt::Result {
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>cloudgauge</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>cloudgauge</h1>\n<p>Cloud inventory as Prometheus metrics. Version {}.</p>\n",
        Escaped(&overview.version)
    )?;
    match overview.generation {
        Some((number, collected_at)) => {
            writeln!(page, "<p>Generation {number}, collected {} ago.</p>", age(collected_at, now))?;
        }
        None => page.push_str("<p>Nothing has been collected yet.</p>\n"),
    }
    page.push_str("<ul>\n");
    let own = [
        ("Metrics", telemetry_path),
        ("Healthy", "/-/healthy"),
        (if ready { "Ready" } else { "Not ready" }, "/-/ready"),
        ("Workflows", "/api/v1/workflows"),
    ];
    let others = overview.links.iter().map(|link| (link.text.as_str(), link.address.as_str()));
    for (text, address) in own.into_iter().chain(others) {
        writeln!(page, "<li><a href=\"{}\">{}</a></li>", Escaped(address), Escaped(text))?;
    }
    page.push_str("</ul>\n");
    write_scopes(page, &overview.scopes, now)?;
    page.push_str("</body>\n</html>\n");
    Ok(())
}

fn write_scopes(page: &mut String, scopes: &[ScopeGroup], now: Timestamp) -> fmt::Result {
    if scopes.is_empty() {
        return Ok(());
    }
    page.push_str(
        "<table>\n<thead><tr><th>Cloud</th><th>Account</th><th>Name</th><th>Region</th><th>State</th>\
         <th class=\"number\">Scopes</th><th class=\"number\">Failing</th><th class=\"number\">Resources</th>\
         <th class=\"number\">Age</th></tr></thead>\n<tbody>\n",
    );
    for group in scopes.iter().take(ROWS_MAX) {
        let state = group.state.as_str();
        write!(page, "<tr class=\"{state}\">")?;
        for text in [&group.cloud, &group.account, &group.account_name, &group.region] {
            write!(page, "<td>{}</td>", Escaped(text))?;
        }
        write!(page, "<td class=\"state\">{state}</td>")?;
        for number in [group.scopes, group.scopes_failing, group.resources] {
            write!(page, "<td class=\"number\">{number}</td>")?;
        }
        let age = group.last_success.map_or_else(|| "never".to_owned(), |last_success| age(last_success, now));
        writeln!(page, "<td class=\"number\">{age}</td></tr>")?;
    }
    page.push_str("</tbody>\n</table>\n");
    if scopes.len() > ROWS_MAX {
        writeln!(page, "<p>And {} more.</p>", scopes.len() - ROWS_MAX)?;
    }
    Ok(())
}

fn age(since: Timestamp, now: Timestamp) -> String {
    duration::format(now.duration_since(since).max(jiff::SignedDuration::ZERO))
}

/// Text that means the same within HTML elements and quoted attributes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> ScopeGroup {
        ScopeGroup {
            cloud: "aws".to_owned(),
            account: "123456789012".to_owned(),
            account_name: "<script>alert('\"&')</script>".to_owned(),
            region: "eu-west-1".to_owned(),
            state: ScopeState::Partial,
            scopes: 12,
            scopes_failing: 1,
            resources: 345,
            last_success: Some(Timestamp::from_second(1_000).unwrap()),
        }
    }

    fn page(overview: &Overview) -> String {
        render(overview, "/metrics", false, Timestamp::from_second(4_661).unwrap())
    }

    #[test]
    fn names_from_the_cloud_cannot_break_out_of_their_cell() {
        let page = page(&Overview { scopes: vec![group()], ..Overview::default() });
        let row = page.lines().find(|line| line.starts_with("<tr class")).unwrap();
        insta::assert_snapshot!(row, @r#"<tr class="partial"><td>aws</td><td>123456789012</td><td>&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;</td><td>eu-west-1</td><td class="state">partial</td><td class="number">12</td><td class="number">1</td><td class="number">345</td><td class="number">1h1min1s</td></tr>"#);
    }

    #[test]
    fn before_the_first_generation_the_page_says_so() {
        let page = page(&Overview::default());
        assert!(page.contains("Nothing has been collected yet."));
        assert!(page.contains(">Not ready</a>"));
        assert!(!page.contains("<table>"));
    }

    #[test]
    fn a_scope_that_never_succeeded_has_no_age_and_a_clock_set_back_no_negative_one() {
        let never = ScopeGroup { last_success: None, ..group() };
        let future = ScopeGroup { last_success: Some(Timestamp::from_second(9_999).unwrap()), ..group() };
        let page = page(&Overview { scopes: vec![never, future], ..Overview::default() });
        assert!(page.contains(">never</td>"));
        assert!(page.contains(">0s</td>"));
    }

    #[test]
    fn the_table_is_cut_and_says_so() {
        let page = page(&Overview { scopes: vec![group(); ROWS_MAX + 2], ..Overview::default() });
        assert_eq!(page.matches("<tr class").count(), ROWS_MAX);
        assert!(page.contains("And 2 more."));
    }
}
