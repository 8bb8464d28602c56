//! Tests of what resources cost.
