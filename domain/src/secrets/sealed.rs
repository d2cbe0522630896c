//! Sealing of what rests outside our hands for a while: letters in the outbox, a refused form in a cookie.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};

use super::Keys;
use crate::clock::Rng;

const NONCE: usize = 24;

impl Keys {
    /// Seals `plain` for one use, named by `context` (XChaCha20-Poly1305, a fresh nonce each time).
    #[must_use]
    pub fn seal(&self, rng: &Rng, context: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = rng.bytes::<NONCE>();
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        let sealed = cipher(self).encrypt(&nonce.into(), payload).expect("sealing in memory cannot fail");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Keys::seal`] made for the same use; `None` for anything else.
    #[must_use]
    pub fn open(&self, context: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        cipher(self).decrypt(&nonce.into(), Payload { msg: rest, aad: context.as_bytes() }).ok()
    }
}

fn cipher(keys: &Keys) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(keys.seal_key().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_unchanged_and_for_the_same_use() {
        let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
        let mut sealed = keys.seal(&Rng::seeded(1), "outbox", b"letter");
        assert_eq!(keys.open("outbox", &sealed).as_deref(), Some(b"letter".as_slice()));
        assert_eq!(keys.open("flash", &sealed), None);
        sealed[30] ^= 1;
        assert_eq!(keys.open("outbox", &sealed), None);
        assert_eq!(keys.open("outbox", b"short"), None);
    }
}
