//! The command line.

pub mod workflows;
