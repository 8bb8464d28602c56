//! The example provider: a company's inventory that is made up, for trying things out, for dashboards and for tests.
//!
//! One company runs some dozens of services in accounts of AWS, Google Cloud and Azure, and in Kubernetes clusters that
//! stand on their servers. Kinds and properties are those of the real providers. Everything is drawn from the seed and
//! the hour: the same seed and the same hour give the same inventory on every machine, and from hour to hour it changes
//! as a company's does. Scaling groups follow the customers' demand, test servers are switched off at night, snapshots
//! are taken and expire, versions are rolled out, servers are replaced.
//!
//! What the default metrics do not find here: quotas of buckets, certificates, gateways, instances and load balancers,
//! because no provider has kinds for them.
//!
//! Nothing can be deleted in truth. A deleted resource is left out for as long as the process lives.

mod calendar;
mod cloud;
mod cluster;
mod company;
mod compute;
mod config;
mod database;
mod identity;
mod kubernetes;
mod load_balancer;
mod network;
mod platform;
mod provider;
mod seed;
mod service;
mod site;
mod storage;
#[cfg(test)]
mod tests;
mod world;

pub use config::Config;
pub use provider::ExampleProvider;
