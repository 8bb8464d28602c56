//! The application: wires all other modules, and is the only one that knows them all.
//!
//! [`Application`] answers the command line. A server is a `State` that the phases write and the
//! adapters below read: the API, the landing page, the self metrics.

mod api;
mod estimate;
mod forecast;
mod front;
mod kinds;
mod lifecycle;
mod needs;
mod observers;
mod overview;
mod permissions;
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
