//! Guards: what keeps a marked resource from being deleted.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::{
    graph::{Generation, NodeId, Outcome},
    model::{RegionId, Resource, ScopeKey},
    provider::Provider,
};

/// The tag that protects a resource, whatever its value is, except `false`, `no` and `0`.
const PROTECT_TAG: &str = "cloudgauge:protect";

/// Why a marked resource is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// A tag or its source protects it.
    Protected,
    /// Its account is not named in `cleanup.accounts`.
    AccountNotAllowed,
    /// Its scope was not listed completely, so it may have changed.
    ScopeIncomplete,
    /// A scope that may hold something depending on it was not listed completely.
    DependantsUnknown,
    /// Something that depends on it is not going to be deleted.
    DependantRemains,
    /// Its provider cannot delete resources of its kind.
    Unsupported,
}

impl SkipReason {
    pub const ALL: [Self; 6] = [
        Self::Protected,
        Self::AccountNotAllowed,
        Self::ScopeIncomplete,
        Self::DependantsUnknown,
        Self::DependantRemains,
        Self::Unsupported,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::AccountNotAllowed => "account_not_allowed",
            Self::ScopeIncomplete => "scope_incomplete",
            Self::DependantsUnknown => "dependants_unknown",
            Self::DependantRemains => "dependant_remains",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Whether the resource says that it must be left alone.
pub(super) fn protected(resource: &Resource) -> bool {
    let tag = resource.tags.get(PROTECT_TAG);
    resource.protected
        || tag.is_some_and(|value| !["false", "no", "0"].contains(&value.trim().to_ascii_lowercase().as_str()))
}

/// The accounts in which resources may be deleted.
#[derive(Debug)]
pub(super) struct Allowed(GlobSet);

impl Allowed {
    pub(super) fn new(patterns: &[String]) -> Result<Self, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(Glob::new(pattern)?);
        }
        set.build().map(Self)
    }
}

/// Everything that can be said about one resource without looking at what else is planned.
pub(super) fn check(
    generation: &Generation,
    id: NodeId,
    scope: &ScopeKey,
    provider: Option<&dyn Provider>,
    allowed: &Allowed,
) -> Option<SkipReason> {
    let node = generation.graph.node(id);
    let Some(provider) = provider else { return Some(SkipReason::Unsupported) };
    if protected(&node.resource()) {
        return Some(SkipReason::Protected);
    }
    if !provider.deletes(node.kind()) {
        return Some(SkipReason::Unsupported);
    }
    let account = node.account().map(|account| generation.graph.node(account));
    if !account.is_some_and(|account| allowed.0.is_match(&*account.id()) || allowed.0.is_match(&*account.name())) {
        return Some(SkipReason::AccountNotAllowed);
    }
    if !complete(generation, scope) {
        return Some(SkipReason::ScopeIncomplete);
    }
    let region = node.table().run_of(node.row()).region;
    let known = provider.dependants(node.kind()).into_iter().all(|kind| {
        // A kind is listed by region or once for the account; at least one scope must speak for it, and all well.
        let mut scopes = [region.clone(), RegionId::global()]
            .map(|region| ScopeKey { region, kind: kind.clone(), ..scope.clone() })
            .into_iter()
            .filter(|scope| generation.inventory.scopes.contains_key(scope))
            .peekable();
        scopes.peek().is_some() && scopes.all(|scope| complete(generation, &scope))
    });
    if known { None } else { Some(SkipReason::DependantsUnknown) }
}

/// Complete in this generation; a scope of an account that could not be entered has failed.
fn complete(generation: &Generation, scope: &ScopeKey) -> bool {
    generation.inventory.scopes.get(scope).is_some_and(|state| state.entry.outcome == Outcome::Complete)
}
