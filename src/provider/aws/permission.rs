//! Permissions: which actions AWS refuses, by what it said and by what it would say.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::model::{AccountId, RegionId};

use super::action::action;

/// What is known of the permissions of every account.
///
/// A refusal counts until the same action is allowed: a policy of one bucket that keeps us out is no permission that
/// is missing in the account.
#[derive(Debug, Default)]
pub(super) struct Permissions(Mutex<Known>);

/// Regions and actions have numbers: thousands of accounts use the same ones, each in all its regions.
#[derive(Debug, Default)]
struct Known {
    regions: Numbers<RegionId>,
    actions: Numbers<String>,
    accounts: BTreeMap<AccountId, OfAccount>,
}

/// The numbers of a region and of an action.
type Use = (u32, u32);

#[derive(Debug, Default)]
struct OfAccount {
    /// Actions that were answered in a region.
    allowed: Uses,
    /// Actions that were refused in a region.
    refused: Uses,
    /// Actions that AWS says it would refuse.
    simulated: BTreeSet<String>,
}

/// Uses in order.
#[derive(Debug, Default)]
struct Uses(Vec<Use>);

impl Uses {
    fn insert(&mut self, wanted: Use) {
        if let Err(position) = self.0.binary_search(&wanted) {
            self.0.insert(position, wanted);
        }
    }

    fn contains(&self, wanted: Use) -> bool {
        self.0.binary_search(&wanted).is_ok()
    }
}

/// Names by number, and numbers by name.
#[derive(Debug)]
struct Numbers<T> {
    numbers: BTreeMap<T, u32>,
    names: Vec<T>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), names: Vec::new() }
    }
}

impl<T: Ord + Clone> Numbers<T> {
    fn of(&mut self, name: &T) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).expect("AWS has fewer than 2^32 regions and actions");
        self.names.push(name.clone());
        self.numbers.insert(name.clone(), number);
        number
    }

    fn name(&self, number: u32) -> &T {
        &self.names[number as usize]
    }
}

impl Known {
    fn account(&mut self, account: &AccountId) -> &mut OfAccount {
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.clone(), OfAccount::default());
        }
        self.accounts.get_mut(account).expect("it was put there if it was not")
    }

    fn number(&mut self, region: &RegionId, service: &str, operation: &str) -> Use {
        (self.regions.of(region), self.actions.of(&action(service, operation)))
    }
}

/// An action that an account refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) account: AccountId,
    pub(super) action: String,
    /// Where it was refused; nowhere yet, where AWS only says that it would be.
    pub(super) regions: BTreeSet<RegionId>,
}

impl Permissions {
    /// Notes an answer.
    pub(super) fn allowed(&self, account: &AccountId, region: &RegionId, service: &str, operation: &str) {
        let mut known = self.known();
        let allowed = known.number(region, service, operation);
        known.account(account).allowed.insert(allowed);
    }

    /// Notes a refusal.
    pub(super) fn refused(&self, account: &AccountId, region: &RegionId, service: &str, operation: &str) {
        let mut known = self.known();
        let refused = known.number(region, service, operation);
        known.account(account).refused.insert(refused);
    }

    /// Notes what AWS says that it would refuse; what it allowed before may have changed.
    pub(super) fn simulated(&self, account: &AccountId, actions: BTreeSet<String>) {
        let mut known = self.known();
        let of = known.account(account);
        of.allowed = Uses::default();
        of.simulated = actions;
    }

    /// Forgets what was answered and refused, as everything is about to be asked anew; other accounts are gone.
    pub(super) fn begin(&self, accounts: &BTreeSet<AccountId>) {
        let mut known = self.known();
        let Known { actions, accounts: all, .. } = &mut *known;
        all.retain(|account, _| accounts.contains(account));
        for of in all.values_mut() {
            // What was refused stays until it is allowed, so that nothing flickers while a collection runs.
            let OfAccount { allowed, refused, simulated } = of;
            refused.0.retain(|refusal| !allowed.contains(*refusal));
            for (_, action) in allowed.0.drain(..) {
                simulated.remove(actions.name(action));
            }
        }
    }

