//! The one integration binary: everything that needs more than one module.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::io::Write as _;

mod architecture;
mod aws_answers;
mod aws_protocols;
mod docs;
mod example;
mod golden;
mod metrics;
mod search;
mod sources;

/// Says why a test checks nothing, past the capture of what tests print, since it passes all the same.
pub(crate) fn skipped(reason: &str) {
    std::io::stderr().write_all(format!("skipped: {reason}\n").as_bytes()).unwrap();
}
