//! Items: what is listed, with what was found out about it later.

use std::sync::Arc;

use super::{answer::Answer, name::Name, path::ITSELF, view::View};
use crate::model::Value;

/// A value that was taken out of answers. Copies are cheap.
#[derive(Clone, Debug)]
pub enum Item {
    Value(Value),
    /// Where in an answer it is.
    Answer(Arc<Answer>, u32),
    List(Arc<[Item]>),
    /// An item with details beside its own members, which they replace; one that is no object is called `_` then.
    Joined {
        own: Arc<Item>,
        beside: Vec<(Arc<Name>, Item)>,
    },
}

impl Item {
    /// The item with one more detail.
    pub(super) fn with(self, name: Arc<Name>, detail: Self) -> Self {
        match self {
            Self::Joined { own, mut beside } => {
                beside.push((name, detail));
                Self::Joined { own, beside }
            }
            own => Self::Joined { own: Arc::new(own), beside: vec![(name, detail)] },
        }
    }

    /// The item with the members of a detail beside its own; what is no object has none.
    pub(super) fn with_members_of(self, detail: &Self) -> Self {
        let members = View::from(detail).members();
        members.into_iter().fold(self, |item, (name, member)| item.with(Arc::new(Name::new(name)), member.to_item()))
    }

    /// The item as an object, so that details can be beside it.
    pub(super) fn into_object(self) -> Self {
        if View::from(&self).is_object() { self } else { Self::Joined { own: Arc::new(self), beside: Vec::new() } }
    }

    pub(super) fn member(&self, name: &Name) -> Option<View<'_>> {
        match self {
            Self::Joined { own, beside } => {
                let found = beside.iter().rev().find(|(other, _)| **other == *name);
                found.map(|(_, detail)| View::from(detail)).or_else(|| {
                    let own = View::from(&**own);
                    if own.is_object() { own.member(name) } else { (name.as_str() == ITSELF).then_some(own) }
                })
            }
            _ => View::from(self).member(name),
        }
    }
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}
