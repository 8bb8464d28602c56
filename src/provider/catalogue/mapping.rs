//! Mapping: from an item of an answer to a resource.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Map, json};

use super::{
    anomaly::{Anomalies, Anomaly},
    entry::{Edge, Entry},
    expression::Expression,
    path::{Scope, text},
};
use crate::model::{AccountId, Link, LinkEnd, RegionId, Resource, Selector, Value};

/// The property that `arn` becomes.
pub(super) const ARN: &str = "arn";

/// Where items were listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub account: AccountId,
    /// The cloud's partition, as names of resources begin with it: `aws`, `aws-cn`.
    pub partition: String,
    /// [`RegionId::GLOBAL`] for what an account has only once.
    pub region: RegionId,
}

/// Maps an item; nothing where it has no id.
///
/// A member that the item lacks, or that has another form than expected, never fails the item: the property is then
/// missing, and where that is strange `anomalies` has it.
pub fn resource(entry: &Entry, item: &Value, place: &Place, anomalies: &mut Anomalies) -> Option<Resource> {
    let around = json!({"account": &*place.account, "partition": place.partition, "region": &*place.region});
    let around = Scope::new(&around);
    let mut take = Taker { entry, anomalies, scope: Scope::within(item, &around) };
    let Some(id) = take.text("id", entry.id.as_ref()).filter(|id| !id.is_empty()) else {
        anomalies.record(Anomaly::NoId { kind: entry.kind.clone() });
        return None;
    };
    let mut resource = Resource::new(entry.kind.clone(), id.clone());
    if let Some(name) = take.text("name", entry.name.as_ref()).filter(|name| !name.is_empty()) {
        resource.name = name;
    }
    let region = take.text("region", entry.region.as_ref()).map(RegionId::from);
    let known = known(&id, &resource.name, region.as_ref().unwrap_or(&place.region), place);
    // What the item says itself comes first: a member may have any of these names.
    let around = Scope::new(&known);
    let item = Scope::within(item, &around);
    let mut take = Taker { entry, anomalies, scope: item };
    // In order of name, so that the map is built without looking for places.
    let found = entry.props.iter().filter_map(|(name, expression)| Some((name.clone(), take.value(name, expression)?)));
    let properties: Map<String, Value> = found.collect();
    resource.tags = take
        .optional("tags", entry.tags.as_ref())
        .and_then(|tags| match tags {
            Value::Object(tags) => {
                Some(tags.into_iter().filter_map(|(key, value)| Some((key, text(&value)?))).collect())
            }
            _ => None,
        })
        .unwrap_or_default();
    resource.ctime = take.time("ctime", entry.ctime.as_ref());
    resource.mtime = take.time("mtime", entry.mtime.as_ref());
    resource.atime = take.time("atime", entry.atime.as_ref());
    resource.zone = take.text("zone", entry.zone.as_ref());
    resource.protected = entry.protected.iter().chain(&entry.owned).any(|protected| protected.holds(&item));
    resource.links = entry.edges.iter().flat_map(|edge| links(edge, &item)).collect();
    resource.region = region.filter(|region| *region != place.region);
    // An ARN may name a property, such as an address's allocation, and a link the ARN.
    let mut properties = Value::Object(properties);
    let beside = |properties: &Value, expression: &Expression| {
        let properties = Scope::within(properties, &item);
        expression.text(&Scope::within(&known, &properties))
    };
    let arn = entry.arn.as_ref().and_then(|arn| beside(&properties, arn));
    if let (Some(arn), Value::Object(properties)) = (arn, &mut properties) {
        properties.insert(ARN.to_owned(), Value::String(arn));
    }
    resource.provider_link = entry.link.as_ref().and_then(|link| beside(&properties, link));
    if let Value::Object(properties) = properties {
        resource.properties = properties;
    }
    Some(resource)
}

/// The links of an item to others: one for each value that identifies one.
fn links(edge: &Edge, item: &Scope<'_>) -> Vec<Link> {
    let (end, kind) = match (&edge.from, &edge.to) {
        (Some(kind), None) => (LinkEnd::From, kind),
        (None, Some(kind)) => (LinkEnd::To, kind),
        _ => return Vec::new(),
    };
    if edge.when.as_ref().is_some_and(|when| !when.holds(item)) {
        return Vec::new();
    }
    let mut links: Vec<Link> = Vec::new();
    for (property, expression) in &edge.matches {
        for value in expression.texts(item).into_iter().filter(|value| !value.is_empty()) {
            let other = Selector { kind: kind.clone(), property: property.clone(), value };
            let link = Link { end, other, delete: edge.delete, outer: edge.outer };
            if !links.contains(&link) {
                links.push(link);
            }
        }
    }
    links
}

/// What templates may name besides members of the item.
fn known(id: &str, name: &str, region: &RegionId, place: &Place) -> Value {
    json!({"id": id, "name": name, "account": &*place.account, "partition": place.partition, "region": &**region})
}

/// Takes values of one item, and notes what is strange about them.
struct Taker<'a> {
    entry: &'a Entry,
    anomalies: &'a mut Anomalies,
    scope: Scope<'a>,
}

impl Taker<'_> {
    fn value(&mut self, property: &str, expression: &Expression) -> Option<Value> {
        let mut unmapped = Vec::new();
        let value = expression.value(&self.scope, &mut unmapped);
        for value in unmapped {
            let (kind, property) = (self.entry.kind.clone(), property.to_owned());
            self.anomalies.record(Anomaly::UnmappedValue { kind, property, value: value.0 });
        }
        value
    }

    fn optional(&mut self, property: &str, expression: Option<&Expression>) -> Option<Value> {
        self.value(property, expression?)
    }

    fn text(&mut self, property: &str, expression: Option<&Expression>) -> Option<String> {
        self.optional(property, expression).as_ref().and_then(text)
    }

    fn time(&mut self, property: &str, expression: Option<&Expression>) -> Option<Timestamp> {
        let value = self.text(property, expression)?;
        let time = time(&value);
        if time.is_none() {
            let (kind, property) = (self.entry.kind.clone(), property.to_owned());
            self.anomalies.record(Anomaly::BadTime { kind, property, value });
        }
        time
    }
}

/// RFC 3339 with any offset, or without one in UTC.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}
