//! Skimming: what must be known of a line at once, read several times faster than the whole of it.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::model::{EdgeType, KindName};

use super::{
    entry::{EdgeEntry, Named, Reference, Text, own_bases, time},
    roles::{Role, Roles},
};

/// Reads lines that are written as exports mostly are.
///
/// It accepts nothing that the full reading does not, and what it says is the same; whatever it is not sure of it leaves
/// to that. So it decides on speed and on nothing else.
#[derive(Debug, Default)]
pub(super) struct Skimmer {
    /// What kinds are, by the text of the whole list.
    kinds: FxHashMap<Box<str>, Kinds>,
}

#[derive(Clone, Debug)]
struct Kinds {
    kind: KindName,
    /// Without the kind itself.
    bases: Vec<KindName>,
    role: Role,
}

/// What a line says.
#[derive(Debug)]
pub(super) enum Skimmed {
    Node(SkimmedNode),
    Edge(EdgeEntry),
}

/// All of a resource but its content.
#[derive(Debug)]
pub(super) struct SkimmedNode {
    pub(super) key: String,
    pub(super) kind: KindName,
    pub(super) id: String,
    pub(super) bases: Vec<KindName>,
    pub(super) cloud: Option<String>,
    pub(super) account: Option<Named>,
    pub(super) region: Option<Named>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Option<Word<'a>>,
    #[serde(borrow)]
    reported: Option<Reported<'a>>,
    #[serde(borrow)]
    kinds: Option<&'a RawValue>,
    #[serde(borrow)]
    ancestors: Option<Ancestors<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    from: Option<Word<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    to: Option<Word<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    edge_type: Option<Word<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    r#type: Option<Word<'a>>,
}

#[derive(Deserialize)]
struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

/// A value that is there; null is left to the full reading.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Word<'a>>, D::Error> {
    Word::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "name and tags need only be good")]
struct Reported<'a> {
    #[serde(borrow)]
    kind: Word<'a>,
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(borrow)]
    name: Option<Word<'a>>,
    #[serde(borrow)]
    ctime: Option<Word<'a>>,
    #[serde(borrow)]
    mtime: Option<Word<'a>>,
    #[serde(borrow)]
    atime: Option<Word<'a>>,
    tags: Option<Tags>,
}

/// Tags that are known to be good.
struct Tags;

/// A tag's value: anything but a list or an object.
struct Scalar;

#[derive(Deserialize)]
struct Ancestors<'a> {
    #[serde(borrow)]
    cloud: Option<Ancestor<'a>>,
    #[serde(borrow)]
    account: Option<Ancestor<'a>>,
    #[serde(borrow)]
    region: Option<Ancestor<'a>>,
}

#[derive(Deserialize)]
struct Ancestor<'a> {
    #[serde(borrow)]
    reported: Option<AncestorReported<'a>>,
}

#[derive(Deserialize)]
struct AncestorReported<'a> {
    #[serde(borrow)]
    id: Option<Word<'a>>,
    #[serde(borrow)]
    name: Option<Word<'a>>,
}

impl Skimmer {
    /// What the line says; none where it must be read as a whole.
    pub(super) fn skim(&mut self, line: &[u8], roles: &Roles) -> Option<Skimmed> {
        // Checked here, because what is passed over is not.
        let line: Line<'_> = serde_json::from_str(std::str::from_utf8(line).ok()?).ok()?;
        let Line { id, reported, kinds, ancestors, from, to, edge_type, r#type } = line;
        if from.is_some() || to.is_some() {
            let edge_type = match edge_type.or(r#type) {
                None => EdgeType::Default,
                Some(name) => match &*name.0 {
                    "default" | "edge" => EdgeType::Default,
                    "delete" => EdgeType::Delete,
                    "iam" => EdgeType::Iam,
                    _ => return None,
                },
            };
            let end = |word: Word<'_>| Reference::Key(Text(word.0.into_owned()));
            return Some(Skimmed::Edge(EdgeEntry { from: end(from?), to: end(to?), edge_type }));
        }
        let reported = reported?;
        for (field, text) in [("ctime", reported.ctime), ("mtime", reported.mtime), ("atime", reported.atime)] {
            time(field, text.map(|text| text.0.into_owned())).ok()?;
        }
        let kinds = self.kinds(kinds?, &reported.kind.0, roles)?;
        if kinds.role != Role::Resource {
            return None;
        }
        let Ancestors { cloud, account, region } =
            ancestors.unwrap_or(Ancestors { cloud: None, account: None, region: None });
        Some(Skimmed::Node(SkimmedNode {
            key: id?.0.into_owned(),
            id: reported.id.0.into_owned(),
            kind: kinds.kind.clone(),
            bases: kinds.bases.clone(),
            cloud: named(cloud).map(|cloud| cloud.id),
            account: named(account),
            region: named(region),
        }))
    }

    fn kinds(&mut self, list: &RawValue, kind: &str, roles: &Roles) -> Option<&Kinds> {
        let known = self.kinds.get(list.get()).is_some_and(|known| known.kind == *kind);
        if !known {
            let all: Vec<KindName> = serde_json::from_str(list.get()).ok()?;
            let kind = KindName::from(kind);
            let bases = own_bases(all, &kind);
            let role = roles.of(&kind, &bases);
            self.kinds.insert(list.get().into(), Kinds { kind, bases, role });
        }
        self.kinds.get(list.get())
    }
}

fn named(ancestor: Option<Ancestor<'_>>) -> Option<Named> {
    let AncestorReported { id, name } = ancestor?.reported?;
    Some(Named { id: id?.0.into_owned(), name: name.map(|name| name.0.into_owned()) })
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Checking;

        impl<'de> Visitor<'de> for Checking {
            type Value = Tags;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of tags")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut tags: A) -> Result<Tags, A::Error> {
                while tags.next_entry::<IgnoredAny, Scalar>()?.is_some() {}
                Ok(Tags)
            }
        }

