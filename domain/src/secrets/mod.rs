//! Types for what nobody may read: none of them can be printed or serialised.

pub mod code;
pub mod password;
pub mod sealed;
pub mod token;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The shortest secret that may stand behind the keys, in bytes (CFG-1).
pub const SECRET_MIN: usize = 32;

/// Keys derived from the one secret outside the database (RFC 5869).
pub struct Keys {
    codes: [u8; 32],
    limits: [u8; 32],
    devices: [u8; 32],
    passwords: [u8; 32],
    seal: [u8; 32],
    activity: [u8; 32],
}

impl Keys {
    /// Derives the keys; `None` when the secret is too short to be one.
    #[must_use]
    pub fn derive(secret: &[u8]) -> Option<Self> {
        if secret.len() < SECRET_MIN || secret.iter().all(|byte| *byte == secret[0]) {
            return None;
        }
        let source = Hkdf::<Sha256>::new(Some(b"selfsame 1"), secret);
        let key = |purpose: &[u8]| {
            let mut key = [0; 32];
            source.expand(purpose, &mut key).ok()?;
            Some(key)
        };
        Some(Self {
            codes: key(b"codes")?,
            limits: key(b"limits")?,
            devices: key(b"devices")?,
            passwords: key(b"passwords")?,
            seal: key(b"seal")?,
            activity: key(b"activity")?,
        })
    }

    /// HMAC of a mailed code with everything it is bound to.
    #[must_use]
    pub fn code_mac(&self, bound_to: &[&str], code: &str) -> Vec<u8> {
        mac(&self.codes, bound_to.iter().copied().chain([code]).map(str::as_bytes))
    }

    /// A name for a counter that does not tell whose it is.
    #[must_use]
    pub fn limit_key(&self, kind: &str, whose: &str) -> String {
        let digest = mac(&self.limits, [kind, whose].map(str::as_bytes));
        digest[..12].iter().fold(format!("{kind}:"), |name, byte| format!("{name}{byte:02x}"))
    }

    /// The mark that a device carries for a user who has signed in there.
    #[must_use]
    pub fn device_mark(&self, device: &str, user: &str) -> String {
        token::encode(&mac(&self.devices, [device, user].map(str::as_bytes))[..16])
    }

    /// HMAC of an entry of somebody's activity with everything it says.
    #[must_use]
    pub fn activity_mac(&self, says: &[&[u8]]) -> Vec<u8> {
        mac(&self.activity, says.iter().copied())
    }

    /// The key that Argon2 mixes into each hash (PW-5).
    #[must_use]
    pub const fn password_pepper(&self) -> &[u8; 32] {
        &self.passwords
    }

    /// The key for [`sealed`].
    #[must_use]
    pub(crate) const fn seal_key(&self) -> &[u8; 32] {
        &self.seal
    }

    /// Tells two secrets apart without telling anything of either.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.limit_key("key", "fingerprint")
    }
}

/// HMAC-SHA-256 over parts, each preceded by its length, so that no two lists of parts read alike.
fn mac<'a>(key: &[u8; 32], parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_uniform_secrets_are_no_secrets() {
        assert!(Keys::derive(&[7; 32]).is_none());
        assert!(Keys::derive(b"too short").is_none());
        assert!(Keys::derive(b"0123456789abcdef0123456789abcdef").is_some());
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
        assert_ne!(keys.code_mac(&["ab", "c"], "X"), keys.code_mac(&["a", "bc"], "X"));
    }
}
