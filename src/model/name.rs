//! Names that must not be mixed up: each is its own type.

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// Cheap to clone; ordered and compared as text.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )+};
}

names! {
    /// A provider as configured: `aws`, `file`, `example`.
    ProviderName;
    /// A cloud as it is labelled: `aws`, `gcp`, `azure`, `k8s`.
    CloudId;
    /// An account's id: an AWS account number, a project, a subscription, a cluster.
    AccountId;
    /// A region's id: `eu-west-1`, a location, a namespace; [`RegionId::GLOBAL`] for what belongs to none.
    RegionId;
    /// A kind of resource: `aws_ec2_instance`, or a base kind such as `instance`.
    KindName;
    /// A property: `volume_size`.
    PropertyName;
}

impl RegionId {
    /// The region of resources that an account has only once.
    pub const GLOBAL: &'static str = "global";

    pub fn global() -> Self {
        Self::GLOBAL.into()
    }

    /// The empty region, of resources that hang directly below their account.
    pub fn none() -> Self {
        "".into()
    }
}
