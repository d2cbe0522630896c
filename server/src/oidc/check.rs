//! What `doctor` says of a provider.

use std::time::Instant;

use axum::http::Request;
use axum::http::header::DATE;
use domain::backend::Backend;
use domain::clock::Millis;
use openidconnect::core::CoreJwsSigningAlgorithm;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::file::Provider;
use super::http::{self, Http};
use super::known::{self, Metadata, UNHURRIED};
use super::speaks_https;

/// From so many seconds on, the clocks of a provider and of this machine are too far apart: its tokens are refused where
/// it is ahead, and fresh proofs where it is behind.
const APART: Millis = 30;

/// Asks a provider whether people can sign in through it.
///
/// # Errors
/// In words for the operator: what to do.
pub async fn check(provider: &Provider, backend: &Backend) -> Result<String, String> {
    let http = if speaks_https(provider) { Http::Tls(TlsConnector::from(http::roots()?)) } else { Http::Plain };
    let started = Instant::now();
    let asked = timeout(UNHURRIED, known::discover(provider, &http)).await;
    let metadata = asked.unwrap_or_else(|_| Err("it does not answer in time".into()));
    let metadata = metadata.map_err(|why| format!("{why}; look at its issuer {}", provider.issuer))?;
    let took = started.elapsed().as_millis();
    let apart = timeout(UNHURRIED, seconds_apart(provider, &http, backend)).await.ok().flatten();
    let clock = match apart {
        Some(apart) if apart >= APART => {
            return Err(format!("its clock and that of this machine differ by {apart} s; set the wrong one"));
        }
        Some(apart) => format!("its clock differs by {apart} s"),
        None => "it does not tell the time".to_owned(),
    };
    let signs = algorithms(&metadata);
    let keys = match metadata.jwks().keys().len() {
        0 => return Err("it publishes no key that can be read; tell the people who run it".into()),
        1 => "1 key".to_owned(),
        many => format!("{many} keys"),
    };
    Ok(format!("{} answers in {took} ms, {keys} ({signs}), {clock}", provider.issuer))
}

/// Those by which it signs and which we take.
fn algorithms(metadata: &Metadata) -> String {
    let named = |by: &CoreJwsSigningAlgorithm| {
        known::SIGNED_BY.contains(by).then(|| serde_json::to_value(by).ok()?.as_str().map(str::to_owned)).flatten()
    };
    let all = metadata.id_token_signing_alg_values_supported().iter().filter_map(named);
    all.collect::<Vec<_>>().join(", ")
}

/// How far the `Date` of its answer is from the time here (RFC 9110, 6.6.1).
async fn seconds_apart(provider: &Provider, http: &Http, backend: &Backend) -> Option<Millis> {
    let url = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
    let answer = http.send(Request::get(url).body(Vec::new()).ok()?).await.ok()?;
    let date = answer.headers().get(DATE)?.to_str().ok()?;
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_millisecond();
    Some((backend.clock.now() - there).abs() / 1_000)
}
