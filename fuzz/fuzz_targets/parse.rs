//! Reading: no text brings the parser down, and what is read prints as text that reads as the same.

#![no_main]

use cloudgauge::search::Query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Query::parse(text) {
        Ok(query) => {
            let canonical = query.to_string();
            let again = Query::parse(&canonical).unwrap_or_else(|error| panic!("{}", error.render()));
            assert_eq!(query, again, "{canonical}");
        }
        Err(error) => {
            let span = error.span();
            assert!(span.start <= span.end && span.end <= text.len(), "{span:?}");
            assert!(!error.render().is_empty());
        }
    }
});