    /// Everything that is refused, by account and action.
    pub(super) fn missing(&self) -> Vec<Refusal> {
        let known = self.known();
        let mut missing = Vec::new();
        for (account, of) in &known.accounts {
            let answered: BTreeSet<&str> =
                of.allowed.0.iter().map(|(_, action)| known.actions.name(*action).as_str()).collect();
            let simulated = of.simulated.iter().filter(|action| !answered.contains(action.as_str()));
            let mut actions: BTreeMap<&str, BTreeSet<RegionId>> =
                simulated.map(|action| (action.as_str(), BTreeSet::new())).collect();
            for (region, action) in of.refused.0.iter().filter(|refusal| !of.allowed.contains(**refusal)) {
                let regions = actions.entry(known.actions.name(*action)).or_default();
                regions.insert(known.regions.name(*region).clone());
            }
            missing.extend(actions.into_iter().map(|(action, regions)| Refusal {
                account: account.clone(),
                action: action.to_owned(),
                regions,
            }));
        }
        missing
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VPCS: (&str, &str) = ("ec2", "DescribeVpcs");

    fn shown(permissions: &Permissions) -> Vec<String> {
        let line = |refusal: Refusal| {
            let regions: Vec<String> = refusal.regions.iter().map(ToString::to_string).collect();
            format!("{} {} [{}]", refusal.account, refusal.action, regions.join(" "))
        };
        permissions.missing().into_iter().map(line).collect()
    }

    #[test]
    fn an_action_is_missing_until_it_is_allowed() {
        let permissions = Permissions::default();
        let (account, here, there) = ("1".into(), "eu-west-1".into(), "me-south-1".into());
        permissions.refused(&account, &here, VPCS.0, VPCS.1);
        permissions.refused(&account, &there, VPCS.0, VPCS.1);
        assert_eq!(shown(&permissions), ["1 ec2:DescribeVpcs [eu-west-1 me-south-1]"]);
        permissions.allowed(&account, &here, VPCS.0, VPCS.1);
        assert_eq!(shown(&permissions), ["1 ec2:DescribeVpcs [me-south-1]"]);

        permissions.begin(&[account.clone()].into());
        assert_eq!(shown(&permissions), ["1 ec2:DescribeVpcs [me-south-1]"], "until it is asked again");
        permissions.allowed(&account, &there, VPCS.0, VPCS.1);
        assert!(shown(&permissions).is_empty());
        permissions.begin(&BTreeSet::new());
        assert!(permissions.known().accounts.is_empty(), "an account that is gone takes its permissions with it");
    }

    #[test]
    fn one_of_many_resources_that_keeps_us_out_is_no_missing_permission() {
        let permissions = Permissions::default();
        let (account, region) = ("1".into(), "eu-west-1".into());
        permissions.allowed(&account, &region, "s3", "GetBucketPolicy");
        permissions.refused(&account, &region, "s3", "GetBucketPolicy");
        assert!(shown(&permissions).is_empty());
    }

    #[test]
    fn what_aws_would_refuse_is_missing_unless_it_was_answered() {
        let permissions = Permissions::default();
        let account = "1".into();
        permissions.simulated(&account, ["ec2:DescribeVpcs".to_owned(), "s3:GetBucketAcl".to_owned()].into());
        assert_eq!(shown(&permissions), ["1 ec2:DescribeVpcs []", "1 s3:GetBucketAcl []"]);
        permissions.allowed(&account, &"eu-west-1".into(), VPCS.0, VPCS.1);
        assert_eq!(shown(&permissions), ["1 s3:GetBucketAcl []"]);
        permissions.simulated(&account, BTreeSet::new());
        assert!(shown(&permissions).is_empty());
    }
}
