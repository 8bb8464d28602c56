//! Contents: the resources of all files, to be had scope by scope.

use std::{collections::BTreeSet, path::Path};

use rustc_hash::FxHashMap;

use crate::model::{DeleteOrder, Failure, KindName, Link, LinkEnd, RegionId, Resource, Selector};

use super::{
    place::{Place, Source},
    problem::Problems,
    roles::Role,
    texts::{Numbers, Texts},
};

/// Where resources are, and what edges say of them.
#[derive(Debug)]
pub(super) struct Contents {
    /// With the first node of each.
    pub(super) files: Vec<(u32, Source)>,
    pub(super) nodes: Vec<Node>,
    pub(super) ids: Texts,
    pub(super) wholes: Vec<Resource>,
    pub(super) kinds: Numbers<(KindName, Role)>,
    /// In order of the node.
    pub(super) near: Vec<NearLink>,
    /// Links to what no file has.
    pub(super) outer: FxHashMap<u32, Vec<Link>>,
}

/// A node of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) kept: Kept,
    pub(super) kind: u32,
    /// The number of what it says of where it lives; [`NO_REGION`] once it is known to live in none.
    pub(super) home: u32,
}

/// Stands for the home of what is in no region.
pub(super) const NO_REGION: u32 = u32::MAX;

/// How a node's content is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    /// Among those that are held as a whole.
    Whole(u32),
    Line(Place),
}

/// That one resource of the files contains another, or is used by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct NearLink {
    pub(super) node: u32,
    pub(super) other: u32,
    pub(super) delete: DeleteOrder,
    /// Whether the two are in different accounts.
    pub(super) outer: bool,
}

impl Contents {
    /// The files that nodes, in ascending order, come from.
    pub(super) fn files(&self, nodes: &[u32]) -> BTreeSet<&Path> {
        let mut files = BTreeSet::new();
        let mut rest = nodes;
        while let Some(first) = rest.first() {
            let file = self.file_of(*first);
            files.insert(self.files[file].1.path.as_path());
            rest = &rest[self.count_of(file, rest)..];
        }
        files
    }

    fn file_of(&self, node: u32) -> usize {
        self.files.partition_point(|(first, _)| *first <= node) - 1
    }

    /// How many of the nodes, which begin in this file, it has.
    fn count_of(&self, file: usize, nodes: &[u32]) -> usize {
        let end = self.files.get(file + 1).map_or(u32::MAX, |(first, _)| *first);
        nodes.partition_point(|node| *node < end)
    }

    /// The resources of nodes, in ascending order, with their links; and what is wrong with those that are missing.
    pub(super) fn read(&self, nodes: &[u32]) -> Result<(Vec<Resource>, Problems), Failure> {
        let mut problems = Problems::default();
        let mut resources = Vec::with_capacity(nodes.len());
        let mut rest = nodes;
        while let Some(first) = rest.first() {
            let file = self.file_of(*first);
            let (own, others) = rest.split_at(self.count_of(file, rest));
            let mut places = Vec::with_capacity(own.len());
            let mut lines = Vec::with_capacity(own.len());
            for node in own {
                match self.nodes[*node as usize].kept {
                    Kept::Whole(whole) => resources.push(self.joined(*node, self.wholes[whole as usize].clone())),
                    Kept::Line(place) => {
                        places.push(place);
                        lines.push(*node);
                    }
                }
            }
            self.files[file].1.read(&places, &mut problems, &mut |position, resource| {
                resources.push(self.joined(lines[position], resource));
            })?;
            rest = others;
        }
        Ok((resources, problems))
    }

    /// The resource with what edges say of it.
    fn joined(&self, node: u32, mut resource: Resource) -> Resource {
        resource.links.extend(self.outer.get(&node).into_iter().flatten().cloned());
        let first = self.near.partition_point(|link| link.node < node);
        for link in self.near[first..].iter().take_while(|link| link.node == node) {
            let other = Selector {
                kind: self.kinds.get(self.nodes[link.other as usize].kind).0.clone(),
                property: "id".into(),
                value: self.ids.get(link.other).to_owned(),
            };
            resource.links.push(Link { end: LinkEnd::From, other, delete: link.delete, outer: link.outer });
        }
        if self.nodes[node as usize].home == NO_REGION {
            resource.region = Some(RegionId::none());
        }
        resource
    }
}
