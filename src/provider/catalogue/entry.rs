//! Entries: how a catalogue file describes a kind.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer};

use super::{api::Call, expression::Expression, path::Path, template::Params};
use crate::model::{DeleteOrder, KindName, PropertyName, PropertyType, Value, duration};

/// A catalogue file: a list of kinds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) kinds: Vec<serde_saphyr::Spanned<Entry>>,
}

/// One kind: how it is listed, what is taken from each item, how it is deleted.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub kind: KindName,
    /// The kinds it inherits from: one, a list, or `resource` where nothing is said.
    #[serde(default, rename = "is", deserialize_with = "one_or_many")]
    pub bases: Vec<KindName>,
    #[serde(default)]
    pub scope: ListScope,
    /// Absent for kinds whose nodes come from elsewhere, such as an account's own.
    pub list: Option<List>,
    /// Details, read after the listing, in order.
    #[serde(default)]
    pub enrich: Vec<Enrich>,
    pub id: Option<Expression>,
    pub name: Option<Expression>,
    pub tags: Option<Expression>,
    pub ctime: Option<Expression>,
    pub mtime: Option<Expression>,
    pub atime: Option<Expression>,
    pub zone: Option<Expression>,
    /// The region an item lives in, where that is not the one it was listed in.
    pub region: Option<Expression>,
    pub arn: Option<Expression>,
    /// A page of the provider's console.
    pub link: Option<Expression>,
    /// Whether the provider refuses to delete it, so that cleanup must leave it alone.
    pub protected: Option<Expression>,
    /// Signs that it vanishes with what it belongs to, or by itself, and cannot be deleted before; cleanup leaves such a
    /// resource alone and does not wait for it. One of them is enough.
    #[serde(default)]
    pub owned: Vec<Expression>,
    #[serde(default)]
    pub props: BTreeMap<String, Expression>,
    /// Properties that do not come from `props`, with their types.
    #[serde(default)]
    pub describes: BTreeMap<String, PropertyType>,
    #[serde(default)]
    pub edges: Vec<Edge>,
    pub delete: Option<Delete>,
    pub tag: Option<Tag>,
}

/// Whether a kind is listed in each region or once an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListScope {
    #[default]
    Region,
    Global,
}

/// How the items of a kind are listed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Absent where the items are in those of the parent already, or are the keys of a batch.
    pub call: Option<Call>,
    #[serde(default)]
    pub params: Params,
    /// Where a page, or the parent, has its items.
    pub items: Path,
    /// Only the items that have a value at one of these, where there are any.
    #[serde(default, deserialize_with = "one_or_many")]
    pub only: Vec<Expression>,
    /// How many items a page should have.
    pub page: Option<u32>,
    /// The kind whose items this one is listed under: one call for each, or for each batch of their keys.
    pub each: Option<KindName>,
    /// What it is listed for, where that is known beforehand: one call for each of these.
    #[serde(default)]
    pub of: Vec<Value>,
    /// How many levels of its own kind may be listed under it, as under the parent.
    #[serde(default)]
    pub descend: u8,
    pub batch: Option<Batch>,
    /// Whether others make the same call, so that its answer is kept for the collection.
    #[serde(default)]
    pub share: bool,
    /// Error codes that mean that the parent has none, or is gone.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// A detail of an item that its listing lacks.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrich {
    pub call: Call,
    #[serde(default)]
    pub params: Params,
    /// What of the answer is the detail: a list path yields a list; all of the answer where nothing is said.
    pub items: Option<Path>,
    /// The member, beginning with an underscore, that the detail becomes; without it, the detail's members become
    /// the item's own.
    pub into: Option<String>,
    /// Only for items that have a value here.
    pub when: Option<Expression>,
    /// Not for items that have a value here.
    pub unless: Option<Expression>,
    /// The region to ask, where it is not the item's.
    pub region: Option<Path>,
    /// The detail where the answer has none.
    pub default: Option<Value>,
    /// One call for each value of this list; the details are joined.
    pub each: Option<Path>,
    /// One call for many items.
    pub batch: Option<Batch>,
    #[serde(default)]
    pub share: bool,
    /// Error codes that mean that the detail is not set.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Error codes that mean that the item has vanished since it was listed.
    #[serde(default)]
    pub gone: Vec<String>,
    /// Whether an item is nothing without this detail; otherwise it is kept without.
    #[serde(default)]
    pub required: bool,
}

