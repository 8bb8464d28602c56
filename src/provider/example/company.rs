//! The company: its teams, services and accounts, and how it tags what it owns.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::seed::Seed;

pub(super) static COMPANY: LazyLock<Company> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("data/company.yaml")).expect("the embedded tables are checked by a test")
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Company {
    pub(super) name: String,
    pub(super) domain: String,
    teams: Vec<Team>,
    services: Vec<ServiceEntry>,
    pub(super) accounts: Vec<AccountEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Team {
    name: String,
    cost_center: String,
    owners: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceEntry {
    name: String,
    team: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountEntry {
    pub(super) name: String,
    pub(super) environment: Environment,
    pub(super) weight: u64,
}

/// What an account is for; it decides how its resources live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Environment {
    Prod,
    Staging,
    Dev,
    Sandbox,
}

impl Environment {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Prod => "prod",
            Self::Staging => "staging",
            Self::Dev => "dev",
            Self::Sandbox => "sandbox",
        }
    }

    /// How many of a hundred servers are switched off outside office hours.
    pub(super) fn sleeps_percent(self) -> u64 {
        match self {
            Self::Prod => 0,
            Self::Staging => 55,
            Self::Dev => 80,
            Self::Sandbox => 60,
        }
    }

    /// How long something of the seed may live, for tests and experiments; `None` where nobody said.
    pub(super) fn expiration(self, seed: Seed) -> Option<&'static str> {
        let seed = seed.fork("expiration", 0);
        let tagged = match self {
            Self::Prod => 0,
            Self::Staging => 4,
            Self::Dev => 15,
            Self::Sandbox => 60,
        };
        seed.percent(tagged).then(|| *seed.fork("length", 0).pick(&["24h", "3d", "7d", "14d", "30d", "never"]))
    }
}

/// A service that some team runs, and the tags that its resources should have.
#[derive(Clone, Debug)]
pub(super) struct Ownership {
    pub(super) service: String,
    tags: BTreeMap<String, String>,
}

impl Company {
    /// The service that falls to the seed; services beyond the company's list are numbered.
    pub(super) fn service(&self, seed: Seed, number: usize, environment: Environment) -> Ownership {
        let start =
            usize::try_from(seed.fork("first-service", 0).below(self.services.len() as u64)).unwrap_or_default();
        let entry = &self.services[(start + number) % self.services.len()];
        let service = match number / self.services.len() {
            0 => entry.name.clone(),
            round => format!("{}{}", entry.name, round + 1),
        };
        let team = self.team(&entry.team);
        let owner = seed.fork("owner", number as u64).pick(&team.owners);
        let tags = [
            ("env", environment.as_str().to_owned()),
            ("service", service.clone()),
            ("team", team.name.clone()),
            ("owner", format!("{owner}@{}", self.domain)),
            ("cost-center", team.cost_center.clone()),
        ];
        Ownership { service, tags: tags.map(|(key, value)| (key.to_owned(), value)).into() }
    }

    /// Everybody who has a user.
    pub(super) fn people(&self) -> Vec<&str> {
        self.teams.iter().flat_map(|team| &team.owners).map(String::as_str).collect()
    }

    pub(super) fn team_names(&self) -> impl Iterator<Item = &str> {
        self.teams.iter().map(|team| team.name.as_str())
    }

    fn team(&self, name: &str) -> &Team {
        self.teams.iter().find(|team| team.name == name).expect("every service's team exists, says a test")
    }
}

impl Ownership {
    /// What belongs to nobody in particular.
    pub(super) fn none() -> Self {
        Self { service: "shared".to_owned(), tags: BTreeMap::new() }
    }

    /// The tags of one resource: people forget some, and some resources have none at all.
    pub(super) fn tags(&self, seed: Seed) -> BTreeMap<String, String> {
        if seed.fork("untagged", 0).percent(7) {
            return BTreeMap::new();
        }
        let forgotten = |key: &str| match key {
            "owner" => 18,
            "cost-center" => 24,
            "team" => 8,
            _ => 2,
        };
        let kept = |key: &String| !seed.fork(key, 0).percent(forgotten(key));
        self.tags.iter().filter(|(key, _)| kept(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_belongs_to_a_team_with_owners() {
        for entry in &COMPANY.services {
            assert!(!COMPANY.team(&entry.team).owners.is_empty());
        }
        assert!(COMPANY.accounts.iter().all(|account| account.weight > 0));
    }

    #[test]
    fn services_have_distinct_names_however_many_there_are() {
        let names: std::collections::BTreeSet<String> =
            (0..100).map(|n| COMPANY.service(Seed::new(3), n, Environment::Prod).service).collect();
        assert_eq!(names.len(), 100);
    }

    #[test]
    fn some_tags_are_forgotten() {
        let owned = COMPANY.service(Seed::new(3), 0, Environment::Dev);
        let tagged: Vec<_> = (0..500).map(|n| owned.tags(Seed::new(5).fork("r", n))).collect();
        let with = |key: &str| tagged.iter().filter(|tags| tags.contains_key(key)).count();
        assert!((340..430).contains(&with("owner")), "{}", with("owner"));
        assert!(with("env") > 440);
        assert!(tagged.iter().any(BTreeMap::is_empty));
    }
}
