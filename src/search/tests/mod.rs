//! Tests of the language as a whole; small parts are tested beside their code.

mod aggregates;
mod definitions;
mod examples;
mod language;
mod merges;
mod messages;
mod navigation;
mod robustness;
mod semantics;
mod world;