/// How one call answers for many items.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// What identifies an item; `$batch` in the parameters is the list of these.
    pub key: Path,
    /// Where an answered detail says whose it is; what `key` says, if nothing else.
    pub join: Option<Path>,
    /// What items of one call must have in common; the parameters may name what the first of them has.
    pub by: Option<Path>,
    /// How many keys a call takes; all in one call where nothing is said.
    pub size: Option<usize>,
    /// Whether an item can have any number of details, which are then a list.
    #[serde(default)]
    pub many: bool,
}

/// An edge to another resource, which is found by one of its properties.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The kind of the predecessor.
    pub from: Option<KindName>,
    /// The kind of the successor.
    pub to: Option<KindName>,
    /// The other's property (`id`, `name` or its own) and its value; each value of a list is an edge.
    #[serde(rename = "match")]
    pub matches: BTreeMap<PropertyName, Expression>,
    #[serde(default)]
    pub delete: DeleteOrder,
    /// Whether the other may be in another account or cloud.
    #[serde(default)]
    pub outer: bool,
    pub when: Option<Expression>,
}

/// How a resource is deleted.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// What must be done first, in order.
    #[serde(default)]
    pub before: Vec<Step>,
    pub call: Call,
    #[serde(default)]
    pub params: Params,
    /// Error codes that mean that it is gone already.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Where a successful answer says that it was refused, and why.
    pub refused: Option<Path>,
    /// How to see that it is gone, where the call returns before it is.
    pub gone: Option<Gone>,
}

/// A call in front of a deletion: it reads something, or undoes something for each of what was read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// One call for each value of this list of the resource, or of what was read before.
    pub each: Option<Path>,
    pub when: Option<Expression>,
    pub call: Call,
    #[serde(default)]
    pub params: Params,
    /// What of the answer to keep, and the name of the list it is added to.
    pub items: Option<Path>,
    pub into: Option<String>,
    /// Error codes that mean that there is nothing to do.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// How a resource's tags are changed: one tag at a time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    pub set: TagCall,
    pub remove: TagCall,
}

/// A call that sets or removes a tag.
///
/// Parameters may name, besides what a deletion's may, the tag's `{key}` and `{value}`, and `$.all_tags`: all tags as
/// they should be, as a list of `Key` and `Value`, for services that only replace all of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagCall {
    pub call: Call,
    #[serde(default)]
    pub params: Params,
    /// Error codes that mean that the resource is gone.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// How to wait until a resource is gone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    pub call: Call,
    #[serde(default)]
    pub params: Params,
    /// Where the answer has the resource's state; gone when there is none.
    pub state: Path,
    /// States that mean that it is gone.
    #[serde(default, rename = "is")]
    pub states: Vec<String>,
    /// States that mean that it will not go.
    #[serde(default)]
    pub failed: Vec<String>,
    /// The time between two looks.
    #[serde(default = "every", with = "duration::text")]
    pub every: Duration,
    /// When to give up.
    #[serde(default = "limit", with = "duration::text")]
    pub limit: Duration,
}

const fn every() -> Duration {
    Duration::from_secs(5)
}

const fn limit() -> Duration {
    Duration::from_mins(15)
}

fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form<T> {
        One(T),
        Many(Vec<T>),
    }

    Ok(match Form::deserialize(deserializer)? {
        Form::One(one) => vec![one],
        Form::Many(many) => many,
    })
}
