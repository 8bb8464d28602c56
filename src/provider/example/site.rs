//! Sites: one account while it is drawn.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{Account, DeleteOrder, KindName, Link, LinkEnd, Region, RegionId, Resource, Selector, Value};

use super::{
    calendar::Hour,
    cloud::{Cloud, Noun, NounEntry},
    company::{Environment, Ownership},
    seed::{HEX, Seed},
};

/// What an account holds, by scope.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) account: Account,
    pub(super) regions: Vec<Region>,
    /// Every scope has an entry, be it empty.
    pub(super) scopes: BTreeMap<(RegionId, KindName), Vec<Resource>>,
}

/// One account while it is drawn.
#[derive(Debug)]
pub(super) struct Site<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) environment: Environment,
    pub(super) seed: Seed,
    pub(super) now: Hour,
    pub(super) holding: Holding,
    /// Types that something uses, by region and id: others are not shown, as a real account's would not be.
    types: BTreeSet<(RegionId, Noun, String)>,
}

/// Where in an account something is, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) region: RegionId,
    pub(super) zone: Option<String>,
    pub(super) owner: Ownership,
}

/// Names a resource that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) kind: KindName,
    pub(super) id: String,
}

impl<'a> Site<'a> {
    pub(super) fn new(cloud: &'a Cloud, environment: Environment, seed: Seed, now: Hour, account: Account) -> Self {
        let holding = Holding { account, regions: Vec::new(), scopes: BTreeMap::new() };
        Self { cloud, environment, seed, now, holding, types: BTreeSet::new() }
    }

    /// Opens a region: all its scopes exist from now on.
    pub(super) fn open(&mut self, region: Region) {
        let global = *region.id == *RegionId::GLOBAL;
        for entry in self.cloud.nouns.values().filter(|entry| entry.global == global) {
            self.holding.scopes.entry((region.id.clone(), entry.kind.clone())).or_default();
        }
        self.holding.regions.push(region);
    }

    /// Draws one resource and fills in what is particular to it; nothing where the cloud has no such thing.
    pub(super) fn draw(
        &mut self,
        noun: Noun,
        place: &Place,
        seed: Seed,
        name: &str,
        fill: impl FnOnce(&mut Resource),
    ) -> Option<Drawn> {
        let entry = self.cloud.nouns.get(&noun)?;
        let mut resource = self.blank(entry, place, seed, name);
        fill(&mut resource);
        let drawn = Drawn { kind: resource.kind.clone(), id: resource.id.clone() };
        let region = if entry.global { RegionId::global() } else { place.region.clone() };
        self.holding.scopes.entry((region, entry.kind.clone())).or_default().push(resource);
        Some(drawn)
    }

    /// Draws a type the first time it is used in a region.
    pub(super) fn draw_type(
        &mut self,
        noun: Noun,
        place: &Place,
        name: &str,
        fill: impl FnOnce(&mut Resource),
    ) -> Option<Drawn> {
        let entry = self.cloud.nouns.get(&noun)?;
        if !self.types.insert((place.region.clone(), noun, name.to_owned())) {
            return Some(Drawn { kind: entry.kind.clone(), id: name.to_owned() });
        }
        self.draw(noun, place, self.seed.fork(name, 0), name, |resource| {
            resource.tags.clear();
            fill(resource);
        })
    }

    fn blank(&self, entry: &NounEntry, place: &Place, seed: Seed, name: &str) -> Resource {
        let pattern = Pattern { account: &self.holding.account.id, place, seed, name, id: "" };
        let mut resource = Resource::new(entry.kind.clone(), pattern.render(&entry.id));
        name.clone_into(&mut resource.name);
        resource.zone.clone_from(&place.zone);
        resource.tags = place.owner.tags(seed);
        let id = resource.id.clone();
        for (key, value) in &entry.properties {
            let value = match value {
                Value::String(text) => Pattern { id: &id, ..pattern }.render(text).into(),
                other => other.clone(),
            };
            resource.properties.insert(key, value);
        }
        resource
    }
}

/// An id of the cloud's own form, for an account.
pub(super) fn account_id(entry: &NounEntry, seed: Seed, name: &str) -> String {
    let owner = Ownership::none();
    let place = Place { region: RegionId::global(), zone: None, owner };
    Pattern { account: "", place: &place, seed, name, id: "" }.render(&entry.id)
}

