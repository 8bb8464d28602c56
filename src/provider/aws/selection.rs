//! The selection: which kinds are collected.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::config::Config;

/// The kinds that a configuration wants.
#[derive(Debug)]
pub(super) struct Selection {
    /// All, if there is none.
    wanted: Option<GlobSet>,
    unwanted: GlobSet,
}

impl Selection {
    /// The selection of a configuration; a pattern that is none has been complained about before.
    pub(super) fn new(config: &Config) -> Result<Self, globset::Error> {
        let wanted = if config.collect.is_empty() { None } else { Some(set(&config.collect)?) };
        Ok(Self { wanted, unwanted: set(&config.no_collect)? })
    }

    pub(super) fn has(&self, kind: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.is_match(kind)) && !self.unwanted.is_match(kind)
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

    fn has(collect: &[&str], no_collect: &[&str], kind: &str) -> bool {
        let list = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let config = Config { collect: list(collect), no_collect: list(no_collect), ..Config::default() };
        Selection::new(&config).unwrap().has(kind)
    }

    #[test]
    fn all_kinds_are_wanted_unless_some_are_named() {
        assert!(has(&[], &[], "aws_vpc"));
        assert!(has(&["aws_ec2_*", "aws_vpc"], &[], "aws_ec2_volume"));
        assert!(!has(&["aws_ec2_*"], &[], "aws_vpc"));
    }

    #[test]
    fn what_is_excluded_stays_out_whatever_is_named() {
        assert!(!has(&["aws_*"], &["*_snapshot"], "aws_ec2_snapshot"));
        assert!(has(&["aws_*"], &["*_snapshot"], "aws_ec2_volume"));
    }
}
