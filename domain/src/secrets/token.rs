//! Opaque bearer tokens: in a cookie, a link or a program on one side, as SHA-256 in a row on the other (SESS-1, INV-1,
//! API-1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::clock::Rng;

/// How each token of the API begins, so that one that has got into a file or a log is found by those who look for it.
pub const KEY_PREFIX: &str = "selfsame_";

/// A 256-bit token. It leaves only through [`Token::reveal`] and [`Token::reveal_bearer`].
pub struct Token(String);

impl Token {
    /// A new one.
    #[must_use]
    pub fn new(rng: &Rng) -> Self {
        Self(encode(&rng.bytes::<32>()))
    }

    /// One that came from outside; `None` when it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// One that a program shows; `None` when it cannot be one.
    #[must_use]
    pub fn read_bearer(text: &str) -> Option<Self> {
        text.strip_prefix(KEY_PREFIX).and_then(Self::read)
    }

    /// What the database keeps of it.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// For the cookie or the link, and nowhere else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// For the program, and nowhere else.
    #[must_use]
    pub fn reveal_bearer(&self) -> String {
        format!("{KEY_PREFIX}{}", self.0)
    }

    /// The last four letters, by which its owner knows it again; the rest is still more than anybody can guess.
    #[must_use]
    pub fn hint(&self) -> String {
        self.0[self.0.len() - 4..].to_owned()
    }
}

/// Base64 for URLs and cookies, without padding (RFC 4648, 5).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of [`encode`].
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_be_a_token_is_read() {
        let token = Token::new(&Rng::seeded(1));
        let again = Token::read(token.reveal()).expect("a token");
        assert_eq!(token.hash(), again.hash());
        for wrong in ["", "short", &"x".repeat(44), &format!("{}\n", "x".repeat(42)), &"ü".repeat(43)] {
            assert!(Token::read(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn a_program_shows_it_with_its_beginning() {
        let token = Token::new(&Rng::seeded(1));
        let shown = token.reveal_bearer();
        assert!(shown.starts_with("selfsame_") && shown.len() == 52 && shown.ends_with(&token.hint()), "{shown}");
        assert_eq!(token.hint().len(), 4);
        assert_eq!(Token::read_bearer(&shown).map(|again| again.hash()), Some(token.hash()));
        for wrong in [token.reveal(), "selfsame_", "", &shown.to_uppercase(), &format!(" {shown}"), &shown[..51]] {
            assert!(Token::read_bearer(wrong).is_none(), "{wrong:?}");
        }
    }
}
