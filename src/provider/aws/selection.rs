//! The selection: which kinds are collected.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::config::Config;
use crate::provider::NeededKinds;

/// The kinds that a configuration wants.
#[derive(Debug)]
pub struct Selection {
    /// Those that are needed, if there is none.
    wanted: Option<GlobSet>,
    unwanted: GlobSet,
    needed: NeededKinds,
}

/// Whether a kind is collected, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Something needs it, and `collect` names nothing.
    Needed,
    /// `collect` names it.
    Named,
    /// Nothing needs it, and `collect` names nothing.
    NotNeeded,
    /// `collect` names others.
    NotNamed,
    /// `no_collect` names it.
    LeftOut,
}

impl Choice {
    pub fn is_collected(self) -> bool {
        matches!(self, Self::Needed | Self::Named)
    }
}

impl Selection {
    /// The selection of a configuration; a pattern that is none has been complained about before.
    pub fn new(config: &Config, needed: NeededKinds) -> Result<Self, globset::Error> {
        let wanted = if config.collect.is_empty() { None } else { Some(set(&config.collect)?) };
        Ok(Self { wanted, unwanted: set(&config.no_collect)?, needed })
    }

    /// What the settings, and what is needed at the moment, say of a kind.
    pub fn choice(&self, kind: &str) -> Choice {
        match &self.wanted {
            _ if self.unwanted.is_match(kind) => Choice::LeftOut,
            Some(wanted) if wanted.is_match(kind) => Choice::Named,
            Some(_) => Choice::NotNamed,
            None if self.needed.current().contains(kind) => Choice::Needed,
            None => Choice::NotNeeded,
        }
    }

    pub fn has(&self, kind: &str) -> bool {
        self.choice(kind).is_collected()
    }
}

fn set(patterns: &[String]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern)?);
    }
    set.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(collect: &[&str], no_collect: &[&str], kind: &str) -> Choice {
        let list = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let config = Config { collect: list(collect), no_collect: list(no_collect), ..Config::default() };
        let needed = NeededKinds::new(["aws_vpc".into()].into());
        Selection::new(&config, needed).unwrap().choice(kind)
    }

    #[test]
    fn what_is_needed_is_collected_unless_kinds_are_named() {
        assert_eq!(choice(&[], &[], "aws_vpc"), Choice::Needed);
        assert_eq!(choice(&[], &[], "aws_ec2_volume"), Choice::NotNeeded);
        assert_eq!(choice(&["aws_ec2_*"], &[], "aws_ec2_volume"), Choice::Named);
        assert_eq!(choice(&["aws_ec2_*"], &[], "aws_vpc"), Choice::NotNamed);
        assert_eq!(choice(&["*"], &[], "aws_ec2_volume"), Choice::Named);
    }

    #[test]
    fn what_is_excluded_stays_out_whatever_is_named_or_needed() {
        assert_eq!(choice(&["aws_*"], &["*_snapshot"], "aws_ec2_snapshot"), Choice::LeftOut);
        assert_eq!(choice(&["aws_*"], &["*_snapshot"], "aws_ec2_volume"), Choice::Named);
        assert_eq!(choice(&[], &["aws_vpc"], "aws_vpc"), Choice::LeftOut);
    }

    #[test]
    fn other_needs_are_seen_at_once() {
        let needed = NeededKinds::new(["aws_vpc".into()].into());
        let selection = Selection::new(&Config::default(), needed.clone()).unwrap();
        needed.replace(["aws_ec2_volume".into()].into());
        assert!(selection.has("aws_ec2_volume") && !selection.has("aws_vpc"));
    }
}