        deserializer.deserialize_map(Checking)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Checking;

        impl Visitor<'_> for Checking {
            type Value = Scalar;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a number, a truth value or null")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Scalar, E> {
                Ok(Scalar)
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Scalar, E> {
                Ok(Scalar)
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Scalar, E> {
                Ok(Scalar)
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Scalar, E> {
                Ok(Scalar)
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Scalar, E> {
                Ok(Scalar)
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar)
            }
        }

        deserializer.deserialize_any(Checking)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::Value,
        provider::file::entry::{Content, Entry},
    };

    const NODE: &str = r#"{"id":"n1","reported":{"kind":"aws_ec2_instance","id":"i-1","name":"we\"b","ctime":"2024-01-01T00:00:00Z","tags":{"a":"b","c":1,"d":null},"x":[1,{"y":2}]},"kinds":["aws_ec2_instance","instance","resource"],"ancestors":{"cloud":{"reported":{"id":"aws"}},"account":{"reported":{"id":"1","name":"prod"}},"region":{"reported":{"id":"eu"}}}}"#;

    /// What both readings say of a line; none where it is unusable, or left to the full one.
    fn both(line: &str) -> [Option<String>; 2] {
        let told = |key: &str, kind: &KindName, id: &str, bases: &[KindName], home: &dyn std::fmt::Debug| {
            format!("{key} {kind} {id} {bases:?} {home:?}")
        };
        let skimmed = Skimmer::default().skim(line.as_bytes(), &Roles::new()).map(|skimmed| match skimmed {
            Skimmed::Edge(edge) => format!("{edge:?}"),
            Skimmed::Node(SkimmedNode { key, kind, id, bases, cloud, account, region }) => {
                told(&key, &kind, &id, &bases, &(cloud, account, region))
            }
        });
        let read = serde_json::from_str::<Value>(line).ok().and_then(|value| Entry::read(value).ok());
        let read = read.map(|entry| match entry {
            Entry::Edge(edge) => format!("{edge:?}"),
            Entry::Node(node) => match node.content {
                Content::Whole(resource) => {
                    told(&node.key, &resource.kind, &resource.id, &node.bases, &(node.cloud, node.account, node.region))
                }
                Content::Line { .. } => unreachable!("the full reading holds what it reads"),
            },
        });
        [skimmed, read]
    }

    #[test]
    fn what_exports_and_generators_write_is_skimmed_as_it_is_read() {
        let lines = [
            NODE,
            r#"{"id":"n","kinds":["volume","resource"],"reported":{"kind":"volume","id":"v","name":null}}"#,
            r#"{"from":"a","to":"b"}"#,
            r#"{"from":"a","to":"b","type":"delete"}"#,
            r#"{"from":"a","to":"b","type":"edge","edge_type":"iam"}"#,
        ];
        for line in lines {
            let [skimmed, read] = both(line);
            assert!(skimmed.is_some(), "{line}");
            assert_eq!(skimmed, read, "{line}");
        }
    }

    #[test]
    fn what_is_odd_is_left_to_the_full_reading() {
        let with = |from: &str, to: &str| {
            assert!(NODE.contains(from), "{from}");
            NODE.replacen(from, to, 1)
        };
        let lines = [
            // Of other forms, or other than a resource.
            r#"{"id":"a","kind":"instance"}"#.to_owned(),
            r#"{"id":"r","reported":{"kind":"aws_region","id":"eu"},"kinds":["aws_region","region","resource"]}"#
                .to_owned(),
            // Right, but written otherwise.
            with(r#""id":"n1""#, r#""id":17"#),
            with(r#""id":"i-1""#, r#""id":1"#),
            with(r#""kind":"aws"#, r#""kind":"other","kind":"aws"#),
            r#"{"from":"a","to":"b","edge_type":null,"type":"delete"}"#.to_owned(),
            // Wrong.
            with("2024-01-01T00:00:00Z", "yesterday"),
            with(r#""c":1"#, r#""c":[1]"#),
            with(r#""id":"i-1","#, ""),
            r#"{"from":"a"}"#.to_owned(),
            r#"{"from":"a","to":"b","type":"uses"}"#.to_owned(),
            r#"{"from":{"kind":"k","id":"i"},"to":"b"}"#.to_owned(),
            "[1]".to_owned(),
            NODE[..NODE.len() - 1].to_owned(),
        ];
        for line in lines {
            assert_eq!(both(&line)[0], None, "{line}");
        }
    }
}
