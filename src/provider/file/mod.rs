//! The file provider: resources that other tools write into files.
//!
//! It reads every file that its globs match, at the start of each collection. What a file is follows from its name:
//!
//! `.yaml`, `.yml`, `.json`: one document. Everything but `nodes` may be left out; what the document says at its head
//! holds for each node that does not say otherwise. A JSON file may also be a bare list of the entries below.
//!
//! ```yaml
//! cloud: onprem
//! account: {id: dc1, name: Data centre 1}
//! region: hall-a
//! kinds: {onprem_server: [instance]}        # kinds that nobody else knows, with what they inherit
//! nodes:
//! - id: srv-1
//!   kind: onprem_server
//!   name: db-primary                        # the id where it is missing
//!   zone: rack-7
//!   tags: {owner: ada}
//!   ctime: 2024-05-01T08:00:00Z             # also mtime, atime
//!   properties: {instance_status: running, instance_cores: 32, instance_memory: 256}
//!   protected: true                         # cleanup leaves it alone
//!   is: [instance]                          # instead of an entry in `kinds`
//! edges:
//! - {from: srv-1, to: disk-1}               # type default; delete: the end of `to` must be deleted first
//! - {from: {kind: aws_vpc, id: vpc-1, account: "123456789012"}, to: srv-1}
//! ```
//!
//! `.ndjson`, `.jsonl`: one node or edge a line, written as above, or as Resoto and Fix Inventory export them (`id`,
//! `reported`, `metadata`, `ancestors`, `kinds`; edges with `edge_type`). Accounts and regions may then be nodes too,
//! and hold what default edges lead to. Lines are read one by one and resources once more when their scope is listed,
//! so that a million of them are never held at once. A file that was replaced meanwhile is read as it was; one that was
//! written into is noticed by its checksums, and the scope fails.
//!
//! `.csv`: a header line, then one resource a line. The columns `id`, `kind`, `name`, `cloud`, `account`,
//! `account_name`, `region`, `zone`, `ctime` and `tags.<key>` mean what they say; every other column is a property, a
//! number or truth value where it looks like one; an empty cell is nothing.
//!
//! A file that cannot be read, a glob that matches nothing and an entry that is no resource never remove anything: what
//! the file held before stays, marked as not up to date, and the failure says file, line and what would be right.
//!
//! Nothing can be deleted here: the files belong to somebody else.

mod assembly;
mod config;
mod contents;
mod document;
mod entry;
mod inline;
mod lines;
mod place;
mod problem;
mod provider;
mod roles;
mod skim;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod texts;

pub use config::Config;
pub use inline::{InlineInventory, InlineProvider};
pub use provider::FileProvider;
