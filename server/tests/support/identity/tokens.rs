//! The ID tokens of the provider, true ones and others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::clock::{Millis, SECOND};
use domain::secrets::token::{decode, encode};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use serde_json::{Value, json};

use super::{Asked, CLIENT, SECRET};

/// What a provider that lies says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// `alg` is `none`, and there is no signature.
    NoSignature,
    /// HS256, with the public key for a secret.
    PublicKeyAsSecret,
    /// HS256, with the secret that we share.
    SharedSecret,
    /// Signed by a key that nobody has published, under the name of one that is.
    OtherKey,
    /// `crit` names what nobody understands.
    Critical,
    /// For another client.
    OtherAudience,
    /// For us and for another client.
    TwoAudiences,
    /// For us, and made for another client.
    OtherParty,
    /// By another issuer.
    OtherIssuer,
    /// By the same issuer with a slash behind it.
    IssuerWithSlash,
    /// Another nonce.
    OtherNonce,
    /// No nonce.
    NoNonce,
    /// It ran out 31 seconds ago.
    RunOut,
    /// It was made 31 seconds from now.
    ToCome,
    /// Who signs in was asked 31 seconds from now.
    AskedToCome,
    /// Who signs in was asked two minutes ago, and not anew.
    AskedBefore,
    /// It was made two minutes ago and is good for an hour, as by a clock that is behind.
    Behind,
    /// A subject of 256 bytes.
    LongSubject,
    /// No subject's letters.
    OddSubject,
    /// No ID token at all.
    NoToken,
    /// Nothing that could be one.
    Rubbish,
    /// The code is refused.
    CodeRefused,
    /// It leads elsewhere in place of an answer.
    Redirect,
}

/// All that let nobody in.
pub const LIES: [Lie; 21] = [
    Lie::NoSignature,
    Lie::PublicKeyAsSecret,
    Lie::SharedSecret,
    Lie::OtherKey,
    Lie::Critical,
    Lie::OtherAudience,
    Lie::TwoAudiences,
    Lie::OtherParty,
    Lie::OtherIssuer,
    Lie::IssuerWithSlash,
    Lie::OtherNonce,
    Lie::NoNonce,
    Lie::RunOut,
    Lie::ToCome,
    Lie::AskedToCome,
    Lie::LongSubject,
    Lie::OddSubject,
    Lie::NoToken,
    Lie::Rubbish,
    Lie::CodeRefused,
    Lie::Redirect,
];

/// A key that is made of one number, and named by it.
pub(super) fn key(number: u8) -> CoreEdDsaPrivateSigningKey {
    // PKCS #8 of an Ed25519 key (RFC 8410, 7).
    let head: [u8; 16] =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let der = [head.as_slice(), &[number; 32]].concat();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
    let name = JsonWebKeyId::new(format!("key-{number}"));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(name)).expect("a key")
}

/// What stands in a token.
pub(super) fn claims(issuer: &str, now: Millis, asked: &Asked, lie: Option<Lie>) -> Value {
    let seconds = now / SECOND;
    let mut claims = json!({
        "iss": issuer,
        "aud": CLIENT,
        "sub": asked.who.subject,
        "iat": seconds,
        "exp": seconds + 300,
        "nonce": asked.nonce,
    });
    if let Some(email) = &asked.who.email {
        claims["email"] = json!(email);
    }
    if let Some(verified) = asked.who.verified {
        claims["email_verified"] = json!(verified);
    }
    if asked.who.says_when {
        claims["auth_time"] = json!(seconds);
    }
    match lie {
        Some(Lie::OtherAudience) => claims["aud"] = json!("another"),
        Some(Lie::TwoAudiences) => claims["aud"] = json!([CLIENT, "another"]),
        Some(Lie::OtherParty) => claims["azp"] = json!("another"),
        Some(Lie::OtherIssuer) => claims["iss"] = json!("https://login.other.example"),
        Some(Lie::IssuerWithSlash) => claims["iss"] = json!(format!("{issuer}/")),
        Some(Lie::OtherNonce) => claims["nonce"] = json!("another"),
        Some(Lie::NoNonce) => {
            claims.as_object_mut().expect("an object").remove("nonce");
        }
        Some(Lie::RunOut) => claims["exp"] = json!(seconds - 31),
        Some(Lie::ToCome) => claims["iat"] = json!(seconds + 31),
        Some(Lie::AskedToCome) => claims["auth_time"] = json!(seconds + 31),
        Some(Lie::AskedBefore) => claims["auth_time"] = json!(seconds - 120),
        Some(Lie::Behind) => {
            for (name, at) in [("iat", seconds - 120), ("auth_time", seconds - 120), ("exp", seconds + 3_600)] {
                claims[name] = json!(at);
            }
        }
        Some(Lie::LongSubject) => claims["sub"] = json!("s".repeat(256)),
        Some(Lie::OddSubject) => claims["sub"] = json!("sub\u{0}1"),
        _ => {}
    }
    claims
}

/// The claims as a token (RFC 7515, 7.1).
pub(super) fn signed(number: u8, claims: &Value, lie: Option<Lie>) -> String {
    let mut head = json!({ "alg": "EdDSA", "kid": format!("key-{number}"), "typ": "JWT" });
    match lie {
        Some(Lie::Rubbish) => return "rubbish".to_owned(),
        Some(Lie::NoSignature) => head["alg"] = json!("none"),
        Some(Lie::PublicKeyAsSecret | Lie::SharedSecret) => head["alg"] = json!("HS256"),
        Some(Lie::Critical) => head["crit"] = json!(["x"]),
        _ => {}
    }
    let message = format!("{}.{}", encode(head.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let by_secret = |secret: Vec<u8>| {
        CoreHmacKey::new(secret).sign(&CoreJwsSigningAlgorithm::HmacSha256, message.as_bytes()).expect("signed")
    };
    let by_key = |number| key(number).sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes()).expect("signed");
    let signature = match lie {
        Some(Lie::NoSignature) => Vec::new(),
        Some(Lie::PublicKeyAsSecret) => by_secret(public_bytes(number)),
        Some(Lie::SharedSecret) => by_secret(SECRET.as_bytes().to_vec()),
        Some(Lie::OtherKey) => by_key(number + 100),
        _ => by_key(number),
    };
    format!("{message}.{}", encode(&signature))
}

/// The public key itself, which everybody may read.
fn public_bytes(number: u8) -> Vec<u8> {
    let public = serde_json::to_value(key(number).as_verification_key()).expect("a key");
    decode(public["x"].as_str().expect("a coordinate")).expect("bytes")
}
