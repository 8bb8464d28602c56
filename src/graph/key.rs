//! Keys: names of nodes that are the same in every generation.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// 128 bits of SHA-256 of what identifies a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key([u8; 16]);

impl Key {
    /// The key of what these parts name.
    pub(super) fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length in front keeps ("ab", "c") and ("a", "bc") apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        Self(hash[..16].try_into().expect("a hash has 32 bytes"))
    }

    /// Reads a key's text; none where no key looks so.
    pub(super) fn parse(text: &str) -> Option<Self> {
        BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As URL-safe text.
    pub(super) fn text(self) -> Arc<str> {
        BASE64_URL_SAFE_NO_PAD.encode(self.0).into()
    }

    /// The first half: enough to tell nearly all nodes apart.
    pub(super) fn prefix(self) -> u64 {
        u64::from_be_bytes(self.0[..8].try_into().expect("a key has 16 bytes"))
    }
}
