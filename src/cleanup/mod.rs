//! Cleanup: marks what should go, plans in which order, and deletes it when the operator has allowed that.
//!
//! ```text
//! rules ─► marks ─► plan (waves, skipped with reason) ─► execute
//! ```
//!
//! Marks are made anew in every `cleanup_plan`; a resource that no rule matches any more loses its mark. The plan is a
//! pure function of a generation, so that what is shown in a dry run is what would be done. Only the executor calls
//! [`Provider::delete`](crate::provider::Provider::delete), and it acts on nothing but a plan.

mod config;
mod execute;
mod guard;
mod mark;
mod order;
mod plan;
mod rule;

pub use config::{Config, RuleConfig};
pub use execute::{Deletion, Executed, Verdict, execute};
pub use guard::SkipReason;
pub use mark::{Marked, mark};
pub use plan::{Candidate, Plan, PlanError, Skipped};
pub use rule::{Rule, rules};

#[cfg(test)]
mod fixture;
