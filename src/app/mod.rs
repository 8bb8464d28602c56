//! The application: wires all other modules, and is the only one that knows them all.
//!
//! [`Application`] answers the command line. A server is a `State` that the phases write and the
//! adapters below read: the API, the landing page, the self metrics.

mod api;
mod forecast;
mod front;
mod kinds;
mod lifecycle;
mod observers;
mod overview;
mod phase;
mod prepared;
mod program;
mod providers;
mod remote;
mod scopes;
mod search;
mod serve;
mod state;
mod storage;
mod unit_tests;

pub use program::Application;
