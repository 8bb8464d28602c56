//! Mapping: from an item of an answer to a resource.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    anomaly::{Anomalies, Anomaly},
    entry::{Edge, Entry},
    expression::{Expression, Unmapped},
    path::{Scope, text},
    view::View,
};
use crate::model::{AccountId, Link, LinkEnd, Properties, RegionId, Resource, Selector, Value};

/// Bytes that a property takes with its name, by and large.
const PROPERTY_BYTES: usize = 48;

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
pub fn resource<'a>(
    entry: &Entry,
    item: impl Into<View<'a>>,
    place: &Place,
    anomalies: &mut Anomalies,
) -> Option<Resource> {
    let item = item.into();
    let around = [("account", &*place.account), ("partition", &*place.partition), ("region", &*place.region)];
    let around = Scope::new(View::Texts(&around));
    let mut take = Taker { entry, anomalies, scope: Scope::within(item, &around) };
    let Some(id) = take.text("id", entry.id.as_ref()).filter(|id| !id.is_empty()) else {
        anomalies.record(Anomaly::NoId { kind: entry.kind.clone() });
        return None;
    };
    let name = take.text("name", entry.name.as_ref()).filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
    let region = take.text("region", entry.region.as_ref()).map(RegionId::from);
    let lives_in = region.as_ref().unwrap_or(&place.region);
    // What templates may name besides members of the item.
    let known = [
        ("id", &*id),
        ("name", &*name),
        ("account", &*place.account),
        ("partition", &*place.partition),
        ("region", &**lives_in),
    ];
    // What the item says itself comes first: a member may have any of these names.
    let around = Scope::new(View::Texts(&known));
    let item = Scope::within(item, &around);
    let mut take = Taker { entry, anomalies, scope: item };
    let mut properties = Properties::with_room(PROPERTY_BYTES * entry.props.len(), entry.props.len() + 1);
    for (name, expression) in &entry.props {
        take.put(name, expression, &mut properties);
    }
    let tags = take.tags(entry.tags.as_ref());
    let (ctime, mtime, atime) = (
        take.time("ctime", entry.ctime.as_ref()),
        take.time("mtime", entry.mtime.as_ref()),
        take.time("atime", entry.atime.as_ref()),
    );
    let zone = take.text("zone", entry.zone.as_ref());
    let protected = entry.protected.iter().chain(&entry.owned).any(|protected| protected.holds(&item));
    let mut links = Vec::with_capacity(entry.edges.len());
    entry.edges.iter().for_each(|edge| add_links(edge, &item, &mut links));
    // An ARN may name a property, such as an address's allocation, and a link the ARN.
    let beside = |properties: &Properties, expression: &Expression| {
        let properties = Scope::within(View::Properties(properties), &item);
        expression.text(&Scope::within(View::Texts(&known), &properties))
    };
    if let Some(arn) = entry.arn.as_ref().and_then(|arn| beside(&properties, arn)) {
        properties.set_text(ARN, &arn);
    }
    let provider_link = entry.link.as_ref().and_then(|link| beside(&properties, link));
    let region = region.filter(|region| *region != place.region);
    Some(Resource {
        kind: entry.kind.clone(),
        name,
        id,
        region,
        zone,
        tags,
        ctime,
        mtime,
        atime,
        properties,
        provider_link,
        protected,
        links,
    })
}

/// Adds the links of an item to others: one for each value that identifies one.
fn add_links(edge: &Edge, item: &Scope<'_>, links: &mut Vec<Link>) {
    let (end, kind) = match (&edge.from, &edge.to) {
        (Some(kind), None) => (LinkEnd::From, kind),
        (None, Some(kind)) => (LinkEnd::To, kind),
        _ => return,
    };
    if edge.when.as_ref().is_some_and(|when| !when.holds(item)) {
        return;
    }
    let before = links.len();
    for (property, expression) in &edge.matches {
        expression.each_text(item, |value| {
            let is_known = |link: &Link| link.other.value == value && link.other.property == *property;
            if !value.is_empty() && !links[before..].iter().any(is_known) {
                let other = Selector { kind: kind.clone(), property: property.clone(), value: value.into_owned() };
                links.push(Link { end, other, delete: edge.delete, outer: edge.outer });
            }
        });
    }
}

/// Takes values of one item, and notes what is strange about them.
struct Taker<'a> {
    entry: &'a Entry,
    anomalies: &'a mut Anomalies,
    scope: Scope<'a>,
}

impl Taker<'_> {
    fn put(&mut self, property: &str, expression: &Expression, properties: &mut Properties) {
        let mut unmapped = Vec::new();
        expression.put(property, &self.scope, properties, &mut unmapped);
        self.note(property, unmapped);
    }

    fn note(&mut self, property: &str, unmapped: Vec<Unmapped>) {
        for value in unmapped {
            let (kind, property) = (self.entry.kind.clone(), property.to_owned());
            self.anomalies.record(Anomaly::UnmappedValue { kind, property, value: value.0 });
        }
    }

    fn tags(&mut self, expression: Option<&Expression>) -> BTreeMap<String, String> {
        let Some(expression) = expression else { return BTreeMap::new() };
        if let Some(tags) = expression.tags(&self.scope) {
            return tags;
        }
        let mut unmapped = Vec::new();
        let tags = expression.value(&self.scope, &mut unmapped);
        self.note("tags", unmapped);
        match tags {
            Some(Value::Object(tags)) => {
                tags.into_iter().filter_map(|(key, value)| Some((key, text(&value)?))).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    fn text(&mut self, property: &str, expression: Option<&Expression>) -> Option<String> {
        let mut unmapped = Vec::new();
        let text = expression?.text_or_unmapped(&self.scope, &mut unmapped);
        self.note(property, unmapped);
        text
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