/// What [`Resource`]s of the example get filled in with.
pub(super) trait Fill {
    fn set(&mut self, property: &str, value: impl Into<Value>) -> &mut Self;
    /// Created then, and changed then for the last time.
    fn created(&mut self, ctime: Timestamp) -> &mut Self;
    /// Used for the last time then.
    fn used(&mut self, atime: Timestamp) -> &mut Self;
    /// Belongs to `other`, or is used by it.
    fn below<'d>(&mut self, other: impl Into<Option<&'d Drawn>>, delete: DeleteOrder) -> &mut Self;
    /// Contains or uses `other`.
    fn above(&mut self, other: &Drawn, delete: DeleteOrder) -> &mut Self;
    /// As [`below`](Self::below), where `other` lives in another account or cloud.
    fn below_outer(&mut self, other: &Drawn) -> &mut Self;
}

impl Fill for Resource {
    fn set(&mut self, property: &str, value: impl Into<Value>) -> &mut Self {
        self.properties.insert(property, value.into());
        self
    }

    fn created(&mut self, ctime: Timestamp) -> &mut Self {
        self.ctime = Some(ctime);
        self.mtime = Some(ctime);
        self
    }

    fn used(&mut self, atime: Timestamp) -> &mut Self {
        self.atime = Some(atime);
        self
    }

    fn below<'d>(&mut self, other: impl Into<Option<&'d Drawn>>, delete: DeleteOrder) -> &mut Self {
        if let Some(other) = other.into() {
            self.links.push(Link { end: LinkEnd::From, other: selector(other), delete, outer: false });
        }
        self
    }

    fn above(&mut self, other: &Drawn, delete: DeleteOrder) -> &mut Self {
        self.links.push(Link { end: LinkEnd::To, other: selector(other), delete, outer: false });
        self
    }

    fn below_outer(&mut self, other: &Drawn) -> &mut Self {
        self.links.push(Link { end: LinkEnd::From, other: selector(other), delete: DeleteOrder::None, outer: true });
        self
    }
}

fn selector(drawn: &Drawn) -> Selector {
    Selector { kind: drawn.kind.clone(), property: "id".into(), value: drawn.id.clone() }
}

/// Fills in the placeholders of an id or text.
#[derive(Clone, Copy)]
struct Pattern<'a> {
    account: &'a str,
    place: &'a Place,
    seed: Seed,
    name: &'a str,
    id: &'a str,
}

impl Pattern<'_> {
    fn render(&self, pattern: &str) -> String {
        let mut text = String::with_capacity(pattern.len() + 16);
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            let (placeholder, after) = after.split_once('}').expect("a placeholder of the embedded tables is closed");
            text.push_str(before);
            self.fill(placeholder, &mut text);
            rest = after;
        }
        text.push_str(rest);
        text
    }

    fn fill(&self, placeholder: &str, text: &mut String) {
        let (word, length) = placeholder.split_once(':').unwrap_or((placeholder, "0"));
        let length = length.parse().expect("a placeholder's length is a number");
        let random = |alphabet| self.seed.fork(word, 0).text(alphabet, length);
        match word {
            "name" => text.push_str(self.name),
            "account" => text.push_str(self.account),
            "region" => text.push_str(&self.place.region),
            "zone" => text.push_str(self.place.zone.as_deref().unwrap_or_default()),
            "group" => text.push_str(&self.place.owner.service),
            "id" => text.push_str(self.id),
            "hex" => text.push_str(&random(HEX)),
            "digits" => text.push_str(&random("123456789")),
            "upper" => text.push_str(&random("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
            "uuid" => text.push_str(&self.seed.fork(word, 0).uuid()),
            unknown => unreachable!("the embedded tables have no placeholder {unknown}, says a test"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::example::cloud::CLOUDS;

    fn render(pattern: &str) -> String {
        let place = Place { region: "eu-1".into(), zone: Some("eu-1a".into()), owner: Ownership::none() };
        Pattern { account: "123", place: &place, seed: Seed::new(1), name: "web", id: "i-1" }.render(pattern)
    }

    #[test]
    fn placeholders_are_filled_in() {
        assert_eq!(
            render("arn:aws:ec2:{region}:{account}:instance/{id} {name} {zone}"),
            "arn:aws:ec2:eu-1:123:instance/i-1 web eu-1a"
        );
        assert_eq!(render("i-{hex:17}").len(), 19);
        assert_eq!(render("{uuid}").len(), 36);
    }

    #[test]
    fn every_pattern_of_the_tables_can_be_rendered() {
        for entry in CLOUDS.iter().flat_map(|cloud| cloud.nouns.values().chain([&cloud.account])) {
            assert!(!render(&entry.id).is_empty());
            for text in entry.properties.values().filter_map(Value::as_str) {
                assert!(!render(text).contains('{'), "{text}");
            }
        }
    }
}
