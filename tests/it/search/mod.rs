//! The search, held against a second evaluator, the manual's examples, and nonsense.

mod agreement;
mod cases;
mod company;
mod coverage;
mod examples;
mod fuzz;
mod random;
mod reference;
mod shrink;
mod world;
